// The customer's phone: what the contact sees.

import { useSignal, type Signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { contained } from "./bidi";
import type { Desk } from "./desk";
import { formatClock, initialsOf } from "./format";
import { Icon } from "./icons";
import { language, t } from "./language";
import type { Contact, PhoneMessage } from "./players";
import { cleanBody } from "./text";
import { shownBody } from "./thread";
import { nameOf } from "./words";

interface Props {
  contact: Contact | undefined;
  messages: readonly PhoneMessage[];
  desk: Desk;
  onWrite: (body: string) => Promise<void>;
}

export function Phone({ contact, messages, desk, onWrite }: Props) {
  // Until somebody types: an example in the page's language.
  const typed = useSignal<string | undefined>(undefined);
  const name = contact === undefined ? t("sim.new") : contact.name || contact.id;
  return (
    <section class="phone" aria-label={t("phone.label", { name })}>
      <header class="phone-head">
        <span class="face face-small" aria-hidden="true">
          {contact === undefined ? "+" : initialsOf(name)}
        </span>
        <strong dir="auto">{contained(name)}</strong>
        <small>{t("phone.sees")}</small>
      </header>
      <Messages messages={messages} desk={desk} />
      <Write typed={typed} onWrite={onWrite} />
    </section>
  );
}

function Messages({ messages, desk }: Pick<Props, "messages" | "desk">) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [messages]);
  return (
    <div
      class="phone-scroll"
      ref={box}
      tabIndex={0}
      role="log"
      aria-label={t("phone.messages")}
      data-testid="phone"
    >
      {messages.length === 0 && <p class="hint">{t("phone.empty")}</p>}
      <ol>
        {messages.map((message) => (
          <li
            key={message.seq}
            class={message.from === "contact" ? "said said-own" : "said"}
            data-phone-from={message.from}
          >
            {message.from !== "contact" && (
              <small dir="auto">
                {message.from === "bot"
                  ? t("card.from_bot")
                  : contained(nameOf(message.by ?? "", { agents: desk.agents.value }))}
              </small>
            )}
            <span class={message.body ? "" : "is-erased"} dir="auto">
              {shownBody(message.body)}
            </span>
            <time dateTime={new Date(message.at).toISOString()}>
              {formatClock(message.at, language.value)}
            </time>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Write({
  typed,
  onWrite,
}: {
  typed: Signal<string | undefined>;
  onWrite: (body: string) => Promise<void>;
}) {
  const text = typed.value ?? t("sim.contact_text");
  const body = cleanBody(text);
  return (
    <form
      class="phone-write"
      data-sim="contact"
      onSubmit={(event) => {
        event.preventDefault();
        if (body === "") return;
        typed.value = "";
        void onWrite(body);
      }}
    >
      <input
        type="text"
        maxLength={2000}
        data-testid="sim-contact-text"
        aria-label={t("sim.contact_label")}
        placeholder={t("sim.contact_label")}
        value={text}
        onInput={(event) => (typed.value = event.currentTarget.value)}
      />
      <button
        type="submit"
        class="icon-button"
        data-action="sim_contact"
        title={t("sim.contact_send")}
        disabled={body === ""}
      >
        <Icon name="send" />
        <span class="sr-only">{t("sim.contact_send")}</span>
      </button>
    </form>
  );
}
