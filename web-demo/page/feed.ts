// What comes and goes with the selected conversation: its thread, who is there, and what is on its way to the
// contact.

import { batch, computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import type { Client, Command, Entry, Outcome, Person, Place, Thread, ThreadState } from "../client";
import { isVisible } from "./visible";

export interface ThreadView {
  conversation: string;
  state: ThreadState;
  entries: readonly Entry[];
  hasOlder: boolean;
  isCutOff: boolean;
  placeOf(entry: Entry): Place;
}

export interface ThreadFeed {
  view: ReadonlySignal<ThreadView | undefined>;
  /** Brings older entries, if there are any; false: not now. */
  loadOlder(): Promise<boolean>;
  stop(): void;
}

/** Watches whatever is selected. */
export function createThreadFeed(client: Client, selected: ReadonlySignal<string | undefined>): ThreadFeed {
  const view = signal<ThreadView | undefined>(undefined);
  let thread: Thread | undefined;

  function look(): void {
    if (thread === undefined) return;
    const { conversation, state, entries, hasOlder, isCutOff, placeOf } = thread;
    view.value = { conversation, state, entries, hasOlder, isCutOff, placeOf };
  }

  const end = effect(() => {
    const id = selected.value;
    thread?.close();
    thread = id === undefined ? undefined : client.watch(id);
    thread?.on("change", look);
    if (thread === undefined) view.value = undefined;
    else look();
  });

  return {
    view,
    async loadOlder() {
      try {
        return ((await thread?.loadOlder()) ?? 0) > 0;
      } catch {
        return false; // the connection broke: scrolling up asks again
      }
    },
    stop() {
      end();
      thread?.close();
    },
  };
}

export interface People {
  /** Everybody who is online, by id. */
  online: ReadonlySignal<ReadonlyMap<string, Person>>;
  /** The others that have this conversation before them. */
  at(conversation: string): readonly Person[];
  stop(): void;
}

/** Says what is looked at here, while the page is looked at, and shows what others look at. */
export function createPeople(client: Client, selected: ReadonlySignal<string | undefined>): People {
  const online = signal<ReadonlyMap<string, Person>>(new Map());
  const places = computed(() => {
    const byPlace = new Map<string, Person[]>();
    for (const person of online.value.values()) {
      if (person.conversation === null || person.agent === client.welcome?.agent.id) continue;
      byPlace.set(person.conversation, [...(byPlace.get(person.conversation) ?? []), person]);
    }
    return byPlace;
  });
  const ends = [
    client.presence.on("people", (people) => (online.value = new Map(people))),
    effect(() => client.presence.look(isVisible.value ? selected.value : undefined)),
  ];
  return {
    online,
    at: (conversation) => places.value.get(conversation) ?? NOBODY,
    stop() {
      for (const end of ends) end();
    },
  };
}

const NOBODY: readonly Person[] = [];

/** A message that has been given, and is not in the thread yet. */
export interface Sending {
  key: string;
  id: Uint8Array;
  conversation: string;
  body: string;
  at: number;
}

export type Reply = Extract<Command, { do: "send_message" }>;

export interface Outbox {
  sending: ReadonlySignal<readonly Sending[]>;
  /** undefined: nobody knows what became of it. */
  send(reply: Reply): Promise<Outcome | undefined>;
  /** These have arrived in the thread. */
  arrived(entries: readonly Entry[]): void;
}

let lastKey = 0;

export function createOutbox(
  give: (reply: Reply, id: Uint8Array) => Promise<Outcome | undefined>,
  now: () => number,
): Outbox {
  const sending = signal<readonly Sending[]>([]);
  const drop = (gone: (one: Sending) => boolean) => {
    const left = sending.peek().filter((one) => !gone(one));
    if (left.length < sending.peek().length) sending.value = left;
  };
  return {
    sending,
    async send(reply) {
      const { conversation, body } = reply;
      const id = crypto.getRandomValues(new Uint8Array(16));
      id[0] = 1 + ((id[0] ?? 0) % 255); // ids that begin with zeros are the server's own
      lastKey += 1;
      const key = `s${lastKey}`;
      sending.value = [...sending.peek(), { key, id, conversation, body, at: now() }];
      const outcome = await give(reply, id);
      // What is done comes with the thread, if somebody has it open.
      if (outcome?.outcome !== "done") drop((one) => one.key === key);
      else setTimeout(() => drop((one) => one.key === key), 5000);
      return outcome;
    },
    arrived(entries) {
      if (sending.peek().length === 0) return;
      batch(() => drop(({ id }) => entries.some((entry) => entry.id !== null && isSame(entry.id, id))));
    },
  };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
