// Keeps a live connection honest: asks for the server's time often enough to know that somebody is there, and
// takes a burst of samples whenever the clock must be found anew.

import type { Clock } from "./clock";
import type { Environment } from "./environment";

const TICK_MS = 1000;
const BEAT_MS = 15_000;
const ANSWER_MS = 8000;
const BURST = 5;

export interface Heartbeat {
  /** The connection takes messages: finds the clock anew. */
  start(): void;
  stop(): void;
  /** Anything at all came from the server. */
  heard(): void;
  /** The answer to one of our `time` messages came. */
  answered(ref: number, now: number): void;
  /** Asks now: this is a good moment to find out whether anybody is there. */
  ask(): void;
}

/** `lost` is called when the server has not answered in time; the heartbeat has stopped then. */
export function createHeartbeat(
  environment: Pick<Environment, "monotonic" | "after">,
  clock: Clock,
  send: (ref: number) => void,
  lost: () => void,
): Heartbeat {
  let cancel: (() => void) | undefined;
  let ref = 0;
  let sentAt: number | undefined; // of the question that has no answer yet
  let heardAt = 0;
  let askedAt = 0;
  let burst = 0;

  function ask(): void {
    if (cancel === undefined || sentAt !== undefined) return;
    sentAt = environment.monotonic();
    askedAt = sentAt;
    ref += 1;
    send(ref);
  }

  function measure(): void {
    clock.renew();
    burst = BURST;
    ask();
  }

  function stop(): void {
    cancel?.();
    cancel = undefined;
    sentAt = undefined;
  }

  function tick(): void {
    cancel = environment.after(TICK_MS, tick);
    const now = environment.monotonic();
    if (sentAt !== undefined && now - Math.max(sentAt, heardAt) > ANSWER_MS) {
      stop();
      lost();
      return;
    }
    if (clock.jumped()) measure();
    else if (now - askedAt >= BEAT_MS) ask();
  }

  return {
    start() {
      stop();
      cancel = environment.after(TICK_MS, tick);
      measure();
    },
    stop,
    heard() {
      heardAt = environment.monotonic();
    },
    answered(answeredRef, now) {
      if (answeredRef !== ref || sentAt === undefined) return;
      clock.sample(sentAt, environment.monotonic(), now);
      sentAt = undefined;
      burst -= 1;
      if (burst > 0) ask();
    },
    ask,
  };
}
