// What operators see: the admin port, its probes and its metrics. And that clients do not see it.

import assert from 'node:assert/strict';
import { Client } from './support/client.mjs';
import { atEnd } from './support/at_end.mjs';
import { Metrics } from './support/metrics.mjs';
import { eventually } from './support/process.mjs';
import { Proxy } from './support/proxy.mjs';
import { relevo, Server } from './support/server.mjs';
import { tokenOf } from './support/token.mjs';
import { allowShortPauses, createWorkspace, test, useServer, Workspace } from './support/whole.mjs';

const ADMIN = ['--admin-listen', '127.0.0.1:0'];
const { database, server, workspace } = await useServer({ prepare: allowShortPauses, args: ADMIN });

/** Where operators ask this server. */
async function adminOf(each) {
    const [, address] = await each.untilLogged(/admin="([^"]+)"/);
    return Object.assign((path, options) => fetch(`http://${address}${path}`, options), { address });
}

const admin = await adminOf(server);
const measure = async (ask = admin) => new Metrics(await (await ask('/metrics')).text());

/** How much each of these has grown while something was done. */
async function growth(samples, act, ask = admin) {
    const before = await measure(ask);
    await act();
    const after = await measure(ask);
    return samples.map((sample) => after.value(sample) - before.value(sample));
}

test('metrics come in the format of Prometheus', async () => {
    const response = await admin('/metrics');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const metrics = new Metrics(await response.text());
    assert.equal(metrics.value('relevo_database_up'), 1);
    assert.equal(metrics.value('relevo_stopping'), 0);
    assert.equal(
        metrics.value('relevo_lanes{state="free"}') + metrics.value('relevo_lanes{state="busy"}'),
        2,
    );
    const { stdout } = await relevo(['--version']);
    assert.equal(metrics.value(`relevo_build_info{version="${stdout.trim().replace('relevo ', '')}"}`), 1);
});

test('the process tells of itself', async () => {
    const metrics = await measure();
    assert.ok(metrics.value('process_resident_memory_bytes') > 1e6);
    assert.ok(metrics.value('process_open_fds') > 5);
    assert.ok(metrics.value('process_open_fds') < metrics.value('process_max_fds'));
    assert.ok(metrics.value('process_cpu_seconds_total') > 0);
    const age = Date.now() / 1000 - metrics.value('process_start_time_seconds');
    assert.ok(age > 0 && age < 3600, `${age} s old`);
    await eventually(
        async () =>
            (await measure()).value('relevo_loop_busy_seconds_count') >
            metrics.value('relevo_loop_busy_seconds_count'),
        'turns',
    );
});

test('commands are counted by action and outcome, and refusals by reason', async (t) => {
    const place = workspace(t);
    const [ana, bot] = await Promise.all([place.agent(), place.automation()]);
    const grown = await growth(
        [
            'relevo_commands_total{action="assign",outcome="done"}',
            'relevo_commands_total{action="complete",outcome="unchanged"}',
            'relevo_commands_total{action="bot_message",outcome="refused"}',
            'relevo_refusals_total{reason="paused"}',
            'relevo_commands_total{action="none",outcome="refused"}',
            'relevo_refusals_total{reason="unknown_command"}',
            'relevo_refusals_total{reason="stale"}',
        ],
        async () => {
            for (const id of ['c', 'd', 'e'])
                await ana.does('assign', id, { agent: 'ana', channel: 'web', pause: 600_000 });
            await ana.does('complete', 'e');
            assert.equal((await ana.command('complete', 'e')).outcome, 'unchanged');
            for (const id of ['c', 'd'])
                assert.equal((await bot.command('bot_message', id, { body: 'Hi' })).reason, 'paused');
            assert.equal((await ana.command('dance', 'c')).reason, 'unknown_command');
        },
    );
    assert.deepEqual(grown, [3, 1, 2, 2, 1, 1, 0]);
});

test('what is committed and what is told is counted', async (t) => {
    const ana = await workspace(t).agent();
    const [commits, commands, seconds, frames, bytes] = await growth(
        [
            'relevo_commit_commands_count',
            'relevo_commit_commands_sum',
            'relevo_commit_seconds_count',
            'relevo_sync_frames_total',
            'relevo_sync_bytes_total',
        ],
        async () => {
            for (const id of ['c', 'd', 'e'])
                await ana.does('send_message', id, { body: 'Hello', channel: 'web' });
        },
    );
    assert.deepEqual([commits, commands, seconds], [3, 3, 3], 'one after the other');
    assert.equal(frames, 3);
    assert.ok(bytes > 3 * 50);
});

test('a command is timed up to its answer, and a commit up to its last dashboard', async (t) => {
    const place = workspace(t);
    const ana = await place.agent('ana');
    await place.agent('bea');
    const part = (name) => `relevo_answer_part_seconds_count{part="${name}"}`;
    const began = Date.now();
    const [answers, seconds, turns, commits, rows, pushes, pushSeconds] = await growth(
        [
            'relevo_answer_seconds_count',
            'relevo_answer_seconds_sum',
            part('turn'),
            part('commit'),
            part('rows'),
            'relevo_push_seconds_count',
            'relevo_push_seconds_sum',
        ],
        async () => {
            for (const id of ['c', 'd', 'e'])
                await ana.does('send_message', id, { body: 'Hello', channel: 'web' });
        },
    );
    assert.deepEqual([answers, turns, commits, rows, pushes], [3, 3, 3, 3, 3], 'one after the other');
    const took = (Date.now() - began) / 1000;
    assert.ok(seconds > 0.0001 && seconds <= took, `${seconds} s of ${took}`);
    assert.ok(pushSeconds > 0 && pushSeconds < seconds, `${pushSeconds} s of ${seconds}`);
});

test('who is connected and what is held is shown as it stands', async (t) => {
    const other = await Server.start(database, { args: ADMIN }); // where no desk but ours comes or goes
    atEnd(t, () => other.stop());
    const ask = await adminOf(other);
    const place = new Workspace(t, other);
    const samples = ['none', 'agent', 'supervisor', 'automation', 'channel'].map(
        (role) => `relevo_clients{role="${role}"}`,
    );
    const [ana, bot] = [place.client('ana'), place.client('bot', 'automation')];
    const silent = new Client(other.url);
    atEnd(t, () => silent.leave());
    const act = async () => {
        await silent.connect();
        await ana.join();
        await bot.join();
        for (const id of ['c', 'd']) await ana.does('send_message', id, { body: 'Hello', channel: 'web' });
    };
    const grown = await growth(
        [...samples, 'relevo_desks{state="ready"}', 'relevo_rows', 'relevo_load_seconds_count'],
        act,
        ask,
    );
    assert.deepEqual(grown, [1, 1, 0, 1, 0, 1, 2, 1]);
    const metrics = await measure(ask);
    assert.ok(metrics.value('relevo_connections') >= 3);
    assert.ok(metrics.value('relevo_connections_max') > metrics.value('relevo_connections'));
    assert.equal(metrics.value('relevo_digest_mismatches_total'), 0);
});

test('a dashboard that does not read is behind; one that reads is not', async (t) => {
    const place = workspace(t);
    const [ana, bot] = await Promise.all([place.agent(), place.automation()]);
    assert.equal((await measure()).value('relevo_sync_lag_transitions'), 0);
    ana.stopReading();
    const lag = () => measure().then((metrics) => metrics.value('relevo_sync_lag_transitions'));
    let said = 0;
    await eventually(async () => {
        const body = 'x'.repeat(200);
        await Promise.all(
            Array.from({ length: 60 }, (_, i) =>
                bot.does('open', `c-${said}-${i}`, { channel: 'web', name: body.slice(0, 120) }),
            ),
        );
        said++;
        return (await lag()) > 0;
    }, 'the lag');
    ana.readOn();
    await eventually(async () => (await lag()) === 0, 'it to catch up');
});

test('a pause that runs out is counted, with how late it ended', async (t) => {
    const place = new Workspace(t, server);
    await createWorkspace(database, place.name, 300);
    const ana = await place.agent();
    const [count, sum] = await growth(
        ['relevo_pause_end_delay_seconds_count', 'relevo_pause_end_delay_seconds_sum'],
        async () => {
            await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
            await ana.untilRow('c', (row) => row.pause === 0, 'the end of the pause');
        },
    );
    assert.equal(count, 1);
    assert.ok(sum >= 0);
});

test('no label tells of a workspace, an agent or a conversation', async (t) => {
    const place = workspace(t);
    const ana = await place.agent('ana-with-a-name-of-her-own');
    await ana.does('send_message', 'conversation-of-its-own', { body: 'Secret words', channel: 'web' });
    const text = await (await admin('/metrics')).text();
    for (const word of [place.name, 'ana-with', 'conversation-of', 'Secret'])
        assert.ok(!text.includes(word), word);
});

test('the probes answer on the admin port too, in detail where asked', async () => {
    const ask = async (path) => {
        const response = await admin(path);
        return [response.status, await response.text()];
    };
    assert.deepEqual(await ask('/livez'), [200, 'ok\n']);
    assert.deepEqual(await ask('/readyz'), [200, 'database: ok\nstopping: no\n']);
    const detail =
        /^\[\+\]database ok\n\[\+\]commits ok\n\[\+\]stopping no\n\[\+\]lanes 2 of 2 up, 0 in doubt\n\[\+\]desks \d+ ready, \d+ loading, \d+ waiting\nreadyz check passed\n$/;
    for (const path of ['/readyz?verbose', '/readyz?verbose=true', '/readyz?a=b&verbose']) {
        const [status, text] = await ask(path);
        assert.equal(status, 200);
        assert.match(text, detail);
    }
    assert.deepEqual(await ask('/readyz?verbosely'), [200, 'database: ok\nstopping: no\n']);
});

test('the public port shows neither', async () => {
    for (const path of ['/metrics', '/metrics/', '/metrics?x', '/%6detrics'])
        assert.equal((await server.get(path)).status, 404, path);
    assert.equal(await (await server.get('/readyz?verbose')).text(), 'database: ok\nstopping: no\n');
});

test('the admin port has nothing else, and takes no clients', async (t) => {
    for (const path of ['/', '/ws', '/demo.json', '/metrics/', '/livez/'])
        assert.deepEqual(
            [(await admin(path)).status, await (await admin(path)).text()],
            [
                404,
                'Here are /livez, /readyz, /readyz?verbose, /metrics, /connections and /connections?text.\n',
            ],
            path,
        );
    assert.equal((await admin('/metrics', { method: 'POST', body: 'x' })).status, 405);
    const head = await admin('/metrics', { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
    assert.ok(Number(head.headers.get('content-length')) > 1000);
    const client = new Client(`ws://${admin.address}/ws`, { token: tokenOf('w', 'ana') });
    atEnd(t, () => client.leave());
    await client.connect();
    assert.deepEqual(client.refused, {
        status: 404,
        body: 'This port is for operators; clients connect to the other one.\n',
    });
});

/** A server whose public port nobody has come to yet; `fill` lets so many come, through a proxy. */
async function untouched(t, ...args) {
    const other = await Server.start(database, { args: [...ADMIN, ...args], ready: false });
    atEnd(t, () => other.stop());
    const ask = await adminOf(other);
    await eventually(async () => (await ask('/readyz')).status === 200, 'it to be ready');
    const fill = async (count) => {
        const clients = Array.from(
            { length: count },
            () => new Client(other.url, { headers: { 'X-Forwarded-For': '203.0.113.7' } }),
        );
        atEnd(t, () => Promise.all(clients.map((client) => client.leave())));
        await Promise.all(clients.map((client) => client.connect()));
    };
    const count = async () => {
        const metrics = await measure(ask);
        return ['', '_max', '_refused_total{why="full"}', '_refused_total{why="address"}'].map((name) =>
            metrics.value(`relevo_connections${name}`),
        );
    };
    return { other, fill, count };
}

test('who finds no room is counted, and operators are still answered', async (t) => {
    const { other, fill, count } = await untouched(t, '--max-connections', '1');
    await fill(1);
    for (let i = 0; i < 3; i++) assert.equal((await other.get('/livez')).status, 503);
    assert.deepEqual(await count(), [1, 1, 3, 0]);
});

test('who comes from where many have come from is counted', async (t) => {
    const { fill, count } = await untouched(t, '--max-connections', '1000', '--trusted-proxy', '127.0.0.1');
    await fill(102);
    const [, , full, address] = await count();
    assert.deepEqual([full, address], [0, 2], '100 that have not signed in are the most');
});

test('without being asked for there is no admin port', async (t) => {
    const other = await Server.start(database);
    atEnd(t, () => other.stop());
    assert.match(other.stderr, /admin=""/);
    assert.equal((await other.get('/metrics')).status, 404);
});

test('an admin port that is taken is said to be', async () => {
    const { code, stderr } = await relevo(
        ['serve', '--listen', '127.0.0.1:0', '--admin-listen', `127.0.0.1:${server.port}`],
        { database },
    );
    assert.equal(code, 1);
    assert.match(
        stderr,
        /cannot listen on 127\.0\.0\.1:\d+: address already in use; choose another with --admin-listen HOST:PORT/,
    );
});

test('while the database is away and while it stops, it says so', async (t) => {
    const proxy = await Proxy.start(database);
    atEnd(t, () => proxy.remove());
    const other = await Server.start(proxy.database, { args: ADMIN });
    atEnd(t, () => other.stop());
    const ask = await adminOf(other);
    const place = new Workspace(t, other, database);
    const ana = await place.agent();
    await proxy.cut();
    await other.untilNotReady();
    const response = await ask('/readyz?verbose');
    assert.equal(response.status, 503);
    assert.match(
        await response.text(),
        /^\[-\]database cannot be reached\n\[-\]commits none\n\[\+\]stopping no\n\[-\]lanes 0 of 2 up(.|\n)*\nreadyz check failed\n$/,
    );
    const away = await measure(ask);
    assert.equal(away.value('relevo_database_up'), 0);
    assert.equal(away.value('relevo_lanes{state="down"}'), 2);

    await proxy.accept();
    await other.untilReady();
    proxy.goSilent();
    const lost = ana.command('send_message', 'c', { body: 'Will it?', channel: 'web' });
    lost.catch(() => {});
    await eventually(
        async () => (await measure(ask)).value('relevo_commands_queued') === 1,
        'the command to have come',
    );
    other.signal('SIGTERM');
    await other.untilLogged(/event=draining/);
    const stopping = await ask('/readyz?verbose');
    assert.equal(stopping.status, 503);
    assert.match(
        await stopping.text(),
        /^\[\+\]database ok\n\[\+\]commits ok\n\[-\]stopping yes, no new clients\n/,
    );
    assert.equal((await measure(ask)).value('relevo_stopping'), 1);
    other.signal('SIGTERM');
    await other.untilEnded();
});
