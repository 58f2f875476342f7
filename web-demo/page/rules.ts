// What a person may do with a conversation, so that buttons can say it before the click. The server has the
// last word.

import type { Action, Agent, Row } from "../client";
import type { MessageKey } from "./messages/es";

export type Act = "reopen" | "complete" | "unlink" | "keep_open" | "resume_bot" | "take" | "release";

/** What a button asks for. */
export function actionOf(act: Act): Action {
  return act === "take" || act === "release" ? "assign" : act;
}

/** For each act: undefined if it may be done, else the message that says why not. */
export type Permissions = Readonly<Record<Act, MessageKey | undefined>>;

/** Who has it; null: nobody. What is completed nobody has: its assignee is a record of who had it. */
export function holderOf(row: Pick<Row, "list" | "assignee">): string | null {
  return row.list === "open" ? row.assignee : null;
}

export function permissionsFor(row: Row, me: Pick<Agent, "id" | "role">): Permissions {
  const holder = holderOf(row);
  const isHolder = holder === null || holder === me.id || me.role === "supervisor";
  return {
    reopen: row.list === "open" ? "why.already_open" : undefined,
    complete: row.list !== "open" ? "why.already_completed" : isHolder ? undefined : "why.not_holder",
    unlink: row.list === "none" ? "why.already_unlisted" : isHolder ? undefined : "why.not_holder",
    keep_open: row.list !== "open" ? "why.not_open" : row.automation ? undefined : "why.automation_off",
    resume_bot: row.pause.kind === "none" ? "why.no_pause" : undefined,
    take: holder === me.id ? "why.already_yours" : undefined,
    release: row.assignee === null ? "why.nobody_holds" : isHolder ? undefined : "why.not_holder",
  };
}

/** How the bot stands in a conversation: what the chip shows. */
export type BotState =
  | "off" // the automation is switched off
  | "until" // paused until a moment
  | "until_completed" // paused until somebody ends it
  | "bot_back" // open, and the pause has run out
  | "none"; // completed: the bot answers

export function botStateOf(row: Row): BotState {
  if (!row.automation) return "off";
  if (row.pause.kind !== "none") return row.pause.kind;
  return row.list === "open" ? "bot_back" : "none";
}
