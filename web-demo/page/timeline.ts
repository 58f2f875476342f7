// A thread's entries as they are shown: what was written, and between it what was done. Pure.

import type { Delivery, Entry, Pause, Role } from "../client";

export type From = "contact" | "agent" | "bot";

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

/** Who did what, as a sentence needs it. */
export interface Did {
  action: string;
  by: string | null;
  role: Role | null;
  assignee: string | null;
  automation: boolean;
}

const SAME_BREATH_MS = 5 * 60_000;
const SPOKEN: Readonly<Record<string, From>> = { contact_message: "contact", send_message: "agent", bot_message: "bot" };
const STARTS_A_PAUSE = ["reopen", "assign", "open", "keep_open", "set_automation", "bot_blocked"];
const UNTOLD = ["mark_read", "message_status", "agent_seen"];

export function timelineOf(entries: readonly Entry[]): Item[] {
  const statuses = new Map<number, Entry>();
  for (const entry of entries) if (entry.action === "message_status") statuses.set(entry.message, entry);

  const items: Item[] = [];
  let before: Entry | undefined;
  for (const entry of entries) {
    if (UNTOLD.includes(entry.action)) continue;
    if (before === undefined || dayOf(before.at) !== dayOf(entry.at)) items.push({ kind: "day", key: `d${entry.seq}`, at: entry.at });
    const from = SPOKEN[entry.action];
    if (from === undefined) items.push(lineOf(entry, entry.action));
    else {
      items.push(messageOf(entry, from, items[items.length - 1], from === "contact" ? undefined : statuses.get(entry.message)));
      if (before?.row !== undefined && before.row.list !== "open" && entry.row?.list === "open") items.push(lineOf(entry, "opened"));
    }
    before = entry;
  }
  return items;
}

function messageOf(entry: Entry, from: From, last: Item | undefined, status: Entry | undefined): MessageItem {
  const goesOn = last?.kind === "message" && last.from === from && last.by === entry.by && entry.at - last.at < SAME_BREATH_MS;
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
  const isPaused = row !== undefined && row.pause.kind !== "none" && (told === "opened" || STARTS_A_PAUSE.includes(action));
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
