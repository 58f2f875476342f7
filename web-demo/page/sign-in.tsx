// Before there is a desk: choose a person of the demo, or paste a token.

import { useSignal } from "@preact/signals";
import { LanguageChoice, Logo } from "./bar";
import { contained } from "./bidi";
import type { Demo } from "./demo";
import { initialsOf } from "./format";
import { t } from "./language";

export function Waiting({ isRefused }: { isRefused: boolean }) {
  return (
    <main class="signin" data-view={isRefused ? "refused" : "waiting"} aria-busy="true">
      <Logo />
      <p role="status">
        {isRefused ? t("banner.refused", { origin: location.origin }) : t("signin.waiting")}
      </p>
    </main>
  );
}

export function People({ demo, unknown }: { demo: Demo; unknown: string | undefined }) {
  return (
    <main class="signin" data-view="people">
      <Logo />
      <h1>{t("signin.title")}</h1>
      {unknown !== undefined && (
        <p class="warning" role="alert">
          {t("signin.nobody", { agent: unknown })}
        </p>
      )}
      <ul class="people">
        {demo.people.map((person) => (
          <li key={person.id}>
            <a href={`/?agent=${encodeURIComponent(person.id)}`} data-agent={person.id}>
              <span class="face" aria-hidden="true">
                {initialsOf(person.name)}
              </span>
              <strong dir="auto">{contained(person.name)}</strong>
              <small>{t(`role.${person.role}`)}</small>
            </a>
          </li>
        ))}
      </ul>
      <p class="hint">{t("signin.hint")}</p>
      <LanguageChoice />
    </main>
  );
}

export function TokenForm({ wasBad, onToken }: { wasBad: boolean; onToken: (token: string) => void }) {
  const token = useSignal("");
  return (
    <main class="signin" data-view="token">
      <Logo />
      <h1>{t("signin.token")}</h1>
      {wasBad && (
        <p class="warning" role="alert">
          {t("signin.bad_token")}
        </p>
      )}
      <form
        class="token-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (token.value.trim() !== "") onToken(token.value.trim());
        }}
      >
        <label class="field">
          <span>{t("signin.token_label")}</span>
          <input
            type="password"
            autocomplete="off"
            data-testid="token"
            value={token.value}
            onInput={(event) => (token.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button button-primary" data-action="sign_in">
          {t("signin.enter")}
        </button>
      </form>
      <p class="hint">{t("signin.token_hint")}</p>
      <LanguageChoice />
    </main>
  );
}
