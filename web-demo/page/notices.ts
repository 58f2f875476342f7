// What is told in passing: refusals, which stay until they have been read, and milestones for those who
// listen.

import { signal } from "@preact/signals";
import type { Refusal } from "../client";

export interface Notice {
  id: number;
  refusal: Refusal;
  /** The contact that a reply did not go to, where another conversation is looked at. */
  contact: string | undefined;
}

const SHOWN_MS = 8000;
const SHOWN_AT_ONCE = 3;

export const notices = signal<readonly Notice[]>([]);

/** Read aloud by screen readers; never seen. */
export const announcement = signal("");

let lastId = 0;

export function showRefusal(refusal: Refusal, contact?: string): void {
  lastId += 1;
  const notice = { id: lastId, refusal, contact };
  notices.value = [...notices.value, notice].slice(-SHOWN_AT_ONCE);
  setTimeout(() => hideNotice(notice.id), SHOWN_MS);
}

export function hideNotice(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export function announce(text: string): void {
  announcement.value = text;
}
