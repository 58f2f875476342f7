// Texts, names and ids as people and platforms have them: taken, kept, found and given back.

import assert from 'node:assert/strict';
import { encode } from '@msgpack/msgpack';
import { atEnd } from './support/at_end.mjs';
import { Server } from './support/server.mjs';
import { test, useServer } from './support/whole.mjs';

const whole = await useServer();

const BROKEN = '\ufffd';

/** What is sent, and what is recorded of it where that is something else. */
const TEXTS = {
    'a plain text': ['Hola 👋'],
    'several lines': ['uno\ndos'],
    'lines of mail and Windows': ['uno\r\ndos\r\n', 'uno\ndos\n'],
    'a carriage return': ['uno\rdos', 'uno\ndos'],
    'vertical tab and form feed': ['uno\vdos\ftres', 'uno\ndos\ntres'],
    'a tab': ['a\tb'],
    'a NUL': ['pago hecho\0', 'pago hecho'],
    'an escape sequence': ['a\x1b[31mb', 'a[31mb'],
    DEL: ['a\x7fb', 'ab'],
    'a next line (C1)': ['a\u0085b'],
    'a family, skin tones, flags': ['👩‍👩‍👧‍👦👍🏽🇪🇸'],
    'right to left with overrides': ['שלום \u202eabc\u202c مرحبا'],
    'marks upon marks': ['Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢'],
    'separators of lines and paragraphs': ['a\u2028b\u2029c'],
    'a byte order mark': ['\ufeffhola'],
    'half an emoji': ['hola \ud83d', `hola ${BROKEN.repeat(3)}`], // @msgpack/msgpack sends its three bytes
    'nothing, as a sticker has it': [''],
    'controls alone': ['\0\x01', ''],
    'a blank': [' '],
    '4,096 letters of Hindi': ['न'.repeat(4096)],
};

test('what a contact writes is taken however it looks, and told to all as it is recorded', async (t) => {
    const workspace = whole.workspace(t);
    const [ana, whatsapp, bot] = await Promise.all([
        workspace.agent(),
        workspace.channel(),
        workspace.follower(),
    ]);
    for (const [what, [sent, recorded = sent]] of Object.entries(TEXTS)) {
        const { seq } = await whatsapp.does('contact_message', 'c', { body: sent });
        const { entries } = await ana.history('c', { limit: 1 });
        assert.equal(entries[0].body, recorded, what);
        await bot.until(() => bot.log.entries.at(-1)?.seq >= seq, 'the entry');
        assert.equal(bot.log.entries.at(-1).body, recorded, what);
    }
    assert.equal(bot.log.entries.at(-1).row.received, Object.keys(TEXTS).length);
});

const NAMES = {
    lines: ['Ana\r\nLópez', 'Ana López'],
    'a tab': ['Ana\tL', 'Ana L'],
    'a NUL': ['Ana\0', 'Ana'],
    '64 emoji': ['😀'.repeat(64), '😀'.repeat(63)],
    'a long one': ['n'.repeat(10_000), 'n'.repeat(255)],
};

test('a name never costs its message', async (t) => {
    const workspace = whole.workspace(t);
    const [ana, whatsapp] = await Promise.all([workspace.agent(), workspace.channel()]);
    for (const [what, [sent, recorded]] of Object.entries(NAMES)) {
        await whatsapp.does('contact_message', what, { body: 'Hi', name: sent });
        const { rows } = await ana.find(what);
        assert.equal(rows[0].name, recorded, what);
    }
});

test('who is no contact has something to say', async (t) => {
    const workspace = whole.workspace(t);
    const [ana, bot, whatsapp] = await Promise.all([
        workspace.agent(),
        workspace.automation(),
        workspace.channel(),
    ]);
    await whatsapp.does('contact_message', 'c', { body: '' });
    for (const body of ['', '\0\x1b']) {
        for (const answer of [
            await ana.command('send_message', 'c', { body, seen: 'any' }),
            await bot.command('bot_message', 'c', { body }),
        ])
            assert.deepEqual(
                [answer.outcome, answer.reason, answer.detail],
                ['refused', 'bad_value', 'body'],
            );
    }
    await bot.does('bot_message', 'c', { body: 'Hola' });
    await whatsapp.does('message_status', 'c', { message: 1, status: 'failed', body: 'no\rroute\x1b' });
    const { entries } = await ana.history('c', { limit: 1 });
    assert.equal(entries[0].body, 'no\nroute');
});

test('the same id with what comes to the same text is another command', async (t) => {
    const workspace = whole.workspace(t);
    const whatsapp = await workspace.channel();
    const id = Buffer.alloc(16, 7);
    const first = await whatsapp.commandAs(id, 'contact_message', 'c', { body: 'a\r\nb' });
    const again = await whatsapp.commandAs(id, 'contact_message', 'c', { body: 'a\r\nb', resend: true });
    assert.deepEqual([again.outcome, again.seq], ['done', first.seq]);
    const other = await whatsapp.commandAs(id, 'contact_message', 'c', { body: 'a\nb', resend: true });
    assert.deepEqual([other.outcome, other.reason], ['refused', 'id_reused']);
});

const IDS = [
    '+34 600 00 00 01',
    '34600000001@c.us',
    '120363000000000001@g.us',
    'tenants/acme/conversations/1?x=2#f',
    'a%2Fb%00c',
    `o'hara "x" \\ <b>`,
    'cliente-👩‍👩‍👧‍👦',
    'عميل-١',
    '{"id":"a/b"}',
    '../../etc/passwd',
    '_%',
    '-',
    ' ',
    `9b2f7c1e-0000-4000-8000-000000000001|9b2f7c1e-0000-4000-8000-000000000002`,
    `a:1${'xYz0123456789-_'.repeat(8)}ab`,
    `19:${'0123456789abcdef'.repeat(2)}@thread.tacv2;messageid=1700000000000`,
    '19:00000000-0000-0000-0000-000000000001_00000000-0000-0000-0000-000000000002@unq.gbl.spaces',
    `urn:mbid:${'A'.repeat(90)}==`,
    `<${'C'.repeat(60)}0@mail.gmail.com>`,
    '界'.repeat(85),
    'x'.repeat(255),
];

test('ids of every platform are taken, found and watched', async (t) => {
    const workspace = whole.workspace(t);
    const [ana, whatsapp] = await Promise.all([workspace.agent(), workspace.channel()]);
    for (const id of IDS) {
        await whatsapp.does('contact_message', id, { body: 'Hola' });
        const { rows } = await ana.find(id);
        assert.ok(
            rows.some((row) => row.id === id),
            id,
        );
        const thread = await ana.watch(id);
        assert.equal(thread.entries.length, 1);
        ana.unwatch(id);
    }
    const longer = await whatsapp.command('contact_message', 'x'.repeat(256), { body: 'Hola' });
    assert.deepEqual(
        [longer.outcome, longer.reason, longer.detail],
        ['refused', 'bad_value', 'conversation'],
    );
});

test('people, channels and consumers have the longest ids that there may be', async (t) => {
    const workspace = whole.workspace(t);
    const id = (letter) => letter.repeat(255);
    const channel = await workspace.follower('channel', { id: id('w'), name: id('n') });
    const [first, second] = await Promise.all([workspace.agent(id('a')), workspace.agent(id('b'))]);
    await channel.does('contact_message', id('c'), { body: 'Hola' });
    await first.does('assign', id('c'), { agent: id('b') });
    await second.until(() => second.rows.get(id('c'))?.assignee === id('b'), 'the row');
    assert.equal(second.rows.get(id('c')).channel, id('w'));
    first.shows(id('c'), { typing: true });
    await second.until(() => second.people.get(id('a'))?.typing, 'who types');
    await channel.until(() => channel.log.entries.at(-1)?.action === 'assign', 'the log');
    channel.acknowledge();
    await channel.leave();
    const back = await workspace.follower('channel', { id: id('w'), name: id('n') });
    await second.does('complete', id('c'));
    await back.until(() => back.log.entries.at(-1)?.action === 'complete', 'the log goes on');
    assert.ok(!back.log.entries.some(({ action }) => action === 'contact_message'));
});

const LONGEST = 65_536;
const LETTER = 0x7a; // nowhere else in the frame

test('the longest messages go everywhere whole, in frames that are bounded', async (t) => {
    const other = await Server.start(whole.database);
    atEnd(t, () => other.stop());
    const workspace = whole.workspace(t);
    const [ana, bruno, whatsapp] = await Promise.all([
        workspace.agent('ana'),
        workspace.agent('bruno', { server: other }),
        workspace.channel(),
    ]);
    const [bot, otherBot] = await Promise.all([
        workspace.follower('automation', { name: 'here' }),
        workspace.follower('automation', { name: 'there', server: other }),
    ]);
    await whatsapp.does('contact_message', 'c', { body: 'Hola' });
    await Promise.all([ana.watch('c'), bruno.watch('c')]);

    const sent = Array.from({ length: 12 }, (_, n) => String.fromCodePoint(97 + n).repeat(LONGEST - n));
    for (const body of sent) await whatsapp.does('contact_message', 'c', { body });
    const send = whatsapp.send;
    whatsapp.send = (message) =>
        whatsapp.sendBytes(Buffer.from(encode(message)).map((byte) => (byte === LETTER ? 0xff : byte)));
    const broken = await whatsapp.commandAs(Buffer.alloc(16, 9), 'contact_message', 'c', {
        body: String.fromCharCode(LETTER).repeat(LONGEST),
    });
    assert.equal(broken.outcome, 'done');
    whatsapp.send = send;
    const expected = ['Hola', ...sent, BROKEN.repeat(LONGEST)]; // three bytes for each that is none of UTF-8

    const bodies = (entries) =>
        entries.filter(({ action }) => action === 'contact_message').map(({ body }) => body);
    for (const follower of [bot, otherBot]) {
        await follower.until(() => bodies(follower.log.entries).length === expected.length, 'the log');
        assert.deepEqual(bodies(follower.log.entries), expected);
    }
    for (const agent of [ana, bruno]) {
        // A node that came late to several begins the thread afresh, with the newest: the history has the
        // others.
        const shown = () => bodies(agent.threads.get('c').entries);
        await agent.until(() => shown().at(-1) === expected.at(-1), 'the thread');
        assert.deepEqual(shown(), expected.slice(-shown().length));
        let read = [],
            before;
        do {
            const { entries, next } = await agent.history('c', { before });
            read = [...bodies(entries).reverse(), ...read];
            before = next;
        } while (before !== undefined);
        assert.deepEqual(read, expected);
    }
    for (const client of [ana, bruno, bot, otherBot])
        assert.ok(client.largest <= client.welcome.limits.sent_bytes, `${client.largest}`);
    const longer = await whatsapp.command('contact_message', 'c', { body: 'x'.repeat(LONGEST + 1) });
    assert.deepEqual([longer.outcome, longer.reason, longer.detail], ['refused', 'bad_value', 'body']);
});
