// RFC 6455, in the groups of the Autobahn test suite (https://github.com/crossbario/autobahn-testsuite), over
// our messages instead of echoes: what a client sends byte by byte, and what comes back. `answered`: the
// connection goes on, and answers; a number: it is closed with this code; `cut`: it is closed without one;
// `pong`: the payload comes back.

import assert from 'node:assert/strict';
import { decode, encode } from '@msgpack/msgpack';
import { frameOf } from './support/frames.mjs';
import { RawSocket, upgradeHead } from './support/raw.mjs';
import { tokenOf } from './support/token.mjs';
import { test, useServer } from './support/whole.mjs';

const { server } = await useServer();

const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];
const FRAME_BYTES = 262_144;

/** The question for the time, as message of exactly so many bytes. */
function question(size) {
    const least = encode({ t: 'time', ref: 7 });
    if (size === undefined) return Buffer.from(least);
    const room = size - encode({ t: 'time', ref: 7, x: new Uint8Array(0) }).length;
    for (const x of [room, room - 1, room - 3]) {
        const message = x < 0 ? [] : encode({ t: 'time', ref: 7, x: new Uint8Array(x) });
        if (message.length === size) return Buffer.from(message);
    }
    throw new Error(`no message has ${size} bytes`);
}

/** A message in fragments of so many bytes, with `between` after each but the last. */
function fragments(message, size, between = Buffer.alloc(0)) {
    const parts = [];
    for (let at = 0; at < message.length; at += size) {
        const fin = at + size >= message.length;
        parts.push(
            frameOf(message.subarray(at, at + size), { opcode: at === 0 ? BINARY : CONTINUATION, fin }),
        );
        if (!fin) parts.push(between);
    }
    return Buffer.concat(parts);
}

function closing(code, reason = '') {
    const payload = Buffer.concat([Buffer.alloc(code === undefined ? 0 : 2), Buffer.from(reason)]);
    if (code !== undefined) payload.writeUInt16BE(code);
    return frameOf(payload, { opcode: CLOSE });
}

const ping = (payload, options) => frameOf(Buffer.from(payload), { opcode: PING, ...options });
const together = (...frames) => Buffer.concat(frames);
const asks = frameOf(question());
const utf8 = (hex) => Buffer.from(hex, 'hex');

const groups = {
    '1 framing': [
        ...[17, 125, 126, 127, 128, 511, 512, 513, 4096, 65_535, 65_536, FRAME_BYTES].map((size) => [
            `a message of ${size} bytes`,
            frameOf(question(size)),
            'answered',
        ]),
        ['a message of 4,096 bytes, byte by byte', frameOf(question(4096)), 'answered', { chop: 1 }],
        ['a message of 4,096 bytes, in sevens', frameOf(question(4096)), 'answered', { chop: 7 }],
        ['two messages at once', together(asks, asks), 'answered'],
        ['an empty message', frameOf(), 4002],
        ['a text message', frameOf(Buffer.from('hola'), { opcode: TEXT }), 1003],
        ['an empty text message', frameOf(Buffer.alloc(0), { opcode: TEXT }), 1003],
        ['a mask of zeros', frameOf(question(), { mask: [0, 0, 0, 0] }), 'answered'],
    ],
    '2 pings and pongs': [
        ['an empty ping', ping(''), 'pong'],
        ['a ping of a text', ping('hola'), 'pong'],
        ['a ping of bytes', ping(Buffer.from([0, 255, 254, 253, 252, 251, 0, 255])), 'pong'],
        ['a ping of 125 bytes', ping(Buffer.alloc(125, 254)), 'pong'],
        ['a ping of 125 bytes, byte by byte', ping(Buffer.alloc(125, 254)), 'pong', { chop: 1 }],
        ['a ping of 126 bytes', ping(Buffer.alloc(126)), 'cut'],
        ['ten pings', together(...Array.from({ length: 10 }, () => ping('p'))), 'pong'],
        ['an unsolicited pong', together(frameOf(Buffer.alloc(0), { opcode: PONG }), asks), 'answered'],
        [
            'an unsolicited pong of bytes',
            together(frameOf(Buffer.from('hola'), { opcode: PONG }), asks),
            'answered',
        ],
        [
            'a pong, a ping and a pong',
            together(
                frameOf(Buffer.from('a'), { opcode: PONG }),
                ping('b'),
                frameOf(Buffer.from('c'), { opcode: PONG }),
            ),
            'pong',
        ],
    ],
    '3 reserved bits': [1, 2, 3, 4, 5, 6, 7].flatMap((rsv) => [
        [`RSV ${rsv} on a message`, frameOf(question(), { rsv }), 1002],
        [`RSV ${rsv} on a ping`, ping('', { rsv }), 1002],
        [
            `RSV ${rsv} on a continuation`,
            together(
                frameOf(question().subarray(0, 5), { fin: false }),
                frameOf(question().subarray(5), { opcode: CONTINUATION, rsv }),
            ),
            1002,
        ],
        [`RSV ${rsv} on a close`, frameOf(Buffer.alloc(0), { opcode: CLOSE, rsv }), 1002],
    ]),
    '4 opcodes': [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap((opcode) => [
        [`opcode ${opcode}`, frameOf(Buffer.alloc(0), { opcode }), 1002],
        [`opcode ${opcode} with a payload`, frameOf(Buffer.from('hola'), { opcode }), 1002],
        [
            `opcode ${opcode} between fragments`,
            together(frameOf(Buffer.from([0x82]), { fin: false }), frameOf(Buffer.alloc(0), { opcode })),
            1002,
        ],
    ]),
    '5 fragmentation': [
        ['two fragments', fragments(question(), 5), 'answered'],
        ['a fragment for each byte', fragments(question(), 1), 'answered'],
        ['a fragment for each byte, byte by byte', fragments(question(), 1), 'answered', { chop: 1 }],
        [
            'an empty first fragment',
            together(frameOf(Buffer.alloc(0), { fin: false }), frameOf(question(), { opcode: CONTINUATION })),
            'answered',
        ],
        [
            'an empty last fragment',
            together(frameOf(question(), { fin: false }), frameOf(Buffer.alloc(0), { opcode: CONTINUATION })),
            'answered',
        ],
        [
            'nothing but empty fragments',
            together(
                frameOf(Buffer.alloc(0), { fin: false }),
                frameOf(Buffer.alloc(0), { opcode: CONTINUATION }),
            ),
            4002,
        ],
        ['a ping between fragments', fragments(question(), 5, ping('between')), 'answered'],
        ['a message in fragments as large as may be', fragments(question(FRAME_BYTES), 1000), 'answered'],
        ['a message in fragments, one byte larger', fragments(question(FRAME_BYTES + 1), 1000), 1009],
        [
            'a ping in fragments',
            together(ping('a', { fin: false }), frameOf(Buffer.from('b'), { opcode: CONTINUATION })),
            1002,
        ],
        ['a pong in fragments', frameOf(Buffer.from('a'), { opcode: PONG, fin: false }), 1002],
        ['a close in fragments', frameOf(Buffer.alloc(0), { opcode: CLOSE, fin: false }), 1002],
        ['a continuation of nothing', frameOf(question(), { opcode: CONTINUATION }), 1002],
        [
            'a continuation of nothing that goes on',
            frameOf(question(), { opcode: CONTINUATION, fin: false }),
            1002,
        ],
        [
            'a continuation after a whole message',
            together(asks, frameOf(question(), { opcode: CONTINUATION })),
            'answered',
            { then: 1002 },
        ],
        ['a message between fragments', together(frameOf(question(), { fin: false }), asks), 1002],
        [
            'a text between fragments',
            together(frameOf(question(), { fin: false }), frameOf(Buffer.from('a'), { opcode: TEXT })),
            1002,
        ],
        [
            'a text in fragments',
            together(
                frameOf(Buffer.from('a'), { opcode: TEXT, fin: false }),
                frameOf(Buffer.from('b'), { opcode: CONTINUATION }),
            ),
            1003,
        ],
    ],
    '6 UTF-8': [
        ['a text that is UTF-8', frameOf(Buffer.from('κόσμε'), { opcode: TEXT }), 1003],
        ['a text that is none', frameOf(utf8('cebae1bdb9cf83cebcceb5eda080'), { opcode: TEXT }), 1003],
        ...['c328', 'eda080', 'f4908080', 'c0af', 'e0809f', 'ff', 'f09f98'].map((hex) => [
            `a close because of ${hex}`,
            closing(1000, utf8(hex)),
            1007,
        ]),
        ['a close because of κόσμε', closing(1000, 'κόσμε'), 1000],
        ['a close because of U+10FFFF', closing(1000, utf8('f48fbfbf')), 1000],
    ],
    '7 close': [
        ['a close', closing(1000), 1000],
        ['a close with a reason', closing(1000, 'adiós'), 1000],
        ['a close with as long a reason as may be', closing(1000, 'x'.repeat(123)), 1000],
        ['a close with a longer one', closing(1000, 'x'.repeat(124)), 'cut'],
        ['a close without a code', closing(), 1005],
        ['a close of one byte', frameOf(Buffer.from([3]), { opcode: CLOSE }), 1002],
        ['two closes', together(closing(1000), closing(1001)), 1000],
        ['a ping after a close', together(closing(1000), ping('late')), 1000],
        ['a message after a close', together(closing(1000), asks), 1000],
        ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map((code) => [
            `a close with ${code}`,
            closing(code),
            code,
        ]),
        ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535].map((code) => [
            `a close with ${code}`,
            closing(code),
            1002,
        ]),
    ],
    '9 limits': [
        ['a message one byte larger than may be', frameOf(question(FRAME_BYTES + 1)), 1009],
        ['the announcement of 2^32 + 20 bytes', frameOf(Buffer.alloc(5), { says: 2n ** 32n + 20n }), 1009],
        ['the announcement of 2^62 bytes', frameOf(Buffer.alloc(5), { says: 2n ** 62n }), 1009],
        ['the announcement of 2^63 bytes', frameOf(Buffer.alloc(5), { says: 2n ** 63n }), 'cut'],
    ],
    'X what libwebsockets does not show (SECURITY.md)': [
        ['a message without a mask, after one with a mask', frameOf(question(), { mask: false }), 'answered'],
        ['a length of 16 bits that has room in 7', frameOf(question(), { length: 16 }), 'answered'],
        ['a length of 64 bits that has room in 7', frameOf(question(), { length: 64 }), 'answered'],
        ['a length of 64 bits that has room in 16', frameOf(question(500), { length: 64 }), 'answered'],
    ],
    '12 and 13 compression, which is not negotiated': [
        ['a message that says it is compressed', frameOf(question(), { rsv: 4 }), 1002],
        ['a message, where compression was offered', asks, 'answered', { offer: 'permessage-deflate' }],
        [
            'a compressed message, where compression was offered',
            frameOf(question(), { rsv: 4 }),
            1002,
            { offer: 'permessage-deflate; client_no_context_takeover' },
        ],
    ],
};

async function welcomed(offer) {
    const raw = await RawSocket.to(server.port);
    raw.write(upgradeHead({}, ...(offer ? [`Sec-WebSocket-Extensions: ${offer}`] : [])));
    const { status, text } = await raw.head();
    assert.equal(status, 101, text);
    assert.doesNotMatch(text, /extensions/i);
    raw.write(frameOf(encode({ t: 'hello', token: tokenOf('autobahn', 'ana') })));
    let seen;
    do seen = decode((await raw.frame()).payload);
    while (seen.t !== 'sync');
    return raw;
}

/** What comes back, in a word. The server's last words (bye) and its pushes are not what is asked for. */
async function outcome(raw) {
    for (;;) {
        const frame = await raw.frame();
        if (frame === undefined) return 'cut';
        assert.equal(frame.rsv, 0);
        assert.ok(frame.fin);
        if (frame.opcode === CLOSE) return frame.payload.length === 0 ? 1005 : frame.payload.readUInt16BE(0);
        if (frame.opcode === PONG) return frame.payload;
        if (decode(frame.payload).t === 'time') return 'answered';
    }
}

/** The payload of the first ping among the bytes that were sent. */
function payloadOfPing(bytes) {
    const at = bytes.findIndex((byte, i) => byte === 0x89 && (bytes[i + 1] & 0x80) !== 0);
    const size = bytes[at + 1] & 0x7f;
    return bytes.subarray(at + 6, at + 6 + size).map((byte, i) => byte ^ bytes[at + 2 + (i & 3)]);
}

for (const [group, cases] of Object.entries(groups))
    for (const [what, bytes, expected, { chop = bytes.length, offer, then } = {}] of cases)
        test(`${group}: ${what}: ${expected}`, async () => {
            const raw = await welcomed(offer);
            for (let at = 0; at < bytes.length; at += chop) {
                await raw.write(bytes.subarray(at, at + chop));
                if (chop < bytes.length) await new Promise(setImmediate);
            }
            const seen = await outcome(raw);
            assert.deepEqual(seen, expected === 'pong' ? payloadOfPing(bytes) : expected);
            if (then) assert.deepEqual(await outcome(raw), then);
            else if (seen === 'answered' || expected === 'pong') {
                raw.write(together(ping('still there'), closing(1000)));
                let last;
                do last = await outcome(raw);
                while (typeof last !== 'number');
                assert.equal(last, 1000);
            }
            raw.destroy();
        });

for (const padding of [0, 100, 600, 10_000])
    test(`a client that does not mask is told so with its first message, of ${padding} bytes and some: 1002`, async () => {
        const hello = encode({ t: 'hello', token: tokenOf('autobahn', 'ana'), padding: 'x'.repeat(padding) });
        const raw = await RawSocket.to(server.port);
        raw.write(upgradeHead());
        assert.equal((await raw.head()).status, 101);
        raw.write(frameOf(hello, { mask: false }));
        assert.equal(await outcome(raw), 1002);
        raw.destroy();
    });

test('the server is well after all of it', async () => {
    assert.equal((await server.get('/readyz')).status, 200);
});
