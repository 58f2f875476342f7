// When commands may go: as they come, until the server asks for patience. Then none goes before that time is
// over, but those for which a moment has been set aside; and what has gathered goes one by one, at the rate
// that the server allows, so that it is not refused in its turn.
//
//   free ──hold──▶ held ──its time is over──▶ slow ──nothing waits any more──▶ free
//                   ▲                          │
//                   └──────────hold────────────┘

import type { Environment } from "./environment";

const PER_S = 20; // until welcome says otherwise

export interface Pace {
  /** One more may go now. If not, `go` is called when it may. */
  mayGo(): boolean;
  /** One has gone. */
  gone(): void;
  /** Nothing goes for so long; what is asked for already is not cut short. */
  hold(ms: number): void;
  /** Nothing waits: the next may go at once. Does not end a hold. */
  drained(): void;
  /** Ends a hold: what the server wanted to be spared is over. */
  free(): void;
  /** Between one and the next, where they go one by one. */
  readonly gapMs: number;
  /** How many commands a second one person may give. */
  setRate(perSecond: number | undefined): void;
}

export function createPace(environment: Pick<Environment, "after" | "monotonic">, go: () => void): Pace {
  let mode: "free" | "held" | "slow" = "free";
  let gapMs = 1000 / PER_S;
  let until = 0;
  let cancel = () => {};
  let mustRest = false; // slow: one has just gone

  function wait(ms: number): void {
    cancel();
    cancel = environment.after(ms, () => {
      mode = "slow";
      mustRest = false;
      go();
    });
  }

  return {
    mayGo: () => mode === "free" || (mode === "slow" && !mustRest),
    gone() {
      if (mode !== "slow") return;
      mustRest = true;
      wait(gapMs);
    },
    hold(ms) {
      const end = environment.monotonic() + ms;
      if (mode === "held" && end <= until) return;
      mode = "held";
      until = end;
      wait(ms);
    },
    drained() {
      if (mode !== "slow" || mustRest) return;
      cancel();
      mode = "free";
    },
    free() {
      cancel();
      mode = "free";
    },
    get gapMs() {
      return gapMs;
    },
    setRate(next) {
      gapMs = 1000 / (next ?? PER_S);
    },
  };
}
