// What is written to a contact: cleaned as the server would, and measured against what it takes.

/** What the protocol takes as a message: no control characters but tabs and line feeds. */
export function cleanBody(text: string): string {
  return text
    .replace(/\r\n?|[\v\f]/g, "\n")
    .replace(/[\u0000-\u0008\u000e-\u001f\u007f]/g, "")
    .trim();
}

export interface Room {
  /** Worth a word: nine tenths are used up. */
  isNear: boolean;
  /**
   * Characters of the kind that is written here that still fit, about; below zero: so many are too many,
   * exactly.
   */
  left: number;
}

const utf8 = new TextEncoder();
const BYTES_MAX = 3; // of one UTF-16 unit

export function roomFor(body: string, bytesMax: number | undefined): Room {
  if (bytesMax === undefined || body.length * BYTES_MAX < 0.9 * bytesMax)
    return { isNear: false, left: Infinity };
  const characters = [...body];
  const bytes = utf8.encode(body).byteLength;
  if (bytes <= bytesMax)
    return {
      isNear: bytes >= 0.9 * bytesMax,
      left: Math.floor(((bytesMax - bytes) * characters.length) / bytes),
    };
  let fits = 0;
  for (let used = 0; ; fits += 1) {
    used += utf8.encode(characters[fits]).byteLength;
    if (used > bytesMax) break;
  }
  return { isNear: true, left: fits - characters.length };
}
