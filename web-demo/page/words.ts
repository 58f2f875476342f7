// Sentences about who did what, and about refusals. They read the language and the agents' names when they
// are shown.

import type { Agent, Pause, Refusal, Role, Row } from "../client";
import { sentenceOf, type Did } from "./actions";
import { formatElapsed, formatMoment } from "./format";
import { language, t } from "./language";

/** Whom the sentences are told to, and when. */
export interface Listener {
  me: Pick<Agent, "id">;
  agents: ReadonlyMap<string, Agent>;
  now: number;
}

export function nameOf(id: string, { agents }: Pick<Listener, "agents">): string {
  return agents.get(id)?.name || id;
}

function who(id: string | null, role: Role | null, listener: Listener): string {
  if (role === "automation") return t("who.bot");
  if (role === "channel") return t("who.contact");
  if (role === "server" || id === null) return t("who.server");
  return id === listener.me.id ? t("who.you") : nameOf(id, listener);
}

/** Who wrote something in a thread. */
export function speakerOf(
  { role, by }: { role: Role; by: string | null },
  row: Pick<Row, "id" | "name">,
  listener: Listener,
): string {
  return role === "channel" ? row.name || row.id : who(by, role, listener);
}

export function ago(at: number, now: number): string {
  return t("time.ago", { time: formatElapsed(now - at) });
}

/** "Ana la completó hace 2 s"; undefined while nothing has been done. */
export function lastActionOf(row: Row, listener: Listener): string | undefined {
  if (row.lastAction === null || row.lastAt === null) return undefined;
  const { lastAction: action, lastBy: by, lastRole: role, assignee, automation } = row;
  return didSentence({ action, by, role, assignee, automation }, listener, ago(row.lastAt, listener.now));
}

/** "Ana la completó", and when, if that is said here. */
export function didSentence(did: Did, listener: Listener, when = ""): string {
  return t(did.action === "opened" ? "did.opened" : sentenceOf(did, listener.me.id), {
    who: who(did.by, did.role, listener),
    assignee: did.assignee === null ? "" : nameOf(did.assignee, listener),
    ago: when,
  }).trim();
}

/** What a pause means for the bot: "bot en pausa hasta las 11:32". */
export function pauseSentence(pause: Pause, { now }: Pick<Listener, "now">): string {
  if (pause.kind === "none") return "";
  if (pause.kind === "until_completed") return t("line.paused_until_completed");
  return t("line.paused_until", { time: formatMoment(pause.until, now, language.value) });
}

function fieldName(field: string): string {
  switch (field) {
    case "body":
    case "name":
    case "conversation":
    case "agent":
    case "pause":
      return t(`field.${field}`);
    default:
      return `«${field}»`;
  }
}

/** Why the server refused, and whose doing that was. */
export function refusalSentence(refusal: Refusal, listener: Listener): string {
  const { row, until } = refusal;
  const holder = refusal.holder ?? row?.assignee;
  const did = row && lastActionOf(row, listener);
  switch (refusal.reason) {
    case "stale":
      return did === undefined ? t("refused.stale_unknown") : t("refused.stale", { did });
    case "not_open":
      return did === undefined ? t("refused.not_open_unknown") : t("refused.not_open", { did });
    case "contact_wrote":
      return row?.previewRole === "channel"
        ? t("refused.contact_wrote_this", { preview: row.preview })
        : t("refused.contact_wrote");
    case "answered":
      if (row === undefined || row.answerRole === null) return t("refused.answered");
      return t("refused.answered_by", { who: who(row.answerBy, row.answerRole, listener) });
    case "not_holder":
      if (holder == null) return t("refused.not_holder_unknown");
      return t("refused.not_holder", { who: nameOf(holder, listener) });
    case "paused":
      if (until == null) return t("refused.paused_until_completed");
      return t("refused.paused", { time: formatMoment(until, listener.now, language.value) });
    case "bad_value":
      return t("refused.bad_value", { field: fieldName(refusal.detail ?? "") });
    case "automation_off":
    case "forbidden":
    case "unknown_conversation":
    case "channel_needed":
    case "not_your_channel":
    case "unknown_agent":
    case "unknown_message":
    case "busy":
    case "too_many":
    case "too_fast":
    case "too_slow":
    case "unavailable":
    case "internal":
    case "waits_for_person":
    case "workspace_full":
      return t(`refused.${refusal.reason}`);
    default:
      return refusal.sentence;
  }
}
