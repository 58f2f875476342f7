// Bytes that no good client sends: each gets its close code and its words, and the server goes on for
// everybody else.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { encode } from '@msgpack/msgpack';
import { test, useServer } from './support/whole.mjs';

const whole = await useServer();

const FRAME_BYTES = 262_144;

const bytes = (hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/**
 * Sends to a fresh client's connection what must close it; both what bye and what the close say are returned.
 */
async function closes(t, send, { welcomed = true } = {}) {
    const workspace = whole.workspace(t);
    const client = workspace.client('ana');
    if (welcomed) await client.join();
    else {
        client.options.token = undefined;
        await client.connect();
    }
    send(client);
    const closed = await client.untilClosed();
    if (client.bye) assert.deepEqual({ code: client.bye.code, reason: client.bye.reason }, closed);
    return closed;
}

for (const [what, frame, reason] of [
    ['no bytes at all', bytes(''), 'the frame is empty'],
    ['the byte that msgpack never uses', bytes('c1'), 'the frame is not a map'],
    ['a map cut short', bytes('82 a1 74 a4 74 69 6d 65'), 'the frame announces more than it has'],
    [
        'a text of 4 GiB that is not there',
        bytes('81 a1 74 db ff ff ff ff'),
        'the frame announces more than it has',
    ],
    ['a map of 4 billion pairs', bytes('df ff ff ff ff'), 'the frame announces more than it has'],
    ['an array instead of a map', encode(['time', 1]), 'the frame is not a map'],
    [
        'something after the map',
        Buffer.concat([encode({ t: 'time', ref: 1 }), bytes('00')]),
        'the frame goes on after its map',
    ],
    [
        'a key twice',
        bytes('83 a1 74 a4 74 69 6d 65 a3 72 65 66 01 a3 72 65 66 02'),
        'keys must be texts, and none may stand twice',
    ],
    [
        'a key that is a number',
        bytes('83 a1 74 a4 74 69 6d 65 a3 72 65 66 01 05 01'),
        'keys must be texts, and none may stand twice',
    ],
    ['a float', encode({ t: 'time', ref: 1, x: 1.5 }), 'the frame has a float or an extension type'],
    [
        'an extension',
        bytes('83 a1 74 a4 74 69 6d 65 a3 72 65 66 01 a1 78 d4 01 00'),
        'the frame has a float or an extension type',
    ],
    [
        'arrays nested too deep',
        encode({ t: 'time', ref: 1, x: [[[[1]]]] }),
        "the frame's maps and arrays nest too deep",
    ],
    [
        'arrays nested a thousand deep',
        Buffer.concat([bytes('81 a1 74'), Buffer.alloc(1000, 0x91), bytes('01')]),
        "the frame's maps and arrays nest too deep",
    ],
    [
        'more elements than allowed',
        encode({ t: 'time', ref: 1, x: Array(256).fill(1) }),
        'the frame has too many elements',
    ],
    [
        'a text that is not UTF-8',
        bytes('82 a1 74 a4 74 69 6d 65 a3 72 65 66 a2 c3 28'),
        'ref must be an integer from 0',
    ],
    ['a type that nobody knows', encode({ t: 'explode' }), 't names no message that a client may send'],
    ["a server's own type", encode({ t: 'welcome' }), 't names no message that a client may send'],
    ['no type', encode({ ref: 1 }), "t must be a text, the message's type"],
    ['a request without its number', encode({ t: 'time' }), 'ref must be an integer from 0'],
    ['a negative number', encode({ t: 'time', ref: -1 }), 'ref must be an integer from 0'],
    [
        'a number beyond 2^53',
        bytes('82 a1 74 a4 74 69 6d 65 a3 72 65 66 cf 00 20 00 00 00 00 00 00'),
        'ref must be an integer from 0',
    ],
    [
        'a page of too many rows',
        encode({ t: 'page', ref: 1, limit: 51 }),
        'limit must be an integer from 1 to page_rows',
    ],
    [
        'a command without an id',
        encode({ t: 'command', do: 'reopen', conversation: 'c' }),
        'id must be a binary of 16 bytes',
    ],
    [
        'a command whose id is too short',
        encode({ t: 'command', id: randomBytes(15), do: 'reopen', conversation: 'c' }),
        'id must be a binary of 16 bytes',
    ],
])
    test(`${what}: 4002`, async (t) => {
        assert.deepEqual(await closes(t, (client) => client.sendBytes(frame)), { code: 4002, reason });
    });

test('unknown fields are ignored, whatever they hold', async (t) => {
    const ana = await whole.workspace(t).agent();
    await ana.does('assign', 'c', {
        agent: 'ana',
        channel: 'web',
        colour: { red: [1, null, 'x'] },
        body: 'not of this action',
    });
    await ana.time({ x: [[['at the deepest that may be']]] });
});

test('a text message: 1003', async (t) => {
    const closed = await closes(t, (client) => client.sendBytes('{"t":"time","ref":1}', { binary: false }));
    assert.deepEqual(closed, { code: 1003, reason: 'text frames are not understood, send binary' });
});

test('a message one byte too large: 1009; as large as may be: understood', async (t) => {
    const ana = await whole.workspace(t).agent();
    const overhead = encode({ t: 'time', ref: 1, x: new Uint8Array(1000) }).length - 1000;
    const x = new Uint8Array(FRAME_BYTES - overhead - 2); // its length takes two bytes more
    assert.equal(encode({ t: 'time', ref: 1, x }).length, FRAME_BYTES);
    await ana.time({ x });
    const closed = await closes(t, (client) =>
        client.send({ t: 'time', ref: 1, x: new Uint8Array(x.length + 1) }),
    );
    assert.deepEqual(closed, { code: 1009, reason: 'the message is larger than the limit' });
});

test('a message that grows too large piece by piece: 1009', async (t) => {
    const closed = await closes(t, (client) => {
        for (let i = 0; i < 20; i++)
            client.sendBytes(Buffer.alloc(FRAME_BYTES / 16), { binary: true, fin: false });
    });
    assert.deepEqual(closed, { code: 1009, reason: 'the message is larger than the limit' });
});

test('a frame that claims to be of 2^62 bytes: 1009', async (t) => {
    const closed = await closes(t, (client) =>
        client.sendRaw(bytes('82 ff 40 00 00 00 00 00 00 00 01 02 03 04 05')),
    );
    assert.equal(closed.code, 1009);
});

test('a message may come in as many fragments as it likes', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent();
    const message = encode({
        t: 'command',
        id: randomBytes(16),
        do: 'assign',
        conversation: 'c',
        agent: 'ana',
        channel: 'web',
    });
    for (const [i, byte] of message.entries())
        ana.sendBytes(Buffer.from([byte]), { binary: true, fin: i === message.length - 1 });
    const bruno = await workspace.agent('bruno');
    await bruno.untilRow('c', (row) => row.assignee === 'ana');
});

test('a message that arrives byte by byte is one', async (t) => {
    const workspace = whole.workspace(t);
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    const message = encode({
        t: 'command',
        id: randomBytes(16),
        do: 'assign',
        conversation: 'c',
        agent: 'ana',
        channel: 'web',
    });
    const frame = Buffer.concat([Buffer.from([0x82, 0x80 | message.length, 0, 0, 0, 0]), message]);
    for (const byte of frame) {
        ana.sendRaw(Buffer.from([byte]));
        await new Promise(setImmediate);
    }
    await bruno.untilRow('c', (row) => row.assignee === 'ana');
});

test('a reserved opcode and a torn-off frame end that connection only', async (t) => {
    for (const raw of ['83 80 00 00 00 00', '82 fe 40 00 00 00 00 00 01']) {
        const ana = await whole.workspace(t).agent();
        ana.sendRaw(bytes(raw));
        if (raw.startsWith('82 fe')) await ana.cut();
        else await ana.untilClosed();
    }
    assert.equal((await whole.server.get('/livez')).status, 200);
});

test('a first message other than hello: 4004', async (t) => {
    const closed = await closes(t, (client) => client.send({ t: 'time', ref: 1 }), { welcomed: false });
    assert.deepEqual(closed, { code: 4004, reason: 'the first message must be hello' });
});

test('a message before welcome: 4004', async (t) => {
    const { options } = whole.workspace(t).client('ana');
    const { token } = options;
    const closed = await closes(
        t,
        (client) => {
            client.sendTogether([
                { t: 'hello', token },
                { t: 'page', ref: 1 },
            ]);
        },
        { welcomed: false },
    );
    assert.deepEqual(closed, { code: 4004, reason: 'wait for welcome' });
});

test('more frames than a connection may send: 4101, with word of when to come back', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent();
    const many = 4 * ana.welcome.limits.frames_per_s;
    ana.sendTogether(
        Array.from({ length: many }, () => ({ t: 'resync', seq: 0, open: 0, completed: 0, digest: 0 })),
    );
    const { code } = await ana.untilClosed();
    assert.equal(code, 4101);
    assert.ok(ana.bye.retry_ms > 0);
});

test('more requests at once than may wait: 4101', async (t) => {
    const closed = await closes(t, (client) => {
        client.sendTogether(Array.from({ length: 20 }, (_, ref) => ({ t: 'page', ref })));
    });
    assert.deepEqual(closed, { code: 4101, reason: 'too many requests at once' });
});

test('the bot has no pages: 4002', async (t) => {
    const bot = await whole.workspace(t).automation();
    bot.send({ t: 'page', ref: 1 });
    assert.deepEqual(await bot.untilClosed(), { code: 4002, reason: 'only dashboards may ask for this' });
});
