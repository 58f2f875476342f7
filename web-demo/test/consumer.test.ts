import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConsumerOptions, Entry } from "../client";
import { wireEntry } from "./support/messages";
import { connectedClient } from "./support/following";

/** A consumer at 10 that deals with everything at once, unless told otherwise. */
async function consuming(options: Partial<ConsumerOptions> = {}) {
  const taken: number[] = [];
  const consumer = { name: "main", take: (entry: Entry) => void taken.push(entry.seq), ...options };
  const all = await connectedClient({ consumer }, { seq: 10, consumer: "main" });
  const log = (from: number, to: number, entries: unknown[] = [], more: Record<string, unknown> = {}) =>
    all.world.socket().say({ t: "log", from, to, mark: 1000 + to, entries, ...more });
  const acks = () => all.sent("acked").map(({ seq }) => seq);
  return { ...all, taken, log, acks };
}

test("it says its name, is brought what follows its place, in order, and acknowledges it", async () => {
  const { taken, log, acks, sent, world } = await consuming();
  assert.deepEqual(sent("hello")[0]?.consumer, { name: "main" });
  log(10, 12, [wireEntry(11, "open"), wireEntry(12, "contact_message", "Hola")]);
  log(12, 15);
  await world.pass(249);
  assert.deepEqual([taken, acks()], [[11, 12], []]);
  await world.pass(1);
  assert.deepEqual(acks(), [15], "not after every frame, and what was empty counts too");
});

test("nothing is acknowledged before it has been dealt with, and nothing overtakes", async () => {
  const held: (() => void)[] = [];
  const begun: number[] = [];
  const { log, acks, world } = await consuming({
    take: (entry) => new Promise<void>((resolve) => (begun.push(entry.seq), held.push(resolve))),
  });
  log(10, 12, [wireEntry(11, "open"), wireEntry(12, "complete")]);
  await world.pass(1000);
  assert.deepEqual([begun, acks()], [[11], []]);
  held[0]?.();
  await world.pass(1000);
  assert.deepEqual([begun, acks()], [[11, 12], [11]]);
});

test("what could not be dealt with is tried again, and what follows waits for it", async () => {
  const tried: number[] = [];
  const { log, acks, world } = await consuming({
    take: async (entry) => {
      tried.push(entry.seq);
      if (entry.seq === 11 && tried.length < 3) throw new Error("not now");
    },
  });
  log(10, 12, [wireEntry(11, "open"), wireEntry(12, "complete")]);
  await world.pass(2000);
  assert.deepEqual([tried, acks()], [[11, 11, 11, 12], [12]]);
});

test("after a break it tells repeats by their seq, and acknowledges no more than this connection has brought", async () => {
  const { taken, log, acks, sent, world, breakAndComeBack } = await consuming({ after: 3, mark: 1003 });
  assert.deepEqual(sent("hello")[0]?.consumer, { name: "main", after: 3, mark: 1003 });
  log(10, 12, [wireEntry(11, "open"), wireEntry(12, "complete")]);
  await world.settle();
  await breakAndComeBack({ seq: 10, consumer: "main" });
  assert.deepEqual(
    sent("hello")[0]?.consumer,
    { name: "main", after: 12, mark: 1012 },
    "it goes on, it does not begin again",
  );
  await world.pass(1000);
  assert.deepEqual(acks(), []);
  log(10, 11, [wireEntry(11, "open")]);
  await world.pass(1000);
  assert.deepEqual([taken, acks()], [[11, 12], [11]]);
  log(11, 13, [wireEntry(12, "complete"), wireEntry(13, "reopen")]);
  await world.pass(1000);
  assert.deepEqual(
    [taken, acks()],
    [
      [11, 12, 13],
      [11, 13],
    ],
  );
});

test("another epoch has seqs of its own: the place is what that server says", async () => {
  const { taken, log, acks, world, breakAndComeBack } = await consuming();
  log(10, 12, [wireEntry(11, "open"), wireEntry(12, "complete")]);
  await world.settle();
  await breakAndComeBack({ epoch: "1:2", seq: 10, resumed: false });
  log(10, 11, [wireEntry(11, "reopen")]);
  await world.pass(1000);
  assert.deepEqual([taken, acks()], [[11, 12, 11], [11]]);
});

test("so has another log under the same epoch: a database that has been restored", async () => {
  const { taken, log, acks, sent, world, breakAndComeBack } = await consuming();
  log(10, 14, [wireEntry(11, "open"), wireEntry(12, "complete")]);
  await world.settle();
  await breakAndComeBack({ seq: 10, resumed: false });
  assert.deepEqual(
    sent("hello")[0]?.consumer,
    { name: "main", after: 14, mark: 1014 },
    "the place is told from another log's by its mark",
  );
  log(10, 11, [wireEntry(11, "reopen")]);
  await world.pass(1000);
  assert.deepEqual([taken, acks()], [[11, 12, 11], [11]]);
});

test("where a frame has been lost on the way, it comes back for it", async () => {
  const { client, taken, log, acks, world } = await consuming();
  log(11, 12, [wireEntry(12, "complete")]);
  await world.settle();
  assert.deepEqual([client.state, taken, acks()], ["reconnecting", [], []]);
});

test("what is kept no more is told as missed", async () => {
  const missed: number[][] = [];
  const { log, acks, world } = await consuming({ missed: (from, to) => missed.push([from, to]) });
  log(10, 500, [], { too_old: true });
  await world.pass(1000);
  assert.deepEqual([missed, acks()], [[[10, 500]], [500]]);
});

test("whoever takes its name ends it: it does not come back by itself", async () => {
  const { client, world } = await consuming();
  world.socket().close(4005);
  await world.pass(60_000);
  assert.deepEqual([client.state, world.sockets.length], ["closed", 1]);
});

test("when it leaves, it says how far it got, and takes nothing more", async () => {
  const { client, taken, log, acks, world } = await consuming();
  log(10, 12, [wireEntry(11, "open"), wireEntry(12, "complete")]);
  await world.settle();
  client.close();
  assert.deepEqual([taken, acks()], [[11, 12], [12]]);
  assert.deepEqual(world.waits(), []);
});

test("a command whose id is made of what it is for keeps that id", async () => {
  const { client, sent } = await consuming();
  const id = Uint8Array.from({ length: 16 }, (_, index) => index + 1);
  void client.command({ do: "bot_message", conversation: "a", body: "Hola" }, { id });
  assert.deepEqual(sent("command")[0]?.id, id);
});

test("a place of the log is known to who has been resumed at once, as consumers are", async () => {
  const { client, world } = await connectedClient(
    { consumer: { name: "main", take: () => {} } },
    { resumed: true, seq: 10, consumer: "main" },
  );
  const entry = { seq: 11, at: 1011 } as Entry;
  void client.command({ do: "bot_message", conversation: "a", body: "Hola", seen: client.placeOf(entry) });
  assert.equal(world.socket().sent.at(-1)?.seen, 11);
});
