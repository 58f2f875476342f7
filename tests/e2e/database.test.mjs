// Databases that are missing, refuse, are slow, vanish, run full or crash. Clients stay connected and are told; what was acknowledged
// stays; and it heals by itself.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import { Cluster, createDatabase, Database } from './support/database.mjs';
import { eventually, start } from './support/process.mjs';
import { Proxy } from './support/proxy.mjs';
import { migrate, relevo, Server } from './support/server.mjs';
import { test, Workspace } from './support/whole.mjs';

const cluster = await Cluster.start('max_connections = 20', 'superuser_reserved_connections = 0');
after(() => cluster.remove());

async function migrated(t) {
    const database = await createDatabase(cluster);
    t.after(() => database.drop());
    await migrate(database);
    return database;
}

async function serve(t, database, options) {
    const server = await Server.start(database, options);
    t.after(() => server.stop());
    return server;
}

const UNAVAILABLE = 'The database cannot be reached; nothing was done';

test('a crash of PostgreSQL is told, survived and healed, with everybody still connected', async (t) => {
    const database = await migrated(t);
    const server = await serve(t, database);
    const workspace = new Workspace(t, server);
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    const before = await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await cluster.stop('immediate');
    await Promise.all([ana, bruno].map((client) => client.until(() => client.state === 'down', 'word that the database is away')));
    await server.untilNotReady();
    const meanwhile = await ana.command('complete', 'c');
    assert.deepEqual([meanwhile.outcome, meanwhile.reason, meanwhile.sentence], ['refused', 'unavailable', UNAVAILABLE]);
    assert.equal(bruno.rows.get('c').list, 1, 'what is on the screen stays');
    const late = workspace.client('carla');
    await late.connect();
    await cluster.start();
    await Promise.all([ana, bruno].map((client) => client.until(() => client.state === 'up', 'word that it is back')));
    const again = await ana.commandAs(meanwhile.id, 'complete', 'c', { resend: true });
    assert.equal(again.outcome, 'done');
    assert.ok(again.seq > before.seq);
    await bruno.untilRow('c', (row) => row.list === 2);
    await late.until(() => late.welcome, 'welcome, once there is something to show');
    await server.untilReady();
});

test('a crash with many commands in flight loses none that was acknowledged, and carries none out twice', async (t) => {
    const database = await migrated(t);
    const server = await serve(t, database);
    const workspace = new Workspace(t, server);
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    const commands = Array.from({ length: 60 }, (_, i) => ana.command('send_message', `c-${i % 6}`, { body: `${i}`, channel: 'web' }));
    await commands[0];
    await cluster.stop('immediate');
    await ana.until(() => ana.state === 'down', 'word that the database is away');
    await cluster.start();
    let answers = await Promise.all(commands);
    const isOpen = ({ outcome, reason }) => outcome === 'unknown' || reason === 'unavailable';
    await ana.until(() => ana.state === 'up', 'word that it is back');
    answers = await Promise.all(
        answers.map((answer, i) =>
            isOpen(answer) ? ana.commandAs(answer.id, 'send_message', `c-${i % 6}`, { body: `${i}`, channel: 'web', resend: true }) : answer,
        ),
    );
    assert.deepEqual(new Set(answers.map(({ outcome }) => outcome)), new Set(['done']));
    const bodies = await workspace.value("SELECT string_agg(body, ' ' ORDER BY body::int) FROM relevo.transition WHERE workspace_id = :workspace AND body ~ '^[0-9]+$'");
    assert.equal(bodies, Array.from({ length: 60 }, (_, i) => i).join(' '));
    await bruno.untilSeq(await workspace.lastSeq());
    assert.deepEqual(bruno.rows, ana.rows);
});

test('a database that is not there yet is waited for', async (t) => {
    const database = await migrated(t);
    const proxy = await Proxy.start(database);
    t.after(() => proxy.remove());
    await proxy.cut();
    const server = await serve(t, proxy.database, { ready: false });
    await server.untilNotReady();
    assert.equal((await server.get('/livez')).status, 200);
    const response = await server.get('/readyz');
    assert.equal(await response.text(), 'database: cannot be reached\nstopping: no\n');
    const workspace = new Workspace(t, server, database);
    const ana = workspace.client('ana');
    await ana.connect();
    await ana.until(() => ana.state === 'down', 'word that the database is away');
    await proxy.accept();
    await ana.until(() => ana.welcome, 'welcome');
    await server.untilReady();
});

test('a database that does not answer any more is noticed, and what was asked is settled when it is back', async (t) => {
    const database = await migrated(t);
    const proxy = await Proxy.start(database);
    t.after(() => proxy.remove());
    const server = await serve(t, proxy.database);
    const workspace = new Workspace(t, server, database);
    const ana = await workspace.agent();
    proxy.goSilent();
    const answer = ana.command('send_message', 'c', { body: 'Anybody?', channel: 'web' });
    await ana.until(() => ana.state === 'down', 'word that the database is away');
    await proxy.cut();
    await proxy.accept();
    await ana.until(() => ana.state === 'up', 'word that it is back');
    const { outcome, reason, id } = await answer;
    if (outcome !== 'done') {
        assert.ok(outcome === 'unknown' || reason === 'unavailable', `${outcome} ${reason}`);
        assert.equal((await ana.commandAs(id, 'send_message', 'c', { body: 'Anybody?', channel: 'web', resend: true })).outcome, 'done');
    }
    assert.equal(await workspace.value("SELECT sent FROM relevo.conversation WHERE workspace_id = :workspace AND id = 'c'"), '1');
});

test('a slow database makes answers late, not wrong', async (t) => {
    const database = await migrated(t);
    await database.query(`
        CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$;
        CREATE TRIGGER slow BEFORE INSERT ON relevo.transition FOR EACH STATEMENT EXECUTE FUNCTION slow()`);
    const server = await serve(t, database);
    const workspace = new Workspace(t, server);
    const ana = await workspace.agent();
    const answers = await Promise.all(['a', 'b', 'c'].map((id) => ana.command('assign', id, { agent: 'ana', channel: 'web' })));
    assert.deepEqual(answers.map(({ outcome }) => outcome), ['done', 'done', 'done']);
    assert.equal((await server.get('/livez')).status, 200);
});

test('a full disk refuses what it cannot keep, and heals', async (t) => {
    const database = await migrated(t);
    const server = await serve(t, database);
    const workspace = new Workspace(t, server);
    const ana = await workspace.agent();
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await database.query(`
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE SQLSTATE '53100' USING MESSAGE = 'could not extend file: No space left on device'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON relevo.transition FOR EACH STATEMENT EXECUTE FUNCTION full_disk()`);
    const refused = await ana.command('complete', 'c');
    assert.deepEqual([refused.outcome, refused.reason, refused.sentence], ['refused', 'unavailable', UNAVAILABLE]);
    assert.equal(ana.rows.get('c').list, 1);
    await database.query('DROP TRIGGER full_disk ON relevo.transition');
    const again = await eventually(async () => {
        const answer = await ana.commandAs(refused.id, 'complete', 'c');
        return answer.outcome === 'done' && answer;
    }, 'it to heal');
    assert.equal(ana.rows.get('c').list, 2);
    assert.ok(again.seq > 0);
});

test('a statement that fails for no reason that we know refuses its own command only', async (t) => {
    const database = await migrated(t);
    await database.query(`
        CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.body = 'poison' THEN RAISE 'not this one'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER poison BEFORE INSERT ON relevo.transition FOR EACH ROW EXECUTE FUNCTION poison()`);
    const server = await serve(t, database);
    const workspace = new Workspace(t, server);
    const ana = await workspace.agent();
    const bodies = ['one', 'two', 'poison', 'three', 'four'];
    const answers = await Promise.all(bodies.map((body, i) => ana.command('send_message', `c-${i}`, { body, channel: 'web' })));
    assert.deepEqual(answers.map(({ outcome, reason }) => reason ?? outcome), ['done', 'done', 'internal', 'done', 'done']);
    assert.equal(answers[2].sentence, 'The server failed to carry out the command; nothing was done');
});

test('a database that takes no more connections is waited for', async (t) => {
    const database = await migrated(t);
    const sessions = Array.from({ length: 20 }, () =>
        start('psql', ['-XAtq', '-c', '\\echo in', '-f', '-'], { env: { ...process.env, ...database.environment }, stdio: ['pipe', 'pipe', 'ignore'] }),
    );
    await Promise.all(sessions.map((session) => Promise.race([once(session.stdout, 'data'), once(session, 'close')])));
    const server = await serve(t, database, { ready: false });
    await server.untilNotReady();
    await server.untilLogged(/too many clients|remaining connection slots/);
    sessions.forEach((session) => session.stdin.end());
    await server.untilReady();
});

test('a database that is not fit to serve from is named: 78', async (t) => {
    const database = await createDatabase(cluster);
    t.after(() => database.drop());
    const args = ['serve', '--listen', '127.0.0.1:0'];
    const unmigrated = await relevo(args, { database });
    assert.equal(unmigrated.code, 78);
    assert.match(unmigrated.stderr, /relevo migrate/);
    await migrate(database);
    const ledger = await database.value("SELECT format('%I.%I', table_schema, table_name) FROM information_schema.columns WHERE column_name = 'checksum'");
    for (const [change, says] of [
        [`UPDATE ${ledger} SET checksum = 'x' || substr(checksum::text, 2)::text`, /changed/],
        [`DELETE FROM ${ledger} WHERE version = (SELECT max(version) FROM ${ledger})`, /relevo migrate/],
    ]) {
        const { code, stderr } = await (async () => {
            await database.query(change);
            return relevo(args, { database });
        })();
        assert.equal(code, 78, stderr);
        assert.match(stderr, says);
    }
});

test('a database that does not exist, or a wrong password, is said', async (t) => {
    const database = await migrated(t);
    const missing = new Database({ ...database.environment, PGDATABASE: 'nowhere' });
    const unknown = await relevo(['migrate'], { database: missing });
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /database "nowhere" does not exist/);

    await cluster.query("CREATE ROLE guarded LOGIN PASSWORD 'right'");
    t.after(() => cluster.query('DROP ROLE guarded'));
    const hba = join(database.environment.PGHOST, 'data/pg_hba.conf');
    await cluster.query("COPY (SELECT 1) TO '/dev/null'");
    await appendFile(hba, 'local all guarded scram-sha-256\n');
});
