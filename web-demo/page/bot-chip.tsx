// How the bot stands in a conversation, in one small sign with a live countdown.

import type { Row } from "../client";
import type { Desk } from "./desk";
import { formatCountdown, formatMoment } from "./format";
import { Icon } from "./icons";
import { language, t } from "./language";
import { botStateOf } from "./rules";
import { useTicking } from "./ticker";

const SOON_MS = 15 * 60_000;
const VERY_SOON_MS = 5 * 60_000;

export function Countdown({ until, desk }: { until: number; desk: Desk }) {
  return (
    <span class="countdown">{useTicking(() => formatCountdown(until - desk.now.value), [until, desk])}</span>
  );
}

/** "calm", "soon" or "very_soon": how near the end of a pause is. */
export function nearnessOf(until: number, now: number): string {
  const left = until - now;
  return left <= VERY_SOON_MS ? "very_soon" : left <= SOON_MS ? "soon" : "calm";
}

/** The whole state in a sentence. */
export function botSentence(row: Row, now: number): string {
  switch (botStateOf(row)) {
    case "off":
      return t("pause.off");
    case "until_completed":
      return t("pause.until_completed");
    case "bot_back":
      return t("pause.bot_back");
    case "none":
      return t("pause.none");
    case "until":
      return row.pause.kind === "until"
        ? t("pause.until", { time: formatMoment(row.pause.until, now, language.value) })
        : "";
  }
}

export function BotChip({ row, desk }: { row: Row; desk: Desk }) {
  const state = botStateOf(row);
  const { pause } = row;
  const nearness = useTicking(
    () => (pause.kind === "until" ? nearnessOf(pause.until, desk.now.value) : "calm"),
    [pause, desk],
  );
  if (state === "none") return null;
  const title = botSentence(row, desk.now.peek());
  return (
    <span class={`chip chip-${state} is-${nearness}`} data-pause={state} title={title}>
      <Icon name={state === "bot_back" ? "bot" : state === "off" ? "blocked" : "pause"} />
      <span class="sr-only">{title}</span>
      <span aria-hidden="true">
        {pause.kind === "until" ? (
          <Countdown until={pause.until} desk={desk} />
        ) : (
          t(
            state === "off"
              ? "pause.off_short"
              : state === "bot_back"
                ? "pause.bot_back_short"
                : "pause.until_completed_short",
          )
        )}
      </span>
      {row.botBlocked && (
        <span class="chip-blocked" data-bot-blocked="true" title={t("row.blocked")}>
          <Icon name="blocked" />
          <span class="sr-only">{t("row.blocked")}</span>
        </span>
      )}
    </span>
  );
}
