// What has been shown, so that a reply can say what its author knew of. A message counts when it has stood
// before somebody's eyes, at the end of a thread that is looked at, for as long as people take to notice it
// (ARCHITECTURE.md says why so long). Pure.

import type { Entry, Place } from "../client";

export const NOTICED_MS = 1000;

export interface Shown {
  /** The newest of these stand before somebody's eyes. */
  look(thread: ShownThread): void;
  /** Nobody looks any more: what has not been noticed yet begins anew. */
  lookAway(): void;
  /** The last entry up to which everything that others wrote has been noticed; undefined: nothing has. */
  upTo(thread: ShownThread): Place | undefined;
}

export interface ShownThread {
  conversation: string;
  entries: readonly Entry[];
  placeOf(entry: Entry): Place;
}

export function createShown(
  now: () => number,
  isOwn: (entry: Entry) => boolean,
  noticedMs = NOTICED_MS,
): Shown {
  const looked = new Map<string, { lineage: Place["lineage"]; since: Map<number, number> }>();

  function timesOf({ conversation, entries, placeOf }: ShownThread): Map<number, number> {
    const first = entries[0];
    if (first === undefined) return new Map();
    const { lineage } = placeOf(first);
    let times = looked.get(conversation);
    if (times?.lineage !== lineage) {
      times = { lineage, since: new Map() };
      looked.set(conversation, times);
    }
    return times.since;
  }

  return {
    look(thread) {
      const since = timesOf(thread);
      for (const { seq } of thread.entries) if (!since.has(seq)) since.set(seq, now());
    },
    lookAway() {
      for (const { since } of looked.values()) {
        for (const [seq, at] of since) if (now() - at < noticedMs) since.delete(seq);
      }
    },
    upTo(thread) {
      const since = timesOf(thread);
      const isNoticed = (entry: Entry) =>
        !isMessage(entry) || isOwn(entry) || now() - (since.get(entry.seq) ?? Infinity) >= noticedMs;
      const next = thread.entries.findIndex((entry) => !isNoticed(entry));
      const last = thread.entries[(next < 0 ? thread.entries.length : next) - 1];
      return last && thread.placeOf(last);
    },
  };
}

export function isMessage({ action }: Entry): boolean {
  return action === "contact_message" || action === "send_message" || action === "bot_message";
}
