// A primary and a standby that follows it: the server finds out by itself which one it may serve from, and
// clients are told when that has changed.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { eventually } from './support/process.mjs';
import { checkDashboard, Ledger } from './support/ledger.mjs';
import { primaryOf, requireStandby, standbyOf } from './support/primary.mjs';
import { Server } from './support/server.mjs';
import { serve as serveOn, test as usualTest, Workspace } from './support/whole.mjs';

/** There are clusters to be made first. */
const test = (name, body) => usualTest(name, { timeout: 180_000 }, body);

/** A primary, and a standby that has it all. */
async function pair(t) {
    const { primary, database } = await primaryOf(t);
    return { primary, standby: await standbyOf(t, primary), database };
}

/** Wherever it may be written to. */
const anyOf = (database, ...clusters) =>
    database.via({ PGHOST: clusters.map(({ folder }) => folder).join(), PGTARGETSESSIONATTRS: 'read-write' });

async function serve(t, database, ...clusters) {
    const folders = clusters.map(({ folder }) => folder).join();
    const query = `host=${folders}&user=relevo&target_session_attrs=read-write`;
    const DATABASE_URL = `postgresql:///${database.environment.PGDATABASE}?${query}`;
    return serveOn(t, database, { env: { DATABASE_URL }, ready: false });
}

/** Resolves when the client has been told to begin anew, and has. */
async function untilAfresh(client, epoch) {
    await client.until(() => client.epoch !== epoch, 'another epoch');
    assert.equal(client.welcome.resumed, false);
    await client.untilCaughtUp();
}

const welcomesOf = (client) => client.frames.filter(({ t }) => t === 'welcome').length;

test('with a synchronous standby nothing that was acknowledged is lost', async (t) => {
    const { primary, standby, database } = await pair(t);
    await requireStandby(primary);
    await eventually(
        async () => (await primary.value('SELECT sync_state FROM pg_stat_replication')) === 'sync',
        'it to be synchronous',
    );
    const server = await serve(t, database, primary, standby);
    await server.untilReady();
    const workspace = new Workspace(t, server, anyOf(database, primary, standby));
    const [ana, bruno, carla] = await Promise.all([
        workspace.agent('ana'),
        workspace.agent('bruno'),
        workspace.agent('carla'),
    ]);
    const { epoch } = ana;
    const ledger = new Ledger();
    const give = (i) => ledger.give(ana, 'send_message', `c-${i % 6}`, { body: `${i}`, channel: 'web' });
    await Promise.all([1, 2, 3].map(give));
    await carla.leave();

    const given = Array.from({ length: 60 }, (_, i) => give(i));
    await Promise.race(given);
    await primary.kill();
    await ana.until(() => ana.state === 'down', 'word that the database is away');
    await server.untilLogged(/session is read-only/);
    await standby.promote();
    await Promise.all([ana, bruno].map((client) => untilAfresh(client, epoch)));
    for (const { outcome } of await Promise.all(given)) assert.equal(outcome, 'done');
    await ledger.check(workspace);

    const [left, mark] = [carla.seq, carla.seqMark];
    await carla.join();
    assert.deepEqual([carla.resumed, carla.welcome.resumed], [{ epoch, seq: left, mark }, false]);
    for (const client of [ana, bruno, carla]) {
        await client.untilSeq(await workspace.lastSeq());
        await checkDashboard(workspace, client);
    }
    const [identifier, timeline] = ana.epoch.split('-');
    assert.equal(identifier, epoch.split('-')[0]);
    assert.equal(parseInt(timeline, 16), 2);
});

test('what the standby had not received when it took over vanishes, and everybody sees it', async (t) => {
    const { primary, standby, database } = await pair(t);
    const server = await serve(t, database, primary, standby);
    await server.untilReady();
    const workspace = new Workspace(t, server, anyOf(database, primary, standby));
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    await ana.does('assign', 'kept', { agent: 'ana', channel: 'web' });
    await primary.untilFollowed();
    await standby.stop('fast');
    const lost = [];
    for (const id of ['lost-1', 'lost-2', 'lost-3'])
        lost.push(await ana.does('assign', id, { agent: 'ana', channel: 'web' }));
    await ana.does('complete', 'kept');
    await bruno.untilSeq(ana.seq);
    const { epoch, seq } = bruno;
    await bruno.leave();

    await primary.kill();
    await standby.start();
    await standby.promote();
    await untilAfresh(ana, epoch);
    assert.deepEqual([...ana.rows.keys()], ['kept']);
    assert.equal(ana.rows.get('kept').assignee, 'ana');
    await checkDashboard(workspace, ana);

    // The same numbers mean something else by now; who comes back with them is not misled.
    while ((await workspace.lastSeq()) <= seq)
        await ana.does('send_message', 'new', { body: 'Anew', channel: 'web' });
    const mark = bruno.seqMark;
    await bruno.join();
    assert.deepEqual([bruno.resumed, bruno.welcome.resumed], [{ epoch, seq, mark }, false]);
    await checkDashboard(workspace, bruno);
    const again = await ana.settlesAs(lost[0].id, 'assign', 'lost-1', {
        agent: 'ana',
        channel: 'web',
        resend: true,
    });
    assert.equal(again.outcome, 'done');
    assert.notEqual(again.seq, lost[0].seq);
});

test('two standbys that were both promoted have one epoch, and everybody begins afresh all the same', async (t) => {
    const { primary, standby: first, database } = await pair(t);
    const second = await standbyOf(t, primary, 2);
    const followers =
        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND flush_lsn >= pg_current_wal_flush_lsn()";
    const server = await serve(t, database, primary, first, second);
    await server.untilReady();
    const workspace = new Workspace(t, server, anyOf(database, primary, first, second));
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    const bot = await workspace.follower('automation', { after: 0 });
    const say = (client, conversation) =>
        client.does('send_message', conversation, { body: 'Hi', channel: 'web', seen: 'any' });
    await say(ana, 'kept');
    await eventually(async () => (await primary.value(followers)) === '2', 'both to have it all');
    const { epoch: before } = ana;
    await primary.kill();
    await first.promote();
    await untilAfresh(ana, before);
    for (const id of ['lost-1', 'lost-2', 'lost-3']) await say(ana, id);
    await bruno.untilSeq(ana.seq);
    const { epoch, seq } = ana;
    await bruno.leave();
    await bot.untilClosed();
    await bot.join({ consumer: { name: 'main' } });
    await bot.untilPlace(seq);

    const since = ana.mark();
    await first.kill();
    await second.promote();
    await ana.until(() => ana.state === 'up', 'word that a database is there');
    const other = await workspace.agent('zoe', {
        server: await serve(t, database, second).then(async (made) => (await made.untilReady(), made)),
    });
    assert.equal(other.epoch, epoch, 'which does not tell');
    while ((await workspace.lastSeq()) < seq) await say(other, `new-${await workspace.lastSeq()}`);
    await ana.until(() => since().some(({ t: type }) => type === 'welcome'), 'word that all comes anew');
    assert.equal(ana.welcome.resumed, false);
    await ana.untilCaughtUp();
    await ana.untilSeq(seq);
    await checkDashboard(workspace, ana);
    assert.ok(!ana.rows.has('lost-1'));
    await bruno.join();
    assert.deepEqual([bruno.resumed.epoch, bruno.resumed.seq, bruno.welcome.resumed], [epoch, seq, false]);
    await checkDashboard(workspace, bruno);
    assert.equal((await bot.untilClosed()).code, 1013);
    await bot.join({ consumer: { name: 'main', after: bot.log.place, mark: bot.log.mark } });
    assert.equal(bot.welcome.resumed, false);
});

test('a bot comes back to where it is in the database that took over, and a thread tells what has happened in it', async (t) => {
    const { primary, standby, database } = await pair(t);
    const server = await serve(t, database, primary, standby);
    await server.untilReady();
    const workspace = new Workspace(t, server, anyOf(database, primary, standby));
    const [ana, whatsapp, bot] = await Promise.all([
        workspace.agent('ana'),
        workspace.channel(),
        workspace.follower('automation', { after: 0 }),
    ]);
    const write = async (...bodies) => {
        for (const body of bodies) await whatsapp.does('contact_message', 'c', { body });
        await workspace.untilAcknowledged(bot);
    };
    const thread = () =>
        ana.threads
            .get('c')
            .entries.map(({ body }) => body)
            .join(' ');
    await ana.watch('c');
    await write('one', 'two');
    await primary.untilFollowed();
    await standby.stop('fast');
    const kept = bot.log.place;
    await write('lost', 'too');
    await ana.until(() => thread() === 'one two lost too', 'the thread');
    const { epoch } = ana;

    await primary.kill();
    await standby.start();
    await standby.promote();
    assert.equal((await bot.untilClosed()).code, 1013);
    await untilAfresh(ana, epoch);
    await ana.until(() => thread() === 'one two', 'the thread of the other database');
    for (const body of ['three', 'four', 'five']) await whatsapp.does('contact_message', 'c', { body });
    await ana.until(() => thread() === 'one two three four five', 'the thread to go on');
    bot.log.entries = [];
    await bot.join({ consumer: { name: 'main' } });
    assert.notEqual(bot.welcome.epoch, epoch);
    assert.equal(bot.welcome.seq, kept);
    await bot.untilPlace(await workspace.lastSeq());
    assert.deepEqual(
        bot.log.entries.map(({ body }) => body),
        ['three', 'four', 'five'],
    );
});

test('a standby is never served from: it is passed over, or waited for', async (t) => {
    const { primary, standby, database } = await pair(t);
    const server = await serve(t, database, standby, primary);
    await server.untilReady();
    const ana = await new Workspace(t, server).agent();
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    const PGHOST = `${standby.folder},${primary.folder}`;
    for (const env of [
        { DATABASE_URL: `host=${PGHOST} dbname=${database.environment.PGDATABASE} user=relevo` },
        { PGHOST },
    ]) {
        const other = await Server.start(database, { env });
        await other.stop();
    }

    const waiting = await serve(t, database, standby);
    await waiting.untilLogged(/event=database_away reason=".*session is read-only"/);
    await waiting.untilNotReady();
    await primary.kill();
    await standby.promote();
    await Promise.all([server, waiting].map((each) => each.untilReady()));
});

test('a primary that comes back from a crash is the same database: everybody goes on exactly', async (t) => {
    const { primary, database } = await primaryOf(t);
    const server = await serve(t, database, primary);
    await server.untilReady();
    const workspace = new Workspace(t, server);
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    const { seq } = await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await bruno.untilSeq(seq);
    await bruno.leave();
    await primary.kill();
    await ana.until(() => ana.state === 'down', 'word that the database is away');
    await primary.start();
    await ana.until(() => ana.state === 'up', 'word that it is back');
    await ana.does('complete', 'c');
    assert.equal(welcomesOf(ana), 1, 'she was not sent back to the beginning');
    await bruno.join();
    assert.deepEqual([bruno.welcome.resumed, bruno.welcome.seq], [true, seq]);
    await bruno.untilRow('c', (row) => row.list === 2);
});

test('a primary that was left behind is not gone back to', async (t) => {
    const { primary, standby, database } = await pair(t);
    const server = await serve(t, database, primary, standby);
    await server.untilReady();
    const workspace = new Workspace(t, server, anyOf(database, standby));
    const ana = await workspace.agent();
    const { epoch } = ana;
    await primary.kill();
    await standby.promote();
    await untilAfresh(ana, epoch);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await primary.start();
    await standby.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'relevo %'",
    );
    await server.untilLogged(
        /event=database_away reason="the database is a primary that another has taken over from"/,
    );
    await server.untilReady();
    await ana.does('complete', 'c');
    assert.equal(welcomesOf(ana), 2, 'one for each primary');
    assert.equal(await workspace.value("SELECT list FROM relevo.conversation WHERE id = 'c'"), '2');
});

describe('PostgreSQL hangs', { concurrency: true }, () => {
    test('and goes on: clients are told meanwhile, asked or not, and what was asked is settled', async (t) => {
        const { primary, database } = await primaryOf(t);
        const servers = await Promise.all([serve(t, database, primary), serve(t, database, primary)]);
        await Promise.all(servers.map((server) => server.untilReady()));
        const workspace = new Workspace(t, servers[0]);
        const [ana, idle] = await Promise.all([
            workspace.agent('ana'),
            workspace.agent('idle', { server: servers[1] }),
        ]);
        await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
        await primary.signal('SIGSTOP');
        const asked = ana.settles('complete', 'c');
        await Promise.all(servers.map((server) => server.untilLogged(/did not answer in time/)));
        await Promise.all(
            [ana, idle].map((client) =>
                client.until(() => client.state === 'down', 'word that the database is away'),
            ),
        );
        const refused = await ana.command('assign', 'd', { agent: 'ana', channel: 'web' });
        assert.deepEqual([refused.outcome, refused.reason], ['refused', 'unavailable']);
        await Promise.all(servers.map((server) => server.untilNotReady()));
        await primary.signal('SIGCONT');
        await Promise.all(
            [ana, idle].map((client) => client.until(() => client.state === 'up', 'word that it is back')),
        );
        const { outcome, seq } = await asked;
        assert.equal(outcome, 'done');
        assert.equal(
            await workspace.value("SELECT count(*) FROM relevo.transition WHERE conversation_id = 'c'"),
            '2',
        );
        await idle.untilSeq(seq);
        assert.equal(welcomesOf(idle), 1);
    });

    test('and the standby takes over: the server goes there, and stays there', async (t) => {
        const { primary, standby, database } = await pair(t);
        const server = await serve(t, database, primary, standby);
        await server.untilReady();
        const workspace = new Workspace(t, server, anyOf(database, standby));
        const ana = await workspace.agent('ana');
        const { epoch } = ana;
        await primary.signal('SIGSTOP');
        await standby.promote();
        await server.untilLogged(/event=database_changed/);
        await untilAfresh(ana, epoch);
        await primary.signal('SIGCONT');
        await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
        await checkDashboard(workspace, ana);
    });
});
