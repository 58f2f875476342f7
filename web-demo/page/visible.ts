// Whether somebody has this page before their eyes.

import { signal } from "@preact/signals";

export const isVisible = signal(document.visibilityState === "visible");

document.addEventListener(
  "visibilitychange",
  () => (isVisible.value = document.visibilityState === "visible"),
);
