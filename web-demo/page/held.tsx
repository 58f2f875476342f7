// A reply that was held back because somebody was quicker: what he wrote, who and when, above the box in
// which the text still is.

import type { Entry, Row } from "../client";
import { contained } from "./bidi";
import type { Desk } from "./desk";
import { Icon } from "./icons";
import { t } from "./language";
import type { Held } from "./replies";
import { isMessage } from "./shown";
import { shownBody } from "./thread";
import { ago, speakerOf, type Listener } from "./words";

const LINES = 3;
const SURE = 2; // refusals in a row after which nobody needs to be asked again

interface Props {
  held: Held;
  row: Row;
  desk: Desk;
  onSendBlindly: () => void;
}

export function HeldReply({ held, row, desk, onSendBlindly }: Props) {
  const listener = { me: desk.me.value, agents: desk.agents.value, now: desk.now.value };
  const since = messagesSince(held, row, desk);
  return (
    <section
      class="held"
      id="held"
      data-testid="held"
      data-reason={held.refusal.reason}
      data-times={held.times}
      data-ready={held.isReady}
      role="group"
      aria-labelledby="held-title"
    >
      <strong id="held-title">
        <Icon name="warning" />
        {titleOf(held, row, since, listener)}
      </strong>
      {since.map((said, index) => (
        <p key={said.seq} class="held-said">
          {since.length > 1 && !isSameSpeaker(said, since[index - 1]) && (
            <small dir="auto">{contained(speakerOf(said, row, listener))}</small>
          )}
          <span class="held-body" dir="auto">
            {shownBody(said.body)}
          </span>
        </p>
      ))}
      <div class="held-foot">
        <p>{t("held.again")}</p>
        {held.times >= SURE && (
          <button
            type="button"
            class="button"
            data-action="send_blindly"
            title={t("held.blindly_hint")}
            disabled={!held.isReady}
            onClick={onSendBlindly}
          >
            {t("held.blindly")}
          </button>
        )}
      </div>
    </section>
  );
}

type Said = Pick<Entry, "seq" | "at" | "role" | "by" | "body">;

/** What others have written since, as far as it has come; the row knows the last of it. */
function messagesSince({ seen, refusal }: Held, row: Row, desk: Desk): readonly Said[] {
  if (refusal.reason === "not_holder") return [];
  const me = desk.me.value.id;
  const view = desk.thread.view.value;
  const entries = view?.conversation === row.id ? view.entries : [];
  const come = entries.filter(
    (entry) => entry.seq > seen && isMessage(entry) && !(entry.action === "send_message" && entry.by === me),
  );
  if (come.length > 0) return come.slice(-LINES);
  const { row: judged, since } = refusal;
  if (judged === undefined || since === undefined || judged.previewAt === null) return [];
  const by = judged.previewRole === "channel" ? null : judged.answerBy;
  return [
    { seq: since, at: judged.previewAt, role: judged.previewRole ?? "channel", by, body: judged.preview },
  ];
}

function isSameSpeaker(one: Said, other: Said | undefined): boolean {
  return one.role === other?.role && one.by === other.by;
}

/** "Bruno respondió hace 2 s" */
function titleOf({ refusal }: Held, row: Row, since: readonly Said[], listener: Listener): string {
  if (refusal.reason === "not_holder") {
    const holder = refusal.holder ?? refusal.row?.assignee;
    return holder == null
      ? t("refused.not_holder_unknown")
      : t("held.not_holder", { who: speakerOf({ role: "agent", by: holder }, row, listener) });
  }
  const answer = since.find(({ role }) => role !== "channel") ?? since[since.length - 1];
  if (answer === undefined)
    return t(`refused.${refusal.reason === "answered" ? "answered" : "contact_wrote"}`);
  const when = ago(answer.at, listener.now);
  if (answer.role === "channel") return t("held.contact_wrote", { ago: when });
  return t("held.answered", { who: speakerOf(answer, row, listener), ago: when });
}
