// The self-check (PROTOCOL.md, "Self-check"): what both sides make of the Open list, in one number.

const utf8 = new TextEncoder();

/**
 * What one open conversation adds: FNV-1a 32 over the id's bytes, then the seq as eight bytes, most
 * significant first.
 */
export function digestOf(id: string, seq: number): number {
  let hash = 0x811c9dc5;
  const add = (byte: number) => {
    hash = Math.imul(hash ^ byte, 0x01000193);
  };
  for (const byte of utf8.encode(id)) add(byte);
  // A seq is a safe integer, below 2^53: split by division, as bit operators would cut it to 32 bits.
  const high = Math.floor(seq / 2 ** 32);
  const low = seq >>> 0;
  for (const word of [high, low]) {
    for (const shift of [24, 16, 8, 0]) add((word >>> shift) & 0xff);
  }
  return hash >>> 0;
}

/** The sum of two digests, modulo 2^32; `sign` -1 takes one away again. */
export function digestSum(digest: number, part: number, sign: 1 | -1 = 1): number {
  return (digest + sign * part) >>> 0;
}
