// Who is online, what they have in front of them and who types; and what we say of ourselves (PROTOCOL.md,
// "presence").

import type { Environment } from "./environment";
import { createEvents, type Events } from "./events";
import type { ClientMessage, Person, Presence as Said } from "./wire";

const REPEAT_MS = 3000; // typing that is not said again is forgotten after `limits.typing_ms`
const IDLE_MS = 5000; // after the last key somebody types no more

export interface PresenceEvents {
  /** Somebody came, went, looks at something else, types or stopped. */
  people: ReadonlyMap<string, Person>;
}

export interface Presence {
  readonly on: Events<PresenceEvents>["on"];
  /** Those who are online, by id; oneself too. Nobody while there is no connection: nothing is known then. */
  readonly people: ReadonlyMap<string, Person>;
  /** Says which conversation is in front; undefined: none. */
  look(conversation: string | undefined): void;
  /** A key was pressed in what is in front. It ends by itself. */
  type(): void;
  /** What was typed has been sent, or thrown away. */
  stopTyping(): void;
}

export interface PresenceFeed extends Presence {
  said(presence: Said): void;
  opened(): void;
  lost(): void;
}

export function createPresence(
  environment: Pick<Environment, "after">,
  send: (message: ClientMessage) => void,
): PresenceFeed {
  const events = createEvents<PresenceEvents>();
  const people = new Map<string, Person>();
  let conversation: string | undefined;
  let isTyping = false;
  let cancelRepeat = () => {};
  let cancelIdle = () => {};

  function say(): void {
    send({ t: "presence", conversation, typing: isTyping ? true : undefined });
  }

  function repeat(): void {
    say();
    cancelRepeat = environment.after(REPEAT_MS, repeat);
  }

  function forgetTyping(): void {
    cancelRepeat();
    cancelIdle();
    isTyping = false;
  }

  function stopTyping(): void {
    if (!isTyping) return;
    forgetTyping();
    say();
  }

  return {
    on: events.on,
    people,
    look(next) {
      if (next === conversation) return;
      forgetTyping();
      conversation = next;
      say();
    },
    type() {
      if (conversation === undefined) return;
      cancelIdle();
      cancelIdle = environment.after(IDLE_MS, stopTyping);
      if (isTyping) return;
      isTyping = true;
      repeat();
    },
    stopTyping,
    said(presence) {
      if (presence.fresh) people.clear();
      for (const person of presence.people) {
        if (person.online) people.set(person.agent, person);
        else people.delete(person.agent);
      }
      events.emit("people", people);
    },
    opened() {
      if (conversation !== undefined) say();
    },
    lost() {
      forgetTyping();
      if (people.size === 0) return;
      people.clear();
      events.emit("people", people);
    },
  };
}
