// A world whose clock stands still until it is told to move, with a server that says only what the test has
// it say.

import { decode, encode } from "@msgpack/msgpack";
import type { Environment, Socket } from "../../client";

type Message = Record<string, unknown>;

export interface FakeSocket {
  protocol: string;
  /** What the client has sent, decoded. */
  sent: Message[];
  isClosed: boolean;
  accept(): void;
  say(message: Message): void;
  sayText(text: string): void;
  close(code: number, reason?: string): void;
}

export interface World {
  environment: Environment;
  sockets: FakeSocket[];
  /** The newest. */
  socket(): FakeSocket;
  /** Moves all clocks, and calls what falls due in between, in order. */
  pass(ms: number): Promise<void>;
  /** Lets promises go on. */
  settle(): Promise<void>;
  /** Only the user's clock moves. */
  setWallForward(ms: number): void;
  wake(isNetworkBack?: boolean): void;
  /** Of the timers that wait: how long each still has. */
  waits(): number[];
  random: number;
}

export function createWorld(): World {
  let time = 1000;
  let wallOffset = 1_700_000_000_000;
  let timers: { at: number; callback: () => void }[] = [];
  let wakers: ((isNetworkBack: boolean) => void)[] = [];
  let serial = 0;
  const sockets: FakeSocket[] = [];

  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

  const world: World = {
    sockets,
    random: 0.5,
    socket() {
      const last = sockets[sockets.length - 1];
      if (last === undefined) throw new Error("no socket has been opened");
      return last;
    },
    settle,
    async pass(ms) {
      const end = time + ms;
      for (;;) {
        await settle();
        timers.sort((one, other) => one.at - other.at);
        const next = timers[0];
        if (next === undefined || next.at > end) break;
        timers.shift();
        time = Math.max(time, next.at);
        next.callback();
      }
      time = end;
      await settle();
    },
    setWallForward(ms) {
      wallOffset += ms;
    },
    wake(isNetworkBack = false) {
      for (const waker of [...wakers]) waker(isNetworkBack);
    },
    waits: () => timers.map(({ at }) => at - time).sort((one, other) => one - other),
    environment: {
      openSocket(_url, protocol) {
        const { socket, fake } = createSocket(protocol);
        sockets.push(fake);
        return socket;
      },
      monotonic: () => time,
      wall: () => time + wallOffset,
      after(ms, callback) {
        const timer = { at: time + ms, callback };
        timers.push(timer);
        return () => {
          timers = timers.filter((one) => one !== timer);
        };
      },
      random: () => world.random,
      randomBytes(size) {
        serial += 1;
        return Uint8Array.from({ length: size }, (_, index) =>
          index === 0 ? 1 : index === size - 1 ? serial : 0,
        );
      },
      onWake(callback) {
        wakers.push(callback);
        return () => {
          wakers = wakers.filter((one) => one !== callback);
        };
      },
    },
  };
  return world;
}

function createSocket(protocol: string): { socket: Socket; fake: FakeSocket } {
  type Handler = ((event: unknown) => void) | null;
  const socket: Socket = {
    binaryType: "",
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send(data) {
      fake.sent.push(decode(data) as Message);
    },
    close() {
      fake.isClosed = true;
    },
  };
  const fake: FakeSocket = {
    protocol,
    sent: [],
    isClosed: false,
    accept: () => (socket.onopen as Handler)?.({}),
    say(message) {
      const bytes = encode(message);
      (socket.onmessage as Handler)?.({
        data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      });
    },
    sayText: (text) => (socket.onmessage as Handler)?.({ data: text }),
    close: (code, reason = "") => (socket.onclose as Handler)?.({ code, reason }),
  };
  return { socket, fake };
}
