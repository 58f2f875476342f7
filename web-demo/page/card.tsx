// The selected conversation: the contact card, which says how it stands and what can be done with it, and its
// thread.

import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Command, Row } from "../client";
import { ACTIONS } from "./actions";
import { contained, isolated } from "./bidi";
import { botSentence, Countdown, nearnessOf } from "./bot-chip";
import { Compose } from "./compose";
import type { Desk } from "./desk";
import { Erase } from "./erase";
import { formatElapsed, formatMoment, initialsOf } from "./format";
import { Icon } from "./icons";
import { language, t } from "./language";
import { pauseEffect, pauseLabel, pauseName, PAUSES } from "./pauses";
import { Typing, Viewing } from "./people";
import { actionOf, botStateOf, holderOf, permissionsFor, type Act, type Permissions } from "./rules";
import { Said } from "./said";
import { Thread } from "./thread";
import { lastActionOf, nameOf, type Listener } from "./words";

interface Props {
  row: Row;
  desk: Desk;
}

export function Card({ desk }: { desk: Desk }) {
  const row = desk.selectedRow.value;
  return (
    <section class="card" aria-label={t("card.label")} data-card={row?.id ?? ""}>
      {row === undefined ? (
        <div class="card-empty">
          <Icon name="open" />
          <p>{t("card.empty")}</p>
          <small>{t("card.empty_hint")}</small>
        </div>
      ) : (
        <CardOf key={row.id} row={row} desk={desk} />
      )}
    </section>
  );
}

function CardOf({ row, desk }: Props) {
  return (
    <>
      <Head row={row} desk={desk} />
      <div class="card-body">
        <Controls row={row} desk={desk} />
        <Thread row={row} desk={desk} />
      </div>
      <footer class="card-foot">
        <Typing id={row.id} desk={desk} />
        <Compose row={row} desk={desk} />
      </footer>
    </>
  );
}

function listenerOf(desk: Desk): Listener {
  return { me: desk.me.value, agents: desk.agents.value, now: desk.now.value };
}

function Head({ row, desk }: Props) {
  const name = useRef<HTMLHeadingElement>(null);
  // Where the lists have made room for it, the focus comes along; and goes back with them.
  useEffect(() => {
    const { activeElement } = document;
    if (activeElement instanceof HTMLElement && activeElement.offsetParent === null) name.current?.focus();
  }, []);

  function goBack(): void {
    desk.selected.value = undefined;
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[data-conversation="${CSS.escape(row.id)}"]`)?.focus(),
    );
  }

  return (
    <header class="card-head">
      <button
        type="button"
        class="icon-button card-back"
        data-action="back"
        title={t("card.back")}
        onClick={goBack}
      >
        <Icon name="back" />
        <span class="sr-only">{t("card.back")}</span>
      </button>
      <span class="face" aria-hidden="true">
        {initialsOf(row.name || row.id)}
      </span>
      <div class="card-title">
        <h2 data-testid="card-name" dir="auto" ref={name} tabIndex={-1}>
          {contained(row.name) || t("card.unnamed")}
        </h2>
        <small>
          <Said text={row.channel} /> · <Said text={row.id} />
        </small>
      </div>
      <Viewing id={row.id} desk={desk} />
      <span class={`status status-${row.list}`} data-testid="card-status" data-status={row.list}>
        {t(`status.${row.list}`)}
      </span>
    </header>
  );
}

/** Where there is little room, what is not needed all the time is folded away. */
const roomy = matchMedia("(min-width: 46rem) and (min-height: 40rem)");
const isUnfolded = signal(roomy.matches);
roomy.addEventListener("change", () => (isUnfolded.value = roomy.matches));

/**
 * How the conversation stands and what can be done with it: the state always in sight, the rest behind a
 * fold.
 */
function Controls({ row, desk }: Props) {
  const permissions = permissionsFor(row, desk.me.value);
  const shared = { row, desk, permissions };
  const label = t(isUnfolded.value ? "card.fold" : "card.unfold");
  return (
    <section class="controls" aria-label={t("card.controls")}>
      <BotPanel row={row} desk={desk} />
      <StatusActions {...shared} />
      <button
        type="button"
        class={isUnfolded.value ? "icon-button fold is-unfolded" : "icon-button fold"}
        data-action="fold"
        aria-expanded={isUnfolded.value}
        aria-controls="details"
        title={label}
        onClick={() => (isUnfolded.value = !isUnfolded.value)}
      >
        <Icon name="chevron" />
        <span class="sr-only">{label}</span>
      </button>
      <div class="details" id="details" hidden={!isUnfolded.value}>
        <Holder {...shared} />
        <Pausing {...shared} />
        <div class="last-line">
          <Facts row={row} desk={desk} />
          <AutomationSwitch row={row} desk={desk} />
          <Erase row={row} desk={desk} />
        </div>
      </div>
    </section>
  );
}

interface ActButtonProps extends Props {
  act: Act;
  command: () => Command;
  permissions: Permissions;
  kind?: "primary" | "quiet";
}

/**
 * One button for one command: disabled where the rules say no, and its title says why, or what would happen.
 */
function ActButton({ row, desk, act, command, permissions, kind }: ActButtonProps) {
  const { icon } = ACTIONS[actionOf(act)];
  const whyNot = permissions[act];
  const isAsking = useSignal(false);
  const title =
    whyNot === undefined
      ? t(`effect.${act}`, { pause: pauseEffect(desk.pause.value, desk.defaultPause.value) })
      : t(whyNot, { who: row.assignee === null ? "" : nameOf(row.assignee, { agents: desk.agents.value }) });

  async function ask(): Promise<void> {
    if (isAsking.value) return;
    isAsking.value = true;
    await desk.act(command());
    isAsking.value = false;
  }

  return (
    <button
      type="button"
      class={kind === undefined ? "button" : `button button-${kind}`}
      data-action={act}
      title={title}
      disabled={whyNot !== undefined}
      aria-busy={isAsking.value}
      onClick={() => void ask()}
    >
      {icon !== null && <Icon name={icon} />}
      {t(`action.${act}`)}
    </button>
  );
}

function StatusActions({ row, desk, permissions }: Props & { permissions: Permissions }) {
  const common = { conversation: row.id, version: row.version };
  const shared = { row, desk, permissions };
  const isOpen = row.list === "open";
  return (
    <div class="actions">
      <ActButton
        {...shared}
        act="complete"
        {...(isOpen ? { kind: "primary" } : {})}
        command={() => ({ do: "complete", ...common, seen: desk.seen() })}
      />
      <ActButton
        {...shared}
        act="reopen"
        {...(isOpen ? {} : { kind: "primary" })}
        command={() => ({ do: "reopen", ...common, pause: desk.pause.value })}
      />
      <ActButton {...shared} act="unlink" command={() => ({ do: "unlink", ...common, seen: desk.seen() })} />
    </div>
  );
}

function BotPanel({ row, desk }: Props) {
  const state = botStateOf(row);
  const nearness = row.pause.kind === "until" ? nearnessOf(row.pause.until, desk.now.value) : "calm";
  return (
    <div class={`bot bot-${state} is-${nearness}`} data-testid="bot-panel" data-pause={state}>
      <span class="bot-sign">
        <Icon
          name={
            state === "until" || state === "until_completed" ? "pause" : state === "off" ? "blocked" : "bot"
          }
        />
      </span>
      <div class="bot-words">
        <strong>{row.pause.kind === "none" ? botSentence(row, desk.now.value) : t("pause.paused")}</strong>
        <small>
          <BotHint row={row} desk={desk} />
        </small>
        {row.botBlocked && (
          <small class="warning" data-bot-blocked="true">
            {t("row.blocked")}
          </small>
        )}
      </div>
      <BotTime row={row} desk={desk} />
    </div>
  );
}

function Pausing({ row, desk, permissions }: Props & { permissions: Permissions }) {
  const shared = { row, desk, permissions };
  const common = { conversation: row.id, version: row.version };
  return (
    <div class="pausing">
      <PauseChoice desk={desk} />
      <div class="actions">
        <ActButton
          {...shared}
          act="keep_open"
          kind="quiet"
          command={() => ({ do: "keep_open", ...common, pause: desk.pause.value })}
        />
        <ActButton
          {...shared}
          act="resume_bot"
          kind="quiet"
          command={() => ({ do: "resume_bot", ...common })}
        />
      </div>
    </div>
  );
}

function BotTime({ row, desk }: Props) {
  if (row.pause.kind === "none") return null;
  return (
    <div class="bot-time" role="timer" data-testid="countdown">
      {row.pause.kind === "until" ? <Countdown until={row.pause.until} desk={desk} /> : "∞"}
    </div>
  );
}

function BotHint({ row, desk }: Props) {
  const state = botStateOf(row);
  if (row.pause.kind === "until") {
    const time = formatMoment(row.pause.until, desk.now.value, language.value);
    return <span data-testid="resumes-at">{t("pause.resumes_at", { time })}</span>;
  }
  if (row.pause.kind === "until_completed") return <>{t("pause.resumes_completed")}</>;
  return (
    <>
      {t(
        state === "off" ? "pause.off_hint" : state === "bot_back" ? "pause.bot_back_hint" : "pause.none_hint",
      )}
    </>
  );
}

function PauseChoice({ desk }: { desk: Desk }) {
  return (
    <fieldset class="choice" data-testid="pause-choice">
      <legend class="sr-only">{t("choice.label")}</legend>
      {PAUSES.map((pause) => (
        <label key={pauseName(pause)} title={pauseEffect(pause, desk.defaultPause.value)}>
          <input
            type="radio"
            name="pause"
            value={pauseName(pause)}
            data-pause-choice={pauseName(pause)}
            checked={desk.pause.value === pause}
            onChange={() => (desk.pause.value = pause)}
          />
          <span>{pauseLabel(pause)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function AutomationSwitch({ row, desk }: Props) {
  const change = () =>
    void desk.act({
      do: "set_automation",
      conversation: row.id,
      version: row.version,
      enabled: !row.automation,
    });
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={row.automation}
      data-action="set_automation"
      title={t(row.automation ? "effect.automation_off" : "effect.automation_on")}
      onClick={change}
    >
      <span class="switch-track" aria-hidden="true" />
      {t("card.automation")}
    </button>
  );
}

function Facts({ row, desk }: Props) {
  const listener = listenerOf(desk);
  const waiting =
    row.waitingSince === null
      ? t("card.not_waiting")
      : t("card.waiting_since", {
          time: formatMoment(row.waitingSince, listener.now, language.value),
          elapsed: formatElapsed(listener.now - row.waitingSince),
        });
  return (
    <p class="facts">
      <span data-testid="last-action">{lastActionOf(row, listener) ?? t("card.no_action")}</span>
      <span aria-hidden="true"> · </span>
      <span>{waiting}</span>
    </p>
  );
}

function Holder({ row, desk, permissions }: Props & { permissions: Permissions }) {
  const me = desk.me.value;
  const agents = [...desk.agents.value.values()].sort((one, other) => one.name.localeCompare(other.name));
  const command = (agent: string | null) =>
    ({ do: "assign", conversation: row.id, version: row.version, agent, pause: desk.pause.value }) as const;
  const name = row.assignee === null ? undefined : nameOf(row.assignee, { agents: desk.agents.value });
  return (
    <div class="holder">
      <span class="holder-name">
        <small>
          {t(row.assignee !== null && holderOf(row) === null ? "card.holder_was" : "card.holder")}
        </small>
        <strong data-testid="holder" data-holder={row.assignee ?? ""}>
          {name === undefined ? (
            t("card.nobody")
          ) : row.assignee === me.id ? (
            t("card.you", { name })
          ) : (
            <Said text={name} />
          )}
        </strong>
      </span>
      <ActButton
        row={row}
        desk={desk}
        permissions={permissions}
        act="take"
        kind="quiet"
        command={() => command(me.id)}
      />
      <ActButton
        row={row}
        desk={desk}
        permissions={permissions}
        act="release"
        kind="quiet"
        command={() => command(null)}
      />
      <select
        class="select"
        data-action="assign"
        aria-label={t("action.assign")}
        title={t("effect.assign", { pause: pauseEffect(desk.pause.value, desk.defaultPause.value) })}
        value=""
        onChange={(event) => {
          const { value } = event.currentTarget;
          event.currentTarget.value = "";
          if (value !== "") void desk.act(command(value));
        }}
      >
        <option value="">{t("action.assign_choose")}</option>
        {agents.map((agent) => (
          <option key={agent.id} value={agent.id} disabled={agent.id === row.assignee}>
            {agent.id === me.id ? t("card.you", { name: agent.name }) : isolated(agent.name)}
          </option>
        ))}
      </select>
    </div>
  );
}
