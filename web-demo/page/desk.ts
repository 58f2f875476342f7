// What the page shows, as signals fed by the client: one signal per row, so that a change touches one row and
// nothing else.

import {
  batch,
  computed,
  effect,
  signal,
  untracked,
  type ReadonlySignal,
  type Signal,
} from "@preact/signals";
import type {
  Agent,
  Client,
  Command,
  ConnectionChange,
  Counts,
  Outcome,
  PauseWish,
  Role,
  Row,
  RowsChange,
  Seen,
  Store,
  Welcome,
} from "../client";
import { fetchReadiness } from "./demo";
import {
  createOutbox,
  createPeople,
  createThreadFeed,
  type Outbox,
  type People,
  type ThreadFeed,
} from "./feed";
import { t } from "./language";
import { announce, showRefusal } from "./notices";
import { createReplies, type Replies } from "./replies";
import { createShown, type Shown } from "./shown";
import { createTicker } from "./ticker";
import { isVisible } from "./visible";
import { refusalSentence } from "./words";

export interface Desk {
  client: Client;
  me: ReadonlySignal<Agent>;
  defaultPause: ReadonlySignal<number>;
  connection: ReadonlySignal<ConnectionChange>;
  /** Somebody is there, and takes no socket from this page. */
  isRefused: ReadonlySignal<boolean>;
  /** When the connection was lost, by the server's clock; undefined while it stands. */
  lostAt: ReadonlySignal<number | undefined>;
  store: ReadonlySignal<Store>;
  caughtUp: ReadonlySignal<boolean>;
  /** What the server takes, by the names in the protocol. */
  limits: ReadonlySignal<Welcome["limits"]>;
  waiting: ReadonlySignal<number>;
  counts: ReadonlySignal<Counts>;
  agents: ReadonlySignal<ReadonlyMap<string, Agent>>;
  open: ReadonlySignal<readonly string[]>;
  completed: ReadonlySignal<readonly string[]>;
  row(id: string): ReadonlySignal<Row | undefined>;
  selected: Signal<string | undefined>;
  /** Selects a conversation that may be in no list. */
  choose(row: Row): void;
  /** The selected conversation as last seen, also where it is in neither list. */
  selectedRow: ReadonlySignal<Row | undefined>;
  thread: ThreadFeed;
  people: People;
  outbox: Outbox;
  replies: Replies;
  /** What stands before somebody's eyes at the end of the thread. */
  shown: Shown;
  /** What a command says that is decided on what is shown of the selected conversation. */
  seen(): Seen;
  /** How long a pause that is started here is to last. */
  pause: Signal<PauseWish>;
  /** The server's time, once a second. */
  now: ReadonlySignal<number>;
  /** Gives a command and shows its refusal. */
  act(command: Command): Promise<Outcome | undefined>;
  stop(): void;
}

const UNKNOWN: Agent = { id: "", name: "", role: "agent" };

export function createDesk(client: Client): Desk {
  const { now, look, stop: stopTicker } = createTicker(client.clock);
  const me = signal(UNKNOWN);
  const defaultPause = signal(60 * 60_000);
  const connection = signal<ConnectionChange>({ state: "initial" });
  const limits = signal<Welcome["limits"]>({});
  const lostAt = signal<number | undefined>(client.clock.now());
  const store = signal(client.store);
  const caughtUp = signal(false);
  const waiting = signal(0);
  const counts = signal(client.rows.counts);
  const agents = signal<ReadonlyMap<string, Agent>>(new Map());
  const rows = new Map<string, Signal<Row | undefined>>();
  const open = signal<readonly string[]>([]);
  const completed = signal<readonly string[]>([]);
  const selected = signal<string | undefined>(undefined);
  const lastSeen = signal<Row | undefined>(undefined);
  let epoch = "";
  const pause = signal<PauseWish>(undefined);

  function row(id: string): Signal<Row | undefined> {
    let found = rows.get(id);
    if (found === undefined) {
      found = signal(client.rows.all.get(id));
      rows.set(id, found);
    }
    return found;
  }

  function takeRows(change: RowsChange): void {
    batch(() => {
      look();
      if (change.fresh) {
        for (const [id, one] of rows) one.value = client.rows.all.get(id);
      }
      for (const changed of change.rows) {
        row(changed.id).value = client.rows.all.get(changed.id);
        if (changed.id === selected.peek()) seeSelected(changed);
      }
      sortLists();
      if (change.fresh) seeThread(thread.view.peek());
    });
  }

  /** The newest in a list come first; messages move nothing, so that rows stay where they are looked at. */
  function sortLists(): void {
    const sorted = [...client.rows.all.values()].sort((one, other) => other.listSeq - one.listSeq);
    for (const [list, ids] of [
      ["open", open],
      ["completed", completed],
    ] as const) {
      const next = sorted.filter((one) => one.list === list).map((one) => one.id);
      if (!areSame(next, ids.peek())) ids.value = next;
    }
  }

  function seeSelected(seen: Row): void {
    const before = lastSeen.peek();
    if (before?.id === seen.id && before.seq >= seen.seq) return;
    if (
      before?.id === seen.id &&
      before.list === "open" &&
      before.pause.kind === "until" &&
      seen.lastAction === "expire"
    ) {
      announce(t("announce.bot_back", { name: seen.name || seen.id }));
    }
    lastSeen.value = seen;
  }

  /** The thread knows its conversation also where no list does. */
  function seeThread(view: ThreadFeed["view"]["value"]): void {
    if (view === undefined) return;
    outbox.arrived(view.entries);
    const newest = view.entries.at(-1)?.row;
    if (newest !== undefined) seeSelected(newest);
    // In another epoch there may be none.
    const isNothing = view.state === "live" && view.entries.length === 0 && !view.isCutOff;
    if (isNothing && !client.rows.all.has(view.conversation)) selected.value = undefined;
  }

  async function give(command: Command, id?: Uint8Array): Promise<Outcome | undefined> {
    try {
      return await client.command(command, { id });
    } catch {
      return undefined; // closed by whoever left
    }
  }

  async function act(command: Command): Promise<Outcome | undefined> {
    const outcome = await give(command);
    if (outcome?.outcome === "refused") showRefusal(outcome);
    return outcome;
  }

  function nameOfContact(conversation: string): string {
    return client.rows.all.get(conversation)?.name || conversation;
  }

  const thread = createThreadFeed(client, selected);
  const people = createPeople(client, selected);
  const { isRefused, stop: stopAsking } = watchForRefusal(client);
  const outbox = createOutbox(
    (reply, id) => give(reply, id),
    () => now.peek(),
  );
  const shown = createShown(
    () => performance.now(),
    ({ role, by }) => isPerson(role) && by === me.peek().id,
  );
  const shownOf = (conversation: string) => {
    const view = thread.view.peek();
    return view?.conversation === conversation ? shown.upTo(view) : undefined;
  };
  const replies = createReplies(outbox, shownOf, (refusal, conversation) => {
    const isHere = selected.peek() === conversation;
    // What is looked at has it above its box.
    if (isHere && replies.held(conversation).peek() !== undefined)
      announce(refusalSentence(refusal, { me: me.peek(), agents: agents.peek(), now: now.peek() }));
    else showRefusal(refusal, isHere ? undefined : nameOfContact(conversation));
  });

  const ends = [
    client.on("welcome", (welcome) => {
      const seen = lastSeen.peek();
      // Other seqs hold now.
      if (welcome.epoch !== epoch && seen !== undefined) lastSeen.value = { ...seen, seq: 0 };
      epoch = welcome.epoch;
      if (!welcome.resumed) replies.restart();
      me.value = welcome.agent;
      defaultPause.value = welcome.defaultPause;
      limits.value = welcome.limits;
    }),
    client.on("connection", (change) => {
      batch(() => {
        connection.value = change;
        if (change.state === "connected") lostAt.value = undefined;
        else lostAt.value ??= client.clock.now();
      });
    }),
    client.on("store", (next) => (store.value = next)),
    client.on("caughtUp", (next) => (caughtUp.value = next)),
    client.on("waiting", (next) => (waiting.value = next)),
    client.rows.on("counts", (next) => (counts.value = next)),
    client.rows.on("agents", () => (agents.value = new Map(client.rows.agents))),
    client.rows.on("rows", takeRows),
    effect(() => {
      const id = selected.value;
      lastSeen.value = id === undefined ? undefined : (client.rows.all.get(id) ?? lastSeen.peek());
    }),
    effect(() => {
      const view = thread.view.value;
      untracked(() => seeThread(view));
    }),
    thread.stop,
    people.stop,
    stopAsking,
    effect(() => {
      if (!isVisible.value) shown.lookAway();
    }),
    markReadWhileLooking(lastSeen, act),
    stopTicker,
  ];

  return {
    client,
    me,
    defaultPause,
    connection,
    isRefused,
    lostAt,
    store,
    caughtUp,
    limits,
    waiting,
    counts,
    agents,
    open,
    completed,
    row,
    selected,
    choose(chosen) {
      batch(() => {
        lastSeen.value = chosen;
        selected.value = chosen.id;
      });
    },
    thread,
    people,
    outbox,
    replies,
    shown,
    seen: () => shownOf(selected.peek() ?? "") ?? 0,
    selectedRow: computed(() => (lastSeen.value?.id === selected.value ? lastSeen.value : undefined)),
    pause,
    now,
    act,
    stop() {
      for (const end of ends) end();
      client.close();
    },
  };
}

const SURE = 2; // a server that has just come back is there before its socket is

/** Where the socket does not open, asks whether anybody is there at all. */
function watchForRefusal(client: Client): { isRefused: ReadonlySignal<boolean>; stop: () => void } {
  const isRefused = signal(false);
  let timesReady = 0;
  const stop = client.on("connection", ({ state, isUnopened }) => {
    if (state === "connected") {
      timesReady = 0;
      isRefused.value = false;
    }
    if (isUnopened !== true) return;
    void fetchReadiness().then((readiness) => {
      if (client.state === "connected") return;
      timesReady = readiness === "ready" ? timesReady + 1 : 0;
      isRefused.value = timesReady >= SURE;
    });
  });
  return { isRefused, stop };
}

/** An open conversation that somebody has before their eyes counts as read. */
function markReadWhileLooking(seen: ReadonlySignal<Row | undefined>, act: Desk["act"]): () => void {
  let told = "";
  return effect(() => {
    const row = seen.value;
    if (row === undefined || row.list !== "open" || row.unread === 0 || !isVisible.value) return;
    const telling = `${row.id} ${row.received}`;
    if (telling === told) return;
    told = telling;
    void act({ do: "mark_read", conversation: row.id, received: row.received });
  });
}

function isPerson(role: Role): boolean {
  return role === "agent" || role === "supervisor";
}

function areSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
