// Who is there: online at all, looking at a conversation, typing in it.

import { useComputed } from "@preact/signals";
import type { Person } from "../client";
import { isolated } from "./bidi";
import type { Desk } from "./desk";
import { initialsOf } from "./format";
import { Icon } from "./icons";
import { t } from "./language";
import { Said } from "./said";
import { nameOf } from "./words";

/** Everybody who is online, and what they look at. */
export function Online({ desk }: { desk: Desk }) {
  const me = desk.me.value.id;
  const others = [...desk.people.online.value.values()].filter(({ agent }) => agent !== me);
  const label = others.length === 0 ? t("people.alone") : t("people.online", { who: namesOf(others, desk) });
  return (
    <ul class="online" data-testid="online" aria-label={label} title={label}>
      {others.map((person) => (
        <li key={person.agent} class="avatar avatar-online" data-online={person.agent}>
          <span aria-hidden="true">{initialsOf(nameOf(person.agent, { agents: desk.agents.value }))}</span>
          <span class="sr-only">
            <Said text={nameOf(person.agent, { agents: desk.agents.value })} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** On a row: an eye, or moving dots, and whose. */
export function Visitors({ id, desk }: { id: string; desk: Desk }) {
  // Of many rows only those that somebody came to, or left, are drawn.
  const people = useComputed(() => desk.people.at(id)).value;
  if (people.length === 0) return null;
  const typing = people.filter((person) => person.typing);
  const text = sentence(typing.length > 0 ? "typing" : "viewing", typing.length > 0 ? typing : people, desk);
  return (
    <span
      class={typing.length > 0 ? "visitors is-typing" : "visitors"}
      data-viewers={idsOf(people)}
      data-typing={idsOf(typing)}
      title={text}
    >
      {typing.length > 0 ? <Dots /> : <Icon name="eye" />}
      <span aria-hidden="true">
        {initialsOf(nameOf((typing[0] ?? people[0])?.agent ?? "", { agents: desk.agents.value }))}
      </span>
      {people.length > 1 && <span aria-hidden="true">+{people.length - 1}</span>}
      <span class="sr-only">{text}</span>
    </span>
  );
}

/** In the head of a conversation: who else has it before them. */
export function Viewing({ id, desk }: { id: string; desk: Desk }) {
  const people = desk.people.at(id);
  if (people.length === 0) return null;
  return (
    <span
      class="viewing"
      data-testid="viewing"
      data-viewers={idsOf(people)}
      title={sentence("viewing", people, desk)}
    >
      <Icon name="eye" />
      <span class="viewing-short" aria-hidden="true">
        {people.map(({ agent }) => initialsOf(nameOf(agent, { agents: desk.agents.value }))).join(" ")}
      </span>
      <span class="viewing-words">{sentence("viewing", people, desk)}</span>
    </span>
  );
}

/** Above the composer: its room is always there, so that nothing jumps. */
export function Typing({ id, desk }: { id: string; desk: Desk }) {
  const typing = desk.people.at(id).filter((person) => person.typing);
  return (
    <p class="typing" data-testid="typing" data-typing={idsOf(typing)} aria-live="polite">
      {typing.length > 0 && (
        <>
          <Dots />
          {sentence("typing", typing, desk)}
        </>
      )}
    </p>
  );
}

function Dots() {
  return (
    <span class="dots" aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}

function sentence(what: "viewing" | "typing", people: readonly Person[], desk: Desk): string {
  const many = people.length === 1 ? "one" : "many";
  return t(what === "typing" ? `people.typing_${many}` : `people.viewing_${many}`, {
    who: namesOf(people, desk),
  });
}

function namesOf(people: readonly Person[], desk: Desk): string {
  return people.map(({ agent }) => isolated(nameOf(agent, { agents: desk.agents.value }))).join(", ");
}

function idsOf(people: readonly Person[]): string {
  return people.map(({ agent }) => agent).join(" ");
}
