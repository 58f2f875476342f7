// Writing to the contact. What has been begun waits for its conversation to be looked at again.

import { useSignal } from "@preact/signals";
import type { Row } from "../client";
import type { Desk } from "./desk";
import { Icon } from "./icons";
import { t } from "./language";
import { pauseEffect } from "./pauses";
import { cleanBody } from "./text";

const drafts = new Map<string, string>();

export function Compose({ row, desk }: { row: Row; desk: Desk }) {
  const text = useSignal(drafts.get(row.id) ?? "");
  const { presence } = desk.client;

  function write(next: string): void {
    text.value = next;
    drafts.set(row.id, next);
    if (next.trim() === "") presence.stopTyping();
  }

  async function send(): Promise<void> {
    const body = cleanBody(text.value);
    if (body === "") return;
    write("");
    const outcome = await desk.outbox.send(row.id, body);
    if (outcome?.outcome === "refused" && (drafts.get(row.id) ?? "") === "") write(body);
  }

  return (
    <form
      class="compose"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        rows={1}
        data-testid="compose"
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
        disabled={cleanBody(text.value) === ""}
      >
        <Icon name="send" />
        <span class="compose-word">{t("compose.send")}</span>
      </button>
    </form>
  );
}
