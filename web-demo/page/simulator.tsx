// The demo's other side: the contact, the bot and the action block, each a connection of its own with its own credential.

import { computed, signal, useSignal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { createClient, type Client, type Command, type Outcome } from "../client";
import { cleanBody } from "./card";
import { fetchDemoToken, socketUrl } from "./demo";
import type { Desk } from "./desk";
import { formatMoment } from "./format";
import { Icon } from "./icons";
import { language, t } from "./language";
import type { MessageKey } from "./messages/es";
import { pauseLabel, pauseName, PAUSES } from "./pauses";
import { refusalSentence } from "./words";

const NAMES = [
  ...["María López", "Lucía Fernández", "Carlos Pérez", "Diego Ramírez", "Sofía Castro"],
  ...["João Silva", "Beatriz Souza", "Rafael Gomes"],
  ...["Emma Brown", "Olivia Smith"],
];
const LOG_LINES = 6;
const OFFERED = 20; // of each list, beside the selected one and those made here
const KEPT_AS = "relevo.simulator";
const NARROW = 740; // pixels, as in style.css: there is room for one thing at a time

interface Contact {
  id: string;
  name: string;
}

interface Line {
  id: number;
  at: number;
  contact: string;
  act: "contact" | "bot" | "open";
  outcome: Outcome;
}

/** Contacts made here are in no list until somebody opens their conversation: only this panel knows them. */
const made = signal<readonly Contact[]>([]);
const isShown = signal((sessionStorage.getItem(KEPT_AS) ?? (innerWidth < NARROW ? "hidden" : "shown")) === "shown");

export function Simulator({ desk, channelId }: { desk: Desk; channelId: string }) {
  const players = useMemo(createPlayers, [desk]);
  useEffect(() => players.stop, [players]);
  const chosen = useSignal("");
  const log = useSignal<readonly Line[]>([]);

  // Whoever is looked at is whom one plays, until another is chosen here.
  const selected = desk.selected.value;
  useEffect(() => {
    if (selected !== undefined) chosen.value = selected;
  }, [selected]);

  async function play(act: Line["act"], player: Client, command: (contact: Contact) => Command): Promise<void> {
    const contact = contactOf(chosen.value, desk) ?? makeContact(chosen, desk);
    const outcome = await player.command(command(contact)).catch(() => undefined);
    if (outcome === undefined) return;
    const line = { id: (log.value[0]?.id ?? 0) + 1, at: desk.now.value, contact: contact.name || contact.id, act, outcome };
    log.value = [line, ...log.value].slice(0, LOG_LINES);
  }

  if (!isShown.value) return <Shown />;
  return (
    <aside class="simulator" aria-labelledby="simulator-title" data-testid="simulator">
      <header class="simulator-head">
        <h2 id="simulator-title">{t("sim.title")}</h2>
        <span class="tag">demo</span>
        <Shown />
      </header>
      <p class="hint">{t("sim.hint")}</p>
      <Contacts desk={desk} chosen={chosen} />
      <Speak
        name="contact"
        icon="contact"
        onSay={(body) =>
          play("contact", players.channel(), ({ id, name }) => ({ do: "contact_message", conversation: id, name, body }))
        }
      />
      <Speak
        name="bot"
        icon="bot"
        onSay={(body) =>
          play("bot", players.automation(), ({ id, name }) => ({ do: "bot_message", conversation: id, channel: channelId, name, body }))
        }
      />
      <Block
        onOpen={(pause) =>
          play("open", players.automation(), ({ id, name }) => ({ do: "open", conversation: id, channel: channelId, name, pause }))
        }
      />
      <Log lines={log.value} desk={desk} />
    </aside>
  );
}

function Shown() {
  const toggle = () => {
    isShown.value = !isShown.value;
    sessionStorage.setItem(KEPT_AS, isShown.value ? "shown" : "hidden");
  };
  const label = t(isShown.value ? "sim.hide" : "sim.show");
  return (
    <button
      type="button"
      class={isShown.value ? "icon-button" : "button simulator-show"}
      data-action="toggle_simulator"
      aria-expanded={isShown.value}
      title={label}
      onClick={toggle}
    >
      <Icon name={isShown.value ? "close" : "workflow"} />
      <span class={isShown.value ? "sr-only" : ""}>{label}</span>
    </button>
  );
}

/** Connections that are opened when first needed. */
function createPlayers() {
  const clients = new Map<string, Client>();
  const player = (kind: "channel" | "automation") => {
    let client = clients.get(kind);
    if (client === undefined) {
      client = createClient({ url: socketUrl(), token: () => fetchDemoToken((demo) => demo[kind]) });
      clients.set(kind, client);
      client.open();
    }
    return client;
  };
  return {
    channel: () => player("channel"),
    automation: () => player("automation"),
    stop() {
      for (const client of clients.values()) client.close();
      clients.clear();
    },
  };
}

function contactOf(id: string, desk: Desk): Contact | undefined {
  if (id === "") return undefined;
  const row = desk.client.rows.all.get(id) ?? (desk.selectedRow.value?.id === id ? desk.selectedRow.value : undefined);
  return row === undefined ? made.value.find((contact) => contact.id === id) : { id, name: row.name };
}

/** Somebody who is not there yet, as long as there are names. */
function pickName(desk: Desk): string {
  const taken = new Set([...desk.client.rows.all.values(), ...made.value].map(({ name }) => name));
  const free = NAMES.filter((name) => !taken.has(name));
  const names = free.length > 0 ? free : NAMES;
  return names[Math.floor(Math.random() * names.length)] ?? "";
}

function makeContact(chosen: Signal<string>, desk: Desk): Contact {
  const name = pickName(desk);
  const contact = { id: `demo-${Math.random().toString(36).slice(2, 8)}`, name };
  made.value = [contact, ...made.value];
  chosen.value = contact.id;
  return contact;
}

function Contacts({ desk, chosen }: { desk: Desk; chosen: Signal<string> }) {
  const known = useMemo(
    () =>
      computed(() => {
        const newest = [...desk.open.value.slice(0, OFFERED), ...desk.completed.value.slice(0, OFFERED)];
        const listed = newest.map((id) => ({ id, name: desk.row(id).value?.name ?? "" }));
        const ids = new Set(listed.map(({ id }) => id));
        const selected = desk.selectedRow.value;
        const others = [...made.value, ...(selected ? [selected] : [])].filter(({ id }) => !ids.has(id) && ids.add(id));
        return [...others, ...listed];
      }),
    [desk],
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
            {name === "" ? id : `${name} · ${id}`}
          </option>
        ))}
      </select>
    </label>
  );
}

function Speak({ name, icon, onSay }: { name: "contact" | "bot"; icon: "contact" | "bot"; onSay: (body: string) => Promise<void> }) {
  const typed = useSignal<string | undefined>(undefined); // until somebody types: an example in the page's language
  const body = cleanBody(typed.value ?? t(`sim.${name}_text`));
  return (
    <form
      class="play"
      data-sim={name}
      onSubmit={(event) => {
        event.preventDefault();
        if (body !== "") void onSay(body);
      }}
    >
      <h3>
        <Icon name={icon} />
        {t(`sim.${name}`)}
      </h3>
      <div class="play-line">
        <input
          type="text"
          maxLength={2000}
          data-testid={`sim-${name}-text`}
          aria-label={t(`sim.${name}_label`)}
          value={typed.value ?? t(`sim.${name}_text`)}
          onInput={(event) => (typed.value = event.currentTarget.value)}
        />
        <button type="submit" class="button" data-action={`sim_${name}`} disabled={body === ""}>
          {t(`sim.${name}_send`)}
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
      onSubmit={(event) => {
        event.preventDefault();
        void onOpen(pause.value);
      }}
    >
      <h3>
        <Icon name="workflow" />
        {t("sim.block")}
      </h3>
      <p class="hint">{t("sim.block_hint")}</p>
      <div class="play-line">
        <select
          class="select"
          data-testid="sim-pause"
          aria-label={t("choice.label")}
          value={pauseName(pause.value)}
          onChange={(event) => (pause.value = PAUSES.find((one) => pauseName(one) === event.currentTarget.value))}
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
          <li key={line.id} data-outcome={line.outcome.outcome} data-reason={line.outcome.outcome === "refused" ? line.outcome.reason : ""}>
            <time>{formatMoment(line.at, line.at, language.value)}</time>
            <span>
              {lineText(line, desk)}
              <small>{line.contact}</small>
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
