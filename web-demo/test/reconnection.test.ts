// When a client comes back, with which token and after which wait; and when it does not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connectedClient, createdClient, followingClient, hellosOn } from "./support/following";
import { welcome } from "./support/messages";

test("the waits grow from a quarter of a second to ten, each a random part of the whole", async () => {
  const { world, client, last } = createdClient();
  world.random = 0.999;
  client.open();
  const waits = [];
  for (let tries = 0; tries < 9; tries += 1) {
    await world.settle();
    world.socket().close(1006);
    waits.push(Math.round(last()?.retryInMs ?? -1));
    await world.pass(10_000);
  }
  assert.deepEqual(waits, [250, 500, 999, 1998, 3996, 7992, 9990, 9990, 9990]);
});

test("a connection that held for ten seconds starts the waits from the beginning; one that broke at once does not", async () => {
  const { world, last } = await connectedClient();
  world.random = 1;
  world.socket().close(1006);
  assert.equal(last()?.retryInMs, 250);
  await world.pass(250);
  world.socket().accept();
  world.socket().say(welcome());
  world.socket().close(1006);
  assert.equal(last()?.retryInMs, 500);
  await world.pass(500);
  world.socket().accept();
  world.socket().say(welcome());
  for (let seconds = 0; seconds < 10; seconds += 5) {
    await world.pass(5000);
    world.socket().say({ t: "state", store: "up" });
  }
  world.socket().close(1006);
  assert.equal(last()?.retryInMs, 250);
});

test("what the server says about coming back wins, and nothing hurries it", async () => {
  const { world, last } = await connectedClient();
  world.socket().say({ t: "bye", code: 1012, reason: "the server restarts, come back", retry_ms: 2500 });
  world.socket().close(1006);
  assert.deepEqual(last(), {
    state: "reconnecting",
    code: 1012,
    reason: "the server restarts, come back",
    retryInMs: 2500,
  });
  world.wake();
  await world.pass(2499);
  assert.equal(world.sockets.length, 1);
  await world.pass(1);
  assert.equal(world.sockets.length, 2);
});

test("when the network is back, or somebody looks, it tries at once", async () => {
  const { world } = await connectedClient();
  world.random = 1;
  for (const expected of [2, 3]) {
    world.socket().close(1006);
    world.wake();
    await world.settle();
    assert.equal(world.sockets.length, expected);
  }
  await world.pass(1);
  assert.equal(world.sockets.length, 3, "and only once");
});

for (const code of [4001, 4002, 4003, 4004, 4050, 1003, 1009]) {
  test(`after ${code} it does not come back until somebody asks`, async () => {
    const { world, client, last } = await connectedClient();
    world.socket().close(code, "why");
    assert.deepEqual(last(), { state: "closed", code, reason: "why" });
    world.wake();
    await world.pass(60_000);
    assert.equal(world.sockets.length, 1);
    client.open();
    await world.settle();
    assert.equal(world.sockets.length, 2);
  });
}

for (const code of [1000, 1001, 1006, 1011, 1012, 1013, 4100, 4150]) {
  test(`after ${code} it comes back with a new token`, async () => {
    const { world } = await connectedClient();
    world.socket().close(code);
    await world.pass(250);
    world.socket().accept();
    assert.equal(hellosOn(world.socket())[0]?.token, "token 2");
  });
}

for (const code of [4101, 4102]) {
  test(`after ${code} it comes back slowly`, async () => {
    const { world, last } = await connectedClient();
    world.random = 0;
    world.socket().close(code);
    assert.equal(last()?.retryInMs, 5000);
  });
}

test("a token that cannot be had is asked for again", async () => {
  let asked = 0;
  const token = () => {
    asked += 1;
    return asked < 3 ? Promise.reject(new Error("no network")) : Promise.resolve("token");
  };
  const { world, client, changes } = createdClient({ token });
  client.open();
  await world.settle();
  assert.equal(changes[1]?.reason, "no network");
  await world.pass(2000);
  world.socket().accept();
  assert.equal(asked, 3);
});

test("a token that comes too late opens no second connection", async () => {
  const given: ((token: string) => void)[] = [];
  const { world, client } = createdClient({ token: () => new Promise((resolve) => given.push(resolve)) });
  client.open();
  await world.pass(11_000);
  assert.equal(given.length, 2);
  given[1]?.("in time");
  given[0]?.("late");
  await world.settle();
  assert.equal(world.sockets.length, 1);
  world.socket().accept();
  assert.equal(hellosOn(world.socket())[0]?.token, "in time");
});

test("a token that nobody waits for any more is called off", async () => {
  const signals: AbortSignal[] = [];
  const token = (signal: AbortSignal) => {
    signals.push(signal);
    return new Promise<string>(() => {}); // a path that took the request, and is silent
  };
  const { world, client } = createdClient({ token });
  const aborted = () => signals.map((signal) => signal.aborted);
  client.open();
  await world.pass(9999);
  assert.deepEqual(aborted(), [false]);
  await world.pass(1000);
  assert.deepEqual(aborted(), [true, false], "no welcome came in time");
  world.wake(true);
  await world.settle();
  assert.deepEqual(
    aborted(),
    [true, true, false],
    "the network is back: what was begun before may never end",
  );
  world.wake();
  await world.settle();
  assert.equal(signals.length, 3, "that somebody looks is no reason to begin anew");
  client.close();
  assert.deepEqual(aborted(), [true, true, true]);
});

test("a token that is asked for while connected is called off when the connection breaks", async () => {
  const signals: AbortSignal[] = [];
  const token = (signal: AbortSignal) => {
    signals.push(signal);
    return signals.length === 1 ? Promise.resolve("first") : new Promise<string>(() => {});
  };
  const { world } = await connectedClient({ token });
  for (let seconds = 0; seconds < 3570; seconds += 5) {
    world.socket().say({ t: "state", store: "up" });
    await world.pass(5000);
  }
  assert.equal(signals.length, 2);
  assert.equal(signals[1]?.aborted, false);
  world.socket().close(1006);
  assert.equal(signals[1]?.aborted, true);
});

test("a path that is silent for half a minute holds nobody up once it is good again", async () => {
  let isSilent = true;
  const token = () => (isSilent ? new Promise<string>(() => {}) : Promise.resolve("token"));
  const { world, client } = createdClient({ token });
  world.random = 1;
  client.open();
  await world.pass(30_000);
  assert.equal(world.sockets.length, 0);
  isSilent = false;
  for (let ms = 0; ms <= 20_000 && world.sockets.length === 0; ms += 100) await world.pass(100);
  world.socket().accept();
  world.socket().say(welcome());
  assert.equal(client.state, "connected");
});

test("a socket that never opened says so, as a server may be there and not take this page", async () => {
  const { world, client, last } = createdClient();
  client.open();
  await world.settle();
  world.socket().close(1006);
  assert.equal(last()?.isUnopened, true);
  await world.pass(250);
  world.socket().accept();
  world.socket().close(1006);
  assert.equal(last()?.isUnopened, undefined);
});

test("a message that was too long ends its own command, and the connection comes back", async () => {
  const { world, client } = await followingClient();
  const long = client.command({ do: "send_message", conversation: "a", body: "x".repeat(70_000), seen: 5 });
  const other = client.command({ do: "unlink", conversation: "b" });
  const commands = () => world.socket().sent.filter(({ t }) => t === "command");
  assert.equal(commands().length, 2);
  world.socket().close(1009, "the message is larger than the limit");
  const outcome = await long;
  assert.ok(outcome.outcome === "refused" && outcome.detail === "body");
  assert.equal(client.state, "reconnecting");
  await world.pass(250);
  world.socket().accept();
  world.socket().say(welcome({ resumed: true, seq: 5 }));
  assert.deepEqual(
    commands().map((one) => one.do),
    ["unlink"],
  );
  world.socket().say({ t: "answer", id: commands()[0]?.id, outcome: "done", seq: 6 });
  assert.equal((await other).outcome, "done");
});

test("after a frame that the server did not understand, opening again heals", async () => {
  const { world, client } = await followingClient();
  const first = client.command({ do: "unlink", conversation: "a" });
  world.socket().close(4002, "why");
  await assert.rejects(first);
  assert.equal(client.state, "closed");
  const second = client.command({ do: "unlink", conversation: "b" });
  client.open();
  await world.settle();
  world.socket().accept();
  world.socket().say(welcome({ resumed: true, seq: 5 }));
  const sent = world.socket().sent.filter(({ t }) => t === "command");
  assert.deepEqual(
    sent.map((one) => one.conversation),
    ["b"],
  );
  world.socket().say({ t: "answer", id: sent[0]?.id, outcome: "unchanged" });
  assert.equal((await second).outcome, "unchanged");
});

test("a server that takes the connection and never welcomes is left after ten seconds", async () => {
  const { world, client, last } = createdClient();
  client.open();
  await world.settle();
  world.socket().accept();
  await world.pass(9999);
  assert.equal(client.state, "connecting");
  await world.pass(1);
  assert.equal(last()?.state, "reconnecting");
  assert.ok(world.sockets[0]?.isClosed);
});

test("while the database keeps the welcome waiting, it is told and waits with it", async () => {
  const { world, client } = createdClient();
  client.open();
  await world.settle();
  world.socket().accept();
  world.socket().say({ t: "state", store: "down" });
  assert.equal(client.store, "down");
  await world.pass(59_000);
  assert.equal(world.sockets.length, 1);
  world.socket().say(welcome());
  assert.equal(client.state, "connected");
  assert.equal(client.store, "up");
  await world.pass(2000);
  assert.equal(client.state, "connected");
});

test("the close code counts, and bye where it did not come through", async () => {
  for (const [closed, state] of [
    [1006, "closed"],
    [1005, "closed"],
    [1012, "reconnecting"],
  ] as const) {
    const { world, client } = await connectedClient();
    world.socket().say({ t: "bye", code: 4001, reason: "the token is not valid" });
    world.socket().close(closed);
    assert.equal(client.state, state);
  }
});
