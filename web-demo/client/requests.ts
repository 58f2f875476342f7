// Questions with a number, matched with their answers: pages, history, find.

import type { ClientMessage, Found, History, Page, Unanswered } from "./wire";

type Question = Extract<ClientMessage, { t: "page" | "history" | "find" }>;
type Reply = Page | History | Found;

/** The question as it is asked: the number comes with the sending. */
type Unnumbered = Question extends infer One ? (One extends Question ? Omit<One, "ref"> : never) : never;

const IN_FLIGHT = 8; // of the 16 that the server takes: the clock and the threads have numbers too

/** The server could not look it up. Ask for less, or again after `retryMs`. */
export class RequestRefusedError extends Error {
  override readonly name = "RequestRefusedError";
  constructor(
    readonly reason: string,
    sentence: string,
    readonly retryMs: number,
  ) {
    super(sentence);
  }
}

export interface Requests {
  /** Rejects where there is no connection, or it is lost meanwhile; and with RequestRefusedError. */
  ask(question: Extract<Unnumbered, { t: "page" }>): Promise<Page>;
  ask(question: Extract<Unnumbered, { t: "history" }>): Promise<History>;
  ask(question: Extract<Unnumbered, { t: "find" }>): Promise<Found>;
  answered(reply: Reply): void;
  refused(refusal: Unanswered): void;
  opened(): void;
  lost(): void;
}

interface Asked {
  question: Unnumbered;
  resolve(reply: never): void;
  reject(error: Error): void;
}

export function createRequests(send: (message: ClientMessage) => void): Requests {
  const inFlight = new Map<number, Asked>();
  let queue: Asked[] = [];
  let ref = 0;
  let isOpen = false;

  function sendWaiting(): void {
    while (inFlight.size < IN_FLIGHT) {
      const next = queue.shift();
      if (next === undefined) return;
      ref += 1;
      inFlight.set(ref, next);
      send({ ...next.question, ref } as Question);
    }
  }

  return {
    ask: (question: Unnumbered) =>
      new Promise<never>((resolve, reject) => {
        if (!isOpen) {
          reject(new Error("There is no connection to ask over"));
          return;
        }
        queue.push({ question, resolve, reject });
        sendWaiting();
      }),
    answered(reply) {
      inFlight.get(reply.ref)?.resolve(reply as never);
      inFlight.delete(reply.ref);
      sendWaiting();
    },
    refused({ ref: answered, reason, sentence, retryMs }) {
      inFlight.get(answered)?.reject(new RequestRefusedError(reason, sentence, retryMs));
      inFlight.delete(answered);
      sendWaiting();
    },
    opened() {
      isOpen = true;
    },
    lost() {
      isOpen = false;
      const left = [...inFlight.values(), ...queue];
      inFlight.clear();
      queue = [];
      for (const one of left) one.reject(new Error("The connection was lost before the answer came"));
    },
  };
}
