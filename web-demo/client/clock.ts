// The server's clock, as well as this side can know it: the offset of the sample with the smallest round trip
// among the last eight. The server answered somewhere between sending and receiving, so half a round trip
// bounds the error.

import type { Environment } from "./environment";

const SAMPLES = 8;
const JUMP_MS = 1000;

export interface Clock {
  /** The server's time in Unix milliseconds; the user's own clock until the first sample. */
  now(): number;
  /** By how much `now` may be wrong, in milliseconds; Infinity until the first sample. */
  uncertainty(): number;
  /** The smallest round trip of late, in milliseconds; undefined until the first sample. */
  roundTrip(): number | undefined;
  /** The server said `serverNow` between these two moments of the monotonic clock. */
  sample(sentAt: number, receivedAt: number, serverNow: number): void;
  /** Forgets the samples of an earlier connection but keeps the best estimate until the first new one. */
  renew(): void;
  /**
   * Whether the two clocks here have come apart by more than a second (sleep, or the user set the clock):
   * measure again.
   */
  jumped(): boolean;
}

interface Sample {
  offset: number;
  roundTrip: number;
}

export function createClock(environment: Pick<Environment, "monotonic" | "wall">): Clock {
  let samples: Sample[] = [];
  let best: Sample | undefined;
  const apart = () => environment.wall() - environment.monotonic();
  let reference = apart();

  return {
    now: () => (best === undefined ? environment.wall() : environment.monotonic() + best.offset),
    uncertainty: () => (best === undefined ? Infinity : best.roundTrip / 2),
    roundTrip: () => best?.roundTrip,
    sample(sentAt, receivedAt, serverNow) {
      const roundTrip = receivedAt - sentAt;
      samples = [...samples, { offset: serverNow - (sentAt + receivedAt) / 2, roundTrip }].slice(-SAMPLES);
      best = samples.reduce((one, other) => (other.roundTrip <= one.roundTrip ? other : one));
    },
    renew() {
      samples = [];
      reference = apart();
    },
    jumped: () => Math.abs(apart() - reference) > JUMP_MS,
  };
}
