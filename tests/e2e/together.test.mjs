// What is due to one connection in one turn leaves in one write: whole and in order, however much of it the
// socket takes at once.

import assert from 'node:assert/strict';
import { test, useServer } from './support/whole.mjs';

const whole = await useServer();

const BODY_BYTES = 65_536;

test('as many commands as may be under way are answered each once, in the order of the log', async (t) => {
    const whatsapp = await whole.workspace(t).channel();
    const { commands_in_flight: count } = whatsapp.welcome.limits;
    for (let round = 0; round < 5; round++) {
        const since = whatsapp.mark();
        const given = Array.from({ length: count }, (_, i) =>
            whatsapp.command('contact_message', `c-${i % 16}`, { body: `${round} ${i}` }),
        );
        const answers = await Promise.all(given);
        assert.ok(answers.every(({ outcome }) => outcome === 'done'));
        const told = since().filter((frame) => frame.t === 'answer');
        assert.deepEqual(
            told,
            answers.sort((a, b) => a.seq - b.seq),
        );
    }
});

// The row and the thread are more than leaves in one write (SEND_BYTES in net/net.c): the write stops within
// the thread's frame, and the answer comes behind the rest of it.
test('a row, a message as long as may be and an answer come one after the other', async (t) => {
    const ana = await whole.workspace(t).agent();
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await ana.watch('c');
    for (let round = 0; round < 4; round++) {
        const body = `${round} `.padEnd(BODY_BYTES, 'The quick brown fox jumps over the lazy dog. ');
        const since = ana.mark();
        const { seq } = await ana.does('send_message', 'c', { body });
        assert.deepEqual(
            since().map(({ t, to, seq: at }) => [t, to ?? at]),
            [
                ['sync', seq],
                ['thread', seq],
                ['answer', seq],
            ],
        );
        assert.equal(ana.threads.get('c').entries.at(-1).body, body);
    }
});

test('who reads nothing for a while, and has threads open, then has what each ends with, in order', async (t) => {
    const workspace = whole.workspace(t);
    const ids = ['a', 'b', 'c', 'd'];
    const [ana, bruno, whatsapp] = await Promise.all([
        workspace.agent('ana'),
        workspace.agent('bruno'),
        workspace.channel(),
    ]);
    for (const id of ids) await whatsapp.does('contact_message', id, { body: `${id} 0` });
    await Promise.all(ids.map((id) => ana.watch(id)));
    ana.stopReading();
    const write = async (id) => {
        for (let i = 1; i <= 200; i++)
            await whatsapp.does('contact_message', id, { body: `${id} ${i} `.padEnd(3000, '.') });
    };
    await Promise.all(ids.map(write));
    const answered = Array.from({ length: 10 }, (_, i) => ana.time().then(() => i));
    const { seq } = await bruno.does('assign', 'a', { agent: 'bruno' });
    ana.readOn();
    await ana.untilSeq(seq);
    assert.deepEqual(await Promise.all(answered), [...Array(10).keys()]);
    for (const id of ids) {
        const { entries } = await ana.until(
            () => ana.threads.get(id).to >= seq && ana.threads.get(id),
            `the thread of ${id}`,
        );
        const told = entries.filter(({ body }) => body).map(({ body }) => body.replace(/ ?\.*$/, ''));
        assert.ok(told.length > 10);
        assert.deepEqual(
            told,
            told.map((_, i) => `${id} ${201 - told.length + i}`),
        );
    }
});
