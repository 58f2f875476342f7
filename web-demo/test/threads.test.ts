import assert from "node:assert/strict";
import { test } from "node:test";
import type { Thread } from "../client";
import { welcome, wireEntry } from "./support/messages";
import { connectedClient } from "./support/following";

/** A thread that has been opened with what happened at 7 and 9, with more before. */
async function watching() {
  const all = await connectedClient();
  const thread = all.client.watch("a");
  const say = (more: Record<string, unknown>) =>
    all.world.socket().say({ t: "thread", conversation: "a", ...more });
  say({
    ref: 0,
    fresh: true,
    to: 9,
    next: 7,
    entries: [wireEntry(7, "contact_message", "Hola"), wireEntry(9, "send_message", "Sí")],
  });
  return { ...all, thread, say };
}

const seqs = (thread: Thread) => thread.entries.map(({ seq }) => seq);
const bodies = (thread: Thread) => thread.entries.map(({ body }) => body);

test("a thread opens with its newest entries, and what happens comes behind them", async () => {
  const { thread, sent, say } = await watching();
  assert.deepEqual(sent("watch"), [{ t: "watch", ref: 0, conversation: "a" }]);
  assert.deepEqual([thread.state, seqs(thread), thread.hasOlder], ["live", [7, 9], true]);
  let changes = 0;
  thread.on("change", () => (changes += 1));
  say({ to: 12, entries: [wireEntry(12, "contact_message", "¿Y?")] });
  assert.deepEqual([changes, seqs(thread)], [1, [7, 9, 12]]);
});

test("what is watched before there is a connection is asked for when there is one", async () => {
  const { client, sent, breakAndComeBack, world } = await connectedClient();
  world.socket().close(1006);
  const thread = client.watch("a");
  assert.equal(thread.state, "opening");
  await breakAndComeBack();
  assert.deepEqual(sent("watch"), [{ t: "watch", ref: 0, conversation: "a" }]);
});

test("after a break it goes on where it was, without a gap and without a repeat", async () => {
  const { thread, sent, say, breakAndComeBack, world } = await watching();
  say({ to: 20, entries: [] });
  world.socket().close(1006);
  assert.equal(thread.state, "behind");
  assert.deepEqual(seqs(thread), [7, 9], "what was here stays");
  await breakAndComeBack();
  assert.deepEqual(sent("watch"), [{ t: "watch", ref: 0, conversation: "a", after: 20 }]);
  say({
    ref: 0,
    to: 31,
    entries: [wireEntry(9, "send_message", "Sí"), wireEntry(22, "complete"), wireEntry(31, "reopen")],
  });
  assert.deepEqual([thread.state, seqs(thread), thread.hasOlder], ["live", [7, 9, 22, 31], true]);
});

test("another epoch voids its place: it is opened as if for the first time", async () => {
  const { thread, sent, say, breakAndComeBack } = await watching();
  await breakAndComeBack({ epoch: "1:2", resumed: false });
  assert.deepEqual(sent("watch"), [{ t: "watch", ref: 0, conversation: "a" }]);
  say({ ref: 0, fresh: true, to: 3, entries: [wireEntry(3, "reopen")] });
  assert.deepEqual([seqs(thread), thread.hasOlder], [[3], false]);
});

test("it may begin anew at any time: then all that was here goes, and history on its way with it", async () => {
  const { world, thread, sent, say } = await watching();
  const loading = thread.loadOlder();
  say({ fresh: true, to: 50, next: 40, entries: [wireEntry(40, "reopen"), wireEntry(50, "complete")] });
  world
    .socket()
    .say({
      t: "history",
      ref: sent("history")[0]?.ref,
      conversation: "a",
      entries: [wireEntry(5, "reopen")],
    });
  assert.equal(await loading, 0);
  assert.deepEqual([seqs(thread), thread.hasOlder], [[40, 50], true]);
  void thread.loadOlder();
  assert.equal(sent("history")[1]?.before, 40);
});

test("older entries come page by page before the others, until there are none", async () => {
  const { world, thread, sent } = await watching();
  const first = thread.loadOlder();
  assert.equal(thread.loadOlder(), first, "asked once");
  assert.deepEqual(sent("history"), [{ t: "history", ref: 1, conversation: "a", before: 7 }]);
  world
    .socket()
    .say({
      t: "history",
      ref: 1,
      conversation: "a",
      next: 4,
      entries: [wireEntry(6, "bot_message", "c"), wireEntry(4, "contact_message", "b")],
    });
  assert.equal(await first, 2);
  assert.deepEqual(seqs(thread), [4, 6, 7, 9]);
  const second = thread.loadOlder();
  world
    .socket()
    .say({
      t: "history",
      ref: 2,
      conversation: "a",
      too_old: true,
      entries: [wireEntry(2, "contact_message", "a")],
    });
  assert.equal(await second, 1);
  assert.deepEqual([seqs(thread), thread.hasOlder, thread.isCutOff], [[2, 4, 6, 7, 9], false, true]);
  assert.equal(await thread.loadOlder(), 0);
  assert.equal(sent("history").length, 2);
});

test("history whose connection broke says so, and can be asked for again", async () => {
  const { world, thread, sent, say, breakAndComeBack } = await watching();
  const loading = thread.loadOlder();
  world.socket().close(1006);
  await assert.rejects(loading);
  await assert.rejects(thread.loadOlder(), "there is no connection");
  await breakAndComeBack();
  say({ ref: 0, to: 9, entries: [] });
  const again = thread.loadOlder();
  world
    .socket()
    .say({
      t: "history",
      ref: sent("history")[0]?.ref,
      conversation: "a",
      entries: [wireEntry(2, "reopen")],
    });
  assert.equal(await again, 1);
});

test("an erasure voids what was written before it, also what comes late", async () => {
  const { world, thread, say, sent } = await watching();
  const loading = thread.loadOlder();
  say({ to: 11, entries: [wireEntry(10, "erase"), wireEntry(11, "contact_message", "Otra vez yo")] });
  assert.deepEqual(bodies(thread), [null, null, null, "Otra vez yo"]);
  assert.deepEqual(
    thread.entries.map(({ row }) => row?.name),
    ["", "", "Name of a", "Name of a"],
  );
  world
    .socket()
    .say({
      t: "history",
      ref: sent("history")[0]?.ref,
      conversation: "a",
      entries: [wireEntry(5, "contact_message", "read before it was erased")],
    });
  await loading;
  assert.deepEqual(bodies(thread)[0], null);
});

test("a closed thread hears nothing more, and what is opened anew is its own", async () => {
  const { thread, client, sent, say } = await watching();
  const second = client.watch("a");
  assert.equal(thread.state, "closed");
  assert.deepEqual(sent("unwatch"), [{ t: "unwatch", conversation: "a" }]);
  say({ ref: 0, fresh: true, to: 9, entries: [wireEntry(9, "reopen")] });
  assert.deepEqual([seqs(thread), seqs(second)], [[7, 9], [9]]);
  second.close();
  say({ to: 10, entries: [wireEntry(10, "complete")] });
  assert.deepEqual(seqs(second), [9]);
});

test("no more questions are on their way than the server takes; the others wait their turn", async () => {
  const { client, sent, world } = await connectedClient();
  const asked = Array.from({ length: 12 }, (_, i) => client.find(`${i}`));
  assert.equal(sent("find").length, 8);
  for (let ref = 1; ref <= 12; ref += 1) world.socket().say({ t: "found", ref, rows: [] });
  await Promise.all(asked);
  assert.deepEqual(
    sent("find").map(({ text }) => text),
    Array.from({ length: 12 }, (_, i) => `${i}`),
  );
});

const tooSlow = {
  t: "refused",
  reason: "too_slow",
  code: 23,
  sentence: "The database took too long to look this up",
  retry_ms: 1000,
};

test("a question that could not be looked up is refused, and makes room for the next", async () => {
  const { client, sent, world } = await connectedClient();
  const asked = Array.from({ length: 9 }, (_, i) => client.find(`${i}`));
  world.socket().say({ ...tooSlow, ref: 1 });
  await assert.rejects(asked[0] as Promise<unknown>, {
    name: "RequestRefusedError",
    reason: "too_slow",
    retryMs: 1000,
    message: "The database took too long to look this up",
  });
  assert.equal(sent("find").length, 9);
});

test("history that could not be looked up can be asked for again", async () => {
  const { world, thread, sent } = await watching();
  const loading = thread.loadOlder();
  world.socket().say({ ...tooSlow, ref: 1 });
  await assert.rejects(loading, { name: "RequestRefusedError" });
  const again = thread.loadOlder();
  world
    .socket()
    .say({
      t: "history",
      ref: sent("history")[1]?.ref,
      conversation: "a",
      entries: [wireEntry(2, "reopen")],
    });
  assert.equal(await again, 1);
});

test("a thread that could not be looked up is asked for again, each time after a longer wait", async () => {
  const { client, sent, world } = await connectedClient();
  const thread = client.watch("a");
  const refuse = () => world.socket().say({ ...tooSlow, ref: 0, conversation: "a" });
  refuse();
  assert.equal(thread.state, "opening");
  await world.pass(999);
  assert.equal(sent("watch").length, 1);
  await world.pass(1);
  assert.equal(sent("watch").length, 2);
  refuse();
  await world.pass(1999);
  assert.equal(sent("watch").length, 2);
  await world.pass(1);
  world
    .socket()
    .say({ t: "thread", ref: 0, conversation: "a", fresh: true, to: 9, entries: [wireEntry(9, "reopen")] });
  assert.deepEqual([thread.state, seqs(thread), sent("watch").length], ["live", [9], 3]);
});

test("one that is live and cannot be looked up goes on from where it was; a closed one is not asked for", async () => {
  const { client, thread, sent, world } = await watching();
  world.socket().say({ ...tooSlow, ref: 0, conversation: "a" });
  assert.equal(thread.state, "behind");
  await world.pass(1000);
  assert.deepEqual(sent("watch")[1], { t: "watch", ref: 0, conversation: "a", after: 9 });
  const other = client.watch("b");
  world.socket().say({ ...tooSlow, ref: 0, conversation: "b" });
  other.close();
  await world.pass(2000);
  assert.deepEqual(sent("watch").filter(({ conversation }) => conversation === "b").length, 1);
});

test("a welcome that nobody asked for starts afresh, without losing the connection", async () => {
  const { client, world } = await connectedClient();
  world.socket().say(welcome({ epoch: "1:9" }));
  assert.deepEqual([client.state, client.welcome?.epoch, client.caughtUp], ["connected", "1:9", false]);
});

test("nothing that somebody looks for ends the connection", async () => {
  const { client, sent } = await connectedClient({}, { limits: { find_bytes: 10 } });
  void client.find("a\tb\n\ud800");
  assert.equal(sent("find")[0]?.text, "a b \ufffd");
  assert.deepEqual(await client.find("ñ".repeat(6)), { rows: [], more: false }, "so long is nothing");
  assert.deepEqual(await client.find(""), { rows: [], more: false });
  assert.equal(sent("find").length, 1);
});
