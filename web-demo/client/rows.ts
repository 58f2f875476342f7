// What the workspace looks like: rows and agents by id, the counts, and how far all this goes (PROTOCOL.md,
// "Following the lists").
//
// Rows are complete and idempotent. Of two rows with the same id the one with the higher seq stands, wherever
// it came from, so that nothing applied ever goes backwards. A row that is in no list is dropped; only its
// seq is remembered, because an older copy of it may be on its way in a page.

import { digestOf, digestSum } from "./digest";
import { createEvents, type Events } from "./events";
import type { Agent, Counts, Row, Sync, Welcome } from "./wire";

export interface RowsChange {
  /** Everything was dropped before these came. */
  fresh: boolean;
  /** Every row that changed, those too that are now in no list and have been dropped. */
  rows: readonly Row[];
}

export interface RowsEvents {
  rows: RowsChange;
  agents: readonly Agent[];
  counts: Counts;
}

/**
 * `applied`; `ignored`: a fresh start is on its way; `disagrees`: say so with a resync; `gap`: the frame
 * before has been lost.
 */
export type SyncVerdict = "applied" | "ignored" | "disagrees" | "gap";

export interface Rows {
  readonly on: Events<RowsEvents>["on"];
  /** All rows that are in a list and have come so far. */
  readonly all: ReadonlyMap<string, Row>;
  readonly agents: ReadonlyMap<string, Agent>;
  /** Of the whole workspace, as the server last said; not of what has come so far. */
  readonly counts: Counts;
  /** Everything up to it is here; 0: nothing to go on from. */
  readonly seq: number;
  /** The mark of `seq`. */
  readonly mark: number;
  /**
   * What is counted here, to be said in a resync: how many rows are in each list, and the check of the Open
   * list.
   */
  readonly held: Counts & { digest: number };
  /** Where the server goes on from; 0: it will start afresh. What is here stays until then. */
  goOnFrom(place: Pick<Welcome, "seq" | "mark">): void;
  /** Nothing up to there has concerned this client, or it has been sent. */
  moveSeq(to: number, mark: number): void;
  applySync(sync: Sync): SyncVerdict;
  /** Takes in rows that came with a page or an answer. Returns how many of them had not been here. */
  keep(rows: readonly Row[]): number;
}

export function createRows(): Rows {
  const all = new Map<string, Row>();
  const dropped = new Map<string, number>();
  const agents = new Map<string, Agent>();
  const events = createEvents<RowsEvents>();
  let counts: Counts = { open: 0, completed: 0 };
  let seq = 0;
  let mark = 0;
  let lastTo = 0; // of the last frame: the next one goes on from there
  let newest = 0; // the highest seq of a row here: it may have come ahead of the sync that brings it
  let disagreed = false;
  let open = 0;
  let digest = 0;

  function count(row: Row | undefined, sign: 1 | -1): void {
    if (row?.list !== "open") return;
    open += sign;
    digest = digestSum(digest, digestOf(row.id, row.seq), sign);
  }

  function put(row: Row): boolean {
    const before = all.get(row.id);
    if ((before?.seq ?? dropped.get(row.id) ?? -1) >= row.seq) return false;
    count(before, -1);
    if (row.list === "none") {
      all.delete(row.id);
      dropped.set(row.id, row.seq);
    } else {
      all.set(row.id, row);
      dropped.delete(row.id);
      count(row, 1);
    }
    newest = Math.max(newest, row.seq);
    return true;
  }

  function clear(): void {
    all.clear();
    dropped.clear();
    agents.clear();
    seq = lastTo = 0;
    newest = 0;
    open = 0;
    digest = 0;
    disagreed = false;
  }

  return {
    on: events.on,
    all,
    agents,
    get counts() {
      return counts;
    },
    get seq() {
      return seq;
    },
    get held() {
      return { open, completed: [...all.values()].filter((row) => row.list === "completed").length, digest };
    },
    get mark() {
      return mark;
    },
    goOnFrom(place) {
      seq = lastTo = place.seq;
      mark = place.mark;
    },
    moveSeq(to, itsMark) {
      if (disagreed || to <= seq) return;
      seq = to;
      mark = itsMark;
    },
    applySync(sync) {
      if (sync.fresh) clear();
      if (disagreed) return "ignored";
      if (sync.from !== lastTo) return "gap";

      for (const agent of sync.agents) agents.set(agent.id, agent);
      const changed = sync.rows.filter(put);
      seq = lastTo = sync.to;
      mark = sync.mark;
      if (sync.agents.length > 0 || sync.fresh) events.emit("agents", sync.agents);
      if (changed.length > 0 || sync.fresh) events.emit("rows", { fresh: sync.fresh, rows: changed });
      if (sync.tail === undefined) return "applied";

      if (sync.tail.open !== counts.open || sync.tail.completed !== counts.completed) {
        counts = { open: sync.tail.open, completed: sync.tail.completed };
        events.emit("counts", counts);
      }
      if (newest > seq) return "applied";
      if (sync.tail.open === open && sync.tail.digest === digest) return "applied";
      disagreed = true;
      seq = 0; // nothing to resume from, should the connection break before the fresh start
      return "disagrees";
    },
    keep(rows) {
      const before = all.size;
      const changed = rows.filter(put);
      if (changed.length > 0) events.emit("rows", { fresh: false, rows: changed });
      return all.size - before;
    },
  };
}
