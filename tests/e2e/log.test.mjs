// Automation and channels follow the log: everything that concerns them, with its body, in order, at least
// once, whatever breaks.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { eventually } from './support/process.mjs';
import { Server } from './support/server.mjs';
import { createWorkspace, test, useServers, Workspace } from './support/whole.mjs';

const {
    database,
    servers: [one, two],
} = await useServers(2);

const numberOf = (workspace) => `(SELECT id FROM relevo.workspace WHERE name = '${workspace.name}')`;

/** What the tables say of the log, or of a channel's part of it: "SEQ CONVERSATION BODY", in order. */
async function truth(workspace, channel) {
    const rows = await database.query(`
        SELECT seq, coalesce(conversation_id, ''), coalesce(body, '') FROM relevo.transition
        WHERE workspace_id = ${numberOf(workspace)} ${channel ? `AND channel = '${channel}'` : ''} ORDER BY seq`);
    return rows.map((row) => row.join(' '));
}

const told = (entries) => entries.map(({ seq, row, body }) => `${seq} ${row?.id ?? ''} ${body ?? ''}`);

/** The follower is told all that there is, once each. */
async function assertHasAll(workspace, follower, channel) {
    const expected = await truth(workspace, channel);
    await follower.until(
        () => follower.log.entries.at(-1)?.seq >= parseInt(expected.at(-1), 10),
        'the last entry',
    );
    assert.deepEqual(told(follower.log.entries), expected);
}

/** Contacts write so many messages through the channel, some at once. */
async function write(channel, count, { prefix = channel.welcome.agent.id, body = 'message' } = {}) {
    let made = 0;
    const one = async () => {
        while (made < count) {
            const n = ++made;
            await channel.does('contact_message', `${prefix}-${n % 7}`, { body: `${body} ${n}` });
        }
    };
    await Promise.all(Array.from({ length: 20 }, one));
}

const acknowledged = (workspace, name = 'main') =>
    workspace
        .value(`SELECT acked_seq FROM relevo.consumer WHERE workspace_id = :workspace AND name = '${name}'`)
        .then(Number);

test('the automation hears of everything, in order and with its body, whoever writes at whichever node', async (t) => {
    const workspace = new Workspace(t, one);
    const bots = await Promise.all(
        [one, two].map((server, i) =>
            workspace.follower('automation', { server, name: `at-${i}`, after: 0 }),
        ),
    );
    const [ana, whatsapp, web] = await Promise.all([
        workspace.agent('ana'),
        workspace.channel('whatsapp'),
        workspace.channel('web', { server: two }),
    ]);
    const work = async (i) => {
        await ana.does('send_message', `whatsapp-${i % 7}`, { body: `answer ${i}`, channel: 'whatsapp' });
        await ana.settles('complete', `whatsapp-${i % 7}`); // others may have been quicker
    };
    await Promise.all([
        write(whatsapp, 300),
        write(web, 300),
        ...Array.from({ length: 30 }, (_, i) => work(i)),
    ]);
    for (const bot of bots) await assertHasAll(workspace, bot);
});

test('an entry says who did what, and how the conversation stands after it', async (t) => {
    const workspace = new Workspace(t, one);
    const bot = await workspace.follower();
    const ana = await workspace.agent('ana');
    await ana.does('send_message', 'c', {
        body: 'Hello\nMarta',
        channel: 'web',
        name: 'Marta',
        pause: 'until_completed',
    });
    await ana.does('complete', 'c');
    await bot.untilPlace(await workspace.lastSeq());
    const [seen, sent, completed] = bot.log.entries;
    assert.deepEqual(
        [seen.action, seen.by, seen.body, seen.role, seen.row],
        ['agent_seen', 'ana', 'Ana', 'agent', null],
    );
    assert.deepEqual(
        [sent.action, sent.by, sent.role, sent.body, sent.message],
        ['send_message', 'ana', 'agent', 'Hello\nMarta', 1],
    );
    assert.deepEqual(
        [sent.row.name, sent.row.list, sent.row.pause, sent.row.channel],
        ['Marta', 1, -1, 'web'],
    );
    assert.deepEqual(
        [completed.action, completed.row.list, completed.row.pause, completed.body],
        ['complete', 2, 0, null],
    );
    assert.equal(completed.seq, await workspace.lastSeq());
});

test('a channel hears of its own conversations only, and reports what became of its messages', async (t) => {
    const workspace = new Workspace(t, one);
    const [bot, whatsapp, web] = await Promise.all([
        workspace.follower(),
        workspace.follower('channel', { after: 0 }),
        workspace.follower('channel', { id: 'web', server: two, after: 0 }),
    ]);
    const ana = await workspace.agent('ana');
    await ana.does('send_message', 'w', { body: 'by web', channel: 'web' });
    await ana.does('send_message', 'c', { body: 'by whatsapp', channel: 'whatsapp' });
    await ana.does('send_message', 'c', { body: 'and on' });
    const entry = await whatsapp.until(
        () => whatsapp.log.entries.find(({ body }) => body === 'and on'),
        'the message to deliver',
    );
    assert.equal(
        (await whatsapp.command('message_status', 'w', { message: 1, status: 'sent' })).reason,
        'not_your_channel',
    );
    await whatsapp.does('message_status', 'c', { message: entry.message, status: 'delivered' });
    await whatsapp.does('message_status', 'c', { message: 1, status: 'failed', body: 'no such number' });
    await bot.untilPlace(await workspace.lastSeq());
    const reports = bot.log.entries.filter(({ action }) => action === 'message_status');
    assert.deepEqual(
        reports.map(({ by, message, status, body }) => [by, message, status, body]),
        [
            ['whatsapp', 2, 2, null],
            ['whatsapp', 1, 3, 'no such number'],
        ],
    );
    assert.equal(ana.rows.get('c').delivery, 2);
    await web.until(() => web.log.entries.length > 0, 'the other channel');
    await whatsapp.until(() => whatsapp.log.entries.length === 4, 'its own reports');
    await assertHasAll(workspace, whatsapp, 'whatsapp');
    await assertHasAll(workspace, web, 'web');
});

test('after a reconnect, at another node too, the log goes on behind what was acknowledged', async (t) => {
    const workspace = new Workspace(t, one);
    const whatsapp = await workspace.channel();
    const bot = await workspace.follower('automation', { after: 0 });
    await write(whatsapp, 50);
    await bot.untilPlace(await workspace.lastSeq());
    bot.acknowledge(20);
    await eventually(async () => (await acknowledged(workspace)) === 20, 'it to be stored');
    await bot.cut();
    await write(whatsapp, 50, { body: 'later' });
    bot.url = two.url;
    bot.log.entries = bot.log.entries.filter(({ seq }) => seq <= 20);
    await bot.join({ consumer: { name: 'main' } });
    assert.equal(bot.welcome.seq, 20);
    await assertHasAll(workspace, bot);
});

test('a new name begins at the end, and one that says where begins there, back too', async (t) => {
    const workspace = new Workspace(t, one);
    const whatsapp = await workspace.channel();
    await write(whatsapp, 10);
    const late = await workspace.follower('automation', { name: 'late' });
    assert.equal(late.welcome.seq, await workspace.lastSeq());
    await write(whatsapp, 5);
    await late.untilPlace(await workspace.lastSeq());
    assert.equal(late.log.entries.length, 5);
    late.acknowledge();
    await eventually(
        async () => (await acknowledged(workspace, 'late')) === late.log.place,
        'it to be stored',
    );
    await late.leave();
    late.log.entries = [];
    await late.join({ consumer: await workspace.consumerAt(3, 'late') });
    assert.equal(late.welcome.seq, 3);
    await late.untilPlace(await workspace.lastSeq());
    assert.equal(late.log.entries[0].seq, 4);
    assert.equal(await acknowledged(workspace, 'late'), 3);
});

test('what was not sent cannot be acknowledged', async (t) => {
    const workspace = new Workspace(t, one);
    const bot = await workspace.follower();
    bot.acknowledge(1);
    assert.equal((await bot.untilClosed()).code, 4002);
});

for (const [where, server] of [
    ['the same node', one],
    ['another node', two],
]) {
    test(`of two connections with one name the newest wins, at ${where}`, async (t) => {
        const workspace = new Workspace(t, one);
        const whatsapp = await workspace.channel();
        const [old, bystander] = await Promise.all([
            workspace.follower(),
            workspace.follower('automation', { name: 'other' }),
        ]);
        const late = await workspace.follower('automation', { server });
        assert.equal((await old.untilClosed()).code, 4005);
        await write(whatsapp, 3);
        await late.untilPlace(await workspace.lastSeq());
        await bystander.untilPlace(await workspace.lastSeq());
        assert.equal(late.log.entries.length, 3);
        assert.deepEqual([late.closed, bystander.closed], [undefined, undefined]);
    });
}

test('a workspace has so many consumers, and one more is sent away', async (t) => {
    const workspace = new Workspace(t, one);
    for (let i = 0; i < 64; i++)
        await (await workspace.follower('automation', { name: `name-${i}` })).leave();
    const late = workspace.client('bot', 'automation', { consumer: { name: 'one more' } });
    await late.connect();
    assert.equal((await late.untilClosed()).code, 1013);
    await workspace.follower('automation', { name: 'name-7' });
});

/**
 * Deals with the log as a bot does that may die at any moment: what it has dealt with, over all its
 * connections, is in `done`.
 */
class Diligent {
    done = [];
    #heard = 0;

    constructor(client) {
        this.client = client;
        this.place = 0;
    }

    /** Takes what has come since the last time. */
    take() {
        const { entries } = this.client.log;
        for (; this.#heard < entries.length; this.#heard++) {
            const entry = entries[this.#heard];
            if (entry.seq <= this.place) continue; // a repeat
            this.done.push(entry);
            this.place = entry.seq;
        }
        if (!this.client.closed && this.client.log.place > 0) this.client.acknowledge();
    }

    async comeBack(url) {
        this.take();
        this.client.url = url;
        await this.client.join({ consumer: { name: 'main' } });
        assert.ok(this.client.welcome.seq <= this.client.log.place);
    }
}

test('a node is killed, and the connections by which the log is read: nothing is missing, and all in order', async (t) => {
    const workspace = new Workspace(t, one);
    const victim = await Server.start(database);
    atEnd(t, () => victim.stop());
    const [whatsapp, web] = await Promise.all([
        workspace.channel('whatsapp'),
        workspace.channel('web', { server: two }),
    ]);
    const bot = new Diligent(await workspace.follower('automation', { server: victim, after: 0 }));
    const writing = Promise.all([write(whatsapp, 1500), write(web, 1500)]);
    await bot.client.untilPlace(400);
    bot.take();
    await victim.kill();
    await bot.client.untilClosed();
    await bot.comeBack(two.url);
    await bot.client.untilPlace(1200);
    bot.take();
    const lookups =
        "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'relevo lookup%'";
    await eventually(
        async () => (await database.value(`SELECT count(*) ${lookups}`)) === '4',
        "the victim's to have ended",
    );
    await database.query(`SELECT pg_terminate_backend(pid) ${lookups}`);
    await bot.client.cut();
    await bot.comeBack(one.url);
    await writing;
    await bot.client.untilPlace(await workspace.lastSeq());
    bot.take();
    assert.deepEqual(told(bot.done), await truth(workspace));
});

test('who does not read for long gets everything all the same, and nobody waits for it', async (t) => {
    const workspace = new Workspace(t, one);
    const [bot, other] = await Promise.all([
        workspace.follower('automation', { after: 0 }),
        workspace.follower('automation', { name: 'other', after: 0 }),
    ]);
    const whatsapp = await workspace.channel();
    bot.stopReading();
    // More than what is kept in memory, and than the kernel buffers.
    await write(whatsapp, 2500, { body: 'x'.repeat(4000) });
    await other.untilPlace(await workspace.lastSeq());
    assert.ok(bot.log.place < other.log.place);
    bot.readOn();
    await assertHasAll(workspace, bot);
    await assertHasAll(workspace, other);
});

const LONG = 100_000;

/** A log of LONG contact messages in a hundred conversations of two channels, as if they had been written. */
async function writeLongLog(workspace) {
    await createWorkspace(database, workspace.name, 3_600_000);
    await database.query(`
        CREATE TEMP TABLE said AS
        SELECT ${numberOf(workspace)} AS workspace_id, n AS seq, 'c-' || n % 100 AS id, (n - 1) / 100 + 1 AS received,
               CASE WHEN n > 100 THEN n - 100 ELSE 0 END AS before_seq, CASE WHEN n % 100 = 0 THEN 'rare' ELSE 'often' END AS channel,
               'message ' || n AS body, date_trunc('milliseconds', now()) AS at
        FROM generate_series(1, ${LONG}) n;
        INSERT INTO relevo.transition (workspace_id, seq, at, command_id, before_seq, message, action, role, from_list, reported, by, conversation_id,
            body, channel, name, list, list_seq, automation_enabled, pause, pause_seq, bot_blocked, version, received, sent, unread, delivery,
            waiting_since, preview, preview_role, preview_at, last_action, last_role)
        SELECT workspace_id, seq, at, gen_random_uuid(), before_seq, received, 10, 4, 0, 0, channel, id, body, channel, '', 0, 0, true, 0, 0, false, 0,
               received, 0, received, 0, at, body, 4, at, 0, 0 FROM said;
        INSERT INTO relevo.conversation (workspace_id, seq, version, list_seq, pause_seq, received, sent, unread, waiting_since, preview_at, list, pause,
            delivery, preview_role, last_action, last_role, automation_enabled, bot_blocked, held, id, channel, name, preview)
        SELECT DISTINCT ON (id) workspace_id, seq, 0, 0, 0, received, 0, received, at, at, 0, 0, 0, 4, 0, 0, true, false, false, id, channel, '', body
        FROM said ORDER BY id, seq DESC;
        UPDATE relevo.workspace_head SET last_seq = ${LONG}, last_at = (SELECT max(at) FROM said) WHERE workspace_id = ${numberOf(workspace)}`);
}

test(
    'one that was away for a hundred thousand transitions catches up, and others are answered meanwhile',
    { timeout: 120_000 },
    async (t) => {
        const workspace = new Workspace(t, one);
        await writeLongLog(workspace);
        const whatsapp = await workspace.channel();
        const bot = await workspace.follower('automation', { after: 0 });
        let answered = 0;
        while (bot.log.place < LONG) {
            await whatsapp.does('contact_message', `live-${answered % 5}`, { body: 'Is anybody there?' });
            if (bot.log.place > 0 && bot.log.place < LONG) answered++;
        }
        assert.ok(answered > 1, 'commands were answered while it caught up');
        await bot.untilPlace(await workspace.lastSeq());
        const { entries } = bot.log;
        assert.equal(entries.length, await workspace.lastSeq());
        assert.ok(entries.every(({ seq }, i) => seq === i + 1));
        assert.ok(entries.slice(0, LONG).every(({ seq, body }) => body === `message ${seq}`));

        // Few of many: looked for in the tables, page by page.
        const rare = await workspace.follower('channel', { id: 'rare', after: 0 });
        await rare.until(() => rare.log.entries.length === LONG / 100, 'the few that are its own');
        assert.ok(rare.log.entries.every(({ seq }, i) => seq === 100 * (i + 1)));
    },
);

test('a server that is to stop does not wait for whoever is far behind', { timeout: 120_000 }, async (t) => {
    const workspace = new Workspace(t, one);
    await writeLongLog(workspace);
    const leaving = await Server.start(database);
    atEnd(t, () => leaving.stop());
    const bot = await workspace.follower('automation', { server: leaving, after: 0 });
    await bot.untilPlace(1000);
    await leaving.stop(); // which fails where it does not end in order
    assert.equal((await bot.untilClosed()).code, 1012);
    assert.ok(bot.log.place < LONG);
    bot.log.entries = [];
    bot.url = two.url;
    await bot.join({ consumer: await workspace.consumerAt(LONG - 10) });
    await bot.untilPlace(LONG);
    assert.equal(bot.log.entries.length, 10);
});
