// Messages as a server would say them.

import type { Row, Sync } from "../../client/wire";
import { digestOf, digestSum } from "../../client/digest";

export const COLUMNS = [
  "id",
  "channel",
  "name",
  "list",
  "list_seq",
  "assignee",
  "automation",
  "pause",
  "bot_blocked",
  "version",
  "seq",
  "received",
  "sent",
  "unread",
  "delivery",
  "waiting_since",
  "preview",
  "preview_role",
  "preview_at",
  "last_action",
  "last_by",
  "last_role",
  "last_at",
  "waits_for_person",
  "contact_seq",
  "answer_seq",
  "answer_role",
  "answer_by",
  "person_seq",
];

export function welcome(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    t: "welcome",
    workspace: "demo",
    agent: { id: "ana", name: "Ana", role: "agent" },
    epoch: "1:1",
    seq: 0,
    resumed: false,
    now: 1_000_000,
    settings: { default_pause: 3_600_000 },
    token_expires: 1_000_000 + 3_600_000,
    columns: COLUMNS,
    agent_columns: ["id", "name", "role"],
    log_columns: ["seq", "at", "action", "role", "by", "id", "message", "body", "status", "row"],
    people_columns: ["agent", "online", "conversation", "typing"],
    limits: { commands_in_flight: 64 },
    ...more,
  };
}

/** A row as it travels. */
export function wireRow(id: string, seq: number, list: 0 | 1 | 2 = 1): unknown[] {
  return [
    id,
    "web",
    `Name of ${id}`,
    list,
    seq,
    null,
    true,
    0,
    false,
    1,
    seq,
    1,
    0,
    0,
    0,
    null,
    "Hola",
    "channel",
    1,
    "open",
    "bot",
    "automation",
    1,
    false,
    1,
    0,
    null,
    null,
    0,
  ];
}

/** A row as the library holds it. */
export function row(id: string, seq: number, list: Row["list"] = "open", more: Partial<Row> = {}): Row {
  return {
    id,
    channel: "web",
    name: `Name of ${id}`,
    list,
    listSeq: seq,
    assignee: null,
    automation: true,
    pause: { kind: "none" },
    botBlocked: false,
    version: 1,
    seq,
    received: 1,
    sent: 0,
    unread: 0,
    delivery: "none",
    waitingSince: null,
    waitsForPerson: false,
    contactSeq: 1,
    answerSeq: 0,
    answerRole: null,
    answerBy: null,
    personSeq: 0,
    preview: "Hola",
    previewRole: "channel",
    previewAt: 1,
    lastAction: "open",
    lastBy: "bot",
    lastRole: "automation",
    lastAt: 1,
    ...more,
  };
}

/** What a server says at the tail of these rows. */
export function tailOf(rows: Iterable<Pick<Row, "id" | "seq" | "list">>): NonNullable<Sync["tail"]> {
  const tail = { open: 0, completed: 0, digest: 0 };
  for (const one of rows) {
    if (one.list === "none") continue;
    tail[one.list] += 1;
    if (one.list === "open") tail.digest = digestSum(tail.digest, digestOf(one.id, one.seq));
  }
  return tail;
}

export function sync(from: number, to: number, rows: Row[], more: Partial<Sync> = {}): Sync {
  return { t: "sync", from, to, mark: 100 * to, fresh: false, rows, agents: [], tail: undefined, ...more };
}

/** An entry as it travels: who wrote is told by the action. */
export function wireEntry(
  seq: number,
  action: string,
  body: string | null = null,
  more: { message?: number; status?: number } = {},
): unknown[] {
  const roles: Record<string, string> = {
    contact_message: "channel",
    bot_message: "automation",
    message_status: "channel",
    expire: "server",
  };
  const role = roles[action] ?? "agent";
  const by = role === "server" ? null : role === "agent" ? "ana" : role;
  return [
    seq,
    1000 + seq,
    action,
    role,
    by,
    null,
    more.message ?? 0,
    body,
    more.status ?? 0,
    wireRow("a", seq),
  ];
}
