// Three nodes on one PostgreSQL behind nginx with TLS, as deploy/nginx.conf has it: to the clients they are
// one server, whichever of them are there.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { Client } from './support/client.mjs';
import { createDatabase } from './support/database.mjs';
import { checkDashboard } from './support/ledger.mjs';
import { Nginx } from './support/nginx.mjs';
import { eventually } from './support/process.mjs';
import { stay } from './support/return.mjs';
import { migrate, Server } from './support/server.mjs';
import { tokenOf } from './support/token.mjs';
import { allowShortPauses, createWorkspace, test, Workspace } from './support/whole.mjs';

const database = await createDatabase();
await migrate(database);
await allowShortPauses(database);
const page = await mkdtemp(join(tmpdir(), 'relevo-page-'));
await writeFile(join(page, 'index.html'), '<!doctype html><title>Relevo</title>');
const nodes = await Promise.all(
    [1, 2, 3].map(() =>
        Server.start(database, { args: ['--web-root', page, '--trusted-proxy', '127.0.0.1'] }),
    ),
);
const nginx = await Nginx.start(nodes);
after(async () => {
    await nginx.stop();
    await Promise.all(nodes.map((node) => node.stop()));
    await database.drop();
    await rm(page, { recursive: true });
});

/** An answer to GET: { status, headers, body }. */
function get(path, headers = {}) {
    return new Promise((resolve, reject) => {
        const asked = request(
            { host: '127.0.0.1', port: nginx.port, path, headers, ca: nginx.ca },
            (response) => {
                let body = '';
                response.on('data', (chunk) => (body += chunk));
                response.on('end', () =>
                    resolve({ status: response.statusCode, headers: response.headers, body }),
                );
            },
        );
        asked.on('error', reject).end();
    });
}

await eventually(() => get('/').catch(() => false), 'nginx');

/** A workspace's agents, all through nginx. */
async function crowd(t, count, pauseMs) {
    const workspace = new Workspace(t, nginx, database);
    if (pauseMs) await createWorkspace(database, workspace.name, pauseMs);
    const names = Array.from({ length: count }, (_, i) => `agent-${i}`);
    const clients = names.map((name) => workspace.client(name, 'agent', { ca: nginx.ca }));
    await Promise.all(clients.map((client) => client.join()));
    return [workspace, clients];
}

/** Those who come back whenever they are cut off, as a dashboard does, until the test is over. */
function keepIn(t, clients) {
    let end;
    const over = new Promise((resolve) => (end = resolve));
    const lives = clients.map((client) => stay(client, over));
    lives.forEach((life) => life.catch(() => {})); // told at the end
    atEnd(t, async () => {
        end();
        await Promise.all(lives);
    });
}

const timesMoved = (client) => client.frames.filter(({ t }) => t === 'welcome').length - 1;

/** Resolves when the client is with a node that lives: it has answered. */
async function untilServed(client) {
    for (let answer; answer === undefined;) {
        await eventually(() => client.welcome && !client.closed, 'a welcome');
        answer = await Promise.race(
            [client.time(), client.untilClosed()].map((promise) => promise.catch(() => {})),
        );
        if (client.closed) answer = undefined;
    }
}

test('a command given at one node is pushed by all, in one order', async (t) => {
    const [workspace, clients] = await crowd(t, 30);
    const answers = await Promise.all(
        clients.map((client, i) => client.does('assign', `c-${i}`, { agent: `agent-${i}`, channel: 'web' })),
    );
    assert.equal(new Set(answers.map(({ seq }) => seq)).size, answers.length);
    const last = await workspace.lastSeq();
    for (const client of clients) {
        await client.untilSeq(last);
        assert.equal(client.open.length, clients.length);
    }
    await checkDashboard(workspace, clients[0]);
});

test('a pause that all nodes watch ends once', async (t) => {
    const [workspace, clients] = await crowd(t, 9, 500);
    const ids = clients.map((_, i) => `c-${i}`);
    await Promise.all(
        clients.map((client, i) => client.does('assign', ids[i], { agent: `agent-${i}`, channel: 'web' })),
    );
    for (const client of clients)
        await client.until(
            () => ids.every((id) => client.rows.get(id)?.last_action === 'expire'),
            'all ends',
        );
    assert.equal(
        Number(
            await workspace.value(
                'SELECT count(*) FROM relevo.transition WHERE workspace_id = :workspace AND by IS NULL',
            ),
        ),
        ids.length,
    );
});

test('a node is killed: its clients go on at the others, exactly, and see what they have done themselves', async (t) => {
    const [workspace, clients] = await crowd(t, 30);
    const own = await Promise.all(
        clients.map((client, i) => client.does('assign', `c-${i}`, { agent: `agent-${i}`, channel: 'web' })),
    );
    const marks = clients.map((client) => client.mark());
    const doomed = nodes[0];
    keepIn(t, clients);
    const given = clients.map((client, i) => client.settles('complete', `c-${i}`));
    await doomed.kill();
    atEnd(t, () => doomed.startAgain());
    for (const { outcome } of await Promise.all(given)) assert.equal(outcome, 'done');
    await Promise.all(clients.map(untilServed));
    const last = await workspace.lastSeq();
    await eventually(() => clients.every((client) => client.seq === last), 'all to have seen all');
    const moved = clients.filter(timesMoved);
    assert.ok(moved.length >= 5 && moved.length <= 15, `${moved.length} of ${clients.length} were with it`);
    clients.forEach((client, i) => {
        assert.ok(
            marks[i]().every(({ t: type, resumed }) => type !== 'welcome' || resumed),
            'nobody had to begin anew',
        );
        assert.ok(client.rows.get(`c-${i}`).seq > own[i].seq);
    });
    await checkDashboard(workspace, moved[0]);
});

test('a node is told to stop: its clients move over within seconds, and no command is lost', async (t) => {
    const [workspace, clients] = await crowd(t, 30);
    const leaving = nodes[1];
    keepIn(t, clients);
    const given = clients.flatMap((client, i) =>
        [1, 2, 3].map((n) => client.settles('send_message', `c-${i}`, { body: `${n}`, channel: 'web' })),
    );
    leaving.signal('SIGTERM');
    atEnd(t, () => leaving.startAgain());
    assert.equal((await leaving.untilEnded()).code, 0);
    await Promise.all(clients.map(untilServed));
    const moved = clients.filter(timesMoved);
    assert.ok(moved.length >= 5 && moved.length <= 15, `${moved.length} of ${clients.length} were with it`);
    for (const client of moved) {
        assert.equal(timesMoved(client), 1);
        assert.ok(client.frames.some((frame) => frame.t === 'bye' && frame.retry_ms > 0));
    }
    for (const { outcome } of await Promise.all(given)) assert.equal(outcome, 'done');
    const last = await workspace.lastSeq();
    for (const client of clients) {
        await client.time();
        await client.untilSeq(last);
    }
    await checkDashboard(workspace, moved[0]);
});

test('what is no WebSocket passes too, but not how the nodes are', async () => {
    const { status, body } = await get('/');
    assert.deepEqual([status, /<title>Relevo/.test(body)], [200, true]);
    for (const path of ['/livez', '/readyz', '/metrics']) assert.equal((await get(path)).status, 404, path);
    const moved = await fetch(`http://127.0.0.1:${nginx.plainPort}/x?y=z`, { redirect: 'manual' });
    assert.deepEqual([moved.status, moved.headers.get('location')], [301, 'https://127.0.0.1/x?y=z']);
});

test('a browser with 16 kB of cookies comes through, by both ways', async () => {
    const Cookie = `s=${'a'.repeat(15_900)}`;
    assert.equal((await get('/', { Cookie })).status, 200);
    const client = await new Client(nginx.url, {
        token: tokenOf('w', 'ana'),
        ca: nginx.ca,
        headers: { Cookie },
    }).connect();
    assert.equal(client.refused, undefined);
    await client.leave();
});

test('browsers are told to come by TLS only', async () => {
    assert.match((await get('/')).headers['strict-transport-security'], /^max-age=\d{8}/);
    assert.match((await get('/nothing')).headers['strict-transport-security'], /^max-age=\d{8}/);
});

test('a path with an encoded line end names nothing', async () => {
    for (const path of ['/readyz%0ax', '/readyz%0D%0Ax', '/livez%00', '/%1f', '/x?y=%0a'])
        assert.equal((await get(path)).status, 400, path);
});

test('nginx says where clients come from, and not they themselves', async (t) => {
    // More than the nodes together take from one address before they know who it is; this machine's own is
    // not counted.
    const STRANGERS_OF_ADDRESS = 100;
    const headers = { 'X-Forwarded-For': '203.0.113.7' };
    const strangers = Array.from(
        { length: nodes.length * STRANGERS_OF_ADDRESS + 1 },
        () => new Client(nginx.url, { ca: nginx.ca, headers }),
    );
    atEnd(t, () => Promise.all(strangers.map((stranger) => stranger.leave())));
    await Promise.all(strangers.map((stranger) => stranger.connect()));
    assert.ok(strangers.every(({ refused }) => refused === undefined));
});

test('a foreign page is refused by the node behind, whose answer passes', async () => {
    const client = await new Client(nginx.url, {
        token: tokenOf('w', 'ana'),
        ca: nginx.ca,
        origin: 'https://evil.example',
    }).connect();
    assert.equal(client.refused.status, 403);
});
