// One ticker for all countdowns: the server's time as a signal, at each of its seconds, and not while nobody
// looks. Nothing counts down by itself; what is shown is always a deadline less this.

import { computed, signal, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Clock } from "../client";

export interface Ticker {
  now: ReadonlySignal<number>;
  /**
   * Looks at the clock between two ticks: what has just begun must not be measured by a second that is nearly
   * over.
   */
  look(): void;
  stop(): void;
}

export function createTicker(clock: Clock): Ticker {
  const now = signal(clock.now());
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tick(): void {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") return;
    now.value = clock.now();
    timer = setTimeout(tick, 1000 - (now.value % 1000));
  }

  document.addEventListener("visibilitychange", tick);
  tick();
  return {
    now,
    look: tick,
    stop() {
      document.removeEventListener("visibilitychange", tick);
      clearTimeout(timer);
    },
  };
}

/**
 * What is made of the ticking time, as a signal to put into the page as it is: only its text changes, and
 * only when it does.
 */
export function useTicking<T>(make: () => T, inputs: readonly unknown[]): ReadonlySignal<T> {
  return useMemo(() => computed(make), inputs);
}
