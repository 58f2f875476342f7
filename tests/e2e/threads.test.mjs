// What happened in a conversation and happens: threads across nodes and reconnects, history, looking up, and
// erasing.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { test, useServers, Workspace } from './support/whole.mjs';

const {
    database,
    servers: [one, two],
} = await useServers(2);

const told = (entries) => entries.map(({ seq, body }) => `${seq} ${body ?? ''}`);

/** What the tables say that happened in the conversation. */
async function truth(workspace, conversation) {
    const rows = await database.query(`
        SELECT seq, coalesce(body, '') FROM relevo.transition
        WHERE workspace_id = (SELECT id FROM relevo.workspace WHERE name = '${workspace.name}') AND conversation_id = '${conversation}' ORDER BY seq`);
    return rows.map((row) => row.join(' '));
}

/** All that the client can tell of the conversation: its thread, and the history before it. */
async function everything(client, conversation) {
    const thread = client.threads.get(conversation);
    const pages = [thread.entries];
    for (let before = thread.next; before !== undefined;) {
        const page = await client.history(conversation, { before });
        pages.unshift([...page.entries].reverse());
        before = page.next;
    }
    return pages.flat();
}

const untilThread = (client, conversation, seq) =>
    client.until(() => client.threads.get(conversation).to >= seq, `the thread up to ${seq}`);

/** Contacts write so many messages to each of these, some at once. */
async function write(channel, count, conversations = ['c']) {
    let made = 0;
    const one = async () => {
        while (made < count) {
            const n = ++made;
            for (const id of conversations) await channel.does('contact_message', id, { body: `${id} ${n}` });
        }
    };
    await Promise.all(Array.from({ length: 8 }, one));
}

test('a thread goes on across reconnects to either node, without a gap, while everybody writes', async (t) => {
    const workspace = new Workspace(t, one);
    const [whatsapp, other] = await Promise.all([
        workspace.channel(),
        workspace.channel('whatsapp', { server: two }),
    ]);
    const [ana, bruno] = await Promise.all([
        workspace.agent('ana'),
        workspace.agent('bruno', { server: two }),
    ]);
    await ana.watch('c');
    const answer = async () => {
        for (let i = 0; i < 60; i++)
            await bruno.does('send_message', 'c', { body: `answer ${i}`, channel: 'whatsapp' });
    };
    let isOver = false;
    const writing = Promise.all([
        write(whatsapp, 300, ['c', 'd']),
        write(other, 300, ['c', 'e']),
        answer(),
    ]).finally(() => (isOver = true));
    for (let moves = 0; !isOver || moves < 4; moves++) {
        const { to } = ana.threads.get('c');
        const goesOn = ana.until(() => ana.threads.get('c').to > to, 'the thread to go on');
        goesOn.catch(() => {}); // it does not, when all has been written
        await Promise.race([goesOn, writing]);
        await ana.cut();
        ana.url = moves % 2 === 0 ? two.url : one.url;
        await ana.join();
        await ana.watch('c', { after: ana.threads.get('c').to });
    }
    await writing;
    const expected = await truth(workspace, 'c');
    await untilThread(ana, 'c', parseInt(expected.at(-1), 10));
    assert.deepEqual(told(await everything(ana, 'c')), expected);
});

test('who was away for long begins anew with the newest, and the rest is history', async (t) => {
    const workspace = new Workspace(t, one);
    const [whatsapp, ana] = await Promise.all([workspace.channel(), workspace.agent()]);
    await ana.watch('c');
    ana.stopReading();
    await write(whatsapp, 1300);
    ana.readOn();
    const expected = await truth(workspace, 'c');
    await untilThread(ana, 'c', parseInt(expected.at(-1), 10));
    assert.deepEqual(told(await everything(ana, 'c')), expected);
});

test('one says nothing of what it watches no more, and begins where nothing has happened yet', async (t) => {
    const workspace = new Workspace(t, one);
    const [whatsapp, ana] = await Promise.all([workspace.channel(), workspace.agent()]);
    assert.deepEqual((await ana.watch('c')).entries, []);
    await ana.watch('d');
    ana.unwatch('d');
    await write(whatsapp, 3, ['d', 'c']);
    await untilThread(ana, 'c', await workspace.lastSeq());
    assert.deepEqual(
        ana.threads.get('c').entries.map(({ body }) => body),
        ['c 1', 'c 2', 'c 3'],
    );
    assert.deepEqual(ana.threads.get('d').entries, []);
});

test('history goes back page by page to the first, of all that happened or of messages only', async (t) => {
    const workspace = new Workspace(t, one);
    const [whatsapp, ana] = await Promise.all([workspace.channel(), workspace.agent()]);
    for (let i = 0; i < 20; i++) {
        await write(whatsapp, 6);
        await ana.does(i % 2 === 0 ? 'reopen' : 'complete', 'c');
    }
    const expected = (await truth(workspace, 'c')).reverse();
    for (const [fields, matches] of [
        [{}, () => true],
        [{ limit: 7 }, () => true],
        [{ messages: true, limit: 11 }, (line) => line.endsWith(' ') === false],
    ]) {
        const entries = [];
        let page;
        do {
            page = await ana.history('c', { ...fields, before: page?.next });
            assert.ok(page.entries.length <= (fields.limit ?? 50));
            entries.push(...page.entries);
        } while (page.next !== undefined);
        assert.deepEqual(told(entries), expected.filter(matches));
    }
    assert.deepEqual((await ana.history('nobody')).entries, []);
    assert.equal((await ana.history('c', { before: 1 })).entries.length, 0);
});

test('a timeline says who did what, when, and why', async (t) => {
    const workspace = new Workspace(t, one);
    const [whatsapp, bot, ana] = await Promise.all([
        workspace.channel(),
        workspace.automation(),
        workspace.agent('ana'),
    ]);
    await whatsapp.does('contact_message', 'c', { body: 'Help!', name: 'Marta' });
    await bot.does('bot_message', 'c', { body: 'A person will come.' });
    await bot.does('open', 'c');
    assert.equal((await bot.command('bot_message', 'c', { body: 'Anything else?' })).reason, 'paused');
    await ana.does('assign', 'c', { agent: 'ana' });
    await ana.does('send_message', 'c', { body: 'Here I am.' });
    await whatsapp.does('message_status', 'c', { message: 2, status: 'failed', body: 'The phone is off' });
    await ana.does('complete', 'c');
    const { entries } = await ana.history('c');
    assert.deepEqual(
        entries
            .reverse()
            .map(({ action, role, by, body, row }) => [action, role, by, body, row.list, row.assignee]),
        [
            ['contact_message', 'channel', 'whatsapp', 'Help!', 0, null],
            ['bot_message', 'automation', 'bot', 'A person will come.', 0, null],
            ['open', 'automation', 'bot', null, 1, null],
            ['bot_blocked', 'server', null, null, 1, null],
            ['assign', 'agent', 'ana', null, 1, 'ana'],
            ['send_message', 'agent', 'ana', 'Here I am.', 1, 'ana'],
            ['message_status', 'channel', 'whatsapp', 'The phone is off', 1, 'ana'],
            ['complete', 'agent', 'ana', null, 2, 'ana'],
        ],
    );
    for (const [i, { at }] of entries.entries()) assert.ok(i === 0 || at >= entries[i - 1].at);
});

test('conversations are found by the beginning of their id or name, whatever list they are in', async (t) => {
    const workspace = new Workspace(t, one);
    const [whatsapp, ana] = await Promise.all([workspace.channel(), workspace.agent('ana', { server: two })]);
    const names = {
        'wa-1': 'Álvaro Núñez',
        'wa-2': 'ALVARO NUNCIO',
        'wa-3': 'Marta',
        'wb-1': 'Ærø',
        w_1: '100% Real',
        alvaro: 'Zoe',
    };
    for (const [id, name] of Object.entries(names))
        await whatsapp.does('contact_message', id, { body: 'hello', name });
    await ana.does('reopen', 'wa-1');
    await ana.does('reopen', 'wa-2');
    await ana.does('complete', 'wa-2');
    await ana.does('reopen', 'wb-1');
    await ana.does('unlink', 'wb-1');
    const found = async (text, fields) => {
        const { rows, more } = await ana.find(text, fields);
        return [...rows.map(({ id }) => id), ...(more ? ['…'] : [])];
    };
    assert.deepEqual(await found('wa-'), ['wa-1', 'wa-2', 'wa-3']);
    assert.deepEqual(await found('wa-', { limit: 2 }), ['wa-1', 'wa-2', '…']);
    assert.deepEqual(
        await found('alvaro'),
        ['alvaro', 'wa-2', 'wa-1'],
        'ids first; then by name, in which accents and case do not matter',
    );
    assert.deepEqual(await found('ÁLVARO NÚÑE'), ['wa-1']);
    assert.deepEqual(await found('alvaro nun'), ['wa-2', 'wa-1']);
    assert.deepEqual(await found('Alvaro'), ['wa-2', 'wa-1'], 'in ids they do matter');
    assert.deepEqual(await found('w_'), ['w_1'], 'nothing is a wildcard');
    assert.deepEqual(await found('100%'), ['w_1']);
    assert.deepEqual(await found('%'), []);
    assert.deepEqual(await found('arta'), [], 'not in the middle');
    const [row] = (await ana.find('MARTA')).rows;
    assert.deepEqual([row.name, row.list, row.preview], ['Marta', 0, 'hello'], 'the bot has it');
    await whatsapp.does('contact_message', 'wa-3', { body: 'hello', name: 'Marta' });
    const stranger = await new Workspace(t, one).agent();
    assert.deepEqual((await stranger.find('wa-')).rows, [], "in one's own workspace");
});

const SECRETS = [
    'Marta Secreta',
    'my card is 4242',
    'we have your card',
    'for her eyes only',
    'the phone 600123 is off',
];

/** Where any of the secrets stands in any of the tables. */
async function leaks() {
    const tables = await database.query(`
        SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'relevo' AND c.relkind IN ('r', 'm')`);
    const like = SECRETS.map((secret) => `t::text LIKE '%${secret}%'`).join(' OR ');
    const looks = tables.map(
        ([table]) => `SELECT '${table}: ' || replace(t::text, E'\\n', ' ') FROM ${table} t WHERE ${like}`,
    );
    return database.query(looks.join(' UNION ALL '));
}

test('what is erased is gone from rows, log, memory and screens, at both nodes', async (t) => {
    const workspace = new Workspace(t, one);
    const [name, said, answered, noted, why] = SECRETS;
    const [whatsapp, bot, sofia] = await Promise.all([
        workspace.channel(),
        workspace.automation(),
        workspace.supervisor(),
    ]);
    const followers = await Promise.all(
        [one, two].flatMap((server, i) => [
            workspace.follower('automation', { server, name: `bot-${i}`, after: 0 }),
            workspace.follower('channel', { server, name: `channel-${i}`, after: 0 }),
        ]),
    );
    const watchers = await Promise.all([workspace.agent('ana'), workspace.agent('bruno', { server: two })]);
    const first = await whatsapp.does('contact_message', 'c', { body: said, name });
    await whatsapp.does('contact_message', 'other', { body: 'Nobody erases this', name: 'Otto' });
    await bot.does('bot_message', 'c', { body: answered });
    await sofia.does('send_message', 'c', { body: noted });
    await whatsapp.does('message_status', 'c', { message: 2, status: 'failed', body: why });
    for (const watcher of watchers) {
        await watcher.watch('c');
        await untilThread(watcher, 'c', await workspace.lastSeq());
        assert.deepEqual(
            (await watcher.find('marta secreta')).rows.map(({ id }) => id),
            ['c'],
        );
    }
    assert.notDeepEqual(await leaks(), []);

    assert.equal((await watchers[0].command('erase', 'c')).reason, 'forbidden');
    const { seq } = await sofia.does('erase', 'c');

    assert.deepEqual(await leaks(), []);
    for (const watcher of watchers) {
        await untilThread(watcher, 'c', seq);
        const row = await watcher.untilRow('c', (each) => each.seq >= seq);
        assert.deepEqual([row.name, row.preview, row.received, row.sent, row.list], ['', '', 1, 2, 1]);
        assert.deepEqual(watcher.threads.get('c').entries.at(-1).action, 'erase');
        assert.ok(watcher.threads.get('c').entries.every(({ body }) => body === null));
        const since = watcher.mark();
        await watcher.watch('c');
        await watcher.history('c');
        await watcher.history('c', { messages: true });
        assert.deepEqual((await watcher.find('marta secreta')).rows, []);
        const text = JSON.stringify(since());
        assert.deepEqual(
            SECRETS.filter((secret) => text.includes(secret)),
            [],
        );
    }
    // Who reads the log from now on, from the tables or (where he begins when it was followed already) from
    // memory, is told nothing either.
    const hasErasure = (follower) =>
        follower.until(() => follower.log.entries.some(({ action }) => action === 'erase'), 'the erasure');
    for (const follower of followers) {
        await hasErasure(follower);
        for (const place of [0, first.seq - 1]) {
            await follower.leave();
            follower.log.entries = [];
            await follower.join({
                consumer: await workspace.consumerAt(place, follower.options.consumer.name),
            });
            await hasErasure(follower);
            const text = JSON.stringify(follower.log.entries);
            assert.deepEqual(
                SECRETS.filter((secret) => text.includes(secret)),
                [],
            );
            assert.ok(text.includes('Nobody erases this'));
        }
    }
    // Life goes on.
    await whatsapp.does('contact_message', 'c', { body: 'It is me again', name: 'Marta' });
    await untilThread(watchers[1], 'c', seq + 1);
    assert.equal(watchers[1].threads.get('c').entries.at(-1).body, 'It is me again');
    assert.equal((await watchers[1].untilRow('c', (each) => each.seq > seq)).name, 'Marta');
});
