// Lengths and moments of time, as people read them. The units are the same in all three languages.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const CLOCKS_APART = 500;

/**
 * What is left of a pause: minutes above five, minutes and seconds below. Rounds up, so that 0:00 means over;
 * but a moment is let pass, so that a pause of 15 minutes begins with 15 and not, by the doubt of the clocks,
 * with 16.
 */
export function formatCountdown(ms: number): string {
  const left = Math.max(ms - CLOCKS_APART, 0);
  if (left <= 5 * MINUTE) {
    const seconds = Math.ceil(left / SECOND);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
  const minutes = Math.ceil(left / MINUTE);
  if (minutes <= 90) return `${minutes} min`;
  if (left < 2 * DAY) return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.ceil(left / HOUR);
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** How long something has lasted: its largest unit, rounded down, and at least a second. */
export function formatElapsed(ms: number): string {
  const past = Math.max(ms, SECOND);
  if (past < MINUTE) return `${Math.floor(past / SECOND)} s`;
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min`;
  if (past < DAY) return `${Math.floor(past / HOUR)} h`;
  return `${Math.floor(past / DAY)} d`;
}

/** A length that somebody chose: 15 min, 1 h, 90 min. */
export function formatLength(ms: number): string {
  const minutes = Math.round(ms / MINUTE);
  if (minutes <= 90 && minutes !== 60) return `${minutes} min`;
  return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

/** A moment: the time, and the day where it is not today. */
export function formatMoment(at: number, now: number, language: string): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return formatterFor(language, isToday).format(at);
}

const formatters = new Map<string, Intl.DateTimeFormat>(); // making one is slow

function formatterFor(language: string, isToday: boolean): Intl.DateTimeFormat {
  const name = `${language} ${isToday}`;
  const day: Intl.DateTimeFormatOptions = isToday ? {} : { day: "numeric", month: "short" };
  const found =
    formatters.get(name) ?? new Intl.DateTimeFormat(language, { ...day, hour: "2-digit", minute: "2-digit" });
  formatters.set(name, found);
  return found;
}

/** The time of day. */
export function formatClock(at: number, language: string): string {
  return formatterFor(language, true).format(at);
}

/** A day, as one speaks of it: today, yesterday, or its date. */
export function formatDay(at: number, now: number, language: string): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY);
  if (days === 0 || days === 1)
    return capital(new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-days, "day"));
  return new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" }).format(at);
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

/** A count, with its thousands apart. */
export function formatNumber(n: number, language: string): string {
  return n.toLocaleString(language);
}

/** Up to two letters that stand for a name: João da Silva is JS, Lucía Fernández Ortega LF. */
export function initialsOf(name: string): string {
  const words = name
    .replace(/\p{Cf}/gu, "")
    .trim()
    .split(/\s+/);
  const [first = "", ...others] = words;
  const second = others.find((word) => /^\p{Lu}/u.test(word)) ?? others[0] ?? "";
  return [first, second]
    .map((word) => [...word][0] ?? "")
    .join("")
    .toLocaleUpperCase();
}

function two(many: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${many} ${unit}` : `${many} ${unit} ${rest} ${restUnit}`;
}
