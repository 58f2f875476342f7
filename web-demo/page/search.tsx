// Looking for a conversation among all that there are, whatever list they are in. "/" goes to the field, the
// arrow down from there to what was found, Escape leaves it.

import { useSignal, useSignalEffect, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Row } from "../client";
import { contained } from "./bidi";
import type { Desk } from "./desk";
import { moveFocus } from "./focus";
import { initialsOf } from "./format";
import { Icon } from "./icons";
import { t } from "./language";
import { Said } from "./said";

const WAIT_MS = 150; // after the last key
const LENGTH_MAX = 255; // a whole id

export function SearchField({ text }: { text: Signal<string> }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof Element && event.target.closest("input, textarea, select, dialog") !== null;
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        type="search"
        ref={field}
        data-testid="find"
        aria-label={t("find.label")}
        aria-keyshortcuts="/"
        placeholder={t("find.placeholder")}
        maxLength={LENGTH_MAX}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") firstHit(event)?.focus();
          if (event.key !== "Escape") return;
          text.value = "";
          field.current?.blur();
        }}
      />
    </div>
  );
}

function firstHit(event: KeyboardEvent & { currentTarget: HTMLElement }): HTMLElement | null | undefined {
  event.preventDefault();
  return event.currentTarget.closest(".lists")?.querySelector<HTMLElement>(".hit");
}

type Result =
  { kind: "looking" } | { kind: "failed" } | { kind: "found"; rows: readonly Row[]; more: boolean };

export function Found({ text, desk }: { text: Signal<string>; desk: Desk }) {
  const result = useSignal<Result>({ kind: "looking" });
  useSignalEffect(() => {
    const wanted = text.value.trim();
    let isStale = false;
    const timer = setTimeout(async () => {
      const found = await desk.client.find(wanted).catch(() => undefined);
      if (isStale) return;
      result.value = found === undefined ? { kind: "failed" } : { kind: "found", ...found };
    }, WAIT_MS);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  });
  const { value } = result;
  const rows = value.kind === "found" ? value.rows : [];
  return (
    <section
      class="found"
      data-testid="found"
      data-found={value.kind}
      aria-label={t("find.results")}
      aria-busy={value.kind === "looking"}
    >
      <p class="sr-only" role="status">
        {value.kind === "found" && t("find.count", { n: rows.length })}
      </p>
      {value.kind === "looking" && <p class="empty">{t("list.loading")}</p>}
      {value.kind === "failed" && <p class="empty">{t("find.failed")}</p>}
      {value.kind === "found" && rows.length === 0 && (
        <p class="empty">{t("find.nothing", { text: text.value.trim() })}</p>
      )}
      <ul onKeyDown={moveFocus}>
        {rows.map((row) => (
          <Hit key={row.id} found={row} desk={desk} />
        ))}
      </ul>
      {value.kind === "found" && value.more && <p class="empty">{t("find.more")}</p>}
    </section>
  );
}

function Hit({ found, desk }: { found: Row; desk: Desk }) {
  const known = desk.row(found.id).value;
  const row = known !== undefined && known.seq > found.seq ? known : found;
  return (
    <li>
      <button
        type="button"
        class="hit"
        data-found-conversation={row.id}
        aria-current={desk.selected.value === row.id ? "true" : undefined}
        onClick={() => desk.choose(row)}
      >
        <span class="face face-small" aria-hidden="true">
          {initialsOf(row.name || row.id)}
        </span>
        <span class="hit-words">
          <span class="row-name" dir="auto">
            {contained(row.name || row.id)}
          </span>
          <small>
            <Said text={row.channel} /> · <Said text={row.id} />
          </small>
        </span>
        <span class={`status status-${row.list}`}>{t(`status.${row.list}`)}</span>
      </button>
    </li>
  );
}
