// The golden frames, which the server's tests read too.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decode } from "@msgpack/msgpack";
import { createReader } from "../client/reader";
import { encodeMessage, type ClientMessage, type Row } from "../client/wire";

declare const WEB_DEMO: string;

interface Vector {
  name: string;
  hex: string;
  value: unknown;
  by_hand?: boolean;
}

function vectors(file: string): Vector[] {
  const path = `${WEB_DEMO}../protocol/vectors/${file}.json`;
  return JSON.parse(readFileSync(path, "utf8"), (_key, value: unknown) => {
    const bin = typeof value === "object" && value !== null ? (value as { $bin?: string }).$bin : undefined;
    return bin === undefined ? value : new Uint8Array(Buffer.from(bin, "hex"));
  }) as Vector[];
}

const bytesOf = ({ hex }: Vector) => new Uint8Array(Buffer.from(hex, "hex"));
const serverVectors = vectors("server");
const welcomes = serverVectors.filter(({ name }) => name.startsWith("welcome"));

function readerAfterWelcome() {
  const reader = createReader();
  const [first] = welcomes;
  assert.ok(first);
  reader.read(bytesOf(first));
  return reader;
}

for (const vector of vectors("client")) {
  test(`client: ${vector.name}`, () => {
    assert.deepEqual(decode(bytesOf(vector)), vector.value);
    if (vector.by_hand !== true) {
      assert.equal(Buffer.from(encodeMessage(vector.value as ClientMessage)).toString("hex"), vector.hex);
    }
  });
}

for (const vector of serverVectors) {
  test(`server: ${vector.name}`, () => {
    const value = vector.value as Record<string, unknown>;
    assert.deepEqual(decode(bytesOf(vector)), value);
    const message = readerAfterWelcome().read(bytesOf(vector));
    assert.equal(message?.t, value.t);
  });
}

test("no server frame that is cut off or has a flipped byte does worse than an error", () => {
  for (const vector of serverVectors) {
    const bytes = bytesOf(vector);
    for (let at = 0; at < bytes.length; at += 1) {
      assert.throws(
        () => readerAfterWelcome().read(bytes.subarray(0, at)),
        Error,
        `${vector.name}, cut at ${at}`,
      );
      const flipped = Uint8Array.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0xff;
      try {
        readerAfterWelcome().read(flipped);
      } catch (error) {
        assert.ok(error instanceof Error);
      }
    }
  }
});

test("a row's columns are found by name, whatever their order and whatever comes after them", () => {
  const live = serverVectors.find(({ name }) => name === "sync, live");
  assert.ok(live);
  const expected = readerAfterWelcome().read(bytesOf(live));
  assert.ok(expected?.t === "sync");

  const welcome = structuredClone(welcomes[0]?.value) as { columns: string[] };
  const sync = structuredClone(live.value) as { rows: unknown[][] };
  welcome.columns = ["later", ...welcome.columns].reverse();
  sync.rows = sync.rows.map((row) => ["new", ...row].reverse());
  const reader = createReader();
  reader.read(encodeMessage(welcome as unknown as ClientMessage));
  assert.deepEqual(reader.read(encodeMessage(sync as unknown as ClientMessage)), expected);
});

test("a row means what its columns say", () => {
  const live = serverVectors.find(({ name }) => name === "sync, live");
  assert.ok(live);
  const message = readerAfterWelcome().read(bytesOf(live));
  assert.ok(message?.t === "sync");
  const expected: Row = {
    id: "wa-34600111222",
    channel: "whatsapp",
    name: "Marta Núñez",
    list: "open",
    listSeq: 398,
    assignee: "ana",
    automation: true,
    pause: { kind: "until", until: 1767229200000 },
    botBlocked: false,
    version: 12,
    seq: 456,
    received: 9,
    sent: 7,
    unread: 2,
    delivery: "delivered",
    waitingSince: 1767225540000,
    waitsForPerson: true,
    contactSeq: 449,
    answerSeq: 447,
    answerRole: "agent",
    answerBy: "ana",
    personSeq: 447,
    preview: "¿Hay alguien ahí?",
    previewRole: "channel",
    previewAt: 1767225540000,
    lastAction: "assign",
    lastBy: "ana",
    lastRole: "agent",
    lastAt: 1767225600000,
  };
  assert.deepEqual(message.rows, [expected]);
});

test("a refusal for a pause without an end says so, and not that nothing is known", () => {
  const find = (name: string) => {
    const vector = serverVectors.find((one) => one.name === name);
    assert.ok(vector);
    const message = readerAfterWelcome().read(bytesOf(vector));
    assert.ok(message?.t === "answer" && message.outcome.outcome === "refused");
    return message.outcome.until;
  };
  assert.equal(find("answer, refused: paused until completed"), null);
  assert.equal(typeof find("answer, refused: paused"), "number");
  assert.equal(find("answer, refused: stale"), undefined);
});
