// A pooler between Relevo and its database: one that keeps a session for each connection does no harm; one
// that does not is told by what it does, and refused.

import assert from 'node:assert/strict';
import { after, describe } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { createDatabase } from './support/database.mjs';
import { Mixer } from './support/mixer.mjs';
import { PgBouncer } from './support/pgbouncer.mjs';
import { eventually } from './support/process.mjs';
import { migrate, relevo } from './support/server.mjs';
import { serve, test, Workspace } from './support/whole.mjs';

const database = await createDatabase();
after(() => database.drop());
await migrate(database);

const SENTENCE =
    /a pooler in front of the database does not keep a session for each connection \(.+\): connect to the database itself, or set the pooler to pool_mode = session$/;

async function pool(t, settings) {
    const bouncer = await PgBouncer.start(database, settings);
    atEnd(t, () => bouncer.remove());
    return bouncer;
}

const lineOf = (stderr) => stderr.split('\n').find((line) => line.startsWith('relevo: '));

async function check(at) {
    const { code, stdout } = await relevo(['check', '--listen', '127.0.0.1:0', '--allow-unsafe-database'], {
        database: at,
    });
    return { code, session: /^(\w+) +session: (.*)$/m.exec(stdout), stdout };
}

// However many sessions it has, in whatever order it gives them, and with nobody else there: nothing is left
// to chance.
describe('Refused is', { concurrency: 5 }, () => {
    for (const settings of [
        { pool_mode: 'transaction' },
        { pool_mode: 'transaction', default_pool_size: 1 },
        { pool_mode: 'transaction', min_pool_size: 30, server_round_robin: 1 },
        { pool_mode: 'statement' },
        { pool_mode: 'statement', min_pool_size: 30, server_round_robin: 1 },
    ]) {
        const name = Object.entries(settings)
            .map(([setting, value]) => `${setting} = ${value}`)
            .join(', ');

        test(`check finds a pooler with ${name}: 78`, async (t) => {
            const { database: pooled } = await pool(t, settings);
            const { code, session, stdout } = await check(pooled);
            assert.equal(code, 78, stdout);
            assert.equal(session?.[1], 'FAILED', stdout);
            assert.match(session[2], SENTENCE);
        });

        test(`serve and what runs once refuse a pooler with ${name}: 78`, async (t) => {
            const { database: pooled } = await pool(t, settings);
            for (let time = 0; time < 2; time++) {
                const { code, stderr } = await relevo(
                    ['serve', '--listen', '127.0.0.1:0', '--allow-unsafe-database'],
                    { database: pooled },
                );
                assert.equal(code, 78, stderr);
                assert.match(lineOf(stderr), SENTENCE);
            }
            for (const args of [['migrate'], ['revoke', '--workspace', 'w', '--agent', 'ana']]) {
                const { code, stderr } = await relevo(args, { database: pooled });
                assert.equal(code, 78, stderr);
                assert.match(lineOf(stderr), SENTENCE);
            }
        });
    }
});

test('a pooler that keeps sessions is as good as none', async (t) => {
    const { database: pooled } = await pool(t, { pool_mode: 'session' });
    const { code, session, stdout } = await check(pooled);
    assert.equal(code, 0, stdout);
    assert.equal(session[0].trim(), 'ok      session: kept for each connection, between transactions too');
    await migrate(pooled);
    const server = await serve(t, pooled);
    const workspace = new Workspace(t, server, database);
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await bruno.untilRow('c', (row) => row.assignee === 'ana');
    assert.doesNotMatch(server.stderr, /event=(database_away|notice_ignored|notify_failed)/);
});

test('a pooler that happens to give everybody the same session again is found and refused, too: 78', async (t) => {
    const mixer = await Mixer.start(database);
    atEnd(t, () => mixer.remove());
    const { code, session, stdout } = await check(mixer.database);
    assert.deepEqual([code, session?.[1]], [78, 'FAILED'], stdout);
    assert.match(session[2], SENTENCE);
    const result = await relevo(['serve', '--listen', '127.0.0.1:0', '--allow-unsafe-database'], {
        database: mixer.database,
    });
    assert.equal(result.code, 78, result.stderr);
    assert.match(lineOf(result.stderr), SENTENCE);
    assert.doesNotMatch(result.stderr, /event=database_up/);
});

test('check says that sessions are kept where nothing is in between', async () => {
    assert.equal((await check(database)).session[1], 'ok');
});

test('a pooler that stops keeping sessions under a running server takes it down with the sentence, until it keeps them again', async (t) => {
    const bouncer = await pool(t, { pool_mode: 'session' });
    const server = await serve(t, bouncer.database);
    const workspace = new Workspace(t, server, database);
    const ana = await workspace.agent('ana');
    for (const settings of [
        { pool_mode: 'transaction' },
        { pool_mode: 'transaction', min_pool_size: 30, server_round_robin: 1 },
    ]) {
        await bouncer.stop();
        await ana.until(() => ana.state === 'down', 'word that the database is away');
        await bouncer.start(settings);
        const from = server.stderr.length;
        const told =
            /event=database_away reason="a pooler in front of the database does not keep a session for each connection \(.+\): connect to the database itself, or set the pooler to pool_mode = session"/;
        await eventually(() => told.test(server.stderr.slice(from)), 'the sentence');
        for (let i = 0; i < 20; i++) await server.untilNotReady();
        assert.doesNotMatch(server.stderr.slice(from), /event=database_up/);
        await bouncer.stop();
        await bouncer.start({ pool_mode: 'session' });
        await ana.until(() => ana.state === 'up', 'word that it is back');
        await ana.does('send_message', 'c', { body: 'Back', channel: 'web', seen: 'any' });
    }
});
