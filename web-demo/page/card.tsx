// The contact card: how the selected conversation stands, and what can be done with it.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Command, Row } from "../client";
import { botSentence, Countdown, nearnessOf } from "./bot-chip";
import type { Desk } from "./desk";
import { formatElapsed, formatMoment, initialsOf } from "./format";
import { Icon } from "./icons";
import { language, t } from "./language";
import { pauseEffect, pauseLabel, pauseName, PAUSES } from "./pauses";
import { botStateOf, permissionsFor, type Act, type Permissions } from "./rules";
import { ago, lastActionOf, nameOf, type Listener } from "./words";

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
  const permissions = permissionsFor(row, desk.me.value);
  return (
    <>
      <Head row={row} desk={desk} />
      <div class="card-scroll">
        <StatusActions row={row} desk={desk} permissions={permissions} />
        <BotPanel row={row} desk={desk} permissions={permissions} />
        <Facts row={row} desk={desk} permissions={permissions} />
      </div>
      <footer class="card-foot">
        <LastMessage row={row} desk={desk} />
        <Compose row={row} desk={desk} />
      </footer>
    </>
  );
}

function listenerOf(desk: Desk): Listener {
  return { me: desk.me.value, agents: desk.agents.value, now: desk.now.value };
}

function Head({ row, desk }: Props) {
  return (
    <header class="card-head">
      <button type="button" class="icon-button card-back" data-action="back" title={t("card.back")} onClick={() => (desk.selected.value = undefined)}>
        <Icon name="back" />
        <span class="sr-only">{t("card.back")}</span>
      </button>
      <span class="face" aria-hidden="true">
        {initialsOf(row.name || row.id)}
      </span>
      <div class="card-title">
        <h2 data-testid="card-name">{row.name || t("card.unnamed")}</h2>
        <small>
          {row.channel} · {row.id}
        </small>
      </div>
      <span class={`status status-${row.list}`} data-testid="card-status" data-status={row.list}>
        {t(`status.${row.list}`)}
      </span>
    </header>
  );
}

interface ActButtonProps extends Props {
  act: Act;
  command: Command;
  permissions: Permissions;
  icon?: Parameters<typeof Icon>[0]["name"];
  kind?: "primary" | "quiet";
}

/** One button for one command: disabled where the rules say no, and its title says why, or what would happen. */
function ActButton({ row, desk, act, command, permissions, icon, kind }: ActButtonProps) {
  const whyNot = permissions[act];
  const isAsking = useSignal(false);
  const title =
    whyNot === undefined
      ? t(`effect.${act}`, { pause: pauseEffect(desk.pause.value, desk.defaultPause.value) })
      : t(whyNot, { who: row.assignee === null ? "" : nameOf(row.assignee, { agents: desk.agents.value }) });

  async function ask(): Promise<void> {
    if (isAsking.value) return;
    isAsking.value = true;
    await desk.act(command);
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
      {icon && <Icon name={icon} />}
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
        icon="check"
        {...(isOpen ? { kind: "primary" } : {})}
        command={{ do: "complete", ...common, received: row.received }}
      />
      <ActButton
        {...shared}
        act="reopen"
        icon="reopen"
        {...(isOpen ? {} : { kind: "primary" })}
        command={{ do: "reopen", ...common, pause: desk.pause.value }}
      />
      <ActButton {...shared} act="unlink" icon="unlink" command={{ do: "unlink", ...common }} />
    </div>
  );
}

function BotPanel({ row, desk, permissions }: Props & { permissions: Permissions }) {
  const state = botStateOf(row);
  const common = { conversation: row.id, version: row.version };
  const nearness = row.pause.kind === "until" ? nearnessOf(row.pause.until, desk.now.value) : "calm";
  return (
    <section class={`panel bot bot-${state} is-${nearness}`} data-testid="bot-panel" data-pause={state}>
      <div class="bot-state">
        <span class="bot-sign">
          <Icon name={state === "until" || state === "until_completed" ? "pause" : state === "off" ? "blocked" : "bot"} />
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
      <PauseChoice desk={desk} />
      <div class="actions">
        <ActButton
          row={row}
          desk={desk}
          permissions={permissions}
          act="keep_open"
          icon="clock"
          command={{ do: "keep_open", ...common, pause: desk.pause.value }}
        />
        <ActButton row={row} desk={desk} permissions={permissions} act="resume_bot" icon="play" command={{ do: "resume_bot", ...common }} />
      </div>
    </section>
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
  return <>{t(state === "off" ? "pause.off_hint" : state === "bot_back" ? "pause.bot_back_hint" : "pause.none_hint")}</>;
}

function PauseChoice({ desk }: { desk: Desk }) {
  return (
    <fieldset class="choice" data-testid="pause-choice">
      <legend>{t("choice.label")}</legend>
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
    void desk.act({ do: "set_automation", conversation: row.id, version: row.version, enabled: !row.automation });
  return (
    <button
      type="button"
      class="switch"
      role="switch"
      aria-checked={row.automation}
      aria-label={t("card.automation")}
      data-action="set_automation"
      title={t(row.automation ? "effect.automation_off" : "effect.automation_on")}
      onClick={change}
    >
      <span class="switch-track" aria-hidden="true" />
      {t(row.automation ? "card.automation_on" : "card.automation_off")}
    </button>
  );
}

function Facts({ row, desk, permissions }: Props & { permissions: Permissions }) {
  const listener = listenerOf(desk);
  return (
    <dl class="panel facts">
      <Fact name={t("card.holder")}>
        <Holder row={row} desk={desk} permissions={permissions} />
      </Fact>
      <Fact name={t("card.automation")}>
        <AutomationSwitch row={row} desk={desk} />
      </Fact>
      <Fact name={t("card.waiting")}>
        {row.waitingSince === null
          ? t("card.not_waiting")
          : t("card.waiting_since", {
              time: formatMoment(row.waitingSince, listener.now, language.value),
              elapsed: formatElapsed(listener.now - row.waitingSince),
            })}
      </Fact>
      <Fact name={t("card.last_action")}>
        <span data-testid="last-action">{lastActionOf(row, listener) ?? t("card.no_action")}</span>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
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
      <span class="holder-name" data-testid="holder" data-holder={row.assignee ?? ""}>
        {name === undefined ? t("card.nobody") : row.assignee === me.id ? t("card.you", { name }) : name}
      </span>
      <ActButton row={row} desk={desk} permissions={permissions} act="take" kind="quiet" command={command(me.id)} />
      <ActButton row={row} desk={desk} permissions={permissions} act="release" kind="quiet" command={command(null)} />
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
            {agent.id === me.id ? t("card.you", { name: agent.name }) : agent.name}
          </option>
        ))}
      </select>
    </div>
  );
}

function LastMessage({ row, desk }: Props) {
  if (row.previewRole === null) return <p class="no-message">{t("card.no_message")}</p>;
  const from = row.previewRole === "channel" ? "contact" : row.previewRole === "automation" ? "bot" : "agent";
  return (
    <figure class={`message message-${from}`} data-testid="last-message" data-from={from}>
      <figcaption>
        {t("card.message")} · {t(`card.from_${from}`)}
        {row.previewAt !== null && ` · ${ago(row.previewAt, desk.now.value)}`}
      </figcaption>
      <blockquote>{row.preview}</blockquote>
      {from !== "contact" && row.delivery !== "none" && (
        <small class={`delivery delivery-${row.delivery}`}>{t(`delivery.${row.delivery}`)}</small>
      )}
    </figure>
  );
}

function Compose({ row, desk }: Props) {
  const text = useSignal("");

  async function send(): Promise<void> {
    const body = cleanBody(text.value);
    if (body === "") return;
    text.value = "";
    const outcome = await desk.act({ do: "send_message", conversation: row.id, body });
    if (outcome?.outcome === "refused" && text.value === "") text.value = body;
  }

  return (
    <form
      class="compose"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        rows={2}
        data-testid="compose"
        aria-label={t("compose.label")}
        placeholder={t("compose.placeholder", { name: row.name || row.id })}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          void send();
        }}
      />
      <button
        type="submit"
        class="button button-primary"
        data-action="send_message"
        title={t("compose.hint", { pause: pauseEffect(undefined, desk.defaultPause.value) })}
        disabled={cleanBody(text.value) === ""}
      >
        <Icon name="send" />
        {t("compose.send")}
      </button>
    </form>
  );
}

/** What the protocol takes as a message: no control characters but tabs and line feeds. */
export function cleanBody(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "").trim();
}
