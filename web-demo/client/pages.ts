// Older rows of the Completed list, page by page.

import type { ClientMessage, Page } from "./wire";

export interface Pages {
  /** Asks for the next page. Rejects when the connection is lost meanwhile, or there is none. */
  next(): Promise<Page>;
  /** There is nothing older. */
  readonly atEnd: boolean;
  answered(page: Page): void;
  /** The rows start afresh: so does the paging. */
  restart(): void;
  lost(): void;
}

export function createPages(send: (message: ClientMessage) => void): Pages {
  const waiting = new Map<number, { resolve(page: Page): void; reject(error: Error): void }>();
  let ref = 0;
  let firstRef = 1; // answers to requests from before the last restart do not move the place
  let before: number | undefined;
  let atEnd = false;

  return {
    next() {
      return new Promise((resolve, reject) => {
        ref += 1;
        waiting.set(ref, { resolve, reject });
        send({ t: "page", ref, before });
      });
    },
    get atEnd() {
      return atEnd;
    },
    answered(page) {
      if (page.ref >= firstRef) {
        before = page.next;
        atEnd = page.next === undefined;
      }
      waiting.get(page.ref)?.resolve(page);
      waiting.delete(page.ref);
    },
    restart() {
      firstRef = ref + 1;
      before = undefined;
      atEnd = false;
    },
    lost() {
      for (const one of waiting.values()) one.reject(new Error("The connection was lost before the page came"));
      waiting.clear();
    },
  };
}
