import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf, digestSum } from "../client/digest";

test("the digest is the one that PROTOCOL.md works out", () => {
  assert.equal(digestOf("a", 1), 0x7f84a43f);
  assert.equal(digestSum(digestOf("a", 1), digestOf("b", 2)), 0x5fe3869e);
});

test("a seq beyond 32 bits and an id beyond ASCII count byte by byte", () => {
  const reference = (id: string, seq: bigint) => {
    const bytes = [...new TextEncoder().encode(id)];
    for (let shift = 56n; shift >= 0n; shift -= 8n) bytes.push(Number((seq >> shift) & 0xffn));
    return Number(
      bytes.reduce((hash, byte) => ((hash ^ BigInt(byte)) * 16777619n) & 0xffffffffn, 2166136261n),
    );
  };
  for (const [id, seq] of [
    ["ñandú 🙂", 2 ** 32 + 5],
    ["x", 2 ** 53 - 1],
    ["", 0],
    ["y", 2 ** 31],
  ] as const) {
    assert.equal(digestOf(id, seq), reference(id, BigInt(seq)));
  }
});

test("what was added can be taken away again", () => {
  const both = digestSum(digestOf("a", 1), digestOf("b", 2));
  assert.equal(digestSum(both, digestOf("b", 2), -1), digestOf("a", 1));
  assert.equal(digestSum(0, 1, -1), 0xffffffff);
});
