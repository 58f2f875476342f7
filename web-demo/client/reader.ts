// The bytes of what the server says, read into typed values (protocol/PROTOCOL.md).

import { Decoder } from "@msgpack/msgpack";
import type {
  Agent,
  Answer,
  Delivery,
  Entry,
  List,
  Pause,
  Person,
  Role,
  Row,
  ServerMessage,
  Welcome,
} from "./wire";

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
          peopleColumns = array(m.people_columns, "people_columns").map((name) =>
            text(name, "people_columns"),
          );
          return readWelcome(m);
        case "sync":
          return {
            t: "sync",
            from: int(m.from, "from"),
            to: int(m.to, "to"),
            mark: int(m.mark ?? 0, "mark"),
            fresh: m.fresh === true,
            rows: rows(m.rows),
            agents: array(m.agents ?? [], "agents").map((agent) => readAgent(named(agentColumns, agent))),
            tail:
              m.digest == null
                ? undefined
                : {
                    open: int(m.open, "open"),
                    completed: int(m.completed, "completed"),
                    digest: int(m.digest, "digest"),
                  },
          };
        case "answer":
          return { t: "answer", id: bytes(m.id, "id"), outcome: readOutcome(m, columns) };
        case "page":
          return {
            t: "page",
            ref: int(m.ref, "ref"),
            rows: rows(m.rows),
            next: optional(m.next, "next", int),
          };
        case "log":
          return {
            t: "log",
            from: int(m.from, "from"),
            to: int(m.to, "to"),
            mark: int(m.mark, "mark"),
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
        case "refused":
          return {
            t: "refused",
            ref: int(m.ref, "ref"),
            conversation: optional(m.conversation, "conversation", text),
            reason: text(m.reason, "reason"),
            code: int(m.code, "code"),
            sentence: text(m.sentence, "sentence"),
            retryMs: int(m.retry_ms, "retry_ms"),
          };
        case "presence":
          return {
            t: "presence",
            fresh: m.fresh === true,
            people: array(m.people, "people").map((person) => readPerson(named(peopleColumns, person))),
          };
        case "time":
          return {
            t: "time",
            ref: int(m.ref, "ref"),
            now: int(m.now, "now"),
            seq: int(m.seq, "seq"),
            mark: int(m.mark ?? 0, "mark"),
          };
        case "state":
          return { t: "state", store: m.store === "up" || m.store === "stuck" ? m.store : "down" };
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
    mark: int(m.mark ?? 0, "mark"),
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
        retryMs: optional(m.retry_ms, "retry_ms", int),
        holder: optional(m.holder, "holder", text),
        seq: optional(m.seq, "seq", int),
        since: optional(m.since, "since", int),
        row: m.row == null ? undefined : readRow(named(columns, m.row)),
      };
    default:
      throw new WireError("outcome: unknown value");
  }
}

function readAgent(m: Fields): Agent {
  return {
    id: text(m.id, "agent.id"),
    name: text(m.name, "agent.name"),
    role: text(m.role, "agent.role") as Role,
  };
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
    waitsForPerson: m.waits_for_person === true,
    contactSeq: int(m.contact_seq, "contact_seq"),
    answerSeq: int(m.answer_seq, "answer_seq"),
    answerRole: nullable(m.answer_role, "answer_role", text) as Role | null,
    answerBy: nullable(m.answer_by, "answer_by", text),
    personSeq: int(m.person_seq, "person_seq"),
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
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new WireError(`${name}: not a map`);
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
