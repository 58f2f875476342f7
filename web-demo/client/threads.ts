// Threads: what happened in the conversations that somebody has open, without a gap (PROTOCOL.md, "watch").
//
//   opening ──first answer──▶ live ──the connection broke──▶ behind ──it goes on, or starts anew──▶ live
//
//   any ──close()──▶ closed

import { createEvents, type Events } from "./events";
import type { Environment } from "./environment";
import type { Requests } from "./requests";
import type { ClientMessage, Entry, Lineage, Place, Row, Thread as Said } from "./wire";

const LONGEST_WAIT = 5; // after so many refusals in a row it is asked for no more seldom
const REF = 0; // the answer is told by its conversation, as what comes after it is

export type ThreadState =
  | "opening" // nothing has come yet
  | "live" // everything that happened is here, and what happens will come
  | "behind" // there is no connection: what was here stays
  | "closed"; // and nothing more comes

export interface ThreadEvents {
  /** Entries, state, or what there is before them changed. */
  change: Thread;
}

export interface Thread {
  readonly on: Events<ThreadEvents>["on"];
  readonly conversation: string;
  readonly state: ThreadState;
  /** From the oldest that has come to the newest, without a gap in between. */
  readonly entries: readonly Entry[];
  /** There are older ones to load. */
  readonly hasOlder: boolean;
  /** There have been older ones, which are kept no more. */
  readonly isCutOff: boolean;
  /** What a command's `seen` says that has been decided on this entry and all before it. */
  placeOf(entry: Entry): Place;
  /**
   * Brings older entries. Resolves with how many; rejects when the connection breaks meanwhile, or there is
   * none.
   */
  loadOlder(): Promise<number>;
  /** Ends the watching. Threads are few (`limits.watches`): close those that nobody looks at. */
  close(): void;
}

export interface Threads {
  /** Opens a thread; one that is open already is opened anew, and the one before ends. */
  watch(conversation: string): Thread;
  said(thread: Said): void;
  /** The conversation could not be looked up: it is asked for again after so long, and longer each time. */
  refused(conversation: string, retryMs: number): void;
  /** The connection takes messages. */
  opened(): void;
  lost(): void;
}

interface Watched {
  thread: Thread;
  said(said: Said): void;
  refused(retryMs: number): void;
  opened(): void;
  lost(): void;
}

export function createThreads(
  requests: Requests,
  send: (message: ClientMessage) => void,
  lineage: () => Lineage | undefined, // the log that is followed
  after: Environment["after"],
): Threads {
  const watched = new Map<string, Watched>();
  let isOpen = false;

  return {
    watch(conversation) {
      watched.get(conversation)?.thread.close();
      const ask = (after: number | undefined) => send({ t: "watch", ref: REF, conversation, after });
      const one = createThread(conversation, requests, ask, lineage, after, () => {
        watched.delete(conversation);
        send({ t: "unwatch", conversation });
      });
      watched.set(conversation, one);
      if (isOpen) one.opened();
      return one.thread;
    },
    said: (said) => watched.get(said.conversation)?.said(said),
    refused: (conversation, retryMs) => watched.get(conversation)?.refused(retryMs),
    opened() {
      isOpen = true;
      for (const one of watched.values()) one.opened();
    },
    lost() {
      isOpen = false;
      for (const one of watched.values()) one.lost();
    },
  };
}

function createThread(
  conversation: string,
  requests: Requests,
  ask: (after: number | undefined) => void,
  lineage: () => Lineage | undefined,
  afterMs: Environment["after"],
  closed: () => void,
): Watched {
  const events = createEvents<ThreadEvents>();
  let state: ThreadState = "opening";
  let entries: readonly Entry[] = [];
  let to = 0; // everything up to it is here; 0: nothing to go on from
  let next: number | undefined; // where the older ones go on
  let isCutOff = false;
  let walk = 0; // history that was asked for before the thread began anew is of no use
  let loading: Promise<number> | undefined;
  let told: Lineage | undefined; // the log that the entries are of
  let refusals = 0; // in a row
  let cancel: (() => void) | undefined; // of asking again

  function enter(then: ThreadState): void {
    if (state === "closed") return;
    state = then;
    events.emit("change", thread);
  }

  function restart(said: Said): void {
    walk += 1;
    loading = undefined;
    next = said.next;
    isCutOff = said.tooOld;
    entries = [];
    to = 0;
  }

  async function load(): Promise<number> {
    const mine = walk;
    const history = await requests.ask({ t: "history", conversation, before: next });
    if (mine !== walk || state === "closed") return 0;
    const known = entries[0]?.seq ?? Infinity;
    const older = history.entries.filter((entry) => entry.seq < known).reverse();
    entries = voidErased([...older, ...entries]);
    next = history.next;
    isCutOff = history.tooOld;
    loading = undefined;
    events.emit("change", thread);
    return older.length;
  }

  const thread: Thread = {
    on: events.on,
    conversation,
    get state() {
      return state;
    },
    get entries() {
      return entries;
    },
    get hasOlder() {
      return next !== undefined;
    },
    get isCutOff() {
      return isCutOff;
    },
    placeOf(entry) {
      if (told === undefined) throw new Error("Nothing has come of this thread yet");
      return { seq: entry.seq, mark: entry.at, lineage: told };
    },
    loadOlder() {
      if (next === undefined || state === "closed") return Promise.resolve(0);
      loading ??= load().catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      return loading;
    },
    close() {
      if (state === "closed") return;
      cancel?.();
      enter("closed");
      closed();
    },
  };

  return {
    thread,
    said(said) {
      refusals = 0;
      if (said.fresh) restart(said);
      told = lineage();
      const newer = said.entries.filter((entry) => entry.seq > to);
      if (newer.length > 0 || said.fresh) entries = voidErased([...entries, ...newer]);
      to = Math.max(to, said.to);
      if (newer.length > 0 || said.fresh || state !== "live") enter("live");
    },
    refused(retryMs) {
      refusals += 1;
      cancel = afterMs(retryMs * 2 ** Math.min(refusals - 1, LONGEST_WAIT), () =>
        ask(to === 0 ? undefined : to),
      );
      if (state === "live") enter("behind");
    },
    opened() {
      if (lineage() !== told) to = 0;
      ask(to === 0 ? undefined : to);
    },
    lost() {
      cancel?.();
      if (state === "live") enter("behind");
    },
  };
}

/** An erasure voids everything that was written before it, wherever that came from. */
export function voidErased(entries: readonly Entry[]): readonly Entry[] {
  const at = entries.map(({ action }) => action).lastIndexOf("erase");
  return at < 0 ? entries : entries.map((entry, index) => (index < at ? voided(entry) : entry));
}

function voided(entry: Entry): Entry {
  return { ...entry, body: null, row: entry.row && withoutWords(entry.row) };
}

function withoutWords(row: Row): Row {
  return { ...row, name: "", preview: "" };
}
