// The demo's other side, to look at and to play with: the contact's phone, the bot and its action block.

import { computed, signal, useSignal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { contained, isolated } from "./bidi";
import type { Desk } from "./desk";
import { formatClock } from "./format";
import { Icon } from "./icons";
import { language, t } from "./language";
import type { MessageKey } from "./messages/es";
import { pauseLabel, pauseName, PAUSES } from "./pauses";
import { Phone } from "./phone";
import { createPlayers, keepBotOn, type Contact, type Line, type Players } from "./players";
import { cleanBody } from "./text";
import { refusalSentence } from "./words";

const NAMES = [
  ...["María López", "Lucía Fernández", "Carlos Pérez", "Diego Ramírez", "Sofía Castro"],
  ...["João Silva", "Beatriz Souza", "Rafael Gomes"],
  ...["Emma Brown", "Olivia Smith"],
];
const OFFERED = 20; // of each list, beside the selected one and those that the phone knows
const KEPT_AS = "relevo.simulator";
const ROOMY = 1200; // pixels: there is room for it beside everything else

export const isSimulatorShown = signal(
  (sessionStorage.getItem(KEPT_AS) ?? (innerWidth < ROOMY ? "hidden" : "shown")) === "shown",
);

export function showSimulator(isShown: boolean): void {
  isSimulatorShown.value = isShown;
  sessionStorage.setItem(KEPT_AS, isShown ? "shown" : "hidden");
}

/** In the bar. */
export function SimulatorToggle() {
  const label = t(isSimulatorShown.value ? "sim.hide" : "sim.show");
  return (
    <button
      type="button"
      class="button simulator-toggle"
      data-action="toggle_simulator"
      aria-pressed={isSimulatorShown.value}
      title={label}
      onClick={() => showSimulator(!isSimulatorShown.value)}
    >
      <Icon name="phone" />
      <span class="simulator-word">{t("sim.title")}</span>
    </button>
  );
}

/** It plays on while it is not looked at. */
export function Simulator({ desk, channelId }: { desk: Desk; channelId: string }) {
  const players = useSignal<Players | undefined>(undefined);
  const isReady = desk.caughtUp.value || players.peek() !== undefined;
  useEffect(() => {
    if (!isReady) return undefined;
    const player = desk.me.peek().id;
    players.value = createPlayers({
      player,
      channelId,
      seq: desk.client.rows.seq,
      now: () => desk.client.clock.now(),
    });
    return () => players.peek()?.stop();
  }, [isReady, desk]);
  if (!isSimulatorShown.value || players.value === undefined) return null;
  return <Panel desk={desk} players={players.value} />;
}

function Panel({ desk, players }: { desk: Desk; players: Players }) {
  const chosen = useSignal(desk.selected.peek() ?? "");
  // Whoever is looked at is whom one plays, until another is chosen here.
  const selected = desk.selected.value;
  useEffect(() => {
    if (selected !== undefined) chosen.value = selected;
  }, [selected]);

  const contact = contactOf(chosen.value, desk, players);
  const contactOrNew = () => contactOf(chosen.peek(), desk, players) ?? makeContact(chosen, desk, players);
  return (
    <aside
      class="simulator"
      aria-labelledby="simulator-title"
      data-testid="simulator"
      data-players={players.state.value}
    >
      <header class="simulator-head">
        <h2 id="simulator-title">{t("sim.title")}</h2>
        <span class="tag">demo</span>
      </header>
      {players.state.value === "closed" && <Elsewhere players={players} />}
      <Contacts desk={desk} players={players} chosen={chosen} />
      <Phone
        contact={contact}
        messages={players.messages.value.get(chosen.value) ?? []}
        desk={desk}
        onWrite={(body) => players.write(contactOrNew(), body)}
      />
      <Bot players={players} onSay={(body) => players.botSays(contactOrNew(), body)} />
      <Block onOpen={(pause) => players.block(contactOrNew(), pause)} />
      <Log lines={players.lines.value} desk={desk} />
    </aside>
  );
}

function Elsewhere({ players }: { players: Players }) {
  return (
    <div class="elsewhere" role="status">
      <p>{t("sim.elsewhere")}</p>
      <button
        type="button"
        class="button button-quiet"
        data-action="sim_take_back"
        onClick={() => players.takeBack()}
      >
        {t("sim.take_back")}
      </button>
    </div>
  );
}

function contactOf(id: string, desk: Desk, players: Players): Contact | undefined {
  if (id === "") return undefined;
  const row = desk.selectedRow.value?.id === id ? desk.selectedRow.value : desk.client.rows.all.get(id);
  return (
    row ??
    players.contacts.value.find((contact) => contact.id === id) ??
    made.value.find((contact) => contact.id === id)
  );
}

/** Contacts that have not written yet. */
const made = signal<readonly Contact[]>([]);

function makeContact(chosen: Signal<string>, desk: Desk, players: Players): Contact {
  const taken = new Set(
    [...desk.client.rows.all.values(), ...players.contacts.value].map(({ name }) => name),
  );
  const free = NAMES.filter((name) => !taken.has(name));
  const names = free.length > 0 ? free : NAMES;
  const contact = {
    id: `demo-${Math.random().toString(36).slice(2, 8)}`,
    name: names[Math.floor(Math.random() * names.length)] ?? "",
  };
  made.value = [contact, ...made.value];
  chosen.value = contact.id;
  return contact;
}

function Contacts({ desk, players, chosen }: { desk: Desk; players: Players; chosen: Signal<string> }) {
  const known = useMemo(
    () =>
      computed(() => {
        const listed = [...desk.open.value.slice(0, OFFERED), ...desk.completed.value.slice(0, OFFERED)];
        const selected = desk.selectedRow.value;
        const all: Contact[] = [
          ...made.value,
          ...(selected ? [selected] : []),
          ...players.contacts.value.slice(0, OFFERED),
          ...listed.map((id) => ({ id, name: desk.row(id).value?.name ?? "" })),
        ];
        return [...new Map(all.map(({ id, name }) => [id, { id, name }])).values()];
      }),
    [desk, players],
  );
  return (
    <label class="field">
      <span>{t("sim.conversation")}</span>
      <select
        class="select"
        data-testid="sim-conversation"
        value={chosen.value}
        onChange={(event) => (chosen.value = event.currentTarget.value)}
      >
        <option value="">+ {t("sim.new")}</option>
        {known.value.map(({ id, name }) => (
          <option key={id} value={id}>
            {name === "" ? isolated(id) : `${isolated(name)} · ${isolated(id)}`}
          </option>
        ))}
      </select>
    </label>
  );
}

function Bot({ players, onSay }: { players: Players; onSay: (body: string) => Promise<void> }) {
  // Until somebody types: an example in the page's language.
  const typed = useSignal<string | undefined>(undefined);
  const text = typed.value ?? t("sim.bot_text");
  const body = cleanBody(text);
  const isOn = players.isBotOn.value;
  return (
    <form
      class="play"
      data-sim="bot"
      onSubmit={(event) => {
        event.preventDefault();
        if (body !== "") void onSay(body);
      }}
    >
      <h3>
        <Icon name="bot" />
        {t("sim.bot")}
        <button
          type="button"
          class="switch"
          role="switch"
          aria-checked={isOn}
          data-action="sim_bot_auto"
          title={t("sim.bot_auto_hint")}
          onClick={() => {
            players.isBotOn.value = !isOn;
            keepBotOn(!isOn);
          }}
        >
          {t("sim.bot_auto")}
          <span class="switch-track" aria-hidden="true" />
        </button>
      </h3>
      <div class="play-line">
        <input
          type="text"
          maxLength={2000}
          data-testid="sim-bot-text"
          aria-label={t("sim.bot_label")}
          value={text}
          onInput={(event) => (typed.value = event.currentTarget.value)}
        />
        <button type="submit" class="button" data-action="sim_bot" disabled={body === ""}>
          {t("sim.bot_send")}
        </button>
      </div>
    </form>
  );
}

function Block({ onOpen }: { onOpen: (pause: (typeof PAUSES)[number]) => Promise<void> }) {
  const pause = useSignal<(typeof PAUSES)[number]>(undefined);
  return (
    <form
      class="play"
      data-sim="open"
      title={t("sim.block_hint")}
      onSubmit={(event) => {
        event.preventDefault();
        void onOpen(pause.value);
      }}
    >
      <h3>
        <Icon name="workflow" />
        {t("sim.block")}
      </h3>
      <div class="play-line">
        <select
          class="select"
          data-testid="sim-pause"
          aria-label={t("choice.label")}
          value={pauseName(pause.value)}
          onChange={(event) =>
            (pause.value = PAUSES.find((one) => pauseName(one) === event.currentTarget.value))
          }
        >
          {PAUSES.map((one) => (
            <option key={pauseName(one)} value={pauseName(one)}>
              {pauseLabel(one)}
            </option>
          ))}
        </select>
        <button type="submit" class="button" data-action="sim_open">
          {t("sim.block_open")}
        </button>
      </div>
    </form>
  );
}

function Log({ lines, desk }: { lines: readonly Line[]; desk: Desk }) {
  return (
    <section class="log" aria-labelledby="log-title">
      <h3 id="log-title">{t("sim.log")}</h3>
      {lines.length === 0 && <p class="hint">{t("sim.log_empty")}</p>}
      <ol data-testid="sim-log" aria-live="polite">
        {lines.map((line) => (
          <li
            key={line.id}
            data-outcome={line.outcome.outcome}
            data-reason={line.outcome.outcome === "refused" ? line.outcome.reason : ""}
          >
            <time>{formatClock(line.at, language.value)}</time>
            <span>
              {lineText(line, desk)}
              <small dir="auto">{contained(line.contact.name || line.contact.id)}</small>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function lineText({ act, outcome }: Line, desk: Desk): string {
  if (outcome.outcome === "refused") {
    const listener = { me: desk.me.value, agents: desk.agents.value, now: desk.now.peek() };
    return t("sim.refused", { reason: refusalSentence(outcome, listener) });
  }
  const key: MessageKey = outcome.outcome === "unchanged" ? "sim.open_unchanged" : `sim.${act}_done`;
  return t(key);
}
