// A client that is connected to a server that says only what the test has it say.

import { createClient, type ClientOptions, type ConnectionChange } from "../../client";
import { tailOf, welcome, wireRow } from "./messages";
import { createWorld, type FakeSocket } from "./world";

/** Not opened yet; each token that it is given is another one. */
export function createdClient(options: Partial<ClientOptions> = {}) {
  const world = createWorld();
  let tokens = 0;
  const client = createClient({
    url: "ws://test/ws",
    token: () => Promise.resolve(`token ${(tokens += 1)}`),
    environment: world.environment,
    ...options,
  });
  const changes: ConnectionChange[] = [];
  client.on("connection", (change) => changes.push(change));
  const last = () => changes[changes.length - 1];
  return { world, client, changes, last };
}

export async function connectedClient(
  options: Partial<ClientOptions> = {},
  said: Record<string, unknown> = {},
) {
  const { world, client, changes, last } = createdClient(options);
  client.open();
  await world.settle();
  world.socket().accept();
  world.socket().say(welcome(said));

  /** What the client has said on this connection, of one type. */
  const sent = (type: string) => world.socket().sent.filter(({ t }) => t === type);
  async function breakAndComeBack(again: Record<string, unknown> = {}): Promise<void> {
    world.socket().close(1006);
    await world.pass(250);
    world.socket().accept();
    world.socket().say(welcome({ resumed: true, ...again }));
  }
  return { world, client, changes, last, sent, breakAndComeBack };
}

/** Connected, and at seq 5 with one open row. */
export async function followingClient() {
  const all = await connectedClient();
  all.world
    .socket()
    .say({
      t: "sync",
      from: 0,
      to: 5,
      fresh: true,
      rows: [wireRow("a", 5)],
      ...tailOf([{ id: "a", seq: 5, list: "open" }]),
    });
  return all;
}

/** What the client has said to be let in on this socket. */
export function hellosOn(socket: FakeSocket) {
  return socket.sent.filter(({ t }) => t === "hello");
}
