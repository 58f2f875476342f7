import "./support/page-globals";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Entry, Row } from "../client";
import { ACTIONS } from "../page/actions";
import { timelineOf } from "../page/timeline";
import { didSentence, pauseSentence } from "../page/words";
import { row } from "./support/messages";

declare const WEB_DEMO: string;

const NOON = new Date(2026, 0, 1, 12).getTime();
const MINUTE = 60_000;

let seq = 0;
function entry(action: string, more: Partial<Entry> = {}, after: Partial<Row> = {}): Entry {
  seq += 1;
  return {
    seq,
    at: NOON + seq * 1000,
    action,
    role: "agent",
    by: "ana",
    id: null,
    message: 0,
    body: null,
    status: "none",
    row: row("a", seq, "open", after),
    ...more,
  };
}

const said = (body: string, more: Partial<Entry> = {}) =>
  entry("send_message", { body, message: 1, ...more });
const listener = {
  me: { id: "bruno" },
  agents: new Map([["ana", { id: "ana", name: "Ana", role: "agent" as const }]]),
  now: NOON,
};

/** The timeline in words, without the days. */
function told(entries: Entry[]): string[] {
  return timelineOf(entries).flatMap((item) => {
    if (item.kind === "day") return [];
    if (item.kind === "message") return [`${item.from}: ${item.body ?? "–"}`];
    return [
      [didSentence(item.did, listener), item.pause && pauseSentence(item.pause, listener)]
        .filter(Boolean)
        .join(" · "),
    ];
  });
}

test("what was said and what was done stand in order; reading, delivery and signing in are not told", () => {
  const pause = { kind: "until_completed" } as const;
  assert.deepEqual(
    told([
      entry("contact_message", { role: "channel", by: "web", body: "Hola", message: 1 }),
      entry("bot_message", { role: "automation", by: "bot", body: "¿Sí?", message: 1 }),
      entry("open", { role: "automation", by: "bot" }, { pause }),
      entry("assign", {}, { assignee: "ana", pause }),
      entry("mark_read", { message: 1 }),
      said("Soy Ana"),
      entry("message_status", { role: "channel", message: 2, status: "sent" }),
      entry("bot_blocked", { role: "server", by: null }, { pause }),
      entry("expire", { role: "server", by: null }),
      entry("assign", {}, { assignee: null, pause }),
      entry("set_automation", {}, { automation: false }),
      entry("erase"),
    ]),
    [
      "contact: Hola",
      "bot: ¿Sí?",
      "El bot la abrió · bot en pausa hasta que se complete",
      "Ana la tomó · bot en pausa hasta que se complete",
      "agent: Soy Ana",
      "El bot intentó hablar · bot en pausa hasta que se complete",
      "La pausa terminó",
      "Ana la soltó",
      "Ana desactivó la automatización",
      "Ana borró los datos del contacto",
    ],
  );
});

test("a message that opened its conversation says so", () => {
  const completed = { ...entry("complete"), row: row("a", 1, "completed") };
  const pause = { kind: "until_completed" } as const;
  const reply = { ...said("Otra vez yo"), row: row("a", 2, "open", { pause }) };
  assert.deepEqual(told([completed, reply, said("Y más")]), [
    "Ana la completó",
    "agent: Otra vez yo",
    "Ana la abrió al escribir · bot en pausa hasta que se complete",
    "agent: Y más",
  ]);
  assert.deepEqual(told([reply]), ["agent: Otra vez yo"], "of what was before nothing is known");
});

test("each message knows what became of it: the newest that was reported of its number, on its side", () => {
  const status = (message: number, what: Entry["status"], body: string | null = null) =>
    entry("message_status", { role: "channel", message, status: what, body });
  const items = timelineOf([
    entry("contact_message", { role: "channel", by: "web", body: "a", message: 1 }),
    said("b", { message: 1 }),
    said("c", { message: 2 }),
    said("d", { message: 3 }),
    status(1, "sent"),
    status(1, "delivered"),
    status(2, "failed", "el número no existe"),
  ]).filter((item) => item.kind === "message");
  assert.deepEqual(
    items.map(({ delivery, failure }) => `${delivery} ${failure}`.trim()),
    ["none", "delivered", "failed el número no existe", "none"],
  );
});

test("whoever goes on in the same breath is named once, and a new day has its line", () => {
  const items = timelineOf([
    said("a", { at: NOON }),
    said("b", { at: NOON + MINUTE }),
    said("c", { at: NOON + 7 * MINUTE }),
    said("d", { at: NOON + 8 * MINUTE, by: "bruno" }),
    said("e", { at: NOON + 24 * 60 * MINUTE, by: "bruno" }),
  ]);
  assert.deepEqual(
    items.map((item) =>
      item.kind === "message" ? `${item.body ?? ""}${item.isFirst ? "*" : ""}` : item.kind,
    ),
    ["day", "a*", "b", "c*", "d*", "day", "e*"],
  );
});

test("what was erased is shown as a message without words", () => {
  assert.deepEqual(told([said("x", { body: null })]), ["agent: –"]);
});

test("every action that PROTOCOL.md has is one that the page knows, and no other", () => {
  const [, commands = ""] = readFileSync(`${WEB_DEMO}../protocol/PROTOCOL.md`, "utf8").split(
    "## 4. Commands",
  );
  const [, table = ""] = commands.split("| action | who |");
  const named = [...(table.split("\n\n")[0] ?? "").matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  assert.ok(named.length > 10);
  assert.deepEqual(Object.keys(ACTIONS).sort(), [...named, "expire", "bot_blocked", "agent_seen"].sort());
});

test("something that a later server did is told as a change", () => {
  assert.deepEqual(told([entry("hasOwnProperty")]), ["Ana la cambió"]);
});
