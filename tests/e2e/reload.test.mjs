// SIGHUP: a server that runs reads its settings again, without dropping anybody, and takes all of them or
// none. What other signals do.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { Client } from './support/client.mjs';
import { createDatabase } from './support/database.mjs';
import { Ear } from './support/ear.mjs';
import { Metrics } from './support/metrics.mjs';
import { eventually, run } from './support/process.mjs';
import { callersOf, RawSocket, upgradeHead } from './support/raw.mjs';
import { migrate } from './support/server.mjs';
import { claimsOf, SECRET, sign } from './support/token.mjs';
import { serve as serveOn, test } from './support/whole.mjs';

const database = await createDatabase();
after(() => database.drop());
await migrate(database);

const NEW_SECRET = 'another secret of the tests, which is longer than 32 bytes';

/** A server with a file of settings, which it is told by `set` to read again. */
async function serve(t, settings, { args = [], ...options } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'relevo-reload-'));
    atEnd(t, () => rm(folder, { recursive: true }));
    const path = join(folder, 'relevo.env');
    const write = (says) =>
        writeFile(
            path,
            Object.entries(says)
                .map(([name, value]) => `${name}=${value}\n`)
                .join(''),
            { mode: 0o600 },
        );
    await write(settings);
    const env = { RELEVO_SECRET: undefined, ...options.env };
    const server = await serveOn(t, database, {
        ...options,
        args: ['--env-file', path, '--admin-listen', '127.0.0.1:0', ...args],
        env,
    });
    const [, adminPort] = await server.untilLogged(/admin="127\.0\.0\.1:(\d+)"/);
    const metrics = async () =>
        new Metrics(await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text());
    /** What the server says of it, from the line on that ends the reading. */
    const again = async () => {
        const before = server.stderr.length;
        server.signal('SIGHUP');
        await server.untilLogged(new RegExp(`^[^]{${before}}[^]*event=reload(ed|_refused) .*\n`));
        return server.stderr.slice(before);
    };
    return { server, path, folder, write, again, metrics, set: async (says) => (await write(says), again()) };
}

async function come(t, server, secret, agent, expected = 'welcome') {
    const client = new Client(server.url, {
        token: sign(claimsOf('reload', agent, 'agent', { iat: Math.floor(Date.now() / 1000) }), { secret }),
    });
    await client.connect();
    atEnd(t, () => client.leave());
    await client.until(() => client[expected], expected);
    return client;
}

const statusFrom = async (server, headers) => {
    const raw = await RawSocket.to(server.port);
    raw.write(upgradeHead(headers));
    const { status } = await raw.head();
    raw.destroy();
    return status;
};

test('a secret is replaced without dropping anybody, and whoever came by one that is gone is closed: 4001', async (t) => {
    const { server, set, metrics } = await serve(t, { RELEVO_SECRET: SECRET });
    const ana = await come(t, server, SECRET, 'ana');
    assert.match(
        await set({ RELEVO_SECRET: NEW_SECRET, RELEVO_PREVIOUS_SECRET: SECRET }),
        /level=info event=reloaded changed="--secret-file --previous-secret-file"\n/,
    );
    const bea = await come(t, server, NEW_SECRET, 'bea');
    const cid = await come(t, server, SECRET, 'cid');
    const dan = await come(t, server, SECRET, 'dan');
    dan.send({ t: 'hello', token: sign(claimsOf('reload', 'dan', 'agent'), { secret: NEW_SECRET }) });
    await dan.until(
        () => dan.frames.filter(({ t: type }) => type === 'welcome').length === 2,
        'a second welcome',
    );
    const said = await set({ RELEVO_SECRET: NEW_SECRET });
    assert.match(
        said,
        /event=secret_gone sessions_closed=2\n.*event=reloaded changed="--previous-secret-file"\n/,
    );
    for (const gone of [ana, cid]) {
        await gone.until(() => gone.closed, 'the close');
        assert.deepEqual(gone.closed, { code: 4001, reason: "the token's secret is not in use any more" });
    }
    for (const there of [bea, dan]) {
        await there.command('open', 'c1', {});
        assert.equal(there.closed, undefined);
    }
    const late = await come(t, server, SECRET, 'eva', 'closed');
    assert.equal(late.closed.code, 4001);
    const told = await metrics();
    assert.equal(told.value('relevo_reloads_total{outcome="done"}'), 2);
    assert.equal(told.value('relevo_reloads_total{outcome="refused"}'), 0);
    assert.doesNotMatch(server.stderr, /secret of the tests/);
});

test('a secret that its file holds, which a flag names, is read again', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'relevo-reload-'));
    atEnd(t, () => rm(folder, { recursive: true }));
    const file = join(folder, 'secret');
    await writeFile(file, SECRET, { mode: 0o600 });
    const { server, again } = await serve(t, {}, { args: ['--secret-file', file] });
    await writeFile(file, NEW_SECRET);
    assert.match(await again(), /event=reloaded changed="--secret-file"/);
    await come(t, server, NEW_SECRET, 'ana');
    await rm(file);
    assert.match(
        await again(),
        new RegExp(`level=error event=reload_refused why="--secret-file ${file}: there is no such file"`),
    );
    await come(t, server, NEW_SECRET, 'bea');
});

test('origins are those of the last reading, for who comes', async (t) => {
    const [one, other] = ['https://one.example', 'https://other.example'];
    const { server, set } = await serve(t, { RELEVO_SECRET: SECRET, RELEVO_ORIGINS: one });
    assert.deepEqual(
        [await statusFrom(server, { Origin: one }), await statusFrom(server, { Origin: other })],
        [101, 403],
    );
    const there = await RawSocket.to(server.port);
    atEnd(t, () => there.destroy());
    there.write(upgradeHead({ Origin: one }));
    assert.equal((await there.head()).status, 101);
    assert.match(await set({ RELEVO_SECRET: SECRET, RELEVO_ORIGINS: other }), /changed="--origin"/);
    assert.deepEqual(
        [await statusFrom(server, { Origin: one }), await statusFrom(server, { Origin: other })],
        [403, 101],
    );
    await set({ RELEVO_SECRET: SECRET });
    assert.equal(await statusFrom(server, { Origin: other }), 403);
    await come(t, server, SECRET, 'ana');
});

test('proxies are those of the last reading, for who comes', async (t) => {
    const { server, set } = await serve(t, { RELEVO_SECRET: SECRET });
    const refused = async () => {
        const from = server.stderr.length;
        const client = new Client(server.url, { token: 'x', headers: { 'X-Forwarded-For': '203.0.113.7' } });
        await client.connect();
        await client.until(() => client.closed, 'the close');
        return /sign_in_refused address=(\S+)/.exec(server.stderr.slice(from))[1];
    };
    assert.equal(await refused(), '127.0.0.1');
    assert.match(
        await set({ RELEVO_SECRET: SECRET, RELEVO_TRUSTED_PROXIES: '127.0.0.1' }),
        /changed="--trusted-proxy"/,
    );
    assert.equal(await refused(), '203.0.113.7');
    await set({ RELEVO_SECRET: SECRET });
    assert.equal(await refused(), '127.0.0.1');
});

test('with less --max-connections nobody is thrown out, and with more there is room', async (t) => {
    const { server, set, metrics } = await serve(
        t,
        { RELEVO_SECRET: SECRET, RELEVO_MAX_CONNECTIONS: 2 },
        { ready: false },
    );
    const { come, status } = callersOf(t, server);
    const stayed = await come();
    await come();
    assert.equal(await status(), 503);
    assert.match(
        await set({ RELEVO_SECRET: SECRET, RELEVO_MAX_CONNECTIONS: 300 }),
        /changed="--max-connections"/,
    );
    for (let i = 0; i < 200; i++) await come();
    await eventually(async () => (await metrics()).value('relevo_connections') >= 202, 'all connections');
    assert.equal(await status(), 200);
    await set({ RELEVO_SECRET: SECRET, RELEVO_MAX_CONNECTIONS: 1 });
    assert.equal(await status(), 503);
    assert.ok((await metrics()).value('relevo_connections') >= 202);
    stayed.write('GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    assert.match(`${(await once(stayed, 'data'))[0]}`, /^HTTP\/1\.1 200 /);
});

test('the level of the log is that of the last reading', async (t) => {
    const { server, set, write } = await serve(t, { RELEVO_SECRET: SECRET });
    await set({ RELEVO_SECRET: SECRET, RELEVO_LOG_LEVEL: 'debug' });
    await write({ RELEVO_SECRET: SECRET, RELEVO_LOG_LEVEL: 'error' });
    server.signal('SIGHUP');
    await server.untilLogged(/(event=reloaded changed="--log-level"\n[^]*){2}/);
    const from = server.stderr.length;
    await come(t, server, NEW_SECRET, 'ana', 'closed');
    assert.doesNotMatch(server.stderr.slice(from), /sign_in_refused/);
});

test('the format of the log is that of the last reading', async (t) => {
    const { server, set } = await serve(t, { RELEVO_SECRET: SECRET });
    await set({ RELEVO_SECRET: SECRET, RELEVO_LOG_FORMAT: 'json' });
    server.signal('SIGHUP');
    await server.untilLogged(/\n\{"ts":"[^"]*","level":"info","event":"reloaded","changed":""\}\n/);
});

test('a reading that is wrong anywhere changes nothing, says why, and is counted', async (t) => {
    const good = { RELEVO_SECRET: SECRET, RELEVO_ORIGINS: 'https://one.example' };
    const { server, path, set, metrics } = await serve(t, good);
    const ana = await come(t, server, SECRET, 'ana');
    const wrong = [
        [{ RELEVO_SECRET: 'hunter2' }, `${path}:2: RELEVO_SECRET: 32 to 1024 bytes`],
        [{ RELEVO_SECRET_FILE: '/none' }, `${path}:2: RELEVO_SECRET_FILE /none: there is no such file`],
        [{}, 'no secret to sign tokens with'],
        [
            { RELEVO_SECRET: NEW_SECRET, RELEVO_LISTN: 'x' },
            `${path}:3: RELEVO_LISTN: there is no such setting; did you mean RELEVO_LISTEN?`,
        ],
        [
            { RELEVO_SECRET: NEW_SECRET, RELEVO_ORIGINS: 'https://One.example' },
            `${path}:3: RELEVO_ORIGINS https://One.example: scheme`,
        ],
        [
            { RELEVO_SECRET: NEW_SECRET, RELEVO_TRUSTED_PROXIES: '1.2.3' },
            `${path}:3: RELEVO_TRUSTED_PROXIES 1.2.3: ADDRESS`,
        ],
        [
            { RELEVO_SECRET: NEW_SECRET, RELEVO_MAX_CONNECTIONS: '0' },
            `${path}:3: RELEVO_MAX_CONNECTIONS 0: a number`,
        ],
        [{ RELEVO_SECRET: NEW_SECRET, RELEVO_LANES: '99' }, `${path}:3: RELEVO_LANES 99: a number`],
    ];
    for (const [settings, why] of wrong) {
        const said = await set({ RELEVO_LOG_LEVEL: 'error', ...settings });
        assert.ok(said.includes(`level=error event=reload_refused why="${why}`), said);
        assert.doesNotMatch(said, /hunter2|event=reloaded/);
    }
    assert.equal(await statusFrom(server, { Origin: 'https://one.example' }), 101);
    await come(t, server, SECRET, 'bea');
    await ana.command('open', 'c1', {});
    assert.equal((await metrics()).value('relevo_reloads_total{outcome="refused"}'), wrong.length);
    assert.match(server.stderr, /level=info event=desk_loaded/, 'the level is what it was');
    await rm(path);
    server.signal('SIGHUP');
    await server.untilLogged(/event=reload_refused why="--env-file .*: there is no such file"/);
});

test('what has changed and cannot be changed while serving is named, and the rest holds', async (t) => {
    const { set } = await serve(t, { RELEVO_SECRET: SECRET, RELEVO_LANES: 2 });
    const changed = {
        RELEVO_SECRET: SECRET,
        RELEVO_LANES: 3,
        RELEVO_ORIGINS: 'https://a.b',
        PGCONNECT_TIMEOUT: 7,
    };
    for (let round = 0; round < 2; round++) {
        const said = await set(changed);
        assert.match(said, round === 0 ? /event=reloaded changed="--origin"/ : /event=reloaded changed=""/);
        assert.match(said, /level=warn event=restart_needed settings="--lanes PGCONNECT_TIMEOUT" hint=/);
    }
    const said = await set({ RELEVO_SECRET: SECRET, RELEVO_LANES: 2, RELEVO_ORIGINS: 'https://a.b' });
    assert.doesNotMatch(said, /restart_needed/);
});

test('flags and the environment go before the file, as at the start', async (t) => {
    const { set } = await serve(
        t,
        { RELEVO_SECRET: SECRET },
        { args: ['--max-connections', '9'], env: { RELEVO_LOG_LEVEL: 'info' } },
    );
    assert.match(
        await set({ RELEVO_SECRET: SECRET, RELEVO_MAX_CONNECTIONS: 8, RELEVO_LOG_LEVEL: 'warn' }),
        /event=reloaded changed=""/,
    );
});

test('ten at once, and more while clients come and go, harm nobody', async (t) => {
    const { server, write, metrics } = await serve(t, { RELEVO_SECRET: SECRET });
    const ana = await come(t, server, SECRET, 'ana');
    for (let i = 0; i < 10; i++) server.signal('SIGHUP');
    for (let i = 0; i < 10; i++) {
        await write({ RELEVO_SECRET: SECRET, RELEVO_ORIGINS: `https://a${i}.example` });
        server.signal('SIGHUP');
        await ana.command('open', `c${i}`, {});
    }
    await eventually(
        async () => (await metrics()).value('relevo_reloads_total{outcome="done"}') >= 2,
        'the readings',
    );
    assert.equal(ana.closed, undefined);
});

test('while a server starts, a signal to read again waits until it can; while it stops, it is refused', async (t) => {
    const early = await serve(t, { RELEVO_SECRET: SECRET }, { ready: false });
    early.server.signal('SIGHUP');
    await early.server.untilLogged(/event=reloaded/);
    await early.server.untilReady();
    const deaf = await RawSocket.to(early.server.port); // who does not hear that he is told to go
    atEnd(t, () => deaf.destroy());
    deaf.write(upgradeHead());
    assert.equal((await deaf.head()).status, 101);
    early.server.signal('SIGTERM');
    await early.server.untilLogged(/event=draining/);
    early.server.signal('SIGHUP');
    await early.server.untilLogged(/level=warn event=reload_refused why="the server is stopping"\n/);
    early.server.signal('SIGTERM');
    assert.equal((await early.server.untilEnded()).code, 1);
});

test('systemd is told: RELOADING=1 with the time, then READY=1', async (t) => {
    const ear = await Ear.open();
    atEnd(t, () => ear.close());
    const { server, set } = await serve(t, { RELEVO_SECRET: SECRET }, { env: ear.environment });
    await ear.until('READY=1');
    for (const [settings, times] of [
        [{ RELEVO_SECRET: SECRET }, 2],
        [{}, 3],
    ]) {
        await set(settings);
        await ear.until('READY=1', times);
    }
    const said = ear.heard
        .filter((line) => /^(READY|RELOADING|MONOTONIC_USEC)=/.test(line))
        .map((line) => line.replace(/\d{4,}/, 'N'));
    const round = ['RELOADING=1', 'MONOTONIC_USEC=N', 'READY=1'];
    assert.deepEqual(said, ['READY=1', ...round, ...round]);
    assert.equal((await server.get('/readyz')).status, 200);
});

test('what the unit does to reload fails with what is wrong, before the server hears of it', async (t) => {
    const good = { RELEVO_SECRET: SECRET };
    const { server, path, write } = await serve(t, good);
    const unit = await readFile(new URL('../../packaging/relevo.service.in', import.meta.url), 'utf8');
    const [, line] = /^ExecReload=\/bin\/sh -c '(.+)'$/m.exec(unit);
    const command = line
        .replaceAll(/\S+\/relevo\.env/g, path)
        .replaceAll(/\S+\/relevo /g, `${server.binary} `);
    const reload = () =>
        run('sh', ['-c', command], { env: { PATH: process.env.PATH, MAINPID: `${server.pid}` } });
    await write({ ...good, RELEVO_ORIGINS: 'https://A.b' });
    const failed = await reload();
    assert.deepEqual([failed.code, failed.stdout], [78, '']);
    assert.ok(failed.stderr.startsWith(`relevo: ${path}:2: RELEVO_ORIGINS https://A.b: `), failed.stderr);
    await write({ ...good, RELEVO_ORIGINS: 'https://a.b' });
    assert.equal((await reload()).code, 0);
    await server.untilLogged(/event=reloaded changed="--origin"/);
    assert.doesNotMatch(server.stderr, /reload_refused/);
});

test('SIGUSR1 shows how the server is, SIGUSR2 does nothing, and neither ends it', async (t) => {
    const { server } = await serve(t, { RELEVO_SECRET: SECRET });
    await come(t, server, SECRET, 'ana');
    server.signal('SIGUSR1');
    await server.untilLogged(
        /level=info event=state signal=10 database=up stopping=no connections=\d+ clients=1 desks=1 /,
    );
    server.signal('SIGUSR2');
    await server.untilLogged(/level=info event=signal_ignored signal=12\n/);
    assert.equal((await server.get('/readyz')).status, 200);
});
