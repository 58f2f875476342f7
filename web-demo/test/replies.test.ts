import "./support/page-globals";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome, Place, Refusal } from "../client";
import type { Reply } from "../page/feed";
import { createReplies } from "../page/replies";
import { row } from "./support/messages";
import { createWorld } from "./support/world";

const free = row("c", 20, "open");
const DONE: Outcome = { outcome: "done", seq: 21, message: 1 };

function refused(reason: string, seq: number): Refusal {
  return {
    outcome: "refused",
    reason,
    code: 0,
    sentence: "",
    detail: undefined,
    until: undefined,
    holder: undefined,
    seq,
    since: seq,
    retryMs: undefined,
    row: undefined,
  };
}

function created(place?: Partial<Place>) {
  const world = createWorld();
  const sent: { reply: Reply; answer: (outcome: Outcome | undefined) => Promise<void> }[] = [];
  const told: string[] = [];
  let shown: Place | undefined = { seq: 18, mark: 1018, lineage: { epoch: "1:1" }, ...place };
  const replies = createReplies(
    {
      send: (reply) =>
        new Promise((resolve) =>
          sent.push({
            reply,
            answer(outcome) {
              resolve(outcome);
              return world.settle();
            },
          }),
        ),
    },
    () => shown,
    ({ reason }, conversation) => told.push(`${conversation} ${reason}`),
    world.environment.after,
  );
  const text = replies.draft("c");
  const held = replies.held("c");
  function send(body: string, to = free): void {
    replies.write("c", body);
    void replies.send(to);
  }
  return { world, replies, sent, told, text, held, send, show: (next: Place | undefined) => (shown = next) };
}

test("a reply says what has been shown, and takes what nobody has", async () => {
  const { sent, text, send, held } = created();
  send("  Hola\r\n");
  assert.equal(text.value, "");
  assert.deepEqual(sent[0]?.reply, {
    do: "send_message",
    conversation: "c",
    body: "Hola",
    seen: { seq: 18, mark: 1018, lineage: { epoch: "1:1" } },
    take: true,
  });
  await sent[0]?.answer(DONE);
  assert.deepEqual([text.value, held.value], ["", undefined]);
  send("a", row("c", 20, "open", { assignee: "bruno" }));
  send("b", row("c", 20, "completed", { assignee: "bruno" }));
  assert.deepEqual(
    sent.slice(1).map(({ reply }) => reply.take),
    [undefined, true],
    "what is completed nobody has",
  );
});

test("refused, the text is in its box again, and the same key sends it all the same, as a new command that takes nothing", async () => {
  const { world, replies, sent, told, text, held, send } = created();
  send("No, lo siento");
  await sent[0]?.answer(refused("answered", 25));
  assert.equal(text.value, "No, lo siento");
  assert.deepEqual(told, ["c answered"]);
  assert.deepEqual([held.value?.seen, held.value?.times, held.value?.isReady], [18, 1, false]);
  void replies.send(free);
  assert.equal(sent.length, 1, "a key that was struck twice in haste says nothing");
  await world.pass(500);
  void replies.send(free);
  assert.deepEqual(
    [sent[1]?.reply.seen, sent[1]?.reply.take, sent[1]?.reply.body],
    [25, undefined, "No, lo siento"],
  );
  assert.deepEqual([text.value, held.value], ["", undefined]);
  await sent[1]?.answer(refused("contact_wrote", 27));
  assert.equal(held.value?.times, 2);
  await world.pass(500);
  void replies.send(free, true);
  assert.equal(sent[2]?.reply.seen, "any");
  await sent[2]?.answer(DONE);
  send("De nada");
  await sent[3]?.answer(refused("answered", 40));
  assert.equal(held.value?.times, 1, "what has gone out is over");
});

test("who has gone on reading after a refusal has seen more than it said", async () => {
  const { world, replies, sent, send, show } = created();
  send("Hola");
  await sent[0]?.answer(refused("contact_wrote", 25));
  await world.pass(500);
  const later = { seq: 30, mark: 1030, lineage: { epoch: "1:1" } };
  show(later);
  void replies.send(free);
  assert.deepEqual(sent[1]?.reply.seen, later);
});

test("nothing that was written is lost: what comes back stands in its order, before what has been begun since", async () => {
  const { replies, sent, text, send } = created();
  send("one");
  send("two");
  replies.write("c", "thr");
  await sent[0]?.answer(refused("answered", 25));
  assert.equal(text.value, "one\nthr");
  replies.write("c", "one\nthree");
  await sent[1]?.answer(refused("answered", 25));
  assert.equal(text.value, "one\ntwo\nthree");
});

test("a reply that nobody knows the outcome of comes back too, and so does one that is refused for good", async () => {
  const { sent, told, text, held, send } = created();
  send("one");
  await sent[0]?.answer(undefined);
  assert.equal(text.value, "one");
  assert.deepEqual(told, []);
  send("two");
  await sent[1]?.answer(refused("forbidden", 25));
  assert.equal(text.value, "two");
  assert.deepEqual(told, ["c forbidden"]);
  assert.equal(held.value, undefined);
});

test("where another has taken it meanwhile, the same key answers without taking it", async () => {
  const { world, replies, sent, send } = created();
  send("one");
  await sent[0]?.answer(refused("not_holder", 25));
  await world.pass(500);
  void replies.send(free);
  assert.deepEqual([sent[1]?.reply.seen, sent[1]?.reply.take], [25, undefined]);
});

test("what was refused in another log is judged anew", async () => {
  const { replies, sent, text, held, send } = created({ seq: 3 });
  send("one");
  await sent[0]?.answer(refused("answered", 25));
  replies.restart();
  assert.deepEqual([text.value, held.value], ["one", undefined]);
  void replies.send(free);
  assert.equal((sent[1]?.reply.seen as Place).seq, 3);
});

test("who empties the box has given up what was held", async () => {
  const { replies, sent, held, send } = created();
  send("one");
  await sent[0]?.answer(refused("answered", 25));
  replies.write("c", " ");
  assert.equal(held.value, undefined);
  send("two");
  assert.equal(sent[1]?.reply.take, true);
});

test("nothing shown is nothing seen", () => {
  const { sent, send, show } = created();
  show(undefined);
  send("Hola");
  assert.equal(sent[0]?.reply.seen, 0);
});
