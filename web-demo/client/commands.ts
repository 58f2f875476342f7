// Commands that have no answer yet. Each keeps its id until it is settled, however often it has to be sent, so that it is carried
// out at most once (PROTOCOL.md, "Once").
//
//   waiting ──sent──▶ in flight ──done, unchanged, refused──▶ settled
//      ▲                  │
//      └──────────────────┘ the connection broke, the outcome is unknown, or the refusal is temporary

import type { Environment } from "./environment";
import type { Answer, ClientMessage, Command, Outcome } from "./wire";

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5000;
const BUSY_TRIES = 6;
const IN_FLIGHT = 64; // until welcome says otherwise

/** The client was closed before the command was answered. If it had been sent, it may or may not have been carried out. */
export class ClosedError extends Error {
  constructor(readonly wasSent: boolean) {
    super(wasSent ? "Closed before the answer came: the outcome is unknown" : "Closed before the command was sent");
  }
}

export interface Commands {
  /** Resolves with the outcome, once it is certain. Rejects with ClosedError only. `id`: 16 bytes; absent: random ones. */
  give(command: Command, id?: Uint8Array): Promise<Outcome>;
  answered(answer: Answer): void;
  /** The connection takes messages: sends what waits, in the order given. */
  opened(inFlightMax: number | undefined): void;
  /** The connection is lost: what was in flight is in doubt. */
  lost(): void;
  /** Sends now what waits for a better moment. */
  retry(): void;
  /** Gives up on everything. */
  close(): void;
  /** How many have no answer yet. */
  readonly count: number;
}

interface Pending {
  id: Uint8Array;
  command: Command;
  inFlight: boolean;
  inDoubt: boolean; // a copy was sent and nobody knows what became of it
  tries: number;
  wakes: (() => void) | undefined; // cancels the wait for the next try
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
}

export function createCommands(
  environment: Pick<Environment, "after" | "random" | "randomBytes">,
  send: (message: ClientMessage) => void,
  changed: () => void,
): Commands {
  const pending = new Map<string, Pending>();
  let isOpen = false;
  let inFlightMax = IN_FLIGHT;
  let inFlight = 0;

  function sendWaiting(): void {
    for (const one of pending.values()) {
      if (!isOpen || inFlight >= inFlightMax) return;
      if (one.inFlight || one.wakes !== undefined) continue;
      one.inFlight = true;
      inFlight += 1;
      send({ t: "command", id: one.id, resend: one.inDoubt ? true : undefined, ...one.command });
    }
  }

  function land(one: Pending): void {
    if (!one.inFlight) return;
    one.inFlight = false;
    inFlight -= 1;
  }

  function settle(one: Pending, outcome: Outcome): void {
    pending.delete(keyOf(one.id));
    one.resolve(outcome);
    sendWaiting();
    changed();
  }

  function wait(one: Pending): void {
    const most = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** one.tries);
    one.tries += 1;
    one.wakes = environment.after(most / 2 + (environment.random() * most) / 2, () => {
      one.wakes = undefined;
      sendWaiting();
    });
  }

  function wake(one: Pending): void {
    one.wakes?.();
    one.wakes = undefined;
  }

  return {
    give(command, id = newId(environment)) {
      return new Promise((resolve, reject) => {
        pending.set(keyOf(id), {
          id,
          command,
          inFlight: false,
          inDoubt: false,
          tries: 0,
          wakes: undefined,
          resolve,
          reject,
        });
        sendWaiting();
        changed();
      });
    },
    answered({ id, outcome }) {
      const one = pending.get(keyOf(id));
      if (one === undefined) return;
      land(one);
      if (outcome.outcome === "unknown") {
        one.inDoubt = true;
        wait(one);
      } else if (outcome.outcome === "refused" && isWorthAnotherTry(outcome.reason, one.tries)) {
        wait(one);
      } else {
        settle(one, outcome);
      }
    },
    opened(max) {
      isOpen = true;
      inFlightMax = max ?? IN_FLIGHT;
      sendWaiting();
    },
    lost() {
      isOpen = false;
      for (const one of pending.values()) {
        one.inDoubt ||= one.inFlight;
        land(one);
        wake(one);
      }
    },
    retry() {
      for (const one of pending.values()) wake(one);
      sendWaiting();
    },
    close() {
      const left = [...pending.values()];
      pending.clear();
      isOpen = false;
      inFlight = 0;
      for (const one of left) {
        wake(one);
        one.reject(new ClosedError(one.inFlight || one.inDoubt));
      }
      changed();
    },
    get count() {
      return pending.size;
    },
  };
}

/** The temporary refusals of PROTOCOL.md, "Reasons". The database may stay away for long; it comes back, and commands wait for it. */
function isWorthAnotherTry(reason: string, tries: number): boolean {
  if (reason === "unavailable") return true;
  return (reason === "busy" || reason === "too_many" || reason === "too_fast") && tries < BUSY_TRIES;
}

/** 16 random bytes, of which the first 8 are not all zero: those ids are the server's own. */
function newId(environment: Pick<Environment, "randomBytes">): Uint8Array {
  for (;;) {
    const id = environment.randomBytes(16);
    if (id.subarray(0, 8).some((byte) => byte !== 0)) return id;
  }
}

function keyOf(id: Uint8Array): string {
  return Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
