// The two lists. Rows are keyed by id and clicks are bound to ids, so that a list may move under the pointer
// and the click still means what it meant. Each list is one tab stop; the arrow keys move within.

import { useComputed, useSignal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Row } from "../client";
import { contained } from "./bidi";
import { BotChip } from "./bot-chip";
import type { Desk } from "./desk";
import { moveFocus } from "./focus";
import { formatElapsed, formatMoment, initialsOf } from "./format";
import { language, t } from "./language";
import { Online, Visitors } from "./people";
import { Said } from "./said";
import { Found, SearchField } from "./search";
import { useTicking } from "./ticker";
import { lastActionOf, nameOf } from "./words";

type Name = "open" | "completed";

export function Lists({ desk }: { desk: Desk }) {
  const shown = useSignal<Name>("open"); // where there is room for one list only
  const wanted = useSignal("");
  const isFinding = wanted.value.trim() !== "";
  return (
    <div class="lists" data-shown={shown.value}>
      <div class="lists-head">
        <SearchField text={wanted} />
        <Online desk={desk} />
      </div>
      {isFinding && <Found text={wanted} desk={desk} />}
      <div class="lists-body" hidden={isFinding}>
        <div class="tabs">
          {(["open", "completed"] as const).map((name) => (
            <button
              type="button"
              class="tab"
              key={name}
              data-tab={name}
              aria-pressed={shown.value === name}
              aria-controls={`list-${name}`}
              onClick={() => (shown.value = name)}
            >
              {t(`list.${name}`)} <span class="count">{desk.counts.value[name]}</span>
            </button>
          ))}
        </div>
        <List name="open" ids={desk.open} desk={desk} />
        <List name="completed" ids={desk.completed} desk={desk} />
      </div>
    </div>
  );
}

function List({ name, ids, desk }: { name: Name; ids: ReadonlySignal<readonly string[]>; desk: Desk }) {
  const list = useRef<HTMLUListElement>(null);
  const focused = useSignal<string | undefined>(undefined);
  const order = ids.value;
  useFocusThatStays(list, order, focused);

  // The one row of the list that the tab key stops at.
  const stop = useComputed(() =>
    [focused.value, desk.selected.value, ids.value[0]].find(
      (id) => id !== undefined && ids.value.includes(id),
    ),
  );
  const isLoading = !desk.caughtUp.value && order.length === 0;
  return (
    <section
      class="list"
      id={`list-${name}`}
      data-list={name}
      aria-labelledby={`title-${name}`}
      aria-busy={isLoading}
    >
      <h2 class="list-title" id={`title-${name}`}>
        {t(`list.${name}`)}{" "}
        <span class="count" data-count={name}>
          {desk.counts.value[name]}
        </span>
      </h2>
      <div class="list-scroll">
        {order.length === 0 && <Empty name={name} isLoading={isLoading} />}
        <ul ref={list} onKeyDown={moveFocus}>
          {order.map((id) => (
            <Item key={id} id={id} desk={desk} stop={stop} focused={focused} />
          ))}
        </ul>
        {name === "completed" && <Older desk={desk} />}
      </div>
    </section>
  );
}

function Empty({ name, isLoading }: { name: Name; isLoading: boolean }) {
  if (isLoading) return <p class="empty">{t("list.loading")}</p>;
  return (
    <p class="empty">
      {t(name === "open" ? "list.open_empty" : "list.completed_empty")}
      {name === "open" && <small>{t("list.open_empty_hint")}</small>}
    </p>
  );
}

function Older({ desk }: { desk: Desk }) {
  const isAsking = useSignal(false);
  if (desk.completed.value.length >= desk.counts.value.completed) return null;

  async function ask(): Promise<void> {
    isAsking.value = true;
    await desk.client.loadOlder().catch(() => 0); // the connection broke: the button is still there
    isAsking.value = false;
  }

  return (
    <button
      type="button"
      class="older"
      data-action="load_older"
      disabled={isAsking.value}
      onClick={() => void ask()}
    >
      {t(isAsking.value ? "list.loading" : "list.older")}
    </button>
  );
}

interface ItemProps {
  id: string;
  desk: Desk;
  stop: ReadonlySignal<string | undefined>;
  focused: Signal<string | undefined>;
}

/**
 * Its inputs stay the same for as long as it lives: only its own row, and whether it is selected, draw it
 * again.
 */
function Item({ id, desk, stop, focused }: ItemProps) {
  const row = desk.row(id).value;
  const isSelected = useComputed(() => desk.selected.value === id).value;
  const isStop = useComputed(() => stop.value === id).value;
  if (row === undefined) return null;
  return (
    <li>
      <button
        type="button"
        class="row"
        data-conversation={id}
        data-unread={row.unread}
        aria-current={isSelected ? "true" : undefined}
        tabIndex={isStop ? 0 : -1}
        onFocus={() => (focused.value = id)}
        onClick={() => (desk.selected.value = id)}
      >
        <span class="row-top">
          <span class="row-name" dir="auto">
            {contained(row.name || row.id)}
          </span>
          {row.unread > 0 && (
            <span class="unread" title={t("row.unread", { n: row.unread })}>
              <span aria-hidden="true">{row.unread > 99 ? "99+" : row.unread}</span>
              <span class="sr-only">{t("row.unread", { n: row.unread })}</span>
            </span>
          )}
          <Assignee row={row} desk={desk} />
        </span>
        <span class="row-preview">
          <Preview row={row} />
        </span>
        <span class="row-bottom">
          <BotChip row={row} desk={desk} />
          {row.list === "completed" && <LastAction row={row} desk={desk} />}
          <Visitors id={id} desk={desk} />
          {row.waitingSince !== null && <Waiting since={row.waitingSince} desk={desk} />}
        </span>
      </button>
    </li>
  );
}

function Preview({ row }: { row: Row }) {
  if (row.previewRole === null) return <>{t("row.no_message")}</>;
  if (row.preview === "") return <>{t(row.name === "" ? "thread.erased" : "thread.no_text")}</>;
  if (row.previewRole === "channel") return <Said text={row.preview} />;
  return (
    <>
      {t(row.previewRole === "automation" ? "card.from_bot" : "card.from_agent")}: <Said text={row.preview} />
    </>
  );
}

function Waiting({ since, desk }: { since: number; desk: Desk }) {
  const text = useTicking(
    () => t("row.waiting", { time: formatElapsed(desk.now.value - since) }),
    [since, desk],
  );
  return (
    <span
      class="waiting"
      title={t("row.waiting_since", { time: formatMoment(since, desk.now.peek(), language.value) })}
    >
      {text}
    </span>
  );
}

function LastAction({ row, desk }: { row: Row; desk: Desk }) {
  const text = useTicking(
    () => lastActionOf(row, { me: desk.me.value, agents: desk.agents.value, now: desk.now.value }),
    [row, desk],
  );
  return <span class="row-last">{text}</span>;
}

function Assignee({ row, desk }: { row: Row; desk: Desk }) {
  if (row.assignee === null) return null;
  const name = nameOf(row.assignee, { agents: desk.agents.value });
  const isMine = row.assignee === desk.me.value.id;
  return (
    <span
      class={isMine ? "avatar avatar-mine" : "avatar"}
      data-assignee={row.assignee}
      title={t("row.assigned", { who: name })}
    >
      <span aria-hidden="true">{initialsOf(name)}</span>
      <span class="sr-only">{t("row.assigned", { who: name })}</span>
    </span>
  );
}

/** When the row that has the focus leaves the list, the focus goes to the one that takes its place. */
function useFocusThatStays(
  list: { current: HTMLUListElement | null },
  order: readonly string[],
  focused: { value: string | undefined },
): void {
  const before = useRef(order);
  const hadFocus = useRef(false);
  hadFocus.current = list.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    const place = before.current.indexOf(focused.value ?? "");
    before.current = order;
    if (!hadFocus.current || place < 0 || order.includes(focused.value ?? "")) return;
    const next = order[Math.min(place, order.length - 1)];
    for (const row of list.current?.querySelectorAll<HTMLElement>("[data-conversation]") ?? []) {
      if (row.dataset.conversation === next) row.focus();
    }
  }, [order]);
}
