// Writing to the contact. What has been begun waits for its conversation to be looked at again.

import { useEffect } from "preact/hooks";
import type { Row } from "../client";
import { ACTIONS } from "./actions";
import type { Desk } from "./desk";
import { formatNumber } from "./format";
import { HeldReply } from "./held";
import { Icon } from "./icons";
import { language, t } from "./language";
import { announce } from "./notices";
import { pauseEffect } from "./pauses";
import { holderOf } from "./rules";
import { cleanBody, roomFor, type Room } from "./text";
import { nameOf } from "./words";

export function Compose({ row, desk }: { row: Row; desk: Desk }) {
  const draft = desk.replies.draft(row.id);
  const held = desk.replies.held(row.id).value;
  const { presence } = desk.client;
  const body = cleanBody(draft.value);
  const room = roomFor(body, desk.limits.value.body_bytes);
  const maySend = body !== "" && room.left >= 0 && held?.isReady !== false;

  function send(isBlind?: boolean): void {
    if (!maySend) return;
    presence.stopTyping();
    void desk.replies.send(row, isBlind);
  }

  return (
    <>
      {held !== undefined && <HeldReply held={held} row={row} desk={desk} onSendBlindly={() => send(true)} />}
      {held === undefined && <Holding row={row} desk={desk} />}
      {room.isNear && <RoomLeft room={room} />}
      <form
        class={held === undefined ? "compose" : "compose is-held"}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <textarea
          rows={1}
          dir="auto"
          aria-invalid={room.left < 0}
          aria-describedby={room.isNear ? "room" : held === undefined ? undefined : "held"}
          data-testid="compose"
          data-most={desk.limits.value.body_bytes}
          aria-label={t("compose.label")}
          placeholder={t("compose.placeholder", { name: row.name || row.id })}
          value={draft.value}
          onInput={(event) => {
            const { value } = event.currentTarget;
            desk.replies.write(row.id, value);
            if (value.trim() === "") presence.stopTyping();
            else presence.type();
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            if (!event.repeat) send();
          }}
        />
        <button
          type="submit"
          class="button button-primary"
          data-action="send_message"
          title={sendEffect(row, desk)}
          disabled={!maySend}
        >
          <Icon name={ACTIONS.send_message.icon} />
          <span class="compose-word">
            {t(
              held !== undefined
                ? "compose.send_anyway"
                : takes(row)
                  ? "compose.send_and_take"
                  : "compose.send",
            )}
          </span>
        </button>
      </form>
    </>
  );
}

/** Where nobody has a conversation, whoever answers takes it. */
function takes(row: Row): boolean {
  return holderOf(row) === null;
}

function sendEffect(row: Row, desk: Desk): string {
  const pause = row.automation
    ? t("compose.pauses", { pause: pauseEffect(undefined, desk.defaultPause.value) })
    : "";
  return [t("compose.opens"), pause, takes(row) ? t("compose.takes") : ""].filter(Boolean).join(" ");
}

/** Whose conversation one writes into, where it is a colleague's. */
function Holding({ row, desk }: { row: Row; desk: Desk }) {
  const holder = holderOf(row);
  if (holder === null || holder === desk.me.value.id) return null;
  return (
    <p class="holding" data-testid="holding" data-holding={holder}>
      <Icon name="contact" />
      {t("compose.held_by", { who: nameOf(holder, { agents: desk.agents.value }) })}
    </p>
  );
}

/** Said when it begins to matter, and until it no longer does. */
function RoomLeft({ room }: { room: Room }) {
  const isOver = room.left < 0;
  const n = formatNumber(Math.abs(room.left), language.value);
  useEffect(() => {
    if (isOver) announce(t("compose.too_long", { n })); // once: it changes with every key
  }, [isOver]);
  return (
    <p id="room" class={isOver ? "room is-over" : "room"} data-testid="room" data-left={room.left}>
      {t(isOver ? "compose.too_long" : "compose.room", { n })}
    </p>
  );
}
