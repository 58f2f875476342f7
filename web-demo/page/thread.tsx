// The thread of the selected conversation: bubbles, and between them what was done. The newest stands at the
// bottom and stays there, unless somebody has scrolled up; then what is looked at stays where it is, and
// older entries come before it.

import { useComputed, useSignal, useSignalEffect, type ReadonlySignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Delivery, Row } from "../client";
import { contained, isolated } from "./bidi";
import type { Desk } from "./desk";
import type { Sending, ThreadView } from "./feed";
import { formatClock, formatDay } from "./format";
import { Icon } from "./icons";
import { language, t } from "./language";
import { timelineOf, type DayItem, type Item, type LineItem, type MessageItem } from "./timeline";
import { NOTICED_MS } from "./shown";
import { isVisible } from "./visible";
import { didSentence, pauseSentence, speakerOf, type Listener } from "./words";

const NEAR = 48; // pixels from an end that count as being there
const AHEAD = 400; // pixels before the top where older ones are asked for

interface Props {
  row: Row;
  desk: Desk;
}

export function Thread({ row, desk }: Props) {
  const view = desk.thread.view.value;
  if (view?.conversation !== row.id) return <div class="thread" />;
  return <ThreadOf view={view} row={row} desk={desk} />;
}

function ThreadOf({ view, row, desk }: Props & { view: ThreadView }) {
  const scroll = useRef<HTMLDivElement>(null);
  const isAtEnd = useSignal(true);
  const isLoading = useSignal(false);
  const items = useComputed(() => timelineOf(desk.thread.view.value?.entries ?? [])).value;
  const sending = desk.outbox.sending.value.filter((one) => one.conversation === row.id);
  const listener = { me: desk.me.value, agents: desk.agents.value, now: desk.now.peek() };

  async function loadWhenNear(): Promise<void> {
    const box = scroll.current;
    if (
      box === null ||
      isLoading.peek() ||
      box.scrollTop > AHEAD ||
      desk.thread.view.peek()?.hasOlder !== true
    )
      return;
    isLoading.value = true;
    const hasCome = await desk.thread.loadOlder();
    isLoading.value = false;
    if (hasCome) requestAnimationFrame(() => void loadWhenNear()); // until the box is full
  }

  function look(): void {
    const box = scroll.current;
    if (box === null) return;
    isAtEnd.value = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    void loadWhenNear();
  }

  useScrollThatStays(scroll, isAtEnd, items, sending.length);
  const noticed = useLooking(desk, isAtEnd);
  useSignalEffect(() => {
    if (desk.thread.view.value?.state === "live") requestAnimationFrame(() => void loadWhenNear());
  });

  return (
    <div
      class="thread"
      data-testid="thread"
      data-thread={view.state}
      data-entries={view.entries.length}
      data-newest={view.entries.at(-1)?.seq}
      data-noticed={noticed}
    >
      <div
        class="thread-scroll"
        ref={scroll}
        role="log"
        tabIndex={0}
        aria-label={t("thread.label")}
        aria-busy={isLoading.value || view.state === "opening"}
        onScroll={look}
      >
        <Beginning view={view} isLoading={isLoading.value} />
        <ol class="timeline">
          {items.map((item) => (
            <ItemOf key={item.key} item={item} row={row} listener={listener} />
          ))}
          {sending.map((one) => (
            <SendingOf key={one.key} sending={one} />
          ))}
        </ol>
      </div>
      {!isAtEnd.value && (
        <button
          type="button"
          class="icon-button to-end"
          data-action="to_end"
          title={t("thread.to_end")}
          onClick={() => scroll.current?.scrollTo({ top: scroll.current.scrollHeight })}
        >
          <Icon name="down" />
          <span class="sr-only">{t("thread.to_end")}</span>
        </button>
      )}
    </div>
  );
}

/** What stands above the oldest entry that has come. */
function Beginning({ view, isLoading }: { view: ThreadView; isLoading: boolean }) {
  const text =
    isLoading || view.state === "opening"
      ? t("list.loading")
      : view.hasOlder
        ? t("thread.more")
        : view.isCutOff
          ? t("thread.cut_off")
          : view.entries.length === 0
            ? t("thread.empty")
            : t("thread.beginning");
  const state = view.hasOlder ? "more" : view.isCutOff ? "cut_off" : "whole";
  return (
    <p class="thread-beginning" data-beginning={state}>
      {text}
    </p>
  );
}

function ItemOf({ item, row, listener }: { item: Item; row: Row; listener: Listener }) {
  switch (item.kind) {
    case "day":
      return <Day item={item} listener={listener} />;
    case "line":
      return <Line item={item} listener={listener} />;
    case "message":
      return <Bubble item={item} row={row} listener={listener} />;
  }
}

function Day({ item, listener }: { item: DayItem; listener: Listener }) {
  return (
    <li class="day">
      <span>{formatDay(item.at, listener.now, language.value)}</span>
    </li>
  );
}

function Line({ item, listener }: { item: LineItem; listener: Listener }) {
  const why = item.pause && pauseSentence(item.pause, listener);
  return (
    <li class={`line line-${item.did.action}`} data-line={item.did.action} data-by={item.did.by ?? ""}>
      <span>
        {didSentence(item.did, listener)}
        {why && <span class="line-why">{why}</span>}
        <Time at={item.at} />
      </span>
    </li>
  );
}

function Bubble({ item, row, listener }: { item: MessageItem; row: Row; listener: Listener }) {
  const who =
    item.from === "contact"
      ? row.name || row.id
      : item.from === "bot"
        ? t("card.from_bot")
        : speakerOf({ role: "agent", by: item.by }, row, listener);
  return (
    <li
      class={`bubble bubble-${item.from}${item.isFirst ? " is-first" : ""}`}
      data-from={item.from}
      data-delivery={item.delivery}
    >
      {item.isFirst ? (
        <small class="bubble-who" dir="auto">
          {contained(who)}
        </small>
      ) : (
        <span class="sr-only">{isolated(who)}</span>
      )}
      <div class={item.body ? "bubble-body" : "bubble-body is-erased"} dir="auto">
        {shownBody(item.body)}
        <span class="bubble-foot" dir="ltr">
          <Time at={item.at} />
          {item.from !== "contact" && <DeliverySign delivery={item.delivery} />}
        </span>
      </div>
      {item.delivery === "failed" && (
        <small class="warning">{t("thread.failed", { why: item.failure })}</small>
      )}
    </li>
  );
}

function SendingOf({ sending }: { sending: Sending }) {
  return (
    <li class="bubble bubble-agent bubble-sending" data-from="agent" data-delivery="waiting">
      <div class="bubble-body" dir="auto">
        {contained(sending.body)}
        <span class="bubble-foot" dir="ltr" title={t("thread.sending")}>
          <Icon name="clock" />
          <span class="sr-only">{t("thread.sending")}</span>
        </span>
      </div>
    </li>
  );
}

/** null: it has been erased. */
export function shownBody(text: string | null): string {
  return text === null ? t("thread.erased") : contained(text) || t("thread.no_text");
}

export function DeliverySign({ delivery }: { delivery: Delivery }) {
  if (delivery === "none") return null;
  const text = t(`delivery.${delivery}`);
  return (
    <span class={`delivery delivery-${delivery}`} title={text}>
      <Icon name={delivery === "sent" ? "check" : delivery === "delivered" ? "checks" : "blocked"} />
      <span class="sr-only">{text}</span>
    </span>
  );
}

function Time({ at }: { at: number }) {
  return <time dateTime={new Date(at).toISOString()}>{formatClock(at, language.value)}</time>;
}

/**
 * What stands at the end of the thread, while somebody has the page before him, is shown: from the next frame
 * on. Returns up to where it has been noticed.
 */
function useLooking(desk: Desk, isAtEnd: ReadonlySignal<boolean>): number | undefined {
  const noticed = useSignal<number | undefined>(undefined);
  useSignalEffect(() => {
    const view = desk.thread.view.value;
    if (view === undefined || !isVisible.value || !isAtEnd.value) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const frame = requestAnimationFrame(() => {
      desk.shown.look(view);
      timer = setTimeout(() => (noticed.value = desk.shown.upTo(view)?.seq), NOTICED_MS + 1);
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  });
  return noticed.value;
}

/**
 * At the end it stays at the end; elsewhere what is looked at stays where it is when older entries come
 * before it.
 */
function useScrollThatStays(
  scroll: { current: HTMLDivElement | null },
  isAtEnd: { value: boolean; peek(): boolean },
  items: readonly Item[],
  sending: number,
): void {
  const before = useRef({ first: "", height: 0, sending: 0 });
  useLayoutEffect(() => {
    const box = scroll.current;
    if (box === null) return;
    const first = items.find((item) => item.kind !== "day")?.key ?? "";
    const grewAbove =
      before.current.first !== "" &&
      first !== before.current.first &&
      items.some(({ key }) => key === before.current.first);
    if (isAtEnd.peek() || sending > before.current.sending) box.scrollTop = box.scrollHeight;
    else if (grewAbove) box.scrollTop += box.scrollHeight - before.current.height;
    before.current = { first, height: box.scrollHeight, sending };
  }, [items, sending]);
  useLayoutEffect(() => {
    const box = scroll.current;
    if (box === null) return undefined;
    // The room changes when the details open, the composer grows, or the window does.
    const watcher = new ResizeObserver(() => {
      if (isAtEnd.peek()) box.scrollTop = box.scrollHeight;
    });
    watcher.observe(box);
    return () => watcher.disconnect();
  }, []);
}
