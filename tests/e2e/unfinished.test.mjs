// What clients have begun and not finished, and what they send that is no message: bounded, and paid for.

import assert from 'node:assert/strict';
import { encode } from '@msgpack/msgpack';
import { atEnd } from './support/at_end.mjs';
import { frameOf } from './support/frames.mjs';
import { RawSocket, upgradeHead } from './support/raw.mjs';
import { test, useServer } from './support/whole.mjs';

const whole = await useServer();

const [CONTINUATION, PONG] = [0, 10];
const FRAME_BYTES = 262_144;
const PERSON_BYTES = 1_048_576;
const FRAMES_PER_S = 3000;
const UNSEEN_BYTES = 65_536;

const part = () => frameOf(Buffer.alloc(FRAME_BYTES - 1), { fin: false });

test('a person keeps so much unfinished, over all his connections: 4101; others are not touched', async (t) => {
    const workspace = whole.workspace(t);
    const own = await Promise.all(
        Array.from({ length: PERSON_BYTES / FRAME_BYTES + 1 }, () => workspace.agent('ana')),
    );
    const bruno = await workspace.agent('bruno');
    own.forEach((ana) => ana.sendRaw(part()));
    const closed = await Promise.race(own.map((ana) => ana.untilClosed()));
    assert.deepEqual(closed, { code: 4101, reason: 'too much of unfinished messages at once' });
    assert.equal(own.filter((ana) => ana.closed).length, 1);
    await bruno.time({ x: new Uint8Array(FRAME_BYTES - 100) });
    const going = own.find((ana) => !ana.closed);
    going.sendRaw(frameOf(Buffer.alloc(0), { opcode: CONTINUATION }));
    assert.equal((await going.untilClosed()).code, 4002, 'it has come whole, and is no message');
    await (await workspace.agent('ana')).time({ x: new Uint8Array(FRAME_BYTES - 100) });
});

test('what is only announced costs nothing', async (t) => {
    const workspace = whole.workspace(t);
    const own = await Promise.all(Array.from({ length: 20 }, () => workspace.agent('ana')));
    own.forEach((ana) => ana.sendRaw(part().subarray(0, 1000)));
    for (const ana of own) assert.equal(ana.closed, undefined);
    const bruno = await workspace.agent('bruno');
    await bruno.time({ x: new Uint8Array(FRAME_BYTES - 100) });
    assert.ok(own.every((ana) => !ana.closed));
    await Promise.all(own.map((ana) => ana.cut()));
});

test('who has not signed in has little to say: 1009', async (t) => {
    const raw = await RawSocket.to(whole.server.port);
    atEnd(t, () => raw.destroy());
    raw.write(
        Buffer.concat([
            Buffer.from(upgradeHead()),
            frameOf(encode({ t: 'hello', token: 'x'.repeat(16_384) })),
        ]),
    );
    await raw.head();
    let frame;
    do frame = await raw.frame();
    while (frame.opcode !== 8);
    assert.equal(frame.payload.readUInt16BE(0), 1009);
});

for (const [what, begin, frame] of [
    [
        'empty fragments',
        frameOf(Buffer.alloc(0), { fin: false }),
        frameOf(Buffer.alloc(0), { opcode: CONTINUATION, fin: false }),
    ],
    [
        'fragments of a byte',
        frameOf(Buffer.alloc(1), { fin: false }),
        frameOf(Buffer.alloc(1), { opcode: CONTINUATION, fin: false }),
    ],
    ['pongs', Buffer.alloc(0), frameOf(Buffer.alloc(1), { opcode: PONG })],
])
    test(`${what} are paid for like messages: 4101`, async (t) => {
        const ana = await whole.workspace(t).agent();
        ana.sendRaw(Buffer.concat([begin, ...Array(4 * FRAMES_PER_S).fill(frame)]));
        assert.equal((await ana.untilClosed()).code, 4101);
    });

for (const [what, frame] of [
    ['pings', frameOf(Buffer.alloc(100), { opcode: 9 })],
    ['empty pongs', frameOf(Buffer.alloc(0), { opcode: PONG })],
])
    test(`${what} are bounded in bytes: 4101`, async (t) => {
        const [ana, bruno] = await Promise.all(['ana', 'bruno'].map((id) => whole.workspace(t).agent(id)));
        const flood = Buffer.concat(Array((UNSEEN_BYTES / frame.length + 1) | 0).fill(frame));
        while (!ana.closed) {
            ana.sendRaw(flood);
            await Promise.race([ana.time(), ana.untilClosed()]).catch(() => {});
            bruno.sendRaw(frame);
            await bruno.time();
        }
        assert.equal(ana.closed.code, 4101);
        assert.ok(!bruno.closed, 'a ping now and then costs nothing');
    });

test('a token is renewed a few times a minute: 4101', async (t) => {
    const ana = await whole.workspace(t).agent();
    ana.sendTogether(Array.from({ length: 11 }, () => ({ t: 'hello', token: ana.options.token })));
    assert.deepEqual(await ana.untilClosed(), { code: 4101, reason: 'too many hellos' });
});
