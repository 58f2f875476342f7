// Everything that the page has for an action, in one row: tsc asks for each of the server's (core/action.h),
// and for every part.

import type { Action, Role } from "../client";
import type { IconName } from "./icons";
import type { MessageKey } from "./messages/es";

export type From = "contact" | "agent" | "bot";

/** Who did what, as a sentence needs it. */
export interface Did {
  action: string;
  by: string | null;
  role: Role | null;
  assignee: string | null;
  automation: boolean;
}

export interface PageAction {
  /** How a thread shows it: not at all, as a line with its sentence, or as a message from somebody. */
  shown: "not" | "line" | From;
  /** Its line says what the pause that stands then means for the bot. */
  tellsPause: boolean;
  /** "Ana completed it"; null: it is never what was done last, nor a line. */
  sentence: MessageKey | ((did: Did, me: string) => MessageKey) | null;
  /** Of its button; null: it has none, or words alone. */
  icon: IconName | null;
}

export const ACTIONS = {
  reopen: { shown: "line", tellsPause: true, sentence: "did.reopen", icon: "reopen" },
  assign: { shown: "line", tellsPause: true, sentence: assignSentence, icon: null },
  send_message: { shown: "agent", tellsPause: false, sentence: "did.send_message", icon: "send" },
  open: { shown: "line", tellsPause: true, sentence: "did.open", icon: null },
  keep_open: { shown: "line", tellsPause: true, sentence: "did.keep_open", icon: "clock" },
  resume_bot: { shown: "line", tellsPause: false, sentence: "did.resume_bot", icon: "play" },
  complete: { shown: "line", tellsPause: false, sentence: "did.complete", icon: "check" },
  unlink: { shown: "line", tellsPause: false, sentence: "did.unlink", icon: "unlink" },
  set_automation: {
    shown: "line",
    tellsPause: true,
    sentence: ({ automation }) => (automation ? "did.automation_on" : "did.automation_off"),
    icon: null,
  },
  contact_message: { shown: "contact", tellsPause: false, sentence: "did.contact_message", icon: null },
  bot_message: { shown: "bot", tellsPause: false, sentence: null, icon: null },
  mark_read: { shown: "not", tellsPause: false, sentence: null, icon: null },
  message_status: { shown: "not", tellsPause: false, sentence: null, icon: null },
  expire: { shown: "line", tellsPause: false, sentence: "did.expire", icon: null },
  bot_blocked: { shown: "line", tellsPause: true, sentence: "did.bot_blocked", icon: null },
  agent_seen: { shown: "not", tellsPause: false, sentence: null, icon: null },
  erase: { shown: "line", tellsPause: false, sentence: "did.erase", icon: "erase" },
} as const satisfies Readonly<Record<Action, PageAction>>;

/** Something that a later server did. */
const OTHER: PageAction = { shown: "line", tellsPause: false, sentence: "did.other", icon: null };

export function pageActionOf(action: string): PageAction {
  return Object.hasOwn(ACTIONS, action) ? ACTIONS[action as Action] : OTHER;
}

export function sentenceOf(did: Did, me: string): MessageKey {
  const { sentence } = pageActionOf(did.action);
  return typeof sentence === "function" ? sentence(did, me) : (sentence ?? "did.other");
}

function assignSentence({ assignee, by }: Did, me: string): MessageKey {
  if (assignee === null) return "did.release";
  if (assignee === by) return "did.take";
  return assignee === me ? "did.assign_you" : "did.assign";
}
