// Commands that have no answer yet. Each keeps its id until it is settled, however often it has to be sent,
// so that it is carried out at most once (PROTOCOL.md, "Once").
//
//   waiting ──sent──▶ in flight ──done, unchanged, refused──▶ settled
//      ▲                  │
//      └──────────────────┘ the connection broke, the outcome is unknown, or the refusal is temporary
//
// What the server cannot take is settled here and never sent; and what has closed a connection is never sent
// again.

import { fieldOutOfBounds, longestField, type Limits } from "./bounds";
import type { Environment } from "./environment";
import { createPace } from "./pace";
import { placed, travelling } from "./seen";
import {
  encodeFields,
  type Answer,
  type ClientMessage,
  type Command,
  type Lineage,
  type Outcome,
  type Refusal,
} from "./wire";

const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5000;
const IN_FLIGHT = 64; // until welcome says otherwise

/** Given up before the outcome was certain: the client was closed, or the caller's signal was aborted. */
export class UnsettledError extends Error {
  /** `wasSent`: it may or may not have been carried out. */
  constructor(
    readonly wasSent: boolean,
    why = "",
  ) {
    super(
      (wasSent ? "Given up before the answer came: the outcome is unknown" : "Given up before it was sent") +
        (why && ` (${why})`),
    );
  }
}

export interface CommandOptions {
  /**
   * 16 bytes, of which the first 8 are not all zero; absent: random ones. Whoever may be asked twice to do
   * the same thing (a consumer is) makes it of what the command is for: the server then carries it out once.
   */
  id?: Uint8Array | undefined;
  /**
   * How long to go on trying is the caller's to say. Aborted, it settles with the last refusal, if that is
   * all there was.
   */
  signal?: AbortSignal | undefined;
}

export interface Commands {
  /** Resolves with the outcome, once it is certain. Rejects with UnsettledError only. */
  give(command: Command, options?: CommandOptions): Promise<Outcome>;
  answered(answer: Answer): void;
  /** The connection takes messages: sends what waits, in the order given. */
  opened(limits: Limits): void;
  /** The connection is lost: what was in flight is in doubt. */
  lost(): void;
  /** What was in flight when the server closed with this code. False: nothing of it explains that. */
  closed(code: number, reason: string): boolean;
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
  lastRefusal: Refusal | undefined; // temporary: nothing was done
  wakes: (() => void) | undefined; // cancels the wait for the next try
  settled: Promise<Outcome>;
  hasMoment: boolean; // after too_fast: the server has set aside the end of its wait for it
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
}

export function createCommands(
  environment: Pick<Environment, "after" | "random" | "randomBytes" | "monotonic">,
  send: (message: ClientMessage) => void,
  changed: () => void,
  lineage: () => Lineage | undefined, // the log that is followed
): Commands {
  const pending = new Map<string, Pending>();
  const pace = createPace(environment, sendWaiting);
  let isOpen = false;
  let limits: Limits = {};
  let inFlight = 0;

  /** In the order given; and in a conversation one after the other, as any may have to be sent again. */
  function sendWaiting(): void {
    const busy = new Set<string>();
    let isAllSent = true;
    for (const one of pending.values()) {
      if (!isOpen || inFlight >= (limits.commands_in_flight ?? IN_FLIGHT)) return;
      const isNext = !busy.has(one.command.conversation);
      busy.add(one.command.conversation);
      if (one.inFlight) continue;
      if (one.wakes !== undefined || !isNext || (!one.hasMoment && !pace.mayGo())) {
        isAllSent = false;
        continue;
      }
      if (!one.hasMoment) pace.gone();
      one.hasMoment = false;
      one.inFlight = true;
      inFlight += 1;
      send({
        t: "command",
        id: one.id,
        resend: one.inDoubt ? true : undefined,
        ...travelling(one.command, lineage()),
      });
    }
    if (isAllSent) pace.drained();
  }

  function land(one: Pending): void {
    if (!one.inFlight) return;
    one.inFlight = false;
    inFlight -= 1;
  }

  function take(one: Pending): void {
    pending.delete(keyOf(one.id));
    wake(one);
    land(one);
  }

  function settle(one: Pending, outcome: Outcome): void {
    take(one);
    one.resolve(outcome);
    sendWaiting();
    changed();
  }

  function fail(one: Pending, why?: string): void {
    const wasSent = one.inFlight || one.inDoubt;
    take(one);
    one.reject(new UnsettledError(wasSent, why));
  }

  function giveUp(one: Pending): void {
    if (pending.get(keyOf(one.id)) !== one) return;
    if (one.lastRefusal !== undefined && !one.inFlight && !one.inDoubt) {
      settle(one, one.lastRefusal);
      return;
    }
    fail(one, "by the caller");
    sendWaiting();
    changed();
  }

  /** Grows with each try, and is spread, so that many do not come back in step. */
  function backOff(one: Pending): number {
    const most = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** one.tries);
    one.tries += 1;
    return most / 2 + (environment.random() * most) / 2;
  }

  function rest(one: Pending, ms: number): void {
    one.wakes = environment.after(ms, () => {
      one.wakes = undefined;
      sendWaiting();
    });
  }

  function wake(one: Pending): void {
    one.wakes?.();
    one.wakes = undefined;
  }

  function tryAgain(one: Pending, refusal: Refusal): void {
    one.lastRefusal = refusal;
    const ms =
      refusal.reason === "busy"
        ? Math.max(refusal.retryMs ?? 0, backOff(one))
        : (refusal.retryMs ?? backOff(one));
    one.hasMoment = refusal.reason === "too_fast";
    const isItsOwn = ["busy", "workspace_full"].includes(refusal.reason);
    if (isItsOwn || one.hasMoment) rest(one, ms);
    // The others concern whatever comes from here: the person's rate, the connection, the database.
    if (!isItsOwn) pace.hold(one.hasMoment ? ms + pace.gapMs : ms);
    sendWaiting();
  }

  /** Whether it has been settled, because the server could not take it. */
  function isSettledHere(one: Pending): boolean {
    const field = fieldOutOfBounds(travelling(one.command, lineage()), one.id, limits);
    if (field === undefined) return false;
    settle(one, badValue(field));
    return true;
  }

  function give(
    command: Command,
    { id = newId(environment), signal }: CommandOptions = {},
  ): Promise<Outcome> {
    const before = pending.get(keyOf(id));
    // Given twice, it is asked for again when it is settled: the server knows what became of it, and whether
    // this is the same.
    if (before !== undefined) return before.settled.then(() => give(command, { id, signal }));
    let resolve = (_: Outcome) => {};
    let reject = (_: Error) => {};
    const settled = new Promise<Outcome>((...both) => ([resolve, reject] = both));
    const one: Pending = {
      id,
      command: placed(command, lineage()),
      settled,
      inFlight: false,
      inDoubt: false,
      tries: 0,
      lastRefusal: undefined,
      wakes: undefined,
      hasMoment: false,
      resolve,
      reject,
    };
    pending.set(keyOf(id), one);
    const stop = () => giveUp(one);
    const leave = () => signal?.removeEventListener("abort", stop);
    settled.then(leave, leave);
    if (signal?.aborted) {
      giveUp(one);
      return settled;
    }
    signal?.addEventListener("abort", stop);
    if (!isSettledHere(one)) {
      sendWaiting();
      changed();
    }
    return settled;
  }

  return {
    give,
    answered({ id, outcome }) {
      const one = pending.get(keyOf(id));
      if (one === undefined) return;
      land(one);
      if (outcome.outcome === "unknown") {
        one.inDoubt = true;
        rest(one, backOff(one));
      } else if (outcome.outcome === "refused" && TEMPORARY.includes(outcome.reason)) {
        tryAgain(one, outcome);
      } else {
        settle(one, outcome);
      }
    },
    opened(next) {
      limits = next;
      pace.setRate(limits.commands_per_s);
      for (const one of [...pending.values()]) isSettledHere(one);
      isOpen = true;
      sendWaiting();
    },
    lost() {
      isOpen = false;
      for (const one of pending.values()) {
        one.inDoubt ||= one.inFlight;
        land(one);
      }
    },
    closed(code, reason) {
      isOpen = false;
      const suspects = [...pending.values()].filter((one) => one.inFlight);
      if (suspects.length === 0) return false;
      if (code === TOO_LONG) {
        // Whichever was too long: the longest was. The server has not even read it.
        const longest = suspects.reduce((one, other) => (sizeOf(other) > sizeOf(one) ? other : one));
        settle(longest, badValue(longestField(travelling(longest.command, lineage()))));
        return true;
      }
      if (code !== NOT_UNDERSTOOD) return false;
      for (const one of suspects) fail(one, `the connection was closed with ${code}: ${reason}`);
      changed();
      return false;
    },
    retry() {
      pace.free();
      for (const one of pending.values()) if (!one.hasMoment) wake(one);
      sendWaiting();
    },
    close() {
      const left = [...pending.values()];
      isOpen = false;
      pace.free();
      for (const one of left) fail(one, "the client was closed");
      changed();
    },
    get count() {
      return pending.size;
    },
  };
}

const TOO_LONG = 1009;
const NOT_UNDERSTOOD = 4002;

/**
 * The temporary refusals of PROTOCOL.md, "Reasons": nothing was done, and the same command may be sent again.
 */
const TEMPORARY = ["busy", "too_many", "too_fast", "unavailable", "workspace_full"];

/** What the server would say of it. */
function badValue(field: string): Refusal {
  return {
    outcome: "refused",
    reason: "bad_value",
    code: 1,
    sentence: "A field is missing, or has a value that the protocol does not allow",
    detail: field,
    until: undefined,
    holder: undefined,
    seq: undefined,
    since: undefined,
    retryMs: undefined,
    row: undefined,
  };
}

function sizeOf({ command }: Pending): number {
  return encodeFields(travelling(command, undefined)).byteLength;
}

function newId(environment: Pick<Environment, "randomBytes">): Uint8Array {
  for (;;) {
    const id = environment.randomBytes(16);
    if (id.subarray(0, 8).some((byte) => byte !== 0)) return id;
  }
}

function keyOf(id: Uint8Array): string {
  return Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
