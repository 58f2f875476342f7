// Line icons on a 24 × 24 grid. They only accompany words: hidden from those who listen.

const PATHS = {
  assign:
    "M16 19v-1a4 4 0 0 0-4-4H7a4 4 0 0 0-4 4v1 M9.5 10.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z M19 8v6 M22 11h-6",
  back: "M15 5l-7 7 7 7",
  blocked: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M5.8 5.8l12.4 12.4",
  bot: "M12 7V3.5 M6.5 7h11a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-11a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2z M9 12v1.5 M15 12v1.5 M2.5 12v3 M21.5 12v3",
  chevron: "M6.5 9.5l5.5 5.5 5.5-5.5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M1.5 12.5l4.5 4.5L15 8 M11 15l2 2L22.5 7.5",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 7.5V12l3 2",
  close: "M6.5 6.5l11 11 M17.5 6.5l-11 11",
  contact: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M5 20a7 7 0 0 1 14 0",
  down: "M12 5v14 M6 13l6 6 6-6",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  erase: "M4.5 7h15 M9.5 7V4.5h5V7 M6.5 7l1 12.5h9l1-12.5 M10.3 11v5 M13.7 11v5",
  open: "M4 8.5V6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-6l-4.5 3.5V17H6a2 2 0 0 1-2-2v-1.5",
  pause: "M9.2 6.5v11 M14.8 6.5v11",
  phone:
    "M8 3.5h8a1.5 1.5 0 0 1 1.5 1.5v14a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 19V5A1.5 1.5 0 0 1 8 3.5z M11 17.5h2",
  play: "M8 5.5v13l10.5-6.5z",
  reopen: "M4.5 12a7.5 7.5 0 1 0 2.4-5.5 M4.5 4.5v4h4",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z M15.3 15.3L20 20",
  send: "M20.5 3.5L10 14 M20.5 3.5L14 20.5l-4-6.5-6.5-4z",
  unlink: "M9.5 14.5l5-5 M8 11l-2.6 2.6a3.5 3.5 0 0 0 5 5L13 16 M16 13l2.6-2.6a3.5 3.5 0 0 0-5-5L11 8",
  warning: "M12 4L2.8 19.5h18.4z M12 10v4.5 M12 17v.4",
  workflow: "M4 4h6v6H4z M14 14h6v6h-6z M10 7h4.5a2.5 2.5 0 0 1 2.5 2.5V14",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
