// What travels, as typed values, and its bytes (protocol/PROTOCOL.md). Nothing else in the library knows msgpack.

import { Decoder, Encoder } from "@msgpack/msgpack";

export const SUBPROTOCOL = "relevo.v1";

export type List = "none" | "open" | "completed";
export type Delivery = "none" | "sent" | "delivered" | "failed";
export type Role = "agent" | "supervisor" | "automation" | "channel" | "server";

/** `until`: a moment by the server's clock. A pause stands until the server ends it, even if `until` has passed a moment ago. */
export type Pause = { kind: "none" } | { kind: "until"; until: number } | { kind: "until_completed" };

/** One conversation as a dashboard sees it. Times are Unix milliseconds by the server's clock. */
export interface Row {
  id: string;
  channel: string;
  name: string;
  list: List;
  listSeq: number;
  assignee: string | null;
  automation: boolean;
  pause: Pause;
  botBlocked: boolean;
  version: number;
  seq: number;
  received: number;
  sent: number;
  unread: number;
  delivery: Delivery;
  waitingSince: number | null;
  preview: string;
  previewRole: Role | null;
  previewAt: number | null;
  lastAction: string | null;
  lastBy: string | null;
  lastRole: Role | null;
  lastAt: number | null;
}

export interface Agent {
  id: string;
  name: string;
  role: Role;
}

export interface Counts {
  open: number;
  completed: number;
}

export interface Welcome {
  t: "welcome";
  workspace: string;
  agent: Agent;
  epoch: string;
  seq: number;
  resumed: boolean;
  now: number;
  /** The name under which the log is followed. */
  consumer: string | null;
  defaultPause: number;
  tokenExpires: number;
  limits: Readonly<Record<string, number>>;
}

export interface Sync {
  t: "sync";
  from: number;
  to: number;
  fresh: boolean;
  rows: Row[];
  agents: Agent[];
  /** Stands in every frame that ends at the newest transition. */
  tail: (Counts & { digest: number }) | undefined;
}

export interface Refusal {
  outcome: "refused";
  /** One of PROTOCOL.md, "Reasons"; the list may grow. */
  reason: string;
  code: number;
  sentence: string;
  detail: string | undefined;
  /** `paused`: until when; null: until somebody ends it. */
  until: number | null | undefined;
  /** How the conversation stands, where that is why. */
  row: Row | undefined;
}

export type Outcome =
  | { outcome: "done"; seq: number; message: number | undefined }
  | { outcome: "unchanged" }
  | Refusal;

export interface Answer {
  t: "answer";
  id: Uint8Array;
  outcome: Outcome | { outcome: "unknown" };
}

export interface Page {
  t: "page";
  ref: number;
  rows: Row[];
  next: number | undefined;
}

export interface Time {
  t: "time";
  ref: number;
  now: number;
  /** This client has been sent everything up to here. */
  seq: number;
}

export interface StoreState {
  t: "state";
  store: "up" | "down";
}

export interface Bye {
  t: "bye";
  code: number;
  reason: string;
  retryMs: number | undefined;
}

/** One transition of the log: who did what, and how the conversation stands after it. */
export interface Entry {
  seq: number;
  at: number;
  /** A command's name, `expire`, `bot_blocked` or `agent_seen`. */
  action: string;
  role: Role;
  by: string | null;
  id: Uint8Array | null;
  /** The number of the message that it brings or speaks of. */
  message: number;
  /** null in an entry that brings a message: it has been erased. */
  body: string | null;
  status: Delivery;
  /** undefined for `agent_seen`. */
  row: Row | undefined;
}

export interface Log {
  t: "log";
  from: number;
  to: number;
  tooOld: boolean;
  entries: Entry[];
}

export interface Thread {
  t: "thread";
  ref: number | undefined;
  conversation: string;
  fresh: boolean;
  to: number;
  entries: Entry[];
  next: number | undefined;
  tooOld: boolean;
}

export interface History {
  t: "history";
  ref: number;
  conversation: string;
  /** Newest first. */
  entries: Entry[];
  next: number | undefined;
  tooOld: boolean;
}

export interface Found {
  t: "found";
  ref: number;
  rows: Row[];
  more: boolean;
}

export interface Person {
  agent: string;
  online: boolean;
  conversation: string | null;
  typing: boolean;
}

export interface Presence {
  t: "presence";
  fresh: boolean;
  people: Person[];
}

export type ServerMessage =
  | Welcome
  | Sync
  | Answer
  | Page
  | Log
  | Thread
  | History
  | Found
  | Presence
  | Time
  | StoreState
  | Bye;

/** How long a pause is to last, in milliseconds; left out: the workspace's default. */
export type PauseWish = number | "until_completed" | undefined;

interface Named {
  conversation: string;
  /** The version of the row that this was decided on. */
  version?: number | undefined;
}
interface Creates {
  /** Which channel the conversation is to belong to, should the command create it. */
  channel?: string | undefined;
  /** The contact's name, should the command create the conversation. */
  name?: string | undefined;
}
interface Pauses {
  pause?: PauseWish;
}

export type Command = Named &
  (
    | ({ do: "reopen" | "keep_open" } & Pauses)
    | ({ do: "assign"; agent: string | null } & Pauses & Creates)
    | ({ do: "send_message"; body: string } & Pauses & Creates)
    | ({ do: "open" } & Pauses & Creates)
    | { do: "resume_bot" | "unlink" | "erase" }
    | { do: "complete"; received?: number | undefined }
    | { do: "set_automation"; enabled: boolean }
    | { do: "contact_message"; body: string; name?: string | undefined }
    | ({ do: "bot_message"; body: string } & Creates)
    | { do: "mark_read"; received: number }
    | { do: "message_status"; message: number; status: "sent" | "delivered" | "failed"; body?: string | undefined }
  );

export interface Hello {
  t: "hello";
  token: string;
  resume?: { epoch: string; seq: number } | undefined;
  consumer?: { name: string; after?: number | undefined } | undefined;
}

export type ClientMessage =
  | Hello
  | ({ t: "command"; id: Uint8Array; resend?: true | undefined } & Command)
  | { t: "page"; ref: number; before?: number | undefined; limit?: number | undefined }
  | { t: "time"; ref: number }
  | { t: "resync"; seq: number }
  | { t: "watch"; ref: number; conversation: string; after?: number | undefined }
  | { t: "unwatch"; conversation: string }
  | {
      t: "history";
      ref: number;
      conversation: string;
      before?: number | undefined;
      limit?: number | undefined;
      messages?: true | undefined;
    }
  | { t: "find"; ref: number; text: string; limit?: number | undefined }
  | { t: "acked"; seq: number }
  | { t: "presence"; conversation?: string | undefined; typing?: true | undefined };

const encoder = new Encoder({ ignoreUndefined: true });

export function encodeMessage(message: ClientMessage): Uint8Array {
  return encoder.encode(message);
}

/** The server said something that this protocol does not know: a bug on one of the sides. */
export class WireError extends Error {}

type Fields = Record<string, unknown>;

/** Reads one connection's messages; it learns the names of the columns from `welcome`. */
export interface Reader {
  /** undefined: a message of a type that only later servers know. Throws WireError. */
  read(data: Uint8Array): ServerMessage | undefined;
}

export function createReader(): Reader {
  const decoder = new Decoder();
  let columns: string[] = [];
  let agentColumns: string[] = [];
  let logColumns: string[] = [];
  let peopleColumns: string[] = [];

  const rows = (value: unknown) => array(value, "rows").map((row) => readRow(named(columns, row)));
  const entries = (value: unknown) =>
    array(value, "entries").map((entry) => readEntry(named(logColumns, entry), columns));

  return {
    read(data) {
      const m = fields(decoder.decode(data), "message");
      switch (m.t) {
        case "welcome":
          columns = array(m.columns, "columns").map((name) => text(name, "columns"));
          agentColumns = array(m.agent_columns, "agent_columns").map((name) => text(name, "agent_columns"));
          logColumns = array(m.log_columns, "log_columns").map((name) => text(name, "log_columns"));
          peopleColumns = array(m.people_columns, "people_columns").map((name) => text(name, "people_columns"));
          return readWelcome(m);
        case "sync":
          return {
            t: "sync",
            from: int(m.from, "from"),
            to: int(m.to, "to"),
            fresh: m.fresh === true,
            rows: rows(m.rows),
            agents: array(m.agents ?? [], "agents").map((agent) => readAgent(named(agentColumns, agent))),
            tail:
              m.digest == null
                ? undefined
                : { open: int(m.open, "open"), completed: int(m.completed, "completed"), digest: int(m.digest, "digest") },
          };
        case "answer":
          return { t: "answer", id: bytes(m.id, "id"), outcome: readOutcome(m, columns) };
        case "page":
          return { t: "page", ref: int(m.ref, "ref"), rows: rows(m.rows), next: optional(m.next, "next", int) };
        case "log":
          return {
            t: "log",
            from: int(m.from, "from"),
            to: int(m.to, "to"),
            tooOld: m.too_old === true,
            entries: entries(m.entries),
          };
        case "thread":
          return {
            t: "thread",
            ref: optional(m.ref, "ref", int),
            conversation: text(m.conversation, "conversation"),
            fresh: m.fresh === true,
            to: int(m.to, "to"),
            entries: entries(m.entries),
            next: optional(m.next, "next", int),
            tooOld: m.too_old === true,
          };
        case "history":
          return {
            t: "history",
            ref: int(m.ref, "ref"),
            conversation: text(m.conversation, "conversation"),
            entries: entries(m.entries),
            next: optional(m.next, "next", int),
            tooOld: m.too_old === true,
          };
        case "found":
          return { t: "found", ref: int(m.ref, "ref"), rows: rows(m.rows), more: m.more === true };
        case "presence":
          return {
            t: "presence",
            fresh: m.fresh === true,
            people: array(m.people, "people").map((person) => readPerson(named(peopleColumns, person))),
          };
        case "time":
          return { t: "time", ref: int(m.ref, "ref"), now: int(m.now, "now"), seq: int(m.seq, "seq") };
        case "state":
          return { t: "state", store: m.store === "down" ? "down" : "up" };
        case "bye":
          return {
            t: "bye",
            code: int(m.code, "code"),
            reason: text(m.reason, "reason"),
            retryMs: optional(m.retry_ms, "retry_ms", int),
          };
        default:
          return undefined;
      }
    },
  };
}

function readWelcome(m: Fields): Welcome {
  const limits: Record<string, number> = {};
  for (const [name, value] of Object.entries(fields(m.limits, "limits"))) {
    if (typeof value === "number") limits[name] = value;
  }
  return {
    t: "welcome",
    workspace: text(m.workspace, "workspace"),
    agent: readAgent(fields(m.agent, "agent")),
    epoch: text(m.epoch, "epoch"),
    seq: int(m.seq, "seq"),
    resumed: m.resumed === true,
    consumer: nullable(m.consumer, "consumer", text),
    now: int(m.now, "now"),
    defaultPause: int(fields(m.settings, "settings").default_pause, "settings.default_pause"),
    tokenExpires: int(m.token_expires, "token_expires"),
    limits,
  };
}

function readOutcome(m: Fields, columns: string[]): Answer["outcome"] {
  switch (m.outcome) {
    case "done":
      return { outcome: "done", seq: int(m.seq, "seq"), message: optional(m.message, "message", int) };
    case "unchanged":
      return { outcome: "unchanged" };
    case "unknown":
      return { outcome: "unknown" };
    case "refused":
      return {
        outcome: "refused",
        reason: text(m.reason, "reason"),
        code: int(m.code, "code"),
        sentence: text(m.sentence, "sentence"),
        detail: optional(m.detail, "detail", text),
        until: m.until === null ? null : optional(m.until, "until", int),
        row: m.row == null ? undefined : readRow(named(columns, m.row)),
      };
    default:
      throw new WireError("outcome: unknown value");
  }
}

function readAgent(m: Fields): Agent {
  return { id: text(m.id, "agent.id"), name: text(m.name, "agent.name"), role: text(m.role, "agent.role") as Role };
}

function readPerson(m: Fields): Person {
  return {
    agent: text(m.agent, "agent"),
    online: m.online === true,
    conversation: nullable(m.conversation, "conversation", text),
    typing: m.typing === true,
  };
}

function readEntry(m: Fields, columns: string[]): Entry {
  return {
    seq: int(m.seq, "seq"),
    at: int(m.at, "at"),
    action: text(m.action, "action"),
    role: text(m.role, "role") as Role,
    by: nullable(m.by, "by", text),
    id: nullable(m.id, "id", bytes),
    message: int(m.message, "message"),
    body: nullable(m.body, "body", text),
    status: DELIVERIES[int(m.status, "status")] ?? "none",
    row: m.row == null ? undefined : readRow(named(columns, m.row)),
  };
}

const LISTS: readonly List[] = ["none", "open", "completed"];
const DELIVERIES: readonly Delivery[] = ["none", "sent", "delivered", "failed"];

function readRow(m: Fields): Row {
  const list = LISTS[int(m.list, "list")];
  if (list === undefined) throw new WireError("list: unknown value");
  return {
    id: text(m.id, "id"),
    channel: text(m.channel, "channel"),
    name: text(m.name, "name"),
    list,
    listSeq: int(m.list_seq, "list_seq"),
    assignee: nullable(m.assignee, "assignee", text),
    automation: m.automation === true,
    pause: readPause(int(m.pause, "pause")),
    botBlocked: m.bot_blocked === true,
    version: int(m.version, "version"),
    seq: int(m.seq, "seq"),
    received: int(m.received, "received"),
    sent: int(m.sent, "sent"),
    unread: int(m.unread, "unread"),
    delivery: DELIVERIES[int(m.delivery, "delivery")] ?? "none",
    waitingSince: nullable(m.waiting_since, "waiting_since", int),
    preview: text(m.preview, "preview"),
    previewRole: nullable(m.preview_role, "preview_role", text) as Role | null,
    previewAt: nullable(m.preview_at, "preview_at", int),
    lastAction: nullable(m.last_action, "last_action", text),
    lastBy: nullable(m.last_by, "last_by", text),
    lastRole: nullable(m.last_role, "last_role", text) as Role | null,
    lastAt: nullable(m.last_at, "last_at", int),
  };
}

function readPause(pause: number): Pause {
  if (pause === 0) return { kind: "none" };
  if (pause === -1) return { kind: "until_completed" };
  return { kind: "until", until: pause };
}

function named(columns: string[], values: unknown): Fields {
  const given = array(values, "row");
  return Object.fromEntries(columns.map((name, index) => [name, given[index]]));
}

function fields(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new WireError(`${name}: not a map`);
  return value as Fields;
}

function array(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new WireError(`${name}: not an array`);
  return value;
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw new WireError(`${name}: not a text`);
  return value;
}

function int(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value)) throw new WireError(`${name}: not an integer`);
  return value as number;
}

function bytes(value: unknown, name: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new WireError(`${name}: not bytes`);
  return value;
}

function optional<T>(value: unknown, name: string, read: (value: unknown, name: string) => T): T | undefined {
  return value == null ? undefined : read(value, name);
}

function nullable<T>(value: unknown, name: string, read: (value: unknown, name: string) => T): T | null {
  return value == null ? null : read(value, name);
}
