// What an operator sets and asks: bounds, how much is logged, and whether all is there that a server needs.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { Client } from './support/client.mjs';
import { createDatabase } from './support/database.mjs';
import { eventually } from './support/process.mjs';
import { callersOf } from './support/raw.mjs';
import { migrate, relevo } from './support/server.mjs';
import { serve as serveOn, test, Workspace } from './support/whole.mjs';

const database = await createDatabase();
after(() => database.drop());
await migrate(database);

const unsafe = ['--allow-unsafe-database']; // as the cluster that ./dev test gives is

const serve = (t, args, options) => serveOn(t, database, { args, ...options });

test('as many clients come in as --max-connections says', async (t) => {
    // Who asks for that is connected too.
    const server = await serve(t, ['--max-connections', '2'], { ready: false });
    const { come, status } = callersOf(t, server);
    const first = await come(); // who says nothing is connected too
    await come();
    assert.equal(await status(), 503);
    first.destroy();
    await eventually(async () => (await status()) === 200, 'room for another');
});

test('what is below --log-level is not logged', async () => {
    const stderr = async (level) =>
        (
            await relevo([
                'serve',
                '--listen',
                '127.0.0.1:0',
                '--database',
                'postgresql://%',
                '--max-connections',
                '100',
                '--log-level',
                level,
            ])
        ).stderr;
    assert.match(await stderr('info'), /^ts=\S+ level=info event=listening /m);
    assert.match(await stderr('warn'), /^relevo: the database's connection string cannot be read[^\n]*\n$/);
});

test('with --log-format json each line is an object, and so is what a start fails with', async (t) => {
    const server = await serve(t, ['--log-format', 'json', '--max-connections', '100']);
    const client = new Client(server.url, { token: 'x"y' });
    await client.connect();
    await client.until(() => client.closed, 'the close');
    await server.stop();
    const failed = await relevo([
        'serve',
        '--listen',
        '127.0.0.1:0',
        '--database',
        'postgresql://%',
        '--log-format',
        'json',
    ]);
    const lines = `${server.stderr}${failed.stderr}`
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    for (const { ts, level, event } of lines) {
        assert.equal(new Date(ts).toISOString(), ts);
        assert.match(level, /^(info|warn|error)$/);
        assert.match(event, /^[a-z_]+$/);
    }
    const { level, why } = lines.find(({ event }) => event === 'said');
    assert.equal(level, 'error');
    assert.match(why, /^the database's connection string cannot be read/);
    assert.ok(lines.some((line) => line.event === 'sign_in_refused' && line.address === '127.0.0.1'));
    assert.ok(lines.some((line) => line.event === 'drained' && line.sessions_cut === 0));
});

test('docs/operating.md lists every event of the log with its level, and no other', async () => {
    const root = new URL('../../', import.meta.url);
    const manual = await readFile(new URL('docs/operating.md', root), 'utf8');
    const [, table] = /\n\| event \| level \| means \|\n\|[-|]+\n([^]+?)\n\n/.exec(manual);
    const listed = [...table.matchAll(/^\| `(\w+)` \| (\w+) \| .+ \|$/gm)].map(([, event, level]) => [
        event,
        level,
    ]);
    assert.equal(listed.length, table.split('\n').length);
    const written = new Map();
    for (const path of await readdir(new URL('server/', root), { recursive: true })) {
        if (!path.endsWith('.c')) continue;
        const source = await readFile(new URL(`server/${path}`, root), 'utf8');
        for (const [, level, first] of source.matchAll(/\blog_(debug|info|warn|error)\(([^,]+),/g))
            for (const [, event] of first.matchAll(/"(\w+)"/g))
                written.set(event, [...(written.get(event) ?? []), level]);
    }
    assert.deepEqual(listed.map(([event]) => event).sort(), [...written.keys()].sort());
    for (const [event, level] of listed)
        assert.ok(written.get(event).includes(level), `${event} is ${written.get(event)}`);
});

test('where stderr is the journal, each line has its priority', async () => {
    const under = ['sh', '-c', 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$0" "$@"'];
    const args = [
        'serve',
        '--listen',
        '127.0.0.1:0',
        '--database',
        'postgresql://%',
        '--max-connections',
        '100',
    ];
    assert.match(
        (await relevo(args, { under })).stderr,
        /^<6>ts=[^\n]*event=listening [^\n]*\n<3>relevo: the database's [^\n]*\n(<6>ts=[^\n]*\n)+$/,
    );
    assert.doesNotMatch((await relevo(args, { env: { JOURNAL_STREAM: '8:12345' } })).stderr, /^</m);
});

// --- check -------------------------------------------------------------------------------------------------

/** What check says of each thing: { about: [grade, sentence] }; with what it exits. */
async function check(at, { args = [], env } = {}) {
    const { code, stdout, stderr } = await relevo(['check', '--listen', '127.0.0.1:0', ...args], {
        database: at,
        env,
    });
    const said = stdout
        .trimEnd()
        .split('\n')
        .map((line) => /^(ok|warning|FAILED) +(\w+): (.+)$/.exec(line));
    return {
        code,
        stderr,
        said: Object.fromEntries(said.map(([, grade, about, sentence]) => [about, [grade, sentence]])),
        grades: said.map(([, grade]) => grade),
    };
}

/** How many connections check says that a server needs. */
async function neededWith(lanes) {
    const { said } = await check(database, { args: [...unsafe, '--lanes', lanes] });
    return Number(/^(\d+) needed/.exec(said.connections[1])[1]);
}

/** A database that is no good. */
async function unfit(t, sql) {
    const made = await createDatabase();
    atEnd(t, () => made.drop());
    if (sql) await migrate(made);
    for (const statement of sql ?? [])
        await made.query(statement.replaceAll(':database', made.environment.PGDATABASE));
    return made;
}

test('check goes through all that serve needs, and finds it', async () => {
    const { code, stderr, said } = await check(database, { args: unsafe });
    assert.deepEqual([code, stderr], [0, '']);
    const schema = await database.value('SELECT max(version) FROM relevo.schema_version');
    const { address, version, clock, connections, durability, descriptors } = said;
    assert.match(address[1], /^127\.0\.0\.1:\d+$/);
    assert.match(version[1], /^PostgreSQL \d+\.\d+$/);
    assert.match(clock.join(' '), /^ok the database's is \d+ ms (behind|ahead of) this machine's$/);
    assert.match(connections.join(' '), /^ok \d+ needed, \d+ left$/);
    const { PGHOST, PGPORT, PGDATABASE } = database.environment;
    assert.match(
        durability.join(' '),
        /^warning the database has fsync = off, .* or serve with --allow-unsafe-database$/,
    );
    assert.match(descriptors.join(' '), /^(ok|warning) enough for \d+ clients/);
    const others = {
        settings: ['ok', 'understood; relevo config shows them'],
        page: ['ok', 'none, as --web-root is not said'],
        origins: ['ok', 'no browser may connect, as --origin is not said'],
        database: ['ok', `${PGDATABASE} as relevo at ${PGHOST} port ${PGPORT}`],
        encoding: ['ok', 'UTF8'],
        schema: ['ok', `at version ${schema}; this server is made for ${schema}`],
        admin: ['ok', 'none, as --admin-listen is not said'],
        logging: ['ok', "PostgreSQL's log gets no parameters, and so no messages"],
    };
    for (const [about, finding] of Object.entries(others)) assert.deepEqual(said[about], finding, about);
});

test('serve opens as many connections to the database as check says, and more with more lanes', async (t) => {
    const needed = await Promise.all([1, 5].map((lanes) => neededWith(`${lanes}`)));
    assert.equal(needed[1], needed[0] + 4);
    await serve(t, ['--lanes', '5']);
    const count = () =>
        database.value(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'relevo%' AND datname = current_database()",
        );
    await eventually(async () => Number(await count()) === needed[1], `${needed[1]} connections`);
});

test('check fails where a commit may be lost, unless that is allowed: 78', async () => {
    const { code, said } = await check(database);
    assert.deepEqual([code, said.durability[0]], [78, 'FAILED']);
});

for (const [name, sql, about, says] of [
    ['has not been migrated', null, 'schema', /^the database says: .* run `relevo migrate` first$/],
    [
        'is too old',
        ['DELETE FROM relevo.schema_version'],
        'schema',
        /^the database's schema is at version 0 and this server needs \d+: run `relevo migrate` first$/,
    ],
    [
        'is too new',
        ['UPDATE relevo.schema_version SET version = 999, min_code = 999 WHERE version = 1'],
        'schema',
        /is too old for: run a newer one$/,
    ],
])
    test(`check finds that a database ${name}: 78`, async (t) => {
        const { code, said } = await check(await unfit(t, sql), { args: unsafe });
        assert.equal(said[about][0], 'FAILED');
        assert.match(said[about][1], says);
        assert.equal(said.encoding[0], 'ok', 'the rest is gone through all the same');
        assert.equal(code, 78);
    });

test('check finds that a database is missing, away, or not to be read: 78, 1, 78', async () => {
    const missing = await check(database.via({ PGDATABASE: 'nobody_made_this' }));
    assert.equal(missing.code, 78);
    assert.match(
        missing.said.database.join(' '),
        /^FAILED the database says: .*: create the database, or name the right one in DATABASE_URL or PGDATABASE$/,
    );
    const away = await check(database.via({ PGHOST: '/nowhere' }));
    assert.equal(away.code, 1);
    assert.match(away.said.database.join(' '), /^FAILED .*No such file or directory/);
    const unreadable = await check(database, { args: ['--database', 'postgresql://u:hunter2%@h/d'] });
    assert.equal(unreadable.code, 78);
    assert.match(
        unreadable.said.database.join(' '),
        /^FAILED the database's connection string cannot be read/,
    );
    assert.doesNotMatch(unreadable.said.database[1], /hunter2/);
});

test('check finds that a database does not answer: 1, unless there is another', async (t) => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    atEnd(t, () => silent.close());
    const { port } = silent.address();
    const { code, said } = await check(database.via({ PGHOST: '127.0.0.1', PGPORT: `${port}` }));
    assert.deepEqual([code, said.database], [1, ['FAILED', 'the database did not answer within 10 s']]);
    const { PGHOST, PGPORT } = database.environment;
    const two = await check(database.via({ PGHOST: `127.0.0.1,${PGHOST}`, PGPORT: `${port},${PGPORT}` }), {
        args: unsafe,
    });
    assert.equal(two.code, 0, two.said.database.join(' '));
});

test('check finds that a database may not be written to, and says how that comes about: 1', async (t) => {
    const fenced = await unfit(t, ['ALTER DATABASE :database SET default_transaction_read_only = on']);
    const { code, said } = await check(fenced, { args: unsafe });
    assert.equal(code, 1);
    assert.match(
        said.database.join(' '),
        /^FAILED the database cannot be written to: .*session is read-only: it is a standby, or default_transaction_read_only is on$/,
    );
});

test('check finds that connections are scarce: 1', async (t) => {
    const needed = await neededWith('2');
    const scarce = await unfit(t, [`ALTER DATABASE :database CONNECTION LIMIT ${needed - 1}`]);
    const { code, said } = await check(scarce, { args: [...unsafe, '--lanes', '2'] });
    assert.equal(code, 1);
    assert.match(
        said.connections.join(' '),
        new RegExp(`^FAILED ${needed} needed, ${needed - 1} left: raise max_connections`),
    );
    assert.equal((await check(scarce, { args: [...unsafe, '--lanes', '1'] })).code, 0);
});

test('check warns of clocks that are apart', async (t) => {
    const ahead = await unfit(t, [
        `SET allow_system_table_mods = on; ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO real_clock;
        CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.real_clock() + interval '5 min' $$`,
    ]);
    const { code, said } = await check(ahead, { args: unsafe });
    assert.equal(code, 0);
    assert.match(
        said.clock.join(' '),
        /^warning the database's is (299|300)\d\d\d ms ahead of this machine's: pauses end by the first, tokens by the second; let NTP set both$/,
    );
});

for (const setting of [
    "log_statement = 'mod'",
    'log_min_duration_statement = 0',
    "log_min_duration_sample = '1s'",
    'log_transaction_sample_rate = 0.5',
])
    test(`check warns of ${setting}, with which PostgreSQL's log gets what people write`, async (t) => {
        const telling = await unfit(t, [`ALTER DATABASE :database SET ${setting}`]);
        const { code, said } = await check(telling, { args: unsafe });
        assert.equal(code, 0);
        const [name] = setting.split(' ');
        assert.match(
            said.logging.join(' '),
            new RegExp(
                `^warning PostgreSQL may write messages into its log, by ${name} = \\S+: ALTER ROLE relevo SET log_parameter_max_length = 0, as a superuser$`,
            ),
        );
        await telling.query(
            `ALTER DATABASE ${telling.environment.PGDATABASE} SET log_parameter_max_length = 0`,
        );
        assert.equal((await check(telling, { args: unsafe })).said.logging[0], 'ok');
    });

test('check finds that a port is taken, and a page is not there', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    atEnd(t, () => taken.close());
    const { port } = taken.address();
    const busy = await check(database, { args: [...unsafe, '--listen', `127.0.0.1:${port}`] });
    assert.equal(busy.code, 1);
    assert.match(
        busy.said.address.join(' '),
        new RegExp(`^FAILED cannot listen on 127\\.0\\.0\\.1:${port}: address already in use; `),
    );
    const bare = await check(database, {
        args: [...unsafe, '--listen', `127.0.0.1:${port}`, '--web-root', '/nowhere'],
    });
    assert.equal(bare.code, 78, 'what waiting does not heal counts more');
    assert.match(bare.said.page.join(' '), /^FAILED --web-root \/nowhere: /);
});

test('check refuses settings as serve does, and warns of a secret that others can read', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'relevo-check-'));
    atEnd(t, () => rm(folder, { recursive: true }));
    const path = join(folder, 'secret');
    const run = (env) =>
        relevo(['check', '--listen', '127.0.0.1:0', ...unsafe], {
            database,
            env: { RELEVO_SECRET: undefined, RELEVO_SECRET_FILE: path, ...env },
        });
    const missing = await run();
    assert.deepEqual(
        [missing.code, missing.stderr],
        [78, `relevo: RELEVO_SECRET_FILE ${path}: there is no such file\n`],
    );
    await writeFile(path, 'short');
    assert.deepEqual((await run()).code, 78);
    await writeFile(path, 'x'.repeat(40));
    await chmod(path, 0o604);
    const exposed = await run();
    assert.deepEqual([exposed.code, exposed.stderr], [0, '']);
    assert.ok(exposed.stdout.split('\n').includes(`warning settings: others can read ${path}: chmod o-r it`));
});

test('check warns of too few descriptors', async () => {
    const { code, stdout } = await relevo(['check', '--listen', '127.0.0.1:0', ...unsafe], {
        database,
        under: ['prlimit', '--nofile=1000:1000'],
    });
    assert.equal(code, 0);
    assert.match(
        stdout,
        /^warning descriptors: enough for 936 clients of 20000: raise the hard limit on open files to 20064 .*, or say --max-connections 936$/m,
    );
});

test('what a database sets for older programs is nothing to a server, nor to what is asked beside it', async (t) => {
    const older = await unfit(
        t,
        [
            'standard_conforming_strings = off',
            'search_path = nowhere',
            "DateStyle = 'SQL, DMY'",
            'statement_timeout = 1',
            'lock_timeout = 1',
            'row_security = off',
        ].map((setting) => `ALTER DATABASE :database SET ${setting}`),
    );
    const server = await serveOn(t, older);
    const workspace = new Workspace(t, server, database.via(older.environment));
    const ana = await workspace.agent();
    await ana.does('send_message', 'wa-1', { body: 'Hola', channel: 'whatsapp', seen: 'any' });
    assert.deepEqual(
        (await ana.find('wa')).rows.map(({ id }) => id),
        ['wa-1'],
    );
    const { code, stdout } = await relevo(['tail', '--workspace', workspace.name, '--after', '0', '--once'], {
        database: older,
    });
    assert.deepEqual([code, stdout.trimEnd().split('\n').length], [0, 2]);
    for (const args of [['migrate'], ['revoke', '--workspace', workspace.name, '--agent', 'bruno']])
        assert.equal((await relevo(args, { database: older })).code, 0);
    assert.equal((await check(older, { args: unsafe })).code, 0);
});
