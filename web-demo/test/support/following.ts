// A client that is connected to a server that says only what the test has it say.

import { createClient, type ClientOptions } from "../../client";
import { welcome } from "./messages";
import { createWorld } from "./world";

export async function connectedClient(
  options: Partial<ClientOptions> = {},
  said: Record<string, unknown> = {},
) {
  const world = createWorld();
  const client = createClient({
    url: "ws://test/ws",
    token: () => Promise.resolve("token"),
    environment: world.environment,
    ...options,
  });
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
  return { world, client, sent, breakAndComeBack };
}
