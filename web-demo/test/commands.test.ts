import assert from "node:assert/strict";
import { test } from "node:test";
import { createCommands, UnsettledError } from "../client/commands";
import type { Answer, ClientMessage, Command, Lineage, Refusal, Seen } from "../client/wire";
import { createWorld } from "./support/world";

type Sent = Extract<ClientMessage, { t: "command" }>;
const COMPLETE: Command = { do: "complete", conversation: "c1", version: 3 };

function created() {
  const world = createWorld();
  const sent: Sent[] = [];
  let lineage: Lineage = { epoch: "1:1" };
  const commands = createCommands(
    world.environment,
    (message) => sent.push(message as Sent),
    () => {},
    () => lineage,
  );
  return { world, sent, commands, follow: (next: Lineage) => (lineage = next) };
}

function answer(to: Sent | undefined, outcome: Answer["outcome"]): Answer {
  assert.ok(to);
  return { t: "answer", id: to.id, outcome };
}

function refused(reason: string, retryMs?: number): Refusal {
  return {
    outcome: "refused",
    reason,
    code: 1,
    sentence: reason,
    detail: undefined,
    until: undefined,
    holder: undefined,
    seq: undefined,
    since: undefined,
    retryMs,
    row: undefined,
  };
}

const DONE = { outcome: "done", seq: 7, message: undefined } as const;

test("a command given before the connection stands is sent when it does, and not as a resend", async () => {
  const { sent, commands } = created();
  const outcome = commands.give(COMPLETE);
  assert.equal(sent.length, 0);
  commands.opened({});
  assert.equal(sent.length, 1);
  assert.equal(sent[0]?.resend, undefined);
  assert.equal(sent[0]?.version, 3);
  commands.answered(answer(sent[0], DONE));
  assert.deepEqual(await outcome, DONE);
  assert.equal(commands.count, 0);
});

test("after a lost answer the same command goes out with the same id, marked as a resend", async () => {
  const { sent, commands } = created();
  commands.opened({});
  const outcome = commands.give(COMPLETE);
  commands.lost();
  commands.opened({});
  commands.lost();
  commands.opened({});
  assert.equal(sent.length, 3);
  assert.deepEqual(
    sent.map((one) => one.resend),
    [undefined, true, true],
  );
  assert.deepEqual(sent[2], { ...sent[0], resend: true });
  commands.answered(answer(sent[2], DONE));
  assert.deepEqual(await outcome, DONE);
  commands.answered(answer(sent[2], DONE)); // an answer that comes twice is nobody's
});

test("what has no answer is sent again in the order it was given", () => {
  const { sent, commands } = created();
  commands.opened({});
  for (const conversation of ["a", "b", "c"]) void commands.give({ do: "unlink", conversation });
  commands.answered(answer(sent[1], DONE));
  commands.lost();
  void commands.give({ do: "unlink", conversation: "d" });
  sent.length = 0;
  commands.opened({});
  assert.deepEqual(
    sent.map((one) => [one.conversation, one.resend]),
    [
      ["a", true],
      ["c", true],
      ["d", undefined],
    ],
  );
});

test("an unknown outcome is settled by resending", async () => {
  const { world, sent, commands } = created();
  commands.opened({});
  const outcome = commands.give(COMPLETE);
  commands.answered(answer(sent[0], { outcome: "unknown" }));
  assert.equal(sent.length, 1);
  await world.pass(250);
  assert.equal(sent.length, 2);
  assert.equal(sent[1]?.resend, true);
  commands.answered(answer(sent[1], { outcome: "unchanged" }));
  assert.deepEqual(await outcome, { outcome: "unchanged" });
});

test("while the database is away a command waits, and goes out as soon as it is back", async () => {
  const { world, sent, commands } = created();
  commands.opened({});
  const outcome = commands.give(COMPLETE);
  for (let tries = 0; tries < 10; tries += 1) {
    commands.answered(answer(sent[tries], refused("unavailable")));
    assert.equal(sent.length, tries + 1);
    await world.pass(5000);
    assert.equal(sent.length, tries + 2);
    assert.equal(sent[tries + 1]?.resend, undefined, "nothing was done: no copy is in doubt");
  }
  commands.answered(answer(sent[10], refused("unavailable")));
  commands.retry();
  assert.equal(sent.length, 12);
  commands.answered(answer(sent[11], DONE));
  assert.equal((await outcome).outcome, "done");
});

test("a busy conversation is tried until the caller has no more patience, who then gets its refusal", async () => {
  const { world, sent, commands } = created();
  commands.opened({});
  const patience = new AbortController();
  const outcome = commands.give(COMPLETE, { signal: patience.signal });
  for (let tries = 0; tries < 10; tries += 1) {
    commands.answered(answer(sent[tries], refused("busy", 100)));
    await world.pass(5000);
  }
  assert.equal(sent.length, 11);
  commands.answered(answer(sent[10], refused("busy", 100)));
  patience.abort();
  assert.deepEqual(await outcome, refused("busy", 100));
  assert.equal(commands.count, 0);
  await world.pass(60_000);
  assert.equal(sent.length, 11);
});

test("a caller who gives up a command that may have been carried out is told so", async () => {
  const { sent, commands } = created();
  const patience = new AbortController();
  const unsent = commands.give(COMPLETE, { signal: patience.signal });
  patience.abort();
  await assert.rejects(unsent, (error) => error instanceof UnsettledError && !error.wasSent);
  await assert.rejects(commands.give(COMPLETE, { signal: patience.signal }), UnsettledError);
  commands.opened({});
  assert.equal(sent.length, 0);
  const later = new AbortController();
  const inFlight = commands.give(COMPLETE, { signal: later.signal });
  later.abort();
  await assert.rejects(inFlight, (error) => error instanceof UnsettledError && error.wasSent);
  commands.answered(answer(sent[0], DONE)); // nobody's any more
});

test("a temporary refusal is not sent again before the time that the server says", async () => {
  const { world, sent, commands } = created();
  for (const reason of ["busy", "too_many", "too_fast", "unavailable", "workspace_full"]) {
    sent.length = 0;
    commands.opened({});
    const outcome = commands.give(COMPLETE);
    commands.answered(answer(sent[0], refused(reason, 7000)));
    await world.pass(6999);
    assert.equal(sent.length, 1, reason);
    await world.pass(7000);
    assert.equal(sent.length, 2, reason);
    assert.deepEqual(sent[1], sent[0], "nothing was done: it is the same command, and no resend");
    commands.answered(answer(sent[1], DONE));
    assert.equal((await outcome).outcome, "done");
  }
});

test("after too_fast everything waits, and then goes one by one in its order, as fast as is allowed", async () => {
  const { world, sent, commands } = created();
  commands.opened({ commands_per_s: 10 });
  const names = ["a", "b", "c", "d", "e"];
  for (const conversation of names.slice(0, 3)) void commands.give({ do: "unlink", conversation });
  for (const [index, one] of sent.entries())
    commands.answered(answer(one, refused("too_fast", 1000 + index * 100)));
  for (const conversation of names.slice(3)) void commands.give({ do: "unlink", conversation });
  sent.length = 0;
  await world.pass(999);
  assert.equal(sent.length, 0);
  const times: [string, number][] = [];
  for (let ms = 999; times.length < 5; ms += 1) {
    for (const one of sent.splice(0)) {
      times.push([one.conversation, ms]);
      commands.answered(answer(one, DONE));
    }
    await world.pass(1);
  }
  assert.deepEqual(
    times.map(([name]) => name),
    names,
  );
  for (const [index, [name, ms]] of times.entries()) {
    if (index > 0) assert.ok(ms - (times[index - 1]?.[1] ?? 0) >= 100, `${name} came too soon`);
  }
  assert.deepEqual(
    times.slice(0, 3).map(([, ms]) => ms),
    [1000, 1100, 1200],
    "each in the moment that was set aside for it",
  );
  await world.pass(1000);
  for (const conversation of names) void commands.give({ do: "unlink", conversation });
  assert.equal(sent.length, 5, "and when nothing waits any more, as they come");
});

test("too_fast again lengthens the wait and loses nothing", async () => {
  const { world, sent, commands } = created();
  commands.opened({ commands_per_s: 10 });
  const outcomes = ["a", "b", "c"].map((conversation) => commands.give({ do: "unlink", conversation }));
  let refusals = 0;
  for (let rounds = 0; rounds < 200 && commands.count > 0; rounds += 1) {
    for (const one of sent.splice(0)) {
      refusals += 1;
      commands.answered(answer(one, refusals <= 7 ? refused("too_fast", 500) : DONE));
    }
    await world.pass(100);
  }
  assert.deepEqual(
    (await Promise.all(outcomes)).map(({ outcome }) => outcome),
    ["done", "done", "done"],
  );
});

test("what is said in a conversation waits for what was said there before, until that is settled, and nobody else does", async () => {
  const { world, sent, commands } = created();
  commands.opened({});
  const say = (conversation: string, body: string) =>
    void commands.give({ do: "bot_message", conversation, body });
  say("a", "first");
  commands.answered(answer(sent[0], refused("busy", 1000)));
  say("a", "second");
  say("b", "other");
  assert.deepEqual(
    sent.splice(0).map(({ conversation }) => conversation),
    ["a", "b"],
  );
  await world.pass(1000);
  commands.answered(answer(sent[0], { outcome: "unknown" }));
  await world.pass(1000);
  commands.answered(answer(sent[1], DONE));
  assert.deepEqual(
    sent.map((one) => one.do === "bot_message" && one.body),
    ["first", "first", "second"],
  );
});

const LIMITS = { frame_bytes: 1000, body_bytes: 100, id_bytes: 20, name_bytes: 20 };

test("what the server would not take is settled here, and never sent", async () => {
  const { sent, commands } = created();
  const early = commands.give({ do: "send_message", conversation: "a", body: "é".repeat(51), seen: "any" });
  commands.opened(LIMITS);
  const commandsAndFields: [Command, string][] = [
    [{ do: "send_message", conversation: "a", body: "é".repeat(51), seen: "any" }, "body"],
    [{ do: "unlink", conversation: "a".repeat(21) }, "conversation"],
    [{ do: "assign", conversation: "a", agent: "😀".repeat(6) }, "agent"],
    [{ do: "open", conversation: "a", channel: "c".repeat(21) }, "channel"],
    [{ do: "contact_message", conversation: "a", body: "a", name: "n".repeat(1000) }, "name"],
    [{ do: "mark_read", conversation: "a", received: 1.5 }, "received"],
    [{ do: "mark_read", conversation: "a", received: NaN }, "received"],
    [{ do: "send_message", conversation: "a", body: new Date() as unknown as string, seen: 0 }, "body"],
  ];
  for (const [command, field] of commandsAndFields) {
    const outcome = await commands.give(command);
    assert.ok(outcome.outcome === "refused" && outcome.reason === "bad_value" && outcome.code === 1, field);
    assert.equal(outcome.detail, field);
  }
  assert.equal((await early).outcome, "refused");
  assert.equal(sent.length, 0);
  assert.equal(commands.count, 0);
  void commands.give({
    do: "contact_message",
    conversation: "a",
    body: "é".repeat(50),
    name: "n".repeat(200),
  });
  assert.equal(sent.length, 1, "at the bound, and with a name that the server cuts");
});

test("a frame that was too long after all is its command's refusal, and is not sent again", async () => {
  const { sent, commands } = created();
  commands.opened({});
  const short = commands.give({ do: "bot_message", conversation: "a", body: "short" });
  const long = commands.give({ do: "bot_message", conversation: "b", body: "😀".repeat(100) });
  const other = commands.give({ do: "bot_message", conversation: "c", body: "x".repeat(399) });
  assert.equal(commands.closed(1009, "the message is larger than the limit"), true);
  commands.lost();
  const outcome = await long;
  assert.ok(outcome.outcome === "refused" && outcome.reason === "bad_value" && outcome.detail === "body");
  sent.length = 0;
  commands.opened({});
  assert.deepEqual(
    sent.map(({ conversation, resend }) => [conversation, resend]),
    [
      ["a", true],
      ["c", true],
    ],
  );
  for (const one of sent) commands.answered(answer(one, DONE));
  assert.deepEqual(
    (await Promise.all([short, other])).map((one) => one.outcome),
    ["done", "done"],
  );
  assert.equal(commands.closed(1009, ""), false, "nothing was under way");
});

test("what was under way when the server understood a frame no more is in doubt, and is not sent again", async () => {
  const { sent, commands } = created();
  commands.opened({ commands_in_flight: 1 });
  const first = commands.give(COMPLETE);
  const second = commands.give(COMPLETE);
  assert.equal(commands.closed(4002, "the frame is not a message"), false);
  commands.lost();
  await assert.rejects(
    first,
    (error) => error instanceof UnsettledError && error.wasSent && /4002/.test(error.message),
  );
  sent.length = 0;
  commands.opened({ commands_in_flight: 1 });
  assert.equal(sent.length, 1);
  commands.answered(answer(sent[0], DONE));
  assert.equal((await second).outcome, "done");
});

test("a refusal that is not temporary is final", async () => {
  const { world, sent, commands } = created();
  commands.opened({});
  const outcome = commands.give(COMPLETE);
  commands.answered(answer(sent[0], refused("stale")));
  const settled = await outcome;
  assert.ok(settled.outcome === "refused" && settled.reason === "stale");
  await world.pass(60_000);
  assert.equal(sent.length, 1);
});

test("no more are in flight than the server allows", () => {
  const { sent, commands } = created();
  commands.opened({ commands_in_flight: 2 });
  for (const conversation of ["a", "b", "c", "d"]) void commands.give({ do: "unlink", conversation });
  assert.equal(sent.length, 2);
  commands.answered(answer(sent[0], DONE));
  assert.deepEqual(
    sent.map((one) => one.conversation),
    ["a", "b", "c"],
  );
});

test("every id has 16 bytes, of which the first eight are not all zero", () => {
  const offered = [new Uint8Array(16), new Uint8Array(16).fill(9, 8), new Uint8Array(16).fill(1, 7, 8)];
  const sent: Sent[] = [];
  const world = createWorld();
  const environment = {
    ...world.environment,
    randomBytes: () => offered.shift() ?? new Uint8Array(16).fill(5),
  };
  const commands = createCommands(
    environment,
    (message) => sent.push(message as Sent),
    () => {},
    () => undefined,
  );
  commands.opened({});
  void commands.give(COMPLETE);
  assert.deepEqual([...(sent[0]?.id ?? [])], [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test("leaving says of each command whether it may have been carried out", async () => {
  const { commands, sent } = created();
  commands.opened({ commands_in_flight: 1 });
  const first = commands.give(COMPLETE);
  const second = commands.give(COMPLETE);
  assert.equal(sent.length, 1);
  commands.close();
  await assert.rejects(first, (error) => error instanceof UnsettledError && error.wasSent);
  await assert.rejects(second, (error) => error instanceof UnsettledError && !error.wasSent);
});

test("what was seen is told in its own log where this connection follows another", () => {
  const { sent, commands, follow } = created();
  const before = { epoch: "1:1" };
  follow(before);
  commands.opened({});
  const say = (conversation: string, seen: Seen) =>
    void commands.give({ do: "send_message", conversation, body: "Hola", seen });
  const place = { seq: 7, mark: 1234, lineage: before };
  say("a", place);
  say("b", 7);
  say("c", "any");
  const toldOf = (one: Sent) =>
    "seen" in one && [one.conversation, one.seen, "epoch" in one && one.epoch, "mark" in one && one.mark];
  assert.deepEqual(sent.splice(0).map(toldOf), [
    ["a", 7, false, false],
    ["b", 7, false, false],
    ["c", "any", false, false],
  ]);
  commands.lost();
  commands.opened({});
  assert.deepEqual(
    sent.splice(0).map(toldOf),
    [
      ["a", 7, false, false],
      ["b", 7, false, false],
      ["c", "any", false, false],
    ],
    "the same log goes on",
  );
  commands.lost();
  follow({ epoch: "1:2" });
  commands.opened({});
  assert.deepEqual(sent.splice(0).map(toldOf), [
    ["a", 7, "1:1", 1234],
    ["b", 7, "1:1", 0],
    ["c", "any", false, false],
  ]);
  say("d", 9);
  say("e", { ...place, seq: 8 });
  assert.deepEqual(sent.map(toldOf), [
    ["d", 9, false, false],
    ["e", 8, "1:1", 1234],
  ]);
});

test("a command that is given twice under one id is settled twice", async () => {
  const { world, sent, commands } = created();
  commands.opened({});
  const id = new Uint8Array(16).fill(7);
  const outcomes = [commands.give(COMPLETE, { id }), commands.give(COMPLETE, { id })];
  assert.equal(sent.length, 1);
  commands.answered(answer(sent[0], DONE));
  await world.settle();
  assert.equal(sent.length, 2, "what became of it the server knows");
  commands.answered(answer(sent[1], DONE));
  assert.deepEqual(await Promise.all(outcomes), [DONE, DONE]);
  const both = [commands.give(COMPLETE, { id }), commands.give(COMPLETE, { id })];
  commands.close();
  for (const one of both) await assert.rejects(one, UnsettledError);
});
