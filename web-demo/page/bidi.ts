// Texts that people wrote, among ours. Some of their characters turn the direction of what stands around
// them; they may do so among themselves.

const ISOLATES = /[\u2066-\u2068]/; // begin something of a direction of its own
const END = "\u2069"; // ends it
const TURNS =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2068\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** For an element with a direction of its own (`dir` or `bdi`): ends nothing that it has not begun. */
export function contained(text: string): string {
  return text.includes(END) ? follow(text).kept : text;
}

/**
 * For a place that is no element (a title, the middle of a sentence): has a direction of its own, and ends
 * all that it begins.
 */
export function isolated(text: string): string {
  if (!TURNS.test(text)) return contained(text);
  const { kept, open } = follow(text);
  return `\u2068${kept}${END.repeat(open + 1)}`;
}

function follow(text: string): { kept: string; open: number } {
  let kept = "";
  let open = 0;
  for (const one of text) {
    if (one === END && open === 0) continue;
    if (one === END) open -= 1;
    else if (ISOLATES.test(one)) open += 1;
    kept += one;
  }
  return { kept, open };
}
