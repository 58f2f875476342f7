// What the page shows, as signals fed by the client: one signal per row, so that a change touches one row and nothing else.

import { batch, computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { Agent, Client, Command, ConnectionChange, Counts, Outcome, PauseWish, Row, RowsChange } from "../client";
import { announce, showRefusal } from "./notices";
import { createTicker } from "./ticker";
import { t } from "./language";

export interface Desk {
  client: Client;
  me: ReadonlySignal<Agent>;
  defaultPause: ReadonlySignal<number>;
  connection: ReadonlySignal<ConnectionChange>;
  /** When the connection was lost, by the server's clock; undefined while it stands. */
  lostAt: ReadonlySignal<number | undefined>;
  store: ReadonlySignal<"up" | "down">;
  caughtUp: ReadonlySignal<boolean>;
  waiting: ReadonlySignal<number>;
  counts: ReadonlySignal<Counts>;
  agents: ReadonlySignal<ReadonlyMap<string, Agent>>;
  open: ReadonlySignal<readonly string[]>;
  completed: ReadonlySignal<readonly string[]>;
  row(id: string): ReadonlySignal<Row | undefined>;
  selected: Signal<string | undefined>;
  /** The selected conversation as last seen, also after it has left both lists. */
  selectedRow: ReadonlySignal<Row | undefined>;
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
    });
  }

  /** The newest in a list come first; messages move nothing, so that rows stay where they are looked at. */
  function sortLists(): void {
    const sorted = [...client.rows.all.values()].sort((one, other) => other.listSeq - one.listSeq);
    for (const [list, ids] of [["open", open], ["completed", completed]] as const) {
      const next = sorted.filter((one) => one.list === list).map((one) => one.id);
      if (!areSame(next, ids.peek())) ids.value = next;
    }
  }

  function seeSelected(seen: Row): void {
    const before = lastSeen.peek();
    if (before?.id === seen.id && before.list === "open" && before.pause.kind === "until" && seen.lastAction === "expire") {
      announce(t("announce.bot_back", { name: seen.name || seen.id }));
    }
    lastSeen.value = seen;
  }

  /** After a fresh start nothing is known of a conversation that is not in what came. */
  function leaveWhatIsGone(): void {
    const seen = lastSeen.peek();
    if (seen !== undefined && seen.list !== "none" && !client.rows.all.has(seen.id)) selected.value = undefined;
  }

  async function act(command: Command): Promise<Outcome | undefined> {
    try {
      const outcome = await client.command(command);
      if (outcome.outcome === "refused") showRefusal(outcome);
      return outcome;
    } catch {
      return undefined; // closed by whoever left
    }
  }

  const ends = [
    client.on("welcome", (welcome) => {
      me.value = welcome.agent;
      defaultPause.value = welcome.defaultPause;
    }),
    client.on("connection", (change) => {
      batch(() => {
        connection.value = change;
        if (change.state === "connected") lostAt.value = undefined;
        else lostAt.value ??= client.clock.now();
      });
    }),
    client.on("store", (next) => (store.value = next)),
    client.on("caughtUp", (next) => {
      caughtUp.value = next;
      if (next) leaveWhatIsGone();
    }),
    client.on("waiting", (next) => (waiting.value = next)),
    client.rows.on("counts", (next) => (counts.value = next)),
    client.rows.on("agents", () => (agents.value = new Map(client.rows.agents))),
    client.rows.on("rows", takeRows),
    effect(() => {
      const id = selected.value;
      lastSeen.value = id === undefined ? undefined : (client.rows.all.get(id) ?? lastSeen.peek());
    }),
    markReadWhileLooking(lastSeen, act),
    stopTicker,
  ];

  return {
    client,
    me,
    defaultPause,
    connection,
    lostAt,
    store,
    caughtUp,
    waiting,
    counts,
    agents,
    open,
    completed,
    row,
    selected,
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

/** An open conversation that somebody has before their eyes counts as read. */
function markReadWhileLooking(seen: ReadonlySignal<Row | undefined>, act: Desk["act"]): () => void {
  let told = "";
  const isVisible = signal(document.visibilityState === "visible");
  const look = () => (isVisible.value = document.visibilityState === "visible");
  document.addEventListener("visibilitychange", look);
  const end = effect(() => {
    const row = seen.value;
    if (row === undefined || row.list !== "open" || row.unread === 0 || !isVisible.value) return;
    const telling = `${row.id} ${row.received}`;
    if (telling === told) return;
    told = telling;
    void act({ do: "mark_read", conversation: row.id, received: row.received });
  });
  return () => {
    document.removeEventListener("visibilitychange", look);
    end();
  };
}

function areSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
