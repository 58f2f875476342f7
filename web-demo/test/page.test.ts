import "./support/page-globals";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Refusal } from "../client";
import { contained, isolated } from "../page/bidi";
import { formatCountdown, formatElapsed, formatLength, initialsOf } from "../page/format";
import { chooseLanguage } from "../page/language";
import { botStateOf, permissionsFor } from "../page/rules";
import { cleanBody, roomFor } from "../page/text";
import { lastActionOf, refusalSentence } from "../page/words";
import { row } from "./support/messages";

declare const WEB_DEMO: string;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

test("a countdown shows minutes above five, and minutes and seconds below", () => {
  const shown = [
    [-1, "0:00"],
    [0, "0:00"],
    [600, "0:01"],
    [59_600, "1:00"],
    [5 * MINUTE, "5:00"],
    [5 * MINUTE + 400, "5:00"],
    [5 * MINUTE + 600, "6 min"],
    [60 * MINUTE + 400, "60 min"],
    [90 * MINUTE, "90 min"],
    [91 * MINUTE, "1 h 31 min"],
    [3 * HOUR, "3 h"],
    [30 * 24 * HOUR, "30 d"],
    [49 * HOUR, "2 d 1 h"],
  ] as const;
  for (const [ms, text] of shown) assert.equal(formatCountdown(ms), text, String(ms));
});

test("what has passed is told in its largest unit", () => {
  assert.deepEqual([-5, 2999, MINUTE, 3 * HOUR - 1, 50 * HOUR].map(formatElapsed), [
    "1 s",
    "2 s",
    "1 min",
    "2 h",
    "2 d",
  ]);
  assert.deepEqual([15 * MINUTE, HOUR, 90 * MINUTE, 3 * HOUR].map(formatLength), [
    "15 min",
    "1 h",
    "90 min",
    "3 h",
  ]);
});

test("initials are those of the first two names", () => {
  assert.deepEqual(
    ["Ana", "João da Silva", "Lucía Fernández Ortega", "ana torres", "", "🙂 x"].map(initialsOf),
    ["A", "JS", "LF", "AT", "", "🙂X"],
  );
});

test("the buttons know the rules", () => {
  const ana = { id: "ana", role: "agent" } as const;
  const paused = { pause: { kind: "until_completed" } } as const;
  const mine = permissionsFor(row("c", 1, "open", { assignee: "ana", ...paused }), ana);
  assert.deepEqual(mine, {
    reopen: "why.already_open",
    complete: undefined,
    unlink: undefined,
    keep_open: undefined,
    resume_bot: undefined,
    take: "why.already_yours",
    release: undefined,
  });
  const theirs = row("c", 1, "open", { assignee: "bruno", ...paused });
  assert.equal(permissionsFor(theirs, ana).release, "why.not_holder", "nobody drops what a colleague holds");
  assert.equal(permissionsFor(theirs, { id: "sofia", role: "supervisor" }).release, undefined);
  const had = permissionsFor(row("c", 1, "completed", { assignee: "bruno" }), ana);
  assert.deepEqual(
    [had.unlink, had.release, had.take],
    [undefined, undefined, undefined],
    "what is completed is held by nobody",
  );
  const others = row("c", 1, "open", { assignee: "bruno" });
  assert.equal(permissionsFor(others, ana).complete, "why.not_holder");
  assert.equal(permissionsFor(others, ana).unlink, "why.not_holder");
  assert.equal(permissionsFor(others, ana).take, undefined, "any agent may reassign");
  assert.equal(permissionsFor(others, { id: "sofia", role: "supervisor" }).complete, undefined);
  assert.equal(permissionsFor(row("c", 1), ana).complete, undefined, "nobody holds it: anybody may");
  assert.equal(permissionsFor(row("c", 1), ana).resume_bot, "why.no_pause");
  assert.equal(
    permissionsFor(row("c", 1, "open", { automation: false }), ana).keep_open,
    "why.automation_off",
  );
  const completed = permissionsFor(row("c", 1, "completed"), ana);
  assert.equal(completed.reopen, undefined);
  assert.equal(completed.complete, "why.already_completed");
  assert.equal(completed.keep_open, "why.not_open");
  assert.equal(permissionsFor(row("c", 1, "none"), ana).unlink, "why.already_unlisted");
});

test("open with the pause run out is a state of its own", () => {
  assert.equal(botStateOf(row("c", 1)), "bot_back");
  assert.equal(botStateOf(row("c", 1, "completed")), "none");
  assert.equal(botStateOf(row("c", 1, "open", { pause: { kind: "until", until: 5 } })), "until");
  assert.equal(botStateOf(row("c", 1, "open", { pause: { kind: "until_completed" } })), "until_completed");
  assert.equal(botStateOf(row("c", 1, "open", { automation: false })), "off");
});

const listener = {
  me: { id: "bruno" },
  agents: new Map([["ana", { id: "ana", name: "Ana", role: "agent" as const }]]),
  now: 100_000,
};
const completedByAna = row("c", 9, "completed", {
  lastAction: "complete",
  lastBy: "ana",
  lastRole: "agent",
  lastAt: 98_000,
});

function refusal(reason: string, more: Partial<Refusal> = {}): Refusal {
  return {
    outcome: "refused",
    reason,
    code: 0,
    sentence: "The sentence",
    detail: undefined,
    until: undefined,
    holder: undefined,
    seq: undefined,
    since: undefined,
    retryMs: undefined,
    row: undefined,
    ...more,
  };
}

test("a stale command says who was quicker, in the person's language", () => {
  const say = () => refusalSentence(refusal("stale", { row: completedByAna }), listener);
  assert.equal(say(), "Ana la completó hace 2 s. Mírela otra vez antes de decidir.");
  chooseLanguage("en");
  assert.equal(say(), "Ana completed it 2 s ago. Look at it again before you decide.");
  chooseLanguage("pt");
  assert.equal(say(), "Ana concluiu há 2 s. Olhe de novo antes de decidir.");
  chooseLanguage("es");
});

test("who did it is a person, oneself, the bot, the contact or the system", () => {
  const say = (more: Parameters<typeof row>[3]) =>
    lastActionOf(row("c", 1, "open", { lastAt: 40_000, ...more }), listener);
  assert.equal(
    say({ lastAction: "reopen", lastBy: "bruno", lastRole: "agent" }),
    "Usted la reabrió hace 1 min",
  );
  assert.equal(
    say({ lastAction: "open", lastBy: "bot", lastRole: "automation" }),
    "El bot la abrió hace 1 min",
  );
  assert.equal(
    say({ lastAction: "contact_message", lastBy: "web", lastRole: "channel" }),
    "El contacto escribió hace 1 min",
  );
  assert.equal(
    say({ lastAction: "expire", lastBy: null, lastRole: "server" }),
    "La pausa terminó hace 1 min",
  );
  assert.equal(
    say({ lastAction: "assign", lastBy: "ana", lastRole: "agent", assignee: "ana" }),
    "Ana la tomó hace 1 min",
  );
  assert.equal(
    say({ lastAction: "assign", lastBy: "ana", lastRole: "agent", assignee: "bruno" }),
    "Ana se la asignó a usted hace 1 min",
  );
  assert.equal(
    say({ lastAction: "assign", lastBy: "ana", lastRole: "agent", assignee: "eva" }),
    "Ana la asignó a eva hace 1 min",
  );
  assert.equal(
    say({ lastAction: "assign", lastBy: "ana", lastRole: "agent", assignee: null }),
    "Ana la soltó hace 1 min",
  );
  assert.equal(
    say({ lastAction: "something_new", lastBy: "ana", lastRole: "agent" }),
    "Ana la cambió hace 1 min",
  );
  assert.equal(say({ lastAction: null, lastAt: null }), undefined);
});

test("every reason of the protocol has its own words, and one that is new has the server's", () => {
  const table =
    readFileSync(`${WEB_DEMO}../protocol/PROTOCOL.md`, "utf8")
      .split("## 9. Reasons")[1]
      ?.split("## 10.")[0] ?? "";
  const reasons = [...table.matchAll(/^\| \d+ \| `(\w+)`/gm)].map(([, name]) => name ?? "");
  assert.ok(reasons.length >= 19);
  const programmers = ["unknown_command", "id_reused"]; // only a bug of the page brings them
  for (const reason of reasons.filter((name) => !programmers.includes(name))) {
    assert.notEqual(
      refusalSentence(refusal(reason, { row: completedByAna }), listener),
      "The sentence",
      reason,
    );
  }
  assert.equal(refusalSentence(refusal("brand_new"), listener), "The sentence");
});

test("the client library stands alone: it imports nothing but itself and msgpack", () => {
  const folder = `${WEB_DEMO}client/`;
  for (const name of readdirSync(folder)) {
    for (const [, from] of readFileSync(folder + name, "utf8").matchAll(/from "([^"]+)"/g)) {
      assert.match(from ?? "", /^(\.\/\w+|@msgpack\/msgpack)$/, `${name} imports ${from}`);
    }
  }
});

test("what people write has no power over the direction of what stands around it", () => {
  const [RLO, FSI, PDI] = ["\u202e", "\u2068", "\u2069"];
  assert.equal(contained(`Ana${PDI}${RLO}x`), `Ana${RLO}x`, "its element's direction is not ended early");
  assert.equal(contained(`${FSI}x${PDI}${PDI}`), `${FSI}x${PDI}`);
  assert.equal(isolated("Ana"), "Ana", "most texts stay as they are");
  assert.equal(isolated("محمد"), `${FSI}محمد${PDI}`);
  assert.equal(isolated(`Ana${RLO}`), `${FSI}Ana${RLO}${PDI}`);
  assert.equal(isolated(`${FSI}x`), `${FSI}${FSI}x${PDI}${PDI}`, "all that it begins is ended");
  const listenerOfAli = {
    ...listener,
    agents: new Map([["ana", { id: "ana", name: `${RLO}ana`, role: "agent" as const }]]),
  };
  assert.equal(lastActionOf(completedByAna, listenerOfAli), `${FSI}${RLO}ana${PDI} la completó hace 2 s`);
  assert.equal(initialsOf(`${RLO}ana`), "A");
});

test("what is left of a message is counted in characters, and what is too much exactly", () => {
  assert.deepEqual(roomFor("a".repeat(89), 100), { isNear: false, left: 11 });
  assert.deepEqual(roomFor("a".repeat(90), 100), { isNear: true, left: 10 });
  assert.deepEqual(roomFor("न".repeat(32), 100), { isNear: true, left: 1 });
  assert.deepEqual(roomFor("😀".repeat(25), 100), { isNear: true, left: 0 });
  assert.deepEqual(roomFor("😀".repeat(28), 100), { isNear: true, left: -3 });
  assert.equal(roomFor("a".repeat(1e6), undefined).left, Infinity, "nobody has said a bound");
  assert.equal(cleanBody(" uno\r\ndos\u0000 tres\u000bcuatro\u007f\n"), "uno\ndos tres\ncuatro");
});
