// Older rows of the Completed list, page by page.

import type { Requests } from "./requests";
import type { Page } from "./wire";

export interface Pages {
  /** Asks for the next page. Rejects when the connection is lost meanwhile, or there is none. */
  next(): Promise<Page>;
  /** There is nothing older. */
  readonly atEnd: boolean;
  /** The rows start afresh: so does the paging. */
  restart(): void;
}

export function createPages(requests: Requests): Pages {
  let walk = 1; // answers to requests from before the last restart do not move the place
  let before: number | undefined;
  let atEnd = false;

  return {
    async next() {
      const mine = walk;
      const page = await requests.ask({ t: "page", before });
      if (mine === walk) {
        before = page.next;
        atEnd = page.next === undefined;
      }
      return page;
    },
    get atEnd() {
      return atEnd;
    },
    restart() {
      walk += 1;
      before = undefined;
      atEnd = false;
    },
  };
}
