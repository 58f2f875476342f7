import assert from "node:assert/strict";
import { test } from "node:test";
import { ClosedError, createCommands } from "../client/commands";
import type { Answer, ClientMessage, Command } from "../client/wire";
import { createWorld } from "./support/world";

type Sent = Extract<ClientMessage, { t: "command" }>;
const COMPLETE: Command = { do: "complete", conversation: "c1", version: 3 };

function created() {
  const world = createWorld();
  const sent: Sent[] = [];
  const commands = createCommands(
    world.environment,
    (message) => sent.push(message as Sent),
    () => {},
  );
  return { world, sent, commands };
}

function answer(to: Sent | undefined, outcome: Answer["outcome"]): Answer {
  assert.ok(to);
  return { t: "answer", id: to.id, outcome };
}

function refused(reason: string): Answer["outcome"] {
  return { outcome: "refused", reason, code: 1, sentence: reason, detail: undefined, until: undefined, row: undefined };
}

const DONE = { outcome: "done", seq: 7, message: undefined } as const;

test("a command given before the connection stands is sent when it does, and not as a resend", async () => {
  const { sent, commands } = created();
  const outcome = commands.give(COMPLETE);
  assert.equal(sent.length, 0);
  commands.opened(undefined);
  assert.equal(sent.length, 1);
  assert.equal(sent[0]?.resend, undefined);
  assert.equal(sent[0]?.version, 3);
  commands.answered(answer(sent[0], DONE));
  assert.deepEqual(await outcome, DONE);
  assert.equal(commands.count, 0);
});

test("after a lost answer the same command goes out with the same id, marked as a resend", async () => {
  const { sent, commands } = created();
  commands.opened(undefined);
  const outcome = commands.give(COMPLETE);
  commands.lost();
  commands.opened(undefined);
  commands.lost();
  commands.opened(undefined);
  assert.equal(sent.length, 3);
  assert.deepEqual(sent.map((one) => one.resend), [undefined, true, true]);
  assert.deepEqual(sent[2], { ...sent[0], resend: true });
  commands.answered(answer(sent[2], DONE));
  assert.deepEqual(await outcome, DONE);
  commands.answered(answer(sent[2], DONE)); // an answer that comes twice is nobody's
});

test("what has no answer is sent again in the order it was given", () => {
  const { sent, commands } = created();
  commands.opened(undefined);
  for (const conversation of ["a", "b", "c"]) void commands.give({ do: "unlink", conversation });
  commands.answered(answer(sent[1], DONE));
  commands.lost();
  void commands.give({ do: "unlink", conversation: "d" });
  sent.length = 0;
  commands.opened(undefined);
  assert.deepEqual(sent.map((one) => [one.conversation, one.resend]), [["a", true], ["c", true], ["d", undefined]]);
});

test("an unknown outcome is settled by resending", async () => {
  const { world, sent, commands } = created();
  commands.opened(undefined);
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
  commands.opened(undefined);
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

test("a busy conversation is tried a few times, then its refusal is handed on", async () => {
  const { world, sent, commands } = created();
  commands.opened(undefined);
  const outcome = commands.give(COMPLETE);
  for (let tries = 0; commands.count > 0; tries += 1) {
    commands.answered(answer(sent[tries], refused("busy")));
    await world.pass(5000);
  }
  assert.equal((await outcome).outcome, "refused");
  assert.equal(sent.length, 7);
});

test("a refusal that is not temporary is final", async () => {
  const { world, sent, commands } = created();
  commands.opened(undefined);
  const outcome = commands.give(COMPLETE);
  commands.answered(answer(sent[0], refused("stale")));
  const settled = await outcome;
  assert.ok(settled.outcome === "refused" && settled.reason === "stale");
  await world.pass(60_000);
  assert.equal(sent.length, 1);
});

test("no more are in flight than the server allows", () => {
  const { sent, commands } = created();
  commands.opened(2);
  for (const conversation of ["a", "b", "c", "d"]) void commands.give({ do: "unlink", conversation });
  assert.equal(sent.length, 2);
  commands.answered(answer(sent[0], DONE));
  assert.deepEqual(sent.map((one) => one.conversation), ["a", "b", "c"]);
});

test("every id has 16 bytes, of which the first eight are not all zero", () => {
  const offered = [new Uint8Array(16), new Uint8Array(16).fill(9, 8), new Uint8Array(16).fill(1, 7, 8)];
  const sent: Sent[] = [];
  const world = createWorld();
  const environment = { ...world.environment, randomBytes: () => offered.shift() ?? new Uint8Array(16).fill(5) };
  const commands = createCommands(environment, (message) => sent.push(message as Sent), () => {});
  commands.opened(undefined);
  void commands.give(COMPLETE);
  assert.deepEqual([...(sent[0]?.id ?? [])], [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test("leaving says of each command whether it may have been carried out", async () => {
  const { commands, sent } = created();
  commands.opened(1);
  const first = commands.give(COMPLETE);
  const second = commands.give(COMPLETE);
  assert.equal(sent.length, 1);
  commands.close();
  await assert.rejects(first, (error) => error instanceof ClosedError && error.wasSent);
  await assert.rejects(second, (error) => error instanceof ClosedError && !error.wasSent);
});
