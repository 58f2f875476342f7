// Databases that are missing, refuse, are slow, vanish, run full or crash. Clients stay connected and are
// told; what was acknowledged stays; and it heals by itself.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { Cluster, createDatabase } from './support/database.mjs';
import { eventually, start } from './support/process.mjs';
import { Proxy } from './support/proxy.mjs';
import { migrate, relevo } from './support/server.mjs';
import { serve, test, Workspace } from './support/whole.mjs';

const cluster = await Cluster.start(
    'max_connections = 20',
    'superuser_reserved_connections = 0',
    'fsync = off',
    'full_page_writes = off',
);
after(() => cluster.remove());
const template = await createDatabase(cluster);
await migrate(template);

/** A migrated database of the test's own. */
async function migrated(t) {
    const database = await createDatabase(cluster, template.environment.PGDATABASE);
    atEnd(t, () => database.drop());
    return database;
}

const UNAVAILABLE = 'The server can have nothing committed now; nothing was done';

test('a crash of PostgreSQL is told, survived and healed, with everybody still connected', async (t) => {
    const database = await migrated(t);
    const server = await serve(t, database);
    const workspace = new Workspace(t, server);
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    const before = await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await cluster.stop('immediate');
    await Promise.all(
        [ana, bruno].map((client) =>
            client.until(() => client.state === 'down', 'word that the database is away'),
        ),
    );
    await server.untilNotReady();
    const meanwhile = await ana.command('complete', 'c');
    assert.deepEqual(
        [meanwhile.outcome, meanwhile.reason, meanwhile.sentence],
        ['refused', 'unavailable', UNAVAILABLE],
    );
    assert.equal(bruno.rows.get('c').list, 1, 'what is on the screen stays');
    const late = workspace.client('carla');
    await late.connect();
    await cluster.start();
    await Promise.all(
        [ana, bruno].map((client) => client.until(() => client.state === 'up', 'word that it is back')),
    );
    const again = await ana.settlesAs(meanwhile.id, 'complete', 'c', { resend: true });
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
    const commands = Array.from({ length: 60 }, (_, i) =>
        ana.settles('send_message', `c-${i % 6}`, { body: `${i}`, channel: 'web' }),
    );
    await commands[0];
    await cluster.stop('immediate');
    await ana.until(() => ana.state === 'down', 'word that the database is away');
    await cluster.start();
    const answers = await Promise.all(commands);
    assert.deepEqual(new Set(answers.map(({ outcome }) => outcome)), new Set(['done']));
    const bodies = await workspace.value(
        "SELECT string_agg(body, ' ' ORDER BY body::int) FROM relevo.transition WHERE workspace_id = :workspace AND body ~ '^[0-9]+$'",
    );
    assert.equal(bodies, Array.from({ length: 60 }, (_, i) => i).join(' '));
    await bruno.untilSeq(await workspace.lastSeq());
    assert.deepEqual(bruno.rows, ana.rows);
});

test('a database that is not there yet is waited for', async (t) => {
    const database = await migrated(t);
    const proxy = await Proxy.start(database);
    atEnd(t, () => proxy.remove());
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

test('a slow database makes answers late, not wrong', async (t) => {
    const database = await migrated(t);
    await database.query(`
        CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$;
        CREATE TRIGGER slow BEFORE INSERT ON relevo.transition FOR EACH STATEMENT EXECUTE FUNCTION slow()`);
    const server = await serve(t, database);
    const workspace = new Workspace(t, server);
    const ana = await workspace.agent();
    const answers = await Promise.all(
        ['a', 'b', 'c'].map((id) => ana.command('assign', id, { agent: 'ana', channel: 'web' })),
    );
    assert.deepEqual(
        answers.map(({ outcome }) => outcome),
        ['done', 'done', 'done'],
    );
    assert.equal((await server.get('/livez')).status, 200);
});

test('workspaces that somebody else has locked hold up no others', async (t) => {
    const database = await migrated(t);
    const server = await serve(t, database);
    const workspaces = Array.from({ length: 5 }, () => new Workspace(t, server));
    const [free, ...people] = await Promise.all(workspaces.map((workspace) => workspace.agent()));
    const names = workspaces.slice(1).map(({ name }) => `'${name}'`);
    const stranger = start('psql', ['-XAtq', '-f', '-'], {
        env: { ...process.env, ...database.environment },
        stdio: ['pipe', 'pipe', 'inherit'],
    });
    stranger.stdin.write(`
        BEGIN;
        SELECT workspace_id FROM relevo.workspace_head JOIN relevo.workspace ON id = workspace_id WHERE name IN (${names}) FOR UPDATE OF workspace_head;
`);
    await once(stranger.stdout, 'data');
    const stuck = people.map((person) =>
        person.settles('send_message', 'c', { body: 'Later', channel: 'web' }),
    );
    for (let i = 0; i < 20; i++) await free.does('send_message', 'c', { body: 'Now', channel: 'web' });
    assert.ok(
        people.every(({ frames }) => frames.every((frame) => frame.t !== 'answer')),
        'they were locked',
    );
    stranger.stdin.end('COMMIT;\n');
    for (const answer of stuck) assert.equal((await answer).outcome, 'done');
});

test('a lock that lasts longer than a session waits for one refuses nothing', async (t) => {
    const database = await migrated(t);
    const server = await serve(t, database);
    const [locked, other] = [new Workspace(t, server), new Workspace(t, server)];
    const [ana, free] = await Promise.all([locked.agent(), other.agent()]);
    const release = await database.hold(`
        SELECT 1 FROM relevo.workspace_head JOIN relevo.workspace ON id = workspace_id WHERE name = '${locked.name}' FOR UPDATE OF workspace_head`);
    const waited = database.value('SELECT pg_sleep(7)'); // lock_timeout is 5 s
    const stuck = ['a', 'b', 'c'].map((id) =>
        ana.settles('send_message', id, { body: 'Later', channel: 'web' }),
    );
    let isOver = false;
    waited.then(() => (isOver = true));
    for (let done = 0; !isOver || done < 20; done++)
        await free.does('send_message', 'c', { body: 'Now', channel: 'web' });
    assert.ok(
        ana.frames.every((frame) => frame.t !== 'answer'),
        'it was locked',
    );
    release();
    for (const answer of stuck) assert.equal((await answer).outcome, 'done');
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
    assert.deepEqual(
        [refused.outcome, refused.reason, refused.sentence],
        ['refused', 'unavailable', UNAVAILABLE],
    );
    assert.equal(ana.rows.get('c').list, 1);
    await database.query('DROP TRIGGER full_disk ON relevo.transition');
    const again = await ana.settlesAs(refused.id, 'complete', 'c');
    assert.equal(again.outcome, 'done');
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
    const answers = await Promise.all(
        bodies.map((body, i) => ana.settles('send_message', `c-${i}`, { body, channel: 'web' })),
    );
    assert.deepEqual(
        answers.map(({ outcome, reason }) => reason ?? outcome),
        ['done', 'done', 'internal', 'done', 'done'],
    );
    assert.equal(answers[2].sentence, 'The server failed to carry out the command; nothing was done');
});

test('a poison command among many of several workspaces is found, and all others are carried out', async (t) => {
    const database = await migrated(t);
    await database.query(`
        CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.body = 'poison' THEN RAISE 'not this one'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER poison BEFORE INSERT ON relevo.transition FOR EACH ROW EXECUTE FUNCTION poison()`);
    const server = await serve(t, database);
    const workspaces = Array.from({ length: 4 }, () => new Workspace(t, server));
    const people = await Promise.all(workspaces.map((workspace) => workspace.agent()));
    const ids = Array.from({ length: 40 }, (_, i) => i);
    const answers = await Promise.all(
        people.map((person, n) =>
            Promise.all(
                ids.map((i) =>
                    person.settles('send_message', `c-${i % 13}`, {
                        body: n === 2 && i === 23 ? 'poison' : 'fine',
                        channel: 'web',
                    }),
                ),
            ),
        ),
    );
    for (const [n, those] of answers.entries()) {
        const other = those
            .map((answer, i) => [i, answer.reason ?? answer.outcome])
            .filter(([, outcome]) => outcome !== 'done');
        assert.deepEqual(other, n === 2 ? [[23, 'internal']] : []);
    }
});

test('a database that takes no more connections is waited for', async (t) => {
    const database = await migrated(t);
    const sessions = Array.from({ length: 20 }, () =>
        start('psql', ['-XAtq', '-c', '\\echo in', '-f', '-'], {
            env: { ...process.env, ...database.environment },
            stdio: ['pipe', 'pipe', 'ignore'],
        }),
    );
    await Promise.all(
        sessions.map((session) => Promise.race([once(session.stdout, 'data'), once(session, 'close')])),
    );
    const server = await serve(t, database, { ready: false });
    await server.untilNotReady();
    await server.untilLogged(/too many clients|remaining connection slots/);
    sessions.forEach((session) => session.stdin.end());
    await server.untilReady();
});

async function assertRefused(args, database, code, says) {
    const result = await relevo(
        [...args, ...(args[0] === 'serve' ? ['--listen', '127.0.0.1:0', '--allow-unsafe-database'] : [])],
        { database },
    );
    assert.equal(result.code, code, result.stderr);
    const line = result.stderr.split('\n').find((each) => each.startsWith('relevo: '));
    if (says instanceof RegExp) assert.match(line, says);
    else assert.equal(line, `relevo: ${says}`);
}

test('a database that a newer server has migrated is refused: 78', async (t) => {
    const database = await migrated(t);
    await database.query(
        "INSERT INTO relevo.schema_version (version, name, sha256, min_code) VALUES (99, '0099_later.sql', sha256('later'), 99)",
    );
    await assertRefused(
        ['serve'],
        database,
        78,
        /^relevo: the database's schema is at version 99 and can be served from version 99 on, .*: run a newer one$/,
    );
    await assertRefused(
        ['migrate'],
        database,
        78,
        /^relevo: the database has migration 0099_later.sql, which this server does not know .*: it has been migrated by a newer one, so migrate with that$/,
    );
});

test('a migration that is not the one that the database has had is refused: 78', async (t) => {
    const database = await migrated(t);
    await database.query("UPDATE relevo.schema_version SET sha256 = sha256('another') WHERE version = 1");
    await assertRefused(
        ['migrate'],
        database,
        78,
        /^relevo: migration \S+ is not the one that the database has had .*: migrations are never changed/,
    );
});

test('a database that may lose what it has committed is refused, unless that is allowed: 78', async (t) => {
    const database = await migrated(t);
    const { code, stderr } = await relevo(['serve', '--listen', '127.0.0.1:0'], { database });
    assert.equal(code, 78);
    assert.match(
        stderr,
        /relevo: the database has fsync = off, so it may lose what it has committed: set it to on, or /,
    );
});

test('a database that does not exist is named to who migrates: 78', async () => {
    await assertRefused(
        ['migrate'],
        cluster.via({ PGDATABASE: 'nowhere' }),
        78,
        /database "nowhere" does not exist.*: create the database, or name the right one in DATABASE_URL or PGDATABASE$/,
    );
});

test('a wrong password is refused, and not shown: 78', async (t) => {
    const database = await migrated(t);
    const { PGHOST } = database.environment;
    const file = join(PGHOST, 'data/pg_hba.conf');
    await writeFile(file, `local all guarded scram-sha-256\n${await readFile(file)}`);
    await cluster.query("CREATE ROLE guarded SUPERUSER LOGIN PASSWORD 'right'; SELECT pg_reload_conf()");
    atEnd(t, () => cluster.query('DROP ROLE guarded'));
    const guarded = database.via({ PGUSER: 'guarded', PGPASSWORD: 'right' });
    await eventually(() => guarded.value('SELECT 1').catch(() => false), 'the password to be asked for');
    await assertRefused(
        ['serve'],
        guarded.via({ PGPASSWORD: 'hunter2' }),
        78,
        /password authentication failed.*: give the right password, in DATABASE_URL or PGPASSWORD$/,
    );
    // PostgreSQL never hears of one that is not there.
    const nothing = guarded.via({ PGPASSWORD: undefined, PGPASSFILE: '/nowhere' });
    for (const args of [['serve'], ['migrate']])
        await assertRefused(
            args,
            nothing,
            78,
            /^relevo: the database asks for a password, and there is none for it: give one in DATABASE_URL or PGPASSWORD, or in a password file \(PGPASSFILE\) that nobody else may read and that has a line for this host, port, database and role$/,
        );
    const { stderr } = await relevo([
        'serve',
        '--database',
        `postgresql://guarded:hunter2@/x?host=${PGHOST}`,
    ]);
    assert.doesNotMatch(stderr, /hunter2/);
});
