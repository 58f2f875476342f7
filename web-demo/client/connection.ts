// One connection that comes back. It knows hello, welcome, bye and the close codes; what else travels is
// passed on.
//
//   initial ──open──▶ connecting ──welcome──▶ connected
//                         │                    │   ▲
//                         │ lost          lost │   │ welcome
//                         ▼                    ▼   │
//                         └───────────────▶ reconnecting ──lost──▶ reconnecting
//
//   any ──close(), or a close code that says not to come back──▶ closed ──open──▶ connecting

import type { Environment, Socket } from "./environment";
import { createReader, WireError } from "./reader";
import { encodeMessage, SUBPROTOCOL } from "./wire";
import type { Bye, ClientMessage, Hello, ServerMessage, Welcome } from "./wire";

const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 10_000;
const STEADY_MS = 10_000; // a connection that held so long starts the back-off from the beginning
const WELCOME_MS = 10_000;
const STORE_MS = 60_000; // for a welcome that the database keeps waiting
const REFRESH_MS = 30_000; // before the token expires
const TIMER_MAX_MS = 2 ** 31 - 1;

export type ConnectionState =
  | "initial" // not opened yet
  | "connecting" // the first attempt is on its way
  | "connected" // welcome has come
  | "reconnecting" // lost: waiting to try again, or trying
  | "closed"; // and it will not come back by itself

export interface ConnectionChange {
  state: ConnectionState;
  /** Why, where something went wrong: the close code (0: there was no socket to close) and its reason. */
  code?: number | undefined;
  reason?: string | undefined;
  /** reconnecting: when the next attempt starts, from now. */
  retryInMs?: number | undefined;
  /** The socket did not open: nobody is there, or who is there does not take this page (its origin, say). */
  isUnopened?: true | undefined;
}

export interface ConnectionOptions {
  url: string;
  /**
   * Gives a valid token; asked again for every attempt and before the token expires. `signal`: it is not
   * wanted any more.
   */
  token: (signal: AbortSignal) => Promise<string>;
  environment: Environment;
  /** Where to go on from. */
  hello: () => Pick<Hello, "resume" | "consumer">;
  changed: (change: ConnectionChange) => void;
  /** Comes before `changed` to connected. */
  welcomed: (welcome: Welcome) => void;
  received: (message: Exclude<ServerMessage, Welcome | Bye>) => void;
  /** Whether it is known what made the server close with this code, so that it will not be sent again. */
  explained: (code: number, reason: string) => boolean;
  /** The moment is good to look after things: the network is back, or somebody looks. */
  woken: () => void;
}

export interface Connection {
  readonly state: ConnectionState;
  open(): void;
  /** Sends if connected; else the message is lost. */
  send(message: ClientMessage): void;
  /** Gives this connection up and comes back. */
  drop(reason: string): void;
  /** Leaves for good. */
  close(): void;
}

export function createConnection(options: ConnectionOptions): Connection {
  const { environment } = options;
  let state: ConnectionState = "initial";
  let attempt = new AbortController(); // aborted when it is given up, or its connection is lost
  let failures = 0;
  let socket: Socket | undefined;
  let bye: Bye | undefined;
  let steadySince: number | undefined;
  let cancelTimer = () => {};
  let cancelRefresh = () => {};
  let endWake: (() => void) | undefined;
  let mayHurry = false; // waiting to try again, and nobody has told us to wait
  let isTrying = false; // from asking for the token to the welcome
  let hasOpened = false; // the socket, in this attempt

  function enter(next: ConnectionState, why: Omit<ConnectionChange, "state"> = {}): void {
    state = next;
    options.changed({ state, ...why });
  }

  async function start(): Promise<void> {
    const { signal } = (attempt = new AbortController());
    mayHurry = false;
    isTrying = true;
    hasOpened = false;
    bye = undefined;
    waitForWelcome(WELCOME_MS);
    try {
      const token = await options.token(signal);
      if (!signal.aborted) connect(token);
    } catch (error) {
      if (!signal.aborted) lost(0, messageOf(error));
    }
  }

  function waitForWelcome(ms: number): void {
    cancelTimer();
    cancelTimer = environment.after(ms, () => lost(0, "no welcome in time"));
  }

  function connect(token: string): void {
    const reader = createReader();
    const opened = environment.openSocket(options.url, SUBPROTOCOL);
    socket = opened;
    opened.binaryType = "arraybuffer";
    opened.onopen = () => {
      hasOpened = true;
      opened.send(encodeMessage({ t: "hello", token, ...options.hello() }));
    };
    opened.onerror = () => {}; // a close follows
    opened.onclose = (event: { code: number; reason: string }) => {
      // What counts is the close code; `bye` speaks where it did not come through.
      const isMissing = event.code === 1005 || event.code === 1006;
      lost(isMissing ? (bye?.code ?? event.code) : event.code, bye?.reason ?? event.reason);
    };
    opened.onmessage = (event: { data: unknown }) => {
      let message;
      try {
        if (!(event.data instanceof ArrayBuffer)) throw new WireError("not a binary message");
        message = reader.read(new Uint8Array(event.data));
      } catch (error) {
        lost(0, messageOf(error));
        return;
      }
      if (message !== undefined) take(message);
    };
  }

  function take(message: ServerMessage): void {
    if (message.t === "bye") {
      bye = message;
    } else if (message.t !== "welcome") {
      if (message.t === "state" && state !== "connected") waitForWelcome(STORE_MS);
      if (message.t === "state" || state === "connected") options.received(message);
    } else {
      refreshBefore(message);
      if (state === "connected") {
        // The answer to a hello that refreshed the token; or the server starts its clients afresh.
        if (!message.resumed) options.welcomed(message);
        return;
      }
      cancelTimer();
      isTrying = false;
      steadySince = environment.monotonic();
      options.welcomed(message);
      enter("connected");
    }
  }

  /** Says hello again with a new token before this one expires, so that the connection outlives it. */
  function refreshBefore(welcome: Welcome): void {
    const { signal } = attempt;
    const left = Math.max(welcome.tokenExpires - welcome.now - REFRESH_MS, REFRESH_MS / 2);
    cancelRefresh();
    cancelRefresh = environment.after(Math.min(left, TIMER_MAX_MS), () => {
      options.token(signal).then(
        (token) => {
          if (!signal.aborted) socket?.send(encodeMessage({ t: "hello", token }));
        },
        () => {}, // the server will close with 4100, and then this is tried again
      );
    });
  }

  function abandon(): void {
    attempt.abort();
    cancelTimer();
    cancelRefresh();
    mayHurry = false;
    isTrying = false;
    const old = socket;
    socket = undefined;
    if (old === undefined) return;
    old.onopen = old.onmessage = old.onclose = null;
    old.close();
  }

  function lost(code: number, reason: string): void {
    const retryMs = bye?.retryMs;
    const isUnopened = socket !== undefined && !hasOpened && ({ isUnopened: true } as const);
    abandon();
    if (!options.explained(code, reason) && !comesBack(code)) {
      leave({ code, reason });
      return;
    }
    if (steadySince !== undefined && environment.monotonic() - steadySince >= STEADY_MS) failures = 0;
    steadySince = undefined;
    const retryInMs = waitFor(code, retryMs);
    failures += 1;
    cancelTimer = environment.after(retryInMs, () => void start());
    mayHurry = retryMs === undefined && !SLOWLY.includes(code);
    enter("reconnecting", { code, reason, retryInMs, ...isUnopened });
  }

  /** Full jitter, so that many clients do not come back in step; what the server asks for wins. */
  function waitFor(code: number, retryMs: number | undefined): number {
    if (retryMs !== undefined) return retryMs;
    if (SLOWLY.includes(code)) return BACKOFF_MAX_MS * (0.5 + environment.random() / 2);
    return environment.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** failures);
  }

  function leave(why: Omit<ConnectionChange, "state">): void {
    endWake?.();
    endWake = undefined;
    enter("closed", why);
  }

  /** A network that is back carries nothing of what was begun before it went. */
  function wake(isNetworkBack: boolean): void {
    if (isTrying && isNetworkBack) abandon();
    else if (!mayHurry) {
      options.woken();
      return;
    }
    cancelTimer();
    void start();
  }

  return {
    get state() {
      return state;
    },
    open() {
      if (state !== "initial" && state !== "closed") return;
      failures = 0;
      endWake = environment.onWake(wake);
      enter("connecting");
      void start();
    },
    send(message) {
      if (state === "connected") socket?.send(encodeMessage(message));
    },
    drop(reason) {
      if (state === "connected") lost(0, reason);
    },
    close() {
      abandon();
      if (state !== "closed") leave({});
    },
  };
}

const SLOWLY = [4101, 4102]; // too many frames, too many connections

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** PROTOCOL.md, "Close codes". */
function comesBack(code: number): boolean {
  if (code === 1003 || code === 1009) return false;
  return code < 4000 || code > 4099;
}
