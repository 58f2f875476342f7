// What is being written to each contact, and what becomes of it when it is sent. Nothing that was written is
// lost: what the server refuses comes back into its box, before what has been begun there since.
//
//   writing ──send──▶ on its way ──done──▶ written
//      ▲                  │
//      └── held ◀─────────┘ somebody else was quicker: the other message stands above the box, and the same
//                           key sends all the same

import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { Outcome, Place, Refusal, Row, Seen } from "../client";
import type { Outbox, Reply } from "./feed";
import { holderOf } from "./rules";
import { cleanBody } from "./text";

/** A reply that did not go out, because something had happened that its author had not seen. */
export interface Held {
  refusal: Refusal;
  /** What had been seen when it was sent. */
  seen: number;
  /** How often in a row. */
  times: number;
  /** So long on the screen that the same key can be meant: whoever strikes it twice in haste has not read. */
  isReady: boolean;
}

export interface Replies {
  draft(conversation: string): ReadonlySignal<string>;
  /** This stands in the box now. Who empties it has given up what was held. */
  write(conversation: string, text: string): void;
  held(conversation: string): ReadonlySignal<Held | undefined>;
  /** Sends what stands in the box. `isBlind`: whatever has come meanwhile. */
  send(row: Row, isBlind?: boolean): Promise<void>;
  /** Another log is followed: what was seen in the one before holds no more. */
  restart(): void;
}

interface Box {
  text: Signal<string>;
  held: Signal<Held | undefined>;
  returned: string; // came back, and stands at the beginning of the text
}

const READ_MS = 500;
const HOLDS = ["answered", "contact_wrote", "not_holder"];

export function createReplies(
  outbox: Pick<Outbox, "send">,
  shown: (conversation: string) => Place | undefined,
  tell: (refusal: Refusal, conversation: string) => void,
  after: (ms: number, callback: () => void) => void = (ms, callback) => setTimeout(callback, ms),
): Replies {
  const boxes = new Map<string, Box>();

  function boxOf(conversation: string): Box {
    let box = boxes.get(conversation);
    if (box === undefined) {
      box = { text: signal(""), held: signal(undefined), returned: "" };
      boxes.set(conversation, box);
    }
    return box;
  }

  function giveBack(box: Box, body: string): void {
    const text = box.text.peek();
    const returned = text.startsWith(box.returned) ? box.returned : "";
    const since = text.slice(returned.length).replace(/^\n/, "");
    box.returned = [returned, body].filter(Boolean).join("\n");
    box.text.value = [box.returned, since].filter(Boolean).join("\n");
  }

  function hold(box: Box, refusal: Refusal, seen: number, times: number): void {
    const held = { refusal, seen, times, isReady: false };
    box.held.value = held;
    after(READ_MS, () => {
      if (box.held.peek() === held) box.held.value = { ...held, isReady: true };
    });
  }

  function settle(box: Box, reply: Reply, outcome: Outcome | undefined, times: number): void {
    if (outcome !== undefined && outcome.outcome !== "refused") return;
    giveBack(box, reply.body);
    if (outcome === undefined) return;
    if (HOLDS.includes(outcome.reason)) hold(box, outcome, seqOf(reply.seen), times + 1);
    tell(outcome, reply.conversation);
  }

  return {
    draft: (conversation) => boxOf(conversation).text,
    write(conversation, text) {
      const box = boxOf(conversation);
      box.text.value = text;
      if (text.trim() === "") box.held.value = undefined;
    },
    held: (conversation) => boxOf(conversation).held,
    async send(row, isBlind = false) {
      const box = boxOf(row.id);
      const body = cleanBody(box.text.peek());
      const held = box.held.peek();
      if (body === "" || held?.isReady === false) return;
      const seen = isBlind ? "any" : later(shown(row.id), held?.refusal.seq);
      // Whoever sends all the same has seen who has it.
      const take = held === undefined && holderOf(row) === null ? true : undefined;
      const reply: Reply = { do: "send_message", conversation: row.id, body, seen, take };
      box.text.value = "";
      box.returned = "";
      box.held.value = undefined;
      settle(box, reply, await outbox.send(reply), held?.times ?? 0);
    },
    restart() {
      for (const { held } of boxes.values()) held.value = undefined;
    },
  };
}

function later(place: Place | undefined, seq: number | undefined): Seen {
  if (seq !== undefined && seq > (place?.seq ?? 0)) return seq;
  return place ?? 0;
}

function seqOf(seen: Seen): number {
  return typeof seen === "object" ? seen.seq : seen === "any" ? Infinity : seen;
}
