// The top of the page: who this is, how the connection stands, and the banner when it does not.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { contained } from "./bidi";
import type { Desk } from "./desk";
import { formatElapsed } from "./format";
import { Icon } from "./icons";
import { chooseLanguage, language, LANGUAGES, t, type Language } from "./language";
import { announce } from "./notices";
import { Said } from "./said";

const SILENT_MS = 5000;
const BACK_MS = 2000;

export function Logo() {
  return (
    <span class="logo">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="9" />
        <path d="M7 20.5 19.5 8" />
        <path class="logo-second" d="M15.5 24 25 14.5" />
      </svg>
      <span class="logo-word">Relevo</span>
    </span>
  );
}

export function LanguageChoice({ isShort = false }: { isShort?: boolean }) {
  return (
    <select
      class="select"
      data-testid="language"
      aria-label={t("language.label")}
      value={language.value}
      onChange={(event) => chooseLanguage(event.currentTarget.value as Language)}
    >
      {Object.entries(LANGUAGES).map(([code, messages]) => (
        <option key={code} value={code} lang={code}>
          {isShort ? code.toUpperCase() : messages["language.name"]}
        </option>
      ))}
    </select>
  );
}

export function Bar({
  desk,
  onLeave,
  children,
}: {
  desk: Desk;
  onLeave: () => void;
  children: ComponentChildren;
}) {
  const me = desk.me.value;
  return (
    <header class="bar">
      <h1>
        <Logo />
      </h1>
      <span class="workspace" dir="auto">
        {contained(desk.client.welcome?.workspace ?? "")}
      </span>
      <span class="bar-space" />
      <Waiting desk={desk} />
      <Badge desk={desk} />
      {children}
      <LanguageChoice isShort />
      <span class="me" data-testid="me" data-agent={me.id}>
        <Said text={me.name} />
        {me.role === "supervisor" && <small>{t("role.supervisor")}</small>}
      </span>
      <button
        type="button"
        class="icon-button"
        data-action="leave"
        title={t("signin.leave")}
        onClick={onLeave}
      >
        <Icon name="close" />
        <span class="sr-only">{t("signin.leave")}</span>
      </button>
    </header>
  );
}

function Waiting({ desk }: { desk: Desk }) {
  const n = desk.waiting.value;
  return (
    <span
      class="waiting-commands"
      data-waiting={n}
      hidden={n === 0 || (desk.connection.value.state === "connected" && desk.store.value === "up")}
    >
      {t("waiting.commands", { n })}
    </span>
  );
}

function Badge({ desk }: { desk: Desk }) {
  const { state } = desk.connection.value;
  desk.now.value; // the figures are read anew with every second
  const { clock } = desk.client;
  const ms = Math.round(clock.roundTrip() ?? 0);
  const title = state === "connected" ? t("connection.clock", { ms: Math.ceil(clock.uncertainty()) }) : "";
  return (
    <span
      class={`badge badge-${state}`}
      data-connection={state}
      data-store={desk.store.value}
      data-caught-up={desk.caughtUp.value}
      title={title}
    >
      <span class="dot" aria-hidden="true" />
      {t(`connection.${state}`, { ms })}
    </span>
  );
}

type Told = "none" | "reconnecting" | "refused" | "store_down" | "store_stuck" | "closed" | "up_to_date";

/** Silent for five seconds: most breaks heal before anybody needs to know. */
export function Banner({ desk }: { desk: Desk }) {
  const isBack = useSignal(false);
  const lostAt = desk.lostAt.value;
  const isLong = lostAt !== undefined && desk.now.value - lostAt >= SILENT_MS;
  const isClosed = desk.connection.value.state === "closed";

  useEffect(() => {
    if (!isLong) return undefined;
    announce(t("announce.disconnected"));
    return () => {
      announce(t("announce.connected"));
      isBack.value = true;
      setTimeout(() => (isBack.value = false), BACK_MS);
    };
  }, [isLong]);

  const told: Told = isClosed
    ? "closed"
    : desk.store.value === "down"
      ? "store_down"
      : desk.store.value === "stuck"
        ? "store_stuck"
        : isLong
          ? desk.isRefused.value
            ? "refused"
            : "reconnecting"
          : isBack.value
            ? "up_to_date"
            : "none";
  return (
    <div class={`banner banner-${told}`} data-banner={told} hidden={told === "none"}>
      {told !== "none" && bannerText(told, desk)}
      {told === "closed" && (
        <button type="button" class="button" data-action="connect" onClick={() => desk.client.open()}>
          {t("banner.reopen")}
        </button>
      )}
    </div>
  );
}

function bannerText(told: Exclude<Told, "none">, desk: Desk): string {
  const change = desk.connection.value;
  switch (told) {
    case "closed":
      return t("banner.closed", { reason: change.reason || String(change.code ?? "") });
    case "reconnecting": {
      if (desk.client.welcome === undefined) return t("signin.waiting");
      const time = formatElapsed(desk.now.value - (desk.lostAt.value ?? 0));
      return t(navigator.onLine ? "banner.reconnecting" : "banner.offline", { time });
    }
    case "refused":
      return t("banner.refused", { origin: location.origin });
    case "store_down":
    case "store_stuck":
    case "up_to_date":
      return t(`banner.${told}`);
  }
}
