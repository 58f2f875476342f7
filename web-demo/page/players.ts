// The demo's other side, played for real: the customer's phone is a client of the channel and the bot one of
// the automation, each with a credential and a place in the log of its own. Everybody's dashboard plays
// along; so that two of them do everything once, their commands' ids are made of what they answer.

import { batch, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import {
  createClient,
  type Client,
  type Command,
  type ConnectionState,
  type Delivery,
  type Entry,
  type Outcome,
  type PauseWish,
  type Row,
} from "../client";
import { fetchDemoToken, socketUrl } from "./demo";
import { t } from "./language";

// Transitions that a phone reads again when it is switched on, where there are no more.
const REMEMBERED = 2000;
const LOG_LINES = 5;
const THINKS_MS = 900;
const DELIVERS_MS = 700;
const SHOWS_MS = 30; // what comes together is shown together
const OLD_MS = 60_000; // the bot lets lie what was written before
const BOT_KEPT_AS = "relevo.bot";

export interface PhoneMessage {
  seq: number;
  at: number;
  from: "contact" | "agent" | "bot";
  by: string | null;
  /** null: it has been erased. */
  body: string | null;
}

export interface Contact {
  id: string;
  name: string;
}

/** What came of something that was played. */
export interface Line {
  id: number;
  at: number;
  contact: Contact;
  act: "contact" | "bot" | "open";
  outcome: Outcome;
}

export interface Players {
  /** By conversation, oldest first. */
  messages: ReadonlySignal<ReadonlyMap<string, readonly PhoneMessage[]>>;
  /** Whom the channel knows, the last that wrote or was written to first. */
  contacts: ReadonlySignal<readonly Contact[]>;
  lines: ReadonlySignal<readonly Line[]>;
  /** The bot answers by itself. */
  isBotOn: Signal<boolean>;
  /** closed: another window of the same person plays now. */
  state: ReadonlySignal<ConnectionState>;
  /** Takes the parts back from the other window. */
  takeBack(): void;
  write(contact: Contact, body: string): Promise<void>;
  botSays(contact: Contact, body: string): Promise<void>;
  /** The action block of a flow: asks for a person. */
  block(contact: Contact, pause: PauseWish): Promise<void>;
  stop(): void;
}

interface Cast {
  /** Who plays: one part in the log for each. */
  player: string;
  channelId: string;
  /** The log's end, as far as anybody knows. */
  seq: number;
  now: () => number;
}

export function createPlayers({ player, channelId, seq, now }: Cast): Players {
  const messages = signal<ReadonlyMap<string, readonly PhoneMessage[]>>(new Map());
  const contacts = signal<readonly Contact[]>([]);
  const lines = signal<readonly Line[]>([]);
  const isBotOn = signal(sessionStorage.getItem(BOT_KEPT_AS) !== "off");
  const state = signal<ConnectionState>("initial");
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const said = new Map<string, readonly PhoneMessage[]>();
  const known = new Map<string, Contact>();
  let isShowing = false;
  const undelivered = new Map<string, Entry & { row: Row }>();

  const phone: Client = createClient({
    url: socketUrl(),
    token: (signal) => fetchDemoToken((demo) => demo.channel, signal),
    consumer: { name: `phone-${player}`, ...(seq <= REMEMBERED ? { after: 0, mark: 0 } : {}), take: onPhone },
  });
  const bot: Client = createClient({
    url: socketUrl(),
    token: (signal) => fetchDemoToken((demo) => demo.automation, signal),
    consumer: { name: `bot-${player}`, take: onBot },
  });
  phone.on("connection", (change) => (state.value = change.state));
  phone.open();
  bot.open();

  async function onPhone(entry: Entry): Promise<void> {
    const { row } = entry;
    if (row === undefined) return;
    remember(row);
    if (entry.action === "erase") erase(row.id);
    const from = SPOKEN[entry.action];
    if (from !== undefined)
      add(row.id, { seq: entry.seq, at: entry.at, from, by: entry.by, body: entry.body });
    show();
    const key = `${row.id} ${entry.message}`;
    if (entry.action === "message_status" && entry.status !== "sent") undelivered.delete(key);
    if (entry.action === "send_message" || entry.action === "bot_message")
      undelivered.set(key, { ...entry, row });
    // What a phone that was off finds when it has read everything; then every message as it comes.
    if (entry.seq < seq) return;
    for (const [late, one] of undelivered) {
      undelivered.delete(late);
      await report(one, "sent");
      after(DELIVERS_MS, () => void report(one, "delivered"));
    }
  }

  async function report(
    { seq: at, message, row }: Entry & { row: Row },
    status: Extract<Delivery, "sent" | "delivered">,
  ): Promise<void> {
    const command: Command = { do: "message_status", conversation: row.id, message, status };
    await phone.command(command, { id: idOf(status === "sent" ? 1 : 2, at) }).catch(() => undefined);
  }

  function remember({ id, name }: Row): void {
    known.delete(id); // so that it stands last
    known.set(id, { id, name });
  }

  function add(id: string, message: PhoneMessage): void {
    const before = said.get(id) ?? [];
    if (before.every((one) => one.seq !== message.seq)) said.set(id, [...before, message]);
  }

  function erase(id: string): void {
    said.set(
      id,
      (said.get(id) ?? []).map((message) => ({ ...message, body: null })),
    );
    lines.value = lines.value.map((line) =>
      line.contact.id === id ? { ...line, contact: { id, name: "" } } : line,
    );
  }

  function show(): void {
    if (isShowing) return;
    isShowing = true;
    after(SHOWS_MS, () => {
      isShowing = false;
      batch(() => {
        messages.value = new Map(said);
        contacts.value = [...known.values()].reverse();
      });
    });
  }

  /**
   * It tries whenever a contact writes; whether it may, and whether he has gone on meanwhile, the server
   * says.
   */
  async function onBot(entry: Entry): Promise<void> {
    const { action, seq: at, at: when, body, row } = entry;
    if (action !== "contact_message" || row === undefined || !isBotOn.peek() || now() - when > OLD_MS) return;
    await new Promise<void>((resolve) => after(THINKS_MS, resolve));
    const wantsPerson = PERSON.test(body ?? "");
    const says = wantsPerson ? t("bot.hands_over") : t(row.sent === 0 ? "bot.greets" : "bot.goes_on");
    const outcome = await give(
      "bot",
      row,
      bot,
      { do: "bot_message", conversation: row.id, body: says, seen: bot.placeOf(entry) },
      idOf(3, at),
    );
    if (wantsPerson && outcome?.outcome === "done")
      await give("open", row, bot, { do: "open", conversation: row.id }, idOf(4, at));
  }

  async function give(
    act: Line["act"],
    contact: Contact,
    client: Client,
    command: Command,
    id?: Uint8Array,
  ): Promise<Outcome | undefined> {
    const outcome = await client.command(command, { id }).catch(() => undefined);
    // Another dashboard was quicker.
    const isOthers = outcome?.outcome === "refused" && outcome.reason === "id_reused";
    if (outcome === undefined || isOthers) return undefined;
    const line = { id: (lines.value[0]?.id ?? 0) + 1, at: now(), contact, act, outcome };
    lines.value = [line, ...lines.value].slice(0, LOG_LINES);
    return outcome;
  }

  function after(ms: number, callback: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      callback();
    }, ms);
    timers.add(timer);
  }

  const creates = (contact: Contact) => ({
    conversation: contact.id,
    name: contact.name,
    channel: channelId,
  });
  return {
    messages,
    contacts,
    lines,
    isBotOn,
    state,
    takeBack() {
      phone.open();
      bot.open();
    },
    async write(contact, body) {
      await give("contact", contact, phone, {
        do: "contact_message",
        conversation: contact.id,
        name: contact.name,
        body,
      });
    },
    async botSays(contact, body) {
      await give("bot", contact, bot, { do: "bot_message", ...creates(contact), body });
    },
    async block(contact, pause) {
      await give("open", contact, bot, { do: "open", ...creates(contact), pause });
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      phone.close();
      bot.close();
    },
  };
}

const SPOKEN: Readonly<Record<string, PhoneMessage["from"]>> = {
  contact_message: "contact",
  send_message: "agent",
  bot_message: "bot",
};

/** Somebody asks for a person, in any of the page's languages. */
const PERSON = /person|human|pessoa|agente?\b|atendente|asistente/i;

/** A command's id, made of the transition that it answers. */
function idOf(kind: number, seq: number): Uint8Array {
  const id = new Uint8Array(16);
  id.set([0x64, 0x65, 0x6d, 0x6f, kind]);
  new DataView(id.buffer).setBigUint64(8, BigInt(seq));
  return id;
}

export function keepBotOn(isOn: boolean): void {
  sessionStorage.setItem(BOT_KEPT_AS, isOn ? "on" : "off");
}
