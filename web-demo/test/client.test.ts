import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../client/digest";
import { connectedClient, createdClient, followingClient, hellosOn } from "./support/following";
import { tailOf, welcome, wireRow } from "./support/messages";

test("a client goes from initial over connecting to connected, and says hello first", async () => {
  const { world, client, changes } = createdClient();
  assert.equal(client.state, "initial");
  client.open();
  assert.equal(client.state, "connecting");
  await world.settle();
  const socket = world.socket();
  assert.equal(socket.protocol, "relevo.v1");
  assert.deepEqual(socket.sent, []);
  socket.accept();
  assert.deepEqual(socket.sent, [{ t: "hello", token: "token 1" }]);
  socket.say(welcome());
  assert.equal(client.state, "connected");
  assert.equal(client.welcome?.agent.name, "Ana");
  assert.deepEqual(
    changes.map(({ state }) => state),
    ["connecting", "connected"],
  );
});

test("it comes back with a new token from where it was, and is up to date at once if nothing was missed", async () => {
  const { world, client, last } = await followingClient();
  assert.equal(client.caughtUp, true);
  world.socket().close(1006);
  assert.equal(last()?.state, "reconnecting");
  await world.pass(250);
  world.socket().accept();
  assert.deepEqual(hellosOn(world.socket()), [
    { t: "hello", token: "token 2", resume: { epoch: "1:1", seq: 5, mark: 0 } },
  ]);
  world.socket().say(welcome({ resumed: true, seq: 5 }));
  assert.equal(client.caughtUp, true);
  assert.deepEqual([...client.rows.all.keys()], ["a"]);
  world.socket().say({ t: "sync", from: 5, to: 6, rows: [wireRow("b", 6)] });
  assert.deepEqual([...client.rows.all.keys()], ["a", "b"]);
});

test("where it cannot resume, the old rows stay on the screen until the fresh ones come", async () => {
  const { world, client } = await followingClient();
  world.socket().close(1006);
  await world.pass(250);
  world.socket().accept();
  world.socket().say(welcome({ epoch: "1:2" }));
  assert.equal(client.caughtUp, false);
  assert.deepEqual([...client.rows.all.keys()], ["a"]);
  world
    .socket()
    .say({
      t: "sync",
      from: 0,
      to: 2,
      fresh: true,
      rows: [wireRow("z", 2)],
      ...tailOf([{ id: "z", seq: 2, list: "open" }]),
    });
  assert.deepEqual([...client.rows.all.keys()], ["z"]);
  assert.equal(client.caughtUp, true);
  world.socket().close(1006);
  await world.pass(250);
  world.socket().accept();
  assert.deepEqual(hellosOn(world.socket())[0]?.resume, { epoch: "1:2", seq: 2, mark: 0 });
});

test("a new epoch is not resumed with an old seq", async () => {
  const { world } = await followingClient();
  for (let times = 0; times < 2; times += 1) {
    world.socket().close(1006);
    await world.pass(500);
    world.socket().accept();
    if (times === 0) world.socket().say(welcome({ epoch: "1:2" }));
  }
  assert.deepEqual(
    hellosOn(world.socket()),
    [{ t: "hello", token: "token 3" }],
    "the break came before the first fresh row",
  );
});

test("a break in the middle of the first rows does not count as having them", async () => {
  const { world } = await connectedClient();
  world.socket().say({ t: "sync", from: 0, to: 0, fresh: true, rows: [wireRow("a", 5)] });
  world.socket().close(1006);
  await world.pass(250);
  world.socket().accept();
  assert.equal(hellosOn(world.socket())[0]?.resume, undefined);
});

test("a disagreement asks for a fresh start, once, and heals", async () => {
  const { world, client } = await followingClient();
  const seen: number[] = [];
  client.on("disagreement", (seq) => seen.push(seq));
  world.socket().say({ t: "sync", from: 5, to: 6, rows: [], open: 2, completed: 0, digest: 1 });
  world.socket().say({ t: "sync", from: 6, to: 7, rows: [], open: 2, completed: 0, digest: 1 });
  assert.deepEqual(
    world.socket().sent.filter(({ t }) => t === "resync"),
    [{ t: "resync", seq: 6, open: 1, completed: 0, digest: digestOf("a", 5) }],
  );
  assert.deepEqual(seen, [6]);
  assert.equal(client.caughtUp, false);
  world
    .socket()
    .say({
      t: "sync",
      from: 0,
      to: 7,
      fresh: true,
      rows: [wireRow("a", 5)],
      ...tailOf([{ id: "a", seq: 5, list: "open" }]),
    });
  assert.equal(client.caughtUp, true);
});

test("where a frame has been lost on the way, it comes back to where it was", async () => {
  const { world, client, last } = await followingClient();
  world.socket().say({ t: "sync", from: 6, to: 7, mark: 1007, rows: [wireRow("b", 7)] });
  assert.equal(last()?.reason, "a frame is missing");
  assert.deepEqual([...client.rows.all.keys()], ["a"]);
  await world.pass(250);
  world.socket().accept();
  assert.equal((hellosOn(world.socket())[0]?.resume as { seq: number }).seq, 5);
});

test("a time answer moves the place to resume from", async () => {
  const { world } = await followingClient();
  world.socket().say({ t: "time", ref: 1, now: 1_000_000, seq: 9 });
  world.socket().close(1006);
  await world.pass(250);
  world.socket().accept();
  assert.deepEqual(hellosOn(world.socket())[0]?.resume, { epoch: "1:1", seq: 9, mark: 0 });
});

test("a silent connection is noticed: a question every 15 s, and 8 s for the answer", async () => {
  const { world, client, last } = await followingClient();
  for (let ref = 1; ref <= 5; ref += 1) world.socket().say({ t: "time", ref, now: 1_000_000, seq: 5 });
  assert.equal(world.socket().sent.filter(({ t }) => t === "time").length, 5, "five samples at first");
  await world.pass(15_000);
  assert.equal(world.socket().sent.filter(({ t }) => t === "time").length, 6);
  assert.equal(client.state, "connected");
  await world.pass(7000);
  assert.equal(client.state, "connected");
  await world.pass(2000);
  assert.equal(last()?.reason, "the server does not answer");
  assert.equal(client.state, "reconnecting");
});

test("any word of the server counts as a sign of life", async () => {
  const { world, client } = await followingClient();
  for (let seq = 5; seq < 25; seq += 1) {
    await world.pass(5000);
    world.socket().say({ t: "sync", from: seq, to: seq + 1, rows: [] });
  }
  assert.equal(client.state, "connected");
});

test("the clock is found at once, and anew when the machine has slept", async () => {
  const { world, client } = await followingClient();
  const server = 9_000_000;
  const base = world.environment.monotonic();
  const times = () => world.socket().sent.filter(({ t }) => t === "time");
  world.socket().say({ t: "time", ref: times().at(-1)?.ref, now: server, seq: 5 });
  assert.equal(client.clock.now(), server + world.environment.monotonic() - base);
  while (times().length < 5) world.socket().say({ t: "time", ref: times().at(-1)?.ref, now: server, seq: 5 });
  world.socket().say({ t: "time", ref: times().at(-1)?.ref, now: server, seq: 5 });
  world.setWallForward(60_000); // an hour's sleep during which the monotonic clock stood still
  await world.pass(1000);
  assert.equal(times().length, 6);
  world.socket().say({ t: "time", ref: times().at(-1)?.ref, now: server + 61_000, seq: 5 });
  assert.equal(client.clock.now(), server + 61_000);
});

test("half a minute before the token expires it says hello again, and the stream goes on", async () => {
  const { world, client, changes } = await followingClient();
  for (let seconds = 0; seconds < 3570; seconds += 5) {
    world.socket().say({ t: "state", store: "up" });
    await world.pass(5000);
  }
  assert.deepEqual(
    hellosOn(world.socket()).map(({ token }) => token),
    ["token 1", "token 2"],
  );
  assert.equal(hellosOn(world.socket())[1]?.resume, undefined);
  world
    .socket()
    .say(
      welcome({ resumed: true, seq: 5, now: 1_000_000 + 3_570_000, token_expires: 1_000_000 + 7_200_000 }),
    );
  world.socket().say({ t: "sync", from: 5, to: 6, rows: [wireRow("b", 6)] });
  assert.deepEqual([...client.rows.all.keys()], ["a", "b"]);
  assert.deepEqual(
    changes.map(({ state }) => state),
    ["connecting", "connected"],
  );
});

test("commands survive the break, and the answer's row is taken in", async () => {
  const { world, client } = await followingClient();
  const outcome = client.command({ do: "complete", conversation: "a", version: 1 });
  const [first] = world.socket().sent.filter(({ t }) => t === "command");
  world.socket().close(1006);
  await world.pass(250);
  world.socket().accept();
  assert.equal(world.socket().sent.filter(({ t }) => t === "command").length, 0, "not before welcome");
  world.socket().say(welcome({ resumed: true, seq: 5 }));
  const [again] = world.socket().sent.filter(({ t }) => t === "command");
  assert.deepEqual(again, { ...first, resend: true });
  world
    .socket()
    .say({
      t: "answer",
      id: again?.id,
      outcome: "refused",
      reason: "stale",
      code: 8,
      sentence: "s",
      row: wireRow("a", 9, 2),
    });
  const settled = await outcome;
  assert.ok(settled.outcome === "refused" && settled.row?.list === "completed");
  assert.equal(client.rows.all.get("a")?.seq, 9);
});

test("when the database is back, what waited goes out", async () => {
  const { world, client } = await followingClient();
  const stores: string[] = [];
  client.on("store", (store) => stores.push(store));
  void client.command({ do: "unlink", conversation: "a" });
  world.socket().say({ t: "state", store: "down" });
  const commands = () => world.socket().sent.filter(({ t }) => t === "command");
  world
    .socket()
    .say({
      t: "answer",
      id: commands()[0]?.id,
      outcome: "refused",
      reason: "unavailable",
      code: 18,
      sentence: "s",
    });
  assert.equal(commands().length, 1);
  world.socket().say({ t: "state", store: "up" });
  assert.equal(commands().length, 2);
  assert.deepEqual(stores, ["down", "up"]);
});

test("while the database commits nothing, commands wait as they do while it is away", async () => {
  const { world, client } = await followingClient();
  void client.command({ do: "unlink", conversation: "a" });
  const commands = () => world.socket().sent.filter(({ t }) => t === "command");
  world
    .socket()
    .say({
      t: "answer",
      id: commands()[0]?.id,
      outcome: "refused",
      reason: "unavailable",
      code: 18,
      sentence: "s",
    });
  world.socket().say({ t: "state", store: "stuck" });
  assert.equal(client.store, "stuck");
  assert.equal(client.state, "connected");
  assert.equal(commands().length, 1);
  world.socket().say({ t: "state", store: "up" });
  assert.equal(commands().length, 2);
  world.socket().say({ t: "state", store: "asleep" });
  assert.equal(client.store, "down", "what a later server says is not up");
});

test("older rows come page by page, past what is here already", async () => {
  const { world, client } = await followingClient();
  world.socket().say({ t: "sync", from: 5, to: 6, rows: [wireRow("k", 6, 2)] });
  const pages = () => world.socket().sent.filter(({ t }) => t === "page");
  const loading = client.loadOlder();
  assert.deepEqual(pages(), [{ t: "page", ref: 1 }]);
  world.socket().say({ t: "page", ref: 1, rows: [wireRow("k", 6, 2)], next: 6 });
  await world.settle();
  assert.deepEqual(pages()[1], { t: "page", ref: 2, before: 6 });
  world.socket().say({ t: "page", ref: 2, rows: [wireRow("j", 4, 2), wireRow("i", 3, 2)], next: 3 });
  assert.equal(await loading, 2);
  const more = client.loadOlder();
  assert.deepEqual(pages()[2], { t: "page", ref: 3, before: 3 });
  world.socket().say({ t: "page", ref: 3, rows: [] });
  assert.equal(await more, 0);
  assert.equal(await client.loadOlder(), 0);
  assert.equal(pages().length, 3);
});

test("a fresh start begins the paging anew, also if a page is on its way", async () => {
  const { world, client } = await followingClient();
  const pages = () => world.socket().sent.filter(({ t }) => t === "page");
  const fresh = {
    t: "sync",
    from: 0,
    to: 9,
    fresh: true,
    rows: [wireRow("k", 9, 2)],
    open: 0,
    completed: 200,
    digest: 0,
  };
  const loading = client.loadOlder();
  world.socket().say({ t: "page", ref: 1, rows: [wireRow("j", 4, 2)], next: 4 });
  await loading;
  world.socket().say(fresh);
  const second = client.loadOlder();
  assert.deepEqual(pages()[1], { t: "page", ref: 2 });
  world.socket().say(fresh);
  world.socket().say({ t: "page", ref: 2, rows: [wireRow("i", 3, 2)], next: 3 });
  await second;
  void client.loadOlder();
  assert.deepEqual(pages()[2], { t: "page", ref: 3 });
});

test("a page whose connection broke says so, and can be asked for again", async () => {
  const { world, client } = await followingClient();
  const loading = client.loadOlder();
  world.socket().close(1006);
  await assert.rejects(loading);
  await world.pass(250);
  world.socket().accept();
  world.socket().say(welcome({ resumed: true, seq: 5 }));
  const again = client.loadOlder();
  world.socket().say({ t: "page", ref: 2, rows: [wireRow("j", 4, 2)] });
  assert.equal(await again, 1);
});

test("what comes late from an earlier socket is not heard", async () => {
  const { world, client } = await followingClient();
  const first = world.socket();
  client.rows.on("rows", () => assert.fail("nothing should change"));
  first.close(1006);
  await world.pass(250);
  first.say({ t: "sync", from: 5, to: 6, rows: [wireRow("b", 6)] });
  first.close(4001);
  assert.equal(client.state, "reconnecting");
});

test("bytes that are no message of this protocol end the connection, not the client", async () => {
  for (const speak of [
    (socket: FakeSocket) => socket.sayText("hello"),
    (socket: FakeSocket) => socket.say({ t: "sync", from: "x", to: 1, rows: [] }),
    (socket: FakeSocket) => socket.say({ t: "answer", id: 5, outcome: "done", seq: 1 }),
  ]) {
    const { world, client } = await followingClient();
    speak(world.socket());
    assert.equal(client.state, "reconnecting");
  }
  const { world, client } = await followingClient();
  world.socket().say({ t: "something new", whatever: [1] });
  assert.equal(
    client.state,
    "connected",
    "but a message of a type that only later servers know is passed over",
  );
});

test("after closing nothing moves any more", async () => {
  const { world, client } = await followingClient();
  const outcome = client.command({ do: "unlink", conversation: "a" });
  client.close();
  await assert.rejects(outcome);
  assert.equal(client.state, "closed");
  assert.ok(world.socket().isClosed);
  assert.deepEqual(world.waits(), []);
  world.wake();
  await world.pass(60_000);
  assert.equal(world.sockets.length, 1);
});
