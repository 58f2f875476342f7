// The page's language: chosen by the person, Spanish until then.

import { effect, signal } from "@preact/signals";
import { isolated } from "./bidi";
import { en } from "./messages/en";
import { es, type MessageKey, type Messages } from "./messages/es";
import { pt } from "./messages/pt";

export const LANGUAGES = { es, en, pt } satisfies Record<string, Messages>;
export type Language = keyof typeof LANGUAGES;

const KEPT_AS = "relevo.language";

export const language = signal<Language>(remembered());

effect(() => {
  document.documentElement.lang = language.value;
});

export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  localStorage.setItem(KEPT_AS, chosen);
}

/** The message in the person's language, with what stands in braces filled in. */
export function t(key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  return LANGUAGES[language.value][key].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name] ?? whole;
    return typeof value === "string" ? isolated(value) : String(value);
  });
}

function remembered(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  return kept !== null && kept in LANGUAGES ? (kept as Language) : "es";
}
