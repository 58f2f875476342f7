import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Entry, Place } from "../client";
import { createShown, NOTICED_MS, type ShownThread } from "../page/shown";

declare const WEB_DEMO: string;

function message(seq: number, action = "contact_message", by = "web"): Entry {
  const role = action === "contact_message" ? "channel" : action === "bot_message" ? "automation" : "agent";
  return {
    seq,
    at: 1000 + seq,
    action,
    role,
    by,
    id: null,
    message: seq,
    body: "Hola",
    status: "none",
    row: undefined,
  };
}

const lineage = { epoch: "1:1" };
const placeIn =
  (log: Place["lineage"]) =>
  (entry: Entry): Place => ({ seq: entry.seq, mark: entry.at, lineage: log });

function thread(entries: Entry[], log = lineage): ShownThread {
  return { conversation: "c1", entries, placeOf: placeIn(log) };
}

function created() {
  let now = 5000;
  const shown = createShown(
    () => now,
    ({ by }) => by === "ana",
  );
  return { shown, pass: (ms: number) => (now += ms) };
}

test("a message has been seen when it has stood there for as long as it takes to notice it", () => {
  const { shown, pass } = created();
  const all = thread([message(3), message(4)]);
  assert.equal(shown.upTo(all), undefined, "nothing has been shown");
  shown.look(thread([message(3)]));
  pass(NOTICED_MS);
  shown.look(all);
  pass(NOTICED_MS - 1);
  assert.deepEqual(shown.upTo(all), { seq: 3, mark: 1003, lineage });
  pass(1);
  assert.equal(shown.upTo(all)?.seq, 4);
  assert.equal(
    shown.upTo(thread([...all.entries, message(7)]))?.seq,
    4,
    "what has come and is out of sight has not been seen",
  );
});

test("what one has written oneself, and what is no message, needs no noticing", () => {
  const { shown, pass } = created();
  const all = thread([
    message(3),
    message(4, "send_message", "ana"),
    message(5, "assign", "bruno"),
    message(6, "send_message", "bruno"),
  ]);
  shown.look(thread([message(3)]));
  pass(NOTICED_MS);
  assert.equal(shown.upTo(all)?.seq, 5);
});

test("who looks away before he can have noticed begins anew", () => {
  const { shown, pass } = created();
  const all = thread([message(3), message(4)]);
  shown.look(thread([message(3)]));
  pass(NOTICED_MS);
  shown.look(all);
  pass(NOTICED_MS - 1);
  shown.lookAway();
  pass(60_000);
  assert.equal(shown.upTo(all)?.seq, 3);
  shown.look(all);
  pass(NOTICED_MS);
  assert.equal(shown.upTo(all)?.seq, 4);
});

test("the same numbers in another log have not been seen", () => {
  const { shown, pass } = created();
  shown.look(thread([message(3)]));
  pass(NOTICED_MS);
  assert.equal(shown.upTo(thread([message(3)], { epoch: "1:1" })), undefined);
});

// --- 200 replies into bursts: fixtures/record.mjs says how they came about. ---

interface Recorded {
  contact: { at: number; painted: number; noticed: number }[];
  first_key: number;
  last_key: number;
  enter: number;
  judged: number;
}

interface Tally {
  refused: number;
  /** Of those: something had come that he had not noticed. */
  helped: number;
  /** Of those: he had noticed all, and must press the key a second time. */
  hindered: number;
  /** Sent, although something had come that he had not noticed. */
  missed: number;
}

const replies = JSON.parse(readFileSync(`${WEB_DEMO}test/fixtures/bursts.json`, "utf8")) as Recorded[];

/**
 * What becomes of them if a message counts as seen that has stood there for `noticedMs` when the moment
 * comes.
 */
function tallyOf(noticedMs: number, momentOf: (reply: Recorded) => number): Tally {
  const tally = { refused: 0, helped: 0, hindered: 0, missed: 0 };
  for (const reply of replies) {
    let now = 0;
    const shown = createShown(
      () => now,
      () => false,
      noticedMs,
    );
    const entries = reply.contact.map((_, index) => message(index + 1));
    const moment = momentOf(reply);
    for (const [index, { painted }] of reply.contact.entries()) {
      if (painted > moment) break;
      now = painted;
      shown.look(thread(entries.slice(0, index + 1)));
    }
    now = moment;
    const seen = shown.upTo(thread(entries))?.seq ?? 0;
    const come = reply.contact.filter(({ at }) => at < reply.judged);
    const isUnnoticed = come.some(({ noticed }) => noticed > reply.enter);
    if (come.length > seen) {
      tally.refused += 1;
      if (isUnnoticed) tally.helped += 1;
      else tally.hindered += 1;
    } else if (isUnnoticed) tally.missed += 1;
  }
  return tally;
}

const atEnter = ({ enter }: Recorded) => enter;
const candidates = {
  "painted at all": tallyOf(0, atEnter),
  "painted for half a second": tallyOf(500, atEnter),
  "painted for a second (chosen)": tallyOf(NOTICED_MS, atEnter),
  "painted for two seconds": tallyOf(2000, atEnter),
  "painted before the last key": tallyOf(0, ({ last_key }) => last_key),
  "painted before the first key": tallyOf(0, ({ first_key }) => first_key),
};

test("of 200 replies into bursts, what is chosen stops nearly all that were blind, and few others", (t) => {
  assert.equal(replies.length, 200);
  for (const [name, { refused, helped, hindered, missed }] of Object.entries(candidates)) {
    t.diagnostic(
      `${name}: ${refused} refused, ${helped} in time, ${hindered} for nothing; ${missed} blind ones went out`,
    );
    assert.equal(
      helped + missed,
      candidates["painted at all"].helped + candidates["painted at all"].missed,
      "the blind ones are the same",
    );
  }
  const rising = [
    "painted at all",
    "painted for half a second",
    "painted for a second (chosen)",
    "painted for two seconds",
    "painted before the first key",
  ] as const;
  for (const [index, name] of rising.entries()) {
    const before = candidates[rising[index - 1] ?? name];
    assert.ok(candidates[name].hindered >= before.hindered && candidates[name].missed <= before.missed, name);
  }
  const chosen = candidates["painted for a second (chosen)"];
  assert.ok(
    chosen.missed * 4 <= candidates["painted at all"].missed,
    "of those that go out blind where being painted is enough, few are left",
  );
  assert.ok(chosen.hindered * 2 < chosen.helped, "who is stopped is mostly helped");
  assert.ok(
    chosen.hindered * 3 < candidates["painted for two seconds"].hindered,
    "and twice as long would stop many more for nothing",
  );
  assert.ok(
    chosen.refused * 5 < candidates["painted before the first key"].refused,
    "what has come while he wrote, he may have seen",
  );
});
