// What travels, as typed values, and the bytes of what is sent (protocol/PROTOCOL.md). Only this and the
// reader know msgpack.

import { Encoder } from "@msgpack/msgpack";

export const SUBPROTOCOL = "relevo.v1";

export type List = "none" | "open" | "completed";
export type Delivery = "none" | "sent" | "delivered" | "failed";
export type Role = "agent" | "supervisor" | "automation" | "channel" | "server";

/**
 * `until`: a moment by the server's clock. A pause stands until the server ends it, even if `until` has
 * passed a moment ago.
 */
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
  /** The contact waits for a person, and not for the bot. */
  waitsForPerson: boolean;
  /** The transition of the contact's newest message; 0: none. */
  contactSeq: number;
  /** Of the newest message to the contact, and who wrote it; 0: none. */
  answerSeq: number;
  answerRole: Role | null;
  answerBy: string | null;
  /** Of the newest message to the contact by a person; 0: none. */
  personSeq: number;
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
  /** The time of the transition with that seq: with it the seq is a place in one log. */
  mark: number;
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
  mark: number;
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
  /**
   * `paused`, `not_holder`: the agent who has the conversation; undefined: nobody, or it is not known any
   * more.
   */
  holder: string | undefined;
  /**
   * Where the log stood when it was judged. To do it all the same, give a new command with this as its
   * `seen`.
   */
  seq: number | undefined;
  /** `answered`, `contact_wrote`: the transition of the message that has come since. */
  since: number | undefined;
  /** Temporary refusals: wait at least so long before the same command is sent again. The library does. */
  retryMs: number | undefined;
  /** How the conversation stands, where that is why. */
  row: Row | undefined;
}

export type Outcome =
  { outcome: "done"; seq: number; message: number | undefined } | { outcome: "unchanged" } | Refusal;

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
  mark: number;
}

/** down: the database cannot be reached. stuck: it can be read, and commits nothing. */
export type Store = "up" | "stuck" | "down";

export interface StoreState {
  t: "state";
  store: Store;
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
  /** An `Action`, or something that a later server did. */
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
  /** Of `to`; 0: not known. */
  mark: number;
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

/** A question that could not be looked up; of a watch, its conversation. */
export interface Unanswered {
  t: "refused";
  ref: number;
  conversation: string | undefined;
  /** One of PROTOCOL.md, "Reasons"; the list may grow. */
  reason: string;
  code: number;
  sentence: string;
  retryMs: number;
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
  | Unanswered
  | Presence
  | Time
  | StoreState
  | Bye;

/**
 * One log, as far as the server vouches for it: another one where a `welcome` could not go on from what was
 * here.
 */
export interface Lineage {
  readonly epoch: string;
}

/** A place in a log: a transition and its time, by which it is told from the same number in another log. */
export interface Place {
  readonly seq: number;
  readonly mark: number;
  readonly lineage: Lineage;
}

/**
 * Up to where the author has seen the conversation. If somebody else has written to the contact since, the
 * command is refused `answered`; if the contact has, `contact_wrote`. `any`: do it whatever has come. A
 * number is one of the log that is followed when the command is given, such as the `seq` of a refusal.
 */
export type Seen = Place | number | "any";

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
interface Sees {
  seen?: Seen | undefined;
}

export type Command = Named &
  (
    | ({ do: "reopen" | "keep_open" } & Pauses)
    | ({ do: "assign"; agent: string | null } & Pauses & Creates)
    | ({
        do: "send_message";
        body: string;
        seen: Seen;
        /** It becomes the sender's, if nobody else has it. */
        take?: boolean | undefined;
      } & Pauses &
        Creates)
    | ({ do: "open" } & Pauses & Creates)
    | { do: "resume_bot" | "erase" }
    | ({ do: "complete" | "unlink" } & Sees)
    | { do: "set_automation"; enabled: boolean }
    | { do: "contact_message"; body: string; name?: string | undefined }
    | ({ do: "bot_message"; body: string } & Creates & Sees)
    | { do: "mark_read"; received: number }
    | {
        do: "message_status";
        message: number;
        status: "sent" | "delivered" | "failed";
        body?: string | undefined;
      }
  );

/** What can have been done: what a command asks for, or what the server does by itself. */
export type Action = Command["do"] | "expire" | "bot_blocked" | "agent_seen";

export interface Hello {
  t: "hello";
  token: string;
  resume?: { epoch: string; seq: number; mark: number } | undefined;
  consumer?: { name: string; after?: number | undefined; mark?: number | undefined } | undefined;
}

/**
 * A command as it travels: where it says what was seen in another log than this connection's, it says in
 * which.
 */
export type WireCommand = Command extends infer One
  ? One extends { seen?: Seen | undefined }
    ? Omit<One, "seen"> & {
        seen?: number | "any" | undefined;
        epoch?: string | undefined;
        mark?: number | undefined;
      }
    : One
  : never;

export type ClientMessage =
  | Hello
  | ({ t: "command"; id: Uint8Array; resend?: true | undefined } & WireCommand)
  | { t: "page"; ref: number; before?: number | undefined; limit?: number | undefined }
  | { t: "time"; ref: number }
  | { t: "resync"; seq: number; open: number; completed: number; digest: number }
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

/** What a command takes up in its message. */
export function encodeFields(command: WireCommand): Uint8Array {
  return encoder.encode(command);
}
