// A database that is there and commits nothing: its standby is gone that commits wait for, its disk is full,
// it has become read-only. Everybody is told, once; what only reads goes on; and it heals by itself, whether
// anybody asks for anything or not.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { Metrics } from './support/metrics.mjs';
import { primaryOf, requireStandby, standbyOf } from './support/primary.mjs';
import { eventually } from './support/process.mjs';
import { checkDashboard, Ledger } from './support/ledger.mjs';
import { serve as serveOn, test as usualTest, Workspace } from './support/whole.mjs';

const test = (name, body) => usualTest(name, { timeout: 240_000 }, body);

/** One that commits wait for. */
async function requiredStandbyOf(t, primary) {
    const standby = await standbyOf(t, primary);
    await requireStandby(primary);
    await eventually(
        async () => (await primary.value('SELECT sync_state FROM pg_stat_replication')) === 'sync',
        'it to be synchronous',
    );
    return standby;
}

async function serve(t, database, ...args) {
    const server = await serveOn(t, database, { args: ['--admin-listen', '127.0.0.1:0', ...args] });
    const [, address] = await server.untilLogged(/admin="([^"]+)"/);
    const ask = async (path) => {
        const response = await fetch(`http://${address}${path}`);
        return { status: response.status, text: await response.text() };
    };
    return Object.assign(server, { ask, measure: async () => new Metrics((await ask('/metrics')).text) });
}

const statesOf = (client) => client.frames.filter(({ t }) => t === 'state').map(({ store }) => store);

async function untilStuck(server, client, why) {
    await client.until(() => client.state === 'stuck', 'word that nothing is committed');
    const { status, text } = await server.ask('/readyz?verbose');
    assert.equal(status, 503);
    assert.match(text, /^\[\+\]database ok$/m);
    assert.match(text, why);
    const metrics = await server.measure();
    assert.deepEqual(
        [metrics.value('relevo_database_up'), metrics.value('relevo_database_can_commit')],
        [1, 0],
    );
}

async function untilHealed(server, ...clients) {
    await Promise.all(
        clients.map((client) => client.until(() => client.state === 'up', 'word that it commits again')),
    );
    const { status, text } = await server.ask('/readyz?verbose');
    assert.equal(status, 200);
    assert.match(text, /^\[\+\]commits ok$/m);
    const metrics = await server.measure();
    assert.deepEqual(
        [metrics.value('relevo_database_can_commit'), metrics.value('relevo_database_away_total')],
        [1, 0],
    );
}

/** What can be read is: who has been here, who comes for the first time, what was written. */
async function checkReading(workspace, known) {
    const [again, stranger] = [
        workspace.client(known.welcome.agent.id),
        workspace.client(`new-${known.welcome.agent.id}`),
    ];
    for (const client of [again, stranger]) {
        await client.join();
        await client.untilCaughtUp();
        assert.deepEqual([...client.rows.keys()].sort(), [...known.rows.keys()].sort());
        await client.until(() => client.state === 'stuck', 'word to who comes meanwhile');
    }
    await again.watch('c');
    await again.until(() => again.threads.get('c').entries.length > 0, 'the thread');
    return stranger;
}

describe('a synchronous standby that is lost', { concurrency: true }, () => {
    for (const [lanes, count] of [
        [2, 1],
        [2, 2],
        [1, 1],
    ]) {
        test(`is told where ${count} of two workspaces and ${lanes} lanes wait for it, and is settled when it is back`, async (t) => {
            const { primary, database } = await primaryOf(t);
            const standby = await requiredStandbyOf(t, primary);
            const server = await serve(t, database, '--lanes', `${lanes}`);
            const workspaces = Array.from({ length: 2 }, () => new Workspace(t, server));
            const people = await Promise.all(workspaces.map((workspace) => workspace.agent('ana')));
            const ledger = new Ledger();
            const give = (n, i) =>
                ledger.give(people[n], 'send_message', n === 0 ? 'c' : `c-${n}`, {
                    body: `${i}`,
                    channel: 'web',
                });
            await Promise.all([give(0, 0), give(1, 0)]);

            await standby.kill();
            const waiting = Array.from({ length: count }, (_, n) => give(n, 1));
            await untilStuck(
                server,
                people[1],
                /^\[-\]commits none: transactions wait to be committed: a synchronous standby is away, or a disk hangs$/m,
            );
            assert.ok((await server.measure()).value('relevo_commit_oldest_seconds') >= 5);
            const refused = await people[0].command('send_message', 'c', { body: 'meanwhile', seen: 'any' });
            assert.deepEqual(
                [refused.outcome, refused.reason, refused.sentence],
                ['refused', 'unavailable', 'The server can have nothing committed now; nothing was done'],
            );
            const stranger = await checkReading(workspaces[0], people[0]);
            // With what has passed already, longer than a session is waited for.
            await database.value('SELECT pg_sleep(8)');
            for (const client of people) assert.deepEqual(statesOf(client), ['stuck']);
            assert.equal(
                await workspaces[0].lastSeq(),
                people[0].seq,
                'nothing of it is to be seen before it is safe',
            );

            await standby.start();
            await untilHealed(server, ...people, stranger);
            for (const { outcome } of await Promise.all(waiting)) assert.equal(outcome, 'done');
            await stranger.does('send_message', 'c', { body: 'It goes on', seen: 'any' });
            for (const client of people) assert.deepEqual(statesOf(client), ['stuck', 'up']);
            await people[0].untilSeq(await workspaces[0].lastSeq());
            await checkDashboard(workspaces[0], people[0]);
        });
    }
});

test('a synchronous standby that is lost is told also where nobody writes', async (t) => {
    const { primary, database } = await primaryOf(t);
    const standby = await requiredStandbyOf(t, primary);
    const server = await serve(t, database);
    const ana = await new Workspace(t, server).agent('ana');
    await standby.kill();
    await eventually(() => ana.state === 'stuck', 'word that nothing would be committed', 60_000);
    await untilStuck(
        server,
        ana,
        /^\[-\]commits none: transactions wait to be committed: a synchronous standby is away, or a disk hangs$/m,
    );
    await standby.start();
    await untilHealed(server, ana);
    assert.deepEqual(statesOf(ana), ['stuck', 'up']);
});

test('a disk that is full is told, tried again though nobody asks, and healed', async (t) => {
    const { database } = await primaryOf(t);
    const server = await serve(t, database);
    const workspace = new Workspace(t, server);
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await bruno.untilSeq(ana.seq);
    await database.query(`
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE SQLSTATE '53100' USING MESSAGE = 'could not extend file: No space left on device'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON relevo.transition FOR EACH STATEMENT EXECUTE FUNCTION full_disk()`);
    const refused = await ana.command('complete', 'c');
    assert.deepEqual([refused.outcome, refused.reason], ['refused', 'unavailable']);
    await untilStuck(server, bruno, /^\[-\]commits none: could not extend file: No space left on device$/m);
    const stranger = await checkReading(workspace, bruno);
    await database.value('SELECT pg_sleep(3)');
    assert.deepEqual(statesOf(bruno), ['stuck']);
    await database.query('DROP TRIGGER full_disk ON relevo.transition');
    await untilHealed(server, ana, bruno, stranger);
    assert.equal((await ana.settlesAs(refused.id, 'complete', 'c')).outcome, 'done');
    await workspace.client('carla').join();
    assert.deepEqual(statesOf(bruno), ['stuck', 'up']);
});

test('a database that becomes read-only is stuck, and healed', async (t) => {
    const { primary, database } = await primaryOf(t);
    const server = await serve(t, database);
    const workspace = new Workspace(t, server);
    const ana = await workspace.agent('ana');
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await primary.query('ALTER SYSTEM SET default_transaction_read_only = on');
    await primary.query('SELECT pg_reload_conf()');
    await eventually(
        async () => (await primary.value('SHOW default_transaction_read_only')) === 'on',
        'it to be read-only',
    );
    const refused = await ana.command('complete', 'c');
    assert.deepEqual([refused.outcome, refused.reason], ['refused', 'unavailable']);
    await untilStuck(server, ana, /^\[-\]commits none: .*read-only/m);
    await checkReading(workspace, ana);
    await primary.query(
        'SET default_transaction_read_only = off; ALTER SYSTEM RESET default_transaction_read_only',
    );
    await primary.query('SELECT pg_reload_conf()');
    await untilHealed(server, ana);
    assert.equal((await ana.settlesAs(refused.id, 'complete', 'c')).outcome, 'done');
    assert.deepEqual(statesOf(ana), ['stuck', 'up']);
});
