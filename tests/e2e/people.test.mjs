// Who may come in: tokens, what is wrong with forged ones, and from which pages browsers may connect.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { encode } from '@msgpack/msgpack';
import { atEnd } from './support/at_end.mjs';
import { Client } from './support/client.mjs';
import { eventually } from './support/process.mjs';
import { Server, relevo } from './support/server.mjs';
import { claimsOf, inSeconds, SECRET, sign, signText, tokenOf } from './support/token.mjs';
import { serve as serveOn, test, useServer } from './support/whole.mjs';

const ORIGIN = 'https://desk.example.com';
const whole = await useServer({ args: ['--origin', ORIGIN] });

async function connect(token, options = {}) {
    const client = new Client(whole.server.url, { token, ...options });
    await client.connect();
    return client;
}

test('relevo token makes tokens that let people in', async () => {
    for (const role of ['agent', 'supervisor', 'automation', 'channel']) {
        const args = [
            'token',
            '--workspace',
            `of-${role}`,
            '--agent',
            'x',
            '--name',
            'Xènia',
            '--role',
            role,
            '--ttl',
            '90s',
        ];
        const { code, stdout } = await relevo(args);
        assert.equal(code, 0);
        const client = await connect(stdout.trim());
        await client.until(() => client.welcome, 'welcome');
        assert.deepEqual(client.welcome.agent, { id: 'x', name: 'Xènia', role });
        assert.equal(client.welcome.workspace, `of-${role}`);
        const left = client.welcome.token_expires - client.welcome.now;
        assert.ok(left > 60_000 && left <= 91_000, `${left}`);
        await client.leave();
    }
});

test('welcome tells the limits that PROTOCOL.md lists', async (t) => {
    const ana = await whole.workspace(t).agent();
    assert.deepEqual(ana.welcome.limits, {
        frame_bytes: 262_144,
        hello_bytes: 16_384,
        unfinished_bytes: 1_048_576,
        depth: 4,
        elements: 256,
        token_bytes: 4096,
        workspace_bytes: 64,
        id_bytes: 255,
        name_bytes: 255,
        body_bytes: 65536,
        epoch_bytes: 64,
        page_rows: 50,
        history_rows: 50,
        find_rows: 20,
        find_bytes: 255,
        watches: 4,
        consumers: 64,
        connections: 20,
        typing_ms: 6000,
        pause_min: 60_000,
        pause_max: 2_592_000_000,
        hello_ms: 10_000,
        ping_s: 20,
        idle_s: 30,
        commands_in_flight: 64,
        requests_in_flight: 16,
        unanswered_bytes: 1_048_576,
        sent_bytes: 1_048_576,
        frames_per_s: 3000,
        renewals: 10,
        commands_per_s: 20,
        commands_burst: 100,
    });
    assert.equal(ana.welcome.settings.default_pause, 3_600_000);
});

const good = (changes) => claimsOf('forged', 'ana', 'agent', changes);

for (const [what, token, reason] of [
    ['no token at all', 'x', 'the token is not signed by us'],
    [
        'one signed with another secret',
        sign(good(), { secret: `${SECRET}!` }),
        'the token is not signed by us',
    ],
    ['one that says it needs no signature', sign(good(), { alg: 'none' }), 'the token is not signed by us'],
    [
        'one of another algorithm, signed with our secret',
        sign(good(), { alg: 'HS384' }),
        'the token is not signed by us',
    ],
    [
        'one whose algorithm is in lower case',
        sign(good(), { alg: 'hs256', hash: 'sha256' }),
        // Some versions of libjwt take it for ours, and some do not.
        /^the token('s header is not one that we understand| is not signed by us)$/,
    ],
    [
        'one that says HS384 and is signed by HS256',
        sign(good(), { alg: 'HS384', hash: 'sha256' }),
        'the token is not signed by us',
    ],
    ['one whose claims were changed', tamper(sign(good())), 'the token is not signed by us'],
    [
        'one whose header calls for what nobody knows',
        sign(good(), { head: { crit: ['exp'] } }),
        "the token's header is not one that we understand",
    ],
    [
        'one with two roles',
        signText(JSON.stringify(good()).replace('"agent"}', '"agent","role":"supervisor"}')),
        "the token's claims are no JSON, or one stands there twice",
    ],
    ['one for another audience', sign(good({ aud: 'others' })), 'the token is for another audience'],
    ['one for no audience', sign(good({ aud: undefined })), 'the token is for another audience'],
    ['one without an end', sign(good({ exp: undefined })), 'the token says no exp'],
    [
        'one whose end is in milliseconds',
        sign(good({ exp: Date.now() + 3_600_000 })),
        "the token's exp must be in seconds, not milliseconds",
    ],
    [
        'one whose issue is in milliseconds',
        sign(good({ iat: Date.now() })),
        "the token's iat must be in seconds, not milliseconds",
    ],
    [
        'one whose beginning is in milliseconds',
        sign(good({ nbf: Date.now() + 0.5 })),
        "the token's nbf must be in seconds, not milliseconds",
    ],
    ['one whose end is a text', sign(good({ exp: 'tomorrow' })), 'the token says no exp'],
    ['one that is not valid yet', sign(good({ nbf: inSeconds(3600) })), 'the token is not valid yet'],
    ['one from the future', sign(good({ iat: inSeconds(3600) })), 'the token was issued in the future'],
    ['one of no workspace', sign(good({ workspace: undefined })), 'the token says no workspace'],
    [
        'one of a workspace whose name is too long',
        sign(good({ workspace: 'w'.repeat(65) })),
        "the token's workspace is longer than 64 bytes",
    ],
    ['one of nobody', sign(good({ agent: '' })), 'the token says no agent'],
    [
        'one of somebody whose id is too long',
        sign(good({ agent: 'a'.repeat(256) })),
        "the token's agent is longer than 255 bytes",
    ],
    ['one of a nameless agent', sign(good({ name: undefined })), 'the token says no usable name'],
    ['one of a role that there is not', sign(good({ role: 'owner' })), 'the token says no known role'],
    ["one of the server's own role", sign(good({ role: 'server' })), 'the token says no known role'],
])
    test(`a token is refused: ${what}`, async () => {
        const client = await connect(token);
        const closed = await client.untilClosed();
        assert.equal(closed.code, 4001);
        assert.match(closed.reason, reason instanceof RegExp ? reason : new RegExp(`^${reason}$`));
        assert.equal(client.welcome, undefined);
    });

function tamper(token) {
    const [head, claims, signature] = token.split('.');
    const changed = Buffer.from(claims, 'base64url').toString().replace('"agent"}', '"supervisor"}');
    return [head, Buffer.from(changed).toString('base64url'), signature].join('.');
}

test('a token that is longer than tokens may be: 4001, for its issuer; no text: 4002, for the author of the client', async () => {
    for (const token of ['x'.repeat(4097), sign(claimsOf('w', 'ana', 'agent', { more: 'x'.repeat(5000) }))]) {
        const client = await connect(token);
        assert.deepEqual(await client.untilClosed(), {
            code: 4001,
            reason: 'the token is longer than 4096 bytes',
        });
    }
    const client = await connect('');
    assert.deepEqual(await client.untilClosed(), { code: 4002, reason: 'token must be a text' });
});

test('an audience may be one of several', async () => {
    const client = await connect(sign(good({ aud: ['others', 'relevo'] })));
    await client.until(() => client.welcome, 'welcome');
    await client.leave();
});

test('a token whose time is over: 4100', async () => {
    const client = await connect(sign(good({ exp: inSeconds(-60) })));
    assert.deepEqual(await client.untilClosed(), {
        code: 4100,
        reason: 'the token has expired, come back with a new one',
    });
});

test('a token that runs out while connected: 4100, unless a new one has come', async (t) => {
    const workspace = whole.workspace(t);
    const isOver = { exp: inSeconds(0) }; // good for some seconds more, for clocks that differ
    const [ana, bruno] = ['ana', 'bruno'].map((id) => workspace.client(id));
    for (const [client, id] of [
        [ana, 'ana'],
        [bruno, 'bruno'],
    ])
        client.options.token = tokenOf(workspace.name, id, 'agent', isOver);
    await Promise.all([ana.join(), bruno.join()]);
    const since = bruno.mark();
    bruno.send({ t: 'hello', token: tokenOf(workspace.name, 'bruno') });
    const again = await bruno.until(() => since().find((frame) => frame.t === 'welcome'), 'another welcome');
    assert.equal(again.resumed, true);
    assert.ok(again.token_expires > ana.welcome.token_expires);
    assert.deepEqual(await ana.untilClosed(), {
        code: 4100,
        reason: 'the token has expired, come back with a new one',
    });
    const { seq } = await bruno.does('assign', 'c', { agent: 'bruno', channel: 'web' });
    await bruno.untilSeq(seq);
    assert.ok(!since().some((frame) => frame.t === 'sync' && frame.fresh), 'the stream goes on');
});

test('revoked tokens are void on every node, within seconds; tokens that are issued later are good', async (t) => {
    const workspace = whole.workspace(t);
    const other = await Server.start(whole.database);
    atEnd(t, () => other.stop());
    const [ana, elsewhere, bot] = await Promise.all([
        workspace.agent('ana'),
        workspace.agent('ana', { server: other }),
        workspace.automation(),
    ]);
    const bruno = await workspace.agent('bruno');

    for (const id of ['ana', 'bot']) {
        const { code, stdout } = await relevo(['revoke', '--workspace', workspace.name, '--agent', id], {
            database: whole.database,
        });
        assert.equal(code, 0);
        assert.match(
            stdout,
            new RegExp(
                `^Every token of ${id} in ${workspace.name} that was issued up to \\S+Z is void; all servers know within 10 seconds.\n$`,
            ),
        );
    }

    const closed = await Promise.all([ana, elsewhere, bot].map((client) => client.untilClosed()));
    for (const close of closed) assert.deepEqual(close, { code: 4001, reason: 'the token has been revoked' });
    for (const changes of [{}, { iat: inSeconds(-60) }]) {
        const client = await connect(tokenOf(workspace.name, 'ana', 'agent', changes));
        assert.deepEqual(await client.untilClosed(), { code: 4001, reason: 'the token has been revoked' });
    }
    const later = await connect(tokenOf(workspace.name, 'ana', 'agent', { iat: inSeconds(2) }));
    await later.until(() => later.welcome, 'welcome');
    await later.leave();
    await bruno.does('assign', 'c', { agent: 'bruno', channel: 'web' });
});

test('a secret is replaced without anybody being sent away', async (t) => {
    const next = 'the next secret of the tests, which is long enough as well';
    const serve = async (env) => {
        const server = await serveOn(t, whole.database, { env });
        return (secret) => {
            const client = new Client(server.url, {
                token: sign(claimsOf('rotation', 'ana', 'agent'), { secret }),
            });
            return client.connect().then(() => client);
        };
    };
    const welcomed = async (client) => {
        await client.until(() => client.welcome, 'welcome');
        await client.leave();
    };
    const during = await serve({ RELEVO_SECRET: next, RELEVO_PREVIOUS_SECRET: SECRET });
    await welcomed(await during(SECRET));
    await welcomed(await during(next));
    const after = await serve({ RELEVO_SECRET: next });
    await welcomed(await after(next));
    assert.equal((await (await after(SECRET)).untilClosed()).code, 4001);
});

test('a second hello must be of the same person: 4001', async (t) => {
    const workspace = whole.workspace(t);
    const tokens = [
        tokenOf(workspace.name, 'bruno'),
        tokenOf('elsewhere', 'ana'),
        tokenOf(workspace.name, 'ana', 'supervisor'),
    ];
    for (const token of tokens) {
        const ana = await workspace.agent('ana');
        ana.send({ t: 'hello', token });
        assert.deepEqual(await ana.untilClosed(), {
            code: 4001,
            reason: 'a token may be renewed only for the same person',
        });
    }
});

test('a name or a role that has changed is told to everybody', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    await workspace.agent('bruno');
    await ana.until(() => ana.agents.has('bruno'), 'Bruno');
    const renamed = workspace.client('bruno');
    renamed.options.token = tokenOf(workspace.name, 'bruno', 'supervisor', { name: 'Bruno B.' });
    await renamed.join();
    await ana.until(() => ana.agents.get('bruno').name === 'Bruno B.', 'the new name');
    assert.equal(ana.agents.get('bruno').role, 'supervisor');
});

// --- What each role may say --------------------------------------------------------------------------------

/**
 * Each message of PROTOCOL.md, "Client messages", but hello: well-formed, and whether automation and channels
 * may send it.
 */
const messages = {
    command: { fields: { id: Buffer.alloc(16, 7), do: 'resume_bot', conversation: 'c' }, isForAll: true },
    page: { fields: { ref: 1 }, isForAll: false },
    watch: { fields: { ref: 1, conversation: 'c' }, isForAll: false },
    unwatch: { fields: { conversation: 'c' }, isForAll: true },
    history: { fields: { ref: 1, conversation: 'c' }, isForAll: false },
    find: { fields: { ref: 1, text: 'c' }, isForAll: false },
    acked: { fields: { seq: 0 }, isForAll: undefined }, // it takes a consumer: tests/server
    presence: { fields: {}, isForAll: undefined }, // likewise
    time: { fields: { ref: 1 }, isForAll: true },
    resync: { fields: { seq: 0, open: 0, completed: 0, digest: 0 }, isForAll: false },
};

test('every message has a line in the table of who may send it', async () => {
    const page = await readFile(new URL('../../protocol/PROTOCOL.md', import.meta.url), 'utf8');
    const chapter = page.slice(page.indexOf('\n## 3. Client messages'), page.indexOf('\n## 4. '));
    const headings = [...chapter.matchAll(/^### (.+)$/gm)].flatMap(([, names]) => names.split(/, | and /));
    assert.deepEqual(headings.filter((name) => name !== 'hello').sort(), Object.keys(messages).sort());
});

for (const role of ['agent', 'supervisor', 'automation', 'channel'])
    test(`what is for dashboards is for dashboards only: ${role}`, async (t) => {
        const workspace = whole.workspace(t);
        const isDashboard = role === 'agent' || role === 'supervisor';
        for (const [name, { fields, isForAll }] of Object.entries(messages)) {
            if (isForAll === undefined) continue;
            const client = await workspace.client('x', role).join();
            const since = client.mark();
            client.sendBytes(encode({ t: name, ...fields }));
            client.sendBytes(encode({ t: 'hello', token: client.options.token }));
            const isTaken = isDashboard || isForAll;
            // Not by `until`: this client does not take answers to what it has not asked itself.
            const isAnswered = await eventually(
                () => client.closed ?? since().some(({ t: type }) => type === 'welcome'),
                name,
            );
            assert.deepEqual(
                isAnswered,
                isTaken || { code: 4002, reason: 'only dashboards may ask for this' },
                name,
            );
        }
    });

test('no message can name another workspace, person or role', async (t) => {
    const [mine, theirs] = [whole.workspace(t), whole.workspace(t)];
    const [ana, bruno] = await Promise.all([mine.agent('ana'), theirs.agent('bruno')]);
    const forged = { workspace: theirs.name, agent_id: 'bruno', role: 'supervisor', by: 'bruno' };
    const since = bruno.mark();
    const { seq } = await ana.does('assign', 'c', { agent: 'ana', channel: 'web', ...forged });
    await ana.untilSeq(seq);
    assert.deepEqual([ana.rows.get('c').last_by, ana.rows.get('c').last_role], ['ana', 'agent']);
    await bruno.time();
    assert.ok(!since().some((frame) => frame.t === 'sync'));
    assert.equal(bruno.rows.size, 0);
});

// --- The upgrade -------------------------------------------------------------------------------------------

test('a page of an origin that is on the list may connect, no other may', async (t) => {
    const workspace = whole.workspace(t);
    await workspace.agent('ana', { origin: ORIGIN });
    for (const origin of [
        'https://evil.example.com',
        `${ORIGIN}.evil.com`,
        'http://desk.example.com',
        `${ORIGIN}:8443`,
        'null',
        whole.server.origin,
    ]) {
        const client = await connect(tokenOf(workspace.name, 'ana'), { origin });
        assert.equal(client.refused?.status, 403, origin);
        assert.equal(
            client.refused.body,
            "Pages of this origin may not connect; the server's --origin names those that may.\n",
        );
    }
});

test('a client that does not offer the subprotocol is not upgraded', async () => {
    for (const protocols of [[], ['relevo.v2'], ['relevo', 'v1']]) {
        const client = await connect('x', { protocols });
        assert.deepEqual(client.refused, {
            status: 400,
            body: 'The client must offer the subprotocol relevo.v1.\n',
        });
    }
    const picky = await connect(tokenOf('picky', 'ana'), { protocols: ['relevo.v2', 'relevo.v1'] });
    await picky.until(() => picky.welcome, 'welcome');
    await picky.leave();
});

test('no other path is upgraded', async () => {
    for (const path of ['/', '/ws/', '/ws2', '/livez']) {
        const client = new Client(whole.server.origin.replace('http', 'ws') + path, { token: 'x' });
        await client.connect();
        assert.deepEqual(
            client.refused,
            { status: 404, body: 'WebSocket connections are taken at /ws.\n' },
            path,
        );
    }
});

test('with --demo everybody at this machine gets a token, pages elsewhere none', async (t) => {
    const server = await serveOn(t, whole.database, { args: ['--demo'], env: { RELEVO_SECRET: undefined } });
    const demo = await (await server.get('/demo.json')).json();
    assert.equal(demo.workspace, 'demo');
    assert.deepEqual(
        demo.people.map(({ id, role }) => [id, role]),
        [
            ['ana', 'agent'],
            ['bruno', 'agent'],
            ['carla', 'supervisor'],
        ],
    );
    for (const { token } of [...demo.people, demo.automation, demo.channel]) {
        const client = new Client(server.url, { token, origin: server.origin });
        await client.join();
        assert.equal(client.welcome.workspace, 'demo');
        await client.leave();
    }
    assert.equal((await whole.server.get('/demo.json')).status, 404);
});
