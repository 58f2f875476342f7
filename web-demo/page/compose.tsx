// Writing to the contact. What has been begun waits for its conversation to be looked at again.

import { useSignal } from "@preact/signals";
import type { Row } from "../client";
import type { Desk } from "./desk";
import { formatNumber } from "./format";
import { Icon } from "./icons";
import { language, t } from "./language";
import { pauseEffect } from "./pauses";
import { cleanBody, roomFor, type Room } from "./text";

const drafts = new Map<string, string>();

export function Compose({ row, desk }: { row: Row; desk: Desk }) {
  const text = useSignal(drafts.get(row.id) ?? "");
  const { presence } = desk.client;
  const body = cleanBody(text.value);
  const room = roomFor(body, desk.limits.value.body_bytes);
  const maySend = body !== "" && room.left >= 0;

  function write(next: string): void {
    text.value = next;
    drafts.set(row.id, next);
    if (next.trim() === "") presence.stopTyping();
  }

  async function send(): Promise<void> {
    if (!maySend) return;
    write("");
    const outcome = await desk.outbox.send(row.id, body);
    if (outcome?.outcome === "refused" && (drafts.get(row.id) ?? "") === "") write(body);
  }

  return (
    <>
      {room.isNear && <RoomLeft room={room} />}
      <form
        class="compose"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <textarea
          rows={1}
          dir="auto"
          aria-invalid={room.left < 0}
          aria-describedby={room.isNear ? "room" : undefined}
          data-testid="compose"
          data-most={desk.limits.value.body_bytes}
          aria-label={t("compose.label")}
          placeholder={t("compose.placeholder", { name: row.name || row.id })}
          value={text.value}
          onInput={(event) => {
            write(event.currentTarget.value);
            if (text.value.trim() !== "") presence.type();
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void send();
          }}
        />
        <button
          type="submit"
          class="button button-primary"
          data-action="send_message"
          title={t("compose.hint", { pause: pauseEffect(undefined, desk.defaultPause.value) })}
          disabled={!maySend}
        >
          <Icon name="send" />
          <span class="compose-word">{t("compose.send")}</span>
        </button>
      </form>
    </>
  );
}

/** Said when it begins to matter, and until it no longer does. */
function RoomLeft({ room }: { room: Room }) {
  const isOver = room.left < 0;
  return (
    <p id="room" class={isOver ? "room is-over" : "room"} data-testid="room" data-left={room.left} role="status">
      {isOver ? t("compose.too_long", { n: formatNumber(-room.left, language.value) }) : t("compose.room", { n: formatNumber(room.left, language.value) })}
    </p>
  );
}
