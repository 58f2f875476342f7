import "./support/page-globals";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { LANGUAGES } from "../page/language";
import { es, type MessageKey } from "../page/messages/es";

declare const WEB_DEMO: string;

const keys = Object.keys(es) as MessageKey[];
const placesIn = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

for (const [code, messages] of Object.entries(LANGUAGES)) {
  test(`${code} has every message, none more, and each with the same places to fill in`, () => {
    assert.deepEqual(Object.keys(messages).sort(), [...keys].sort());
    for (const key of keys) {
      assert.notEqual(messages[key].trim(), "", key);
      assert.deepEqual(placesIn(messages[key]), placesIn(es[key]), key);
    }
  });
}

test("no message is left over that the page does not use", () => {
  const folder = `${WEB_DEMO}page/`;
  const source = readdirSync(folder)
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readFileSync(folder + name, "utf8"))
    .join("\n");
  // A key is used as it stands, or made: `refused.${reason}`.
  const made = [...source.matchAll(/`(\w+\.\w*)\$\{[^}`]+\}(\w*)`/g)].map(
    ([, start, end]) => new RegExp(`^${start}\\w+${end}$`),
  );
  for (const key of keys)
    assert.ok(source.includes(`"${key}"`) || made.some((pattern) => pattern.test(key)), key);
});
