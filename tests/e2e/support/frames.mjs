// WebSocket frames (RFC 6455, section 5.2), made by hand: right ones and wrong ones.

/**
 * A frame with this payload. `length`: the form of its length (7, 16 or 64 bits; the shortest where it is not
 * said), `says`: the length that it claims.
 */
export function frameOf(
    payload = Buffer.alloc(0),
    { fin = true, rsv = 0, opcode = 2, mask = [1, 2, 3, 4], length, says } = {},
) {
    const size = says ?? BigInt(payload.length);
    const form = length ?? (size < 126n ? 7 : size < 65536n ? 16 : 64);
    const head = Buffer.alloc(form === 7 ? 2 : form === 16 ? 4 : 10);
    head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
    head[1] = (mask ? 0x80 : 0) | (form === 7 ? Number(size) : form === 16 ? 126 : 127);
    if (form === 16) head.writeUInt16BE(Number(size), 2);
    if (form === 64) head.writeBigUInt64BE(size, 2);
    if (!mask) return Buffer.concat([head, payload]);
    return Buffer.concat([
        head,
        Buffer.from(mask),
        Buffer.from(payload).map((byte, i) => byte ^ mask[i & 3]),
    ]);
}
