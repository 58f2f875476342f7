import assert from "node:assert/strict";
import { test } from "node:test";
import { connectedClient } from "./support/following";

const LUIS = ["luis", true, "a", false];

test("people come, look, type and go; with a fresh list whoever is not in it is gone", async () => {
  const { client, world } = await connectedClient();
  const seen: string[] = [];
  client.presence.on("people", (people) =>
    seen.push([...people.values()].map((one) => `${one.agent}${one.typing ? " types" : ""}`).join()),
  );
  const say = (people: unknown[], fresh?: true) =>
    world.socket().say({ t: "presence", people, ...(fresh ? { fresh } : {}) });
  say([LUIS], true);
  say([
    ["luis", true, "a", true],
    ["eva", true, null, false],
  ]);
  say([["luis", false, null, false]]);
  say([LUIS], true);
  assert.deepEqual(seen, ["luis", "luis types,eva", "eva", "luis"]);
  assert.equal(client.presence.people.get("luis")?.conversation, "a");
  world.socket().close(1006);
  assert.deepEqual(seen.at(-1), "", "without a connection nobody knows");
});

test("what is in front is said when it changes, and again on the next connection", async () => {
  const { client, sent, breakAndComeBack } = await connectedClient();
  client.presence.look("a");
  client.presence.look("a");
  client.presence.look("b");
  client.presence.look(undefined);
  assert.deepEqual(sent("presence"), [
    { t: "presence", conversation: "a" },
    { t: "presence", conversation: "b" },
    { t: "presence" },
  ]);
  client.presence.look("c");
  await breakAndComeBack();
  assert.deepEqual(sent("presence"), [{ t: "presence", conversation: "c" }]);
});

test("typing is said again every three seconds for as long as keys are pressed, and ends by itself", async () => {
  const { client, sent, world } = await connectedClient();
  client.presence.type();
  assert.deepEqual(sent("presence"), [], "nothing is in front");
  client.presence.look("a");
  const typing = () =>
    sent("presence")
      .slice(1)
      .map((one) => one.typing === true);
  for (let second = 0; second < 4; second += 1) {
    client.presence.type();
    await world.pass(1000);
  }
  assert.deepEqual(typing(), [true, true]);
  await world.pass(3999);
  assert.deepEqual(typing(), [true, true, true]);
  await world.pass(1);
  assert.deepEqual(typing(), [true, true, true, false]);
  world.socket().say({ t: "state", store: "up" }); // somebody is there
  await world.pass(7000);
  assert.equal(typing().length, 4);
});

test("what is sent, or left, is typed no more", async () => {
  const { client, sent, world } = await connectedClient();
  client.presence.look("a");
  client.presence.type();
  client.presence.stopTyping();
  client.presence.stopTyping();
  client.presence.type();
  client.presence.look("b");
  await world.pass(7000);
  assert.deepEqual(
    sent("presence").map((one) => `${String(one.conversation)} ${String(one.typing)}`),
    ["a undefined", "a true", "a undefined", "a true", "b undefined"],
  );
});
