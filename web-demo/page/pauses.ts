// The lengths of a pause that one can choose.

import type { PauseWish } from "../client";
import { formatLength } from "./format";
import { t } from "./language";

const MINUTE = 60_000;

export const PAUSES: readonly PauseWish[] = [
  undefined,
  15 * MINUTE,
  60 * MINUTE,
  180 * MINUTE,
  "until_completed",
];

/** A name that fits an attribute: "default", "900000", "until_completed". */
export function pauseName(pause: PauseWish): string {
  return String(pause ?? "default");
}

export function pauseLabel(pause: PauseWish): string {
  if (pause === undefined) return t("choice.default");
  return pause === "until_completed" ? t("choice.until_completed") : formatLength(pause);
}

/** The label, with the default's length said. */
export function pauseEffect(pause: PauseWish, defaultPause: number): string {
  if (pause === undefined) return t("choice.default_length", { time: formatLength(defaultPause) });
  return pauseLabel(pause).toLocaleLowerCase();
}
