// A thread's entries as they are shown: what was written, and between it what was done. Pure.

import type { Delivery, Entry, Pause } from "../client";
import { pageActionOf, type Did, type From } from "./actions";

export interface MessageItem {
  kind: "message";
  key: string;
  at: number;
  from: From;
  by: string | null;
  /** null: it has been erased. */
  body: string | null;
  delivery: Delivery;
  /** Why it could not be delivered. */
  failure: string;
  /** The one before is of somebody else, or of another time: say who this is. */
  isFirst: boolean;
}

export interface LineItem {
  kind: "line";
  key: string;
  at: number;
  did: Did;
  /** What it meant for the bot. */
  pause: Pause | undefined;
}

export interface DayItem {
  kind: "day";
  key: string;
  at: number;
}

export type Item = MessageItem | LineItem | DayItem;

const SAME_BREATH_MS = 5 * 60_000;

export function timelineOf(entries: readonly Entry[]): Item[] {
  const statuses = new Map<number, Entry>();
  for (const entry of entries) if (entry.action === "message_status") statuses.set(entry.message, entry);

  const items: Item[] = [];
  let before: Entry | undefined;
  for (const entry of entries) {
    const { shown } = pageActionOf(entry.action);
    if (shown === "not") continue;
    if (before === undefined || dayOf(before.at) !== dayOf(entry.at))
      items.push({ kind: "day", key: `d${entry.seq}`, at: entry.at });
    if (shown === "line") items.push(lineOf(entry, entry.action));
    else {
      items.push(
        messageOf(
          entry,
          shown,
          items[items.length - 1],
          shown === "contact" ? undefined : statuses.get(entry.message),
        ),
      );
      if (before?.row !== undefined && before.row.list !== "open" && entry.row?.list === "open")
        items.push(lineOf(entry, "opened"));
    }
    before = entry;
  }
  return items;
}

function messageOf(entry: Entry, from: From, last: Item | undefined, status: Entry | undefined): MessageItem {
  const goesOn =
    last?.kind === "message" &&
    last.from === from &&
    last.by === entry.by &&
    entry.at - last.at < SAME_BREATH_MS;
  return {
    kind: "message",
    key: `m${entry.seq}`,
    at: entry.at,
    from,
    by: entry.by,
    body: entry.body,
    delivery: status?.status ?? "none",
    failure: (status?.status === "failed" && status.body) || "",
    isFirst: !goesOn,
  };
}

function lineOf({ seq, at, action, by, role, row }: Entry, told: string): LineItem {
  const isPaused =
    row !== undefined && row.pause.kind !== "none" && (told === "opened" || pageActionOf(action).tellsPause);
  const isRelease = action === "assign" && row?.assignee === null;
  return {
    kind: "line",
    key: `l${seq}`,
    at,
    did: { action: told, by, role, assignee: row?.assignee ?? null, automation: row?.automation ?? true },
    pause: isPaused && !isRelease ? row.pause : undefined,
  };
}

function dayOf(at: number): string {
  return new Date(at).toDateString();
}
