// How many may come, from one address and as one person, and how fast they may ask: through a proxy, which is
// this test.

import assert from 'node:assert/strict';
import { atEnd } from './support/at_end.mjs';
import { Client } from './support/client.mjs';
import { tokenOf } from './support/token.mjs';
import { serve, test, useServer } from './support/whole.mjs';

const CONNECTIONS_OF_ADDRESS = 200;
const STRANGERS_OF_ADDRESS = 100;

const whole = await useServer({ args: ['--trusted-proxy', '192.0.2.0/24,127.0.0.1'] });

/** Connects, forwarded for this address; says hello only where there is a token. */
async function come(forwardedFor, token, url = whole.server.url) {
    const client = new Client(url, { token, headers: { 'X-Forwarded-For': forwardedFor } });
    await client.connect();
    return client;
}

/** So many at once, who leave at the test's end. */
async function crowd(t, count, forwardedFor, token) {
    const clients = await Promise.all(
        Array.from({ length: count }, (_, i) => come(forwardedFor, token?.(i))),
    );
    atEnd(t, () => Promise.all(clients.map((client) => client.leave())));
    return clients;
}

async function assertRefused(client) {
    assert.deepEqual(client.refused, {
        status: 429,
        body: 'Too many connections from this address. Come later.\n',
    });
}

test('from one address not more than so many may be who have not signed in', async (t) => {
    const [first, ...others] = await crowd(t, STRANGERS_OF_ADDRESS, '203.0.113.7');
    assert.ok([first, ...others].every(({ refused }) => refused === undefined));
    await assertRefused(await come('203.0.113.7'));
    await assertRefused(await come('1.2.3.4, 203.0.113.7, 192.0.2.9'));
    await assertRefused(await come(['1.2.3.4', '203.0.113.7']));
    await whole.server.untilLogged(
        /event=address_refused address=203\.0\.113\.7 connections=100 not_signed_in=100/,
    );
    for (const elsewhere of ['203.0.113.8', '203.0.113.7, 203.0.113.8', '2001:db8::7'])
        await (await come(elsewhere)).leave();

    first.send({ t: 'hello', token: tokenOf('crowd', 'ana') });
    await first.until(() => first.welcome, 'welcome');
    const next = await come('203.0.113.7');
    assert.equal(next.refused, undefined);
    await next.leave();
});

test('from one address not more than so many may be at all', async (t) => {
    for (let half = 0; half < 2; half++) {
        const clients = await crowd(t, CONNECTIONS_OF_ADDRESS / 2, '203.0.113.70', (i) =>
            tokenOf('crowd', `agent-${half}-${i % 50}`),
        );
        await Promise.all(clients.map((client) => client.until(() => client.welcome, 'welcome')));
    }
    await assertRefused(await come('203.0.113.70'));
});

test('nobody is believed who is no proxy', async (t) => {
    const server = await serve(t, whole.database);
    const clients = await Promise.all(
        Array.from({ length: STRANGERS_OF_ADDRESS + 1 }, () => come('203.0.113.7', undefined, server.url)),
    );
    assert.ok(clients.every(({ refused }) => refused === undefined));
    await Promise.all(clients.map((client) => client.leave()));
});

test('who fails to sign in is logged with where he comes from', async () => {
    const client = await come('203.0.113.99', 'x');
    assert.equal((await client.untilClosed()).code, 4001);
    await whole.server.untilLogged(
        /event=sign_in_refused address=203\.0\.113\.99 why="the token is not signed by us"/,
    );
});

test('as one person one may have so many connections, of which the first stay', async (t) => {
    const workspace = whole.workspace(t);
    const screens = await Promise.all(Array.from({ length: 20 }, () => workspace.agent('ana')));
    const late = workspace.client('ana');
    await late.connect();
    assert.deepEqual(await late.untilClosed(), {
        code: 4102,
        reason: 'too many connections of the same person, close one first',
    });
    assert.ok(screens.every(({ closed }) => closed === undefined));
    await screens[0].leave();
    await workspace.agent('ana');
});

test('who commands too fast is told so, and nothing of it is done', async (t) => {
    const workspace = whole.workspace(t);
    const screens = await Promise.all([0, 1, 2].map(() => workspace.agent('ana')));
    const answers = await Promise.all(
        screens.flatMap((ana) => Array.from({ length: 60 }, (_, i) => ana.command('resume_bot', `c-${i}`))),
    );
    const fast = answers.filter(({ reason }) => reason === 'too_fast');
    assert.ok(fast.length > 0 && fast.length <= 80, `${fast.length}`);
    for (const { code, sentence } of fast)
        assert.deepEqual(
            [code, sentence],
            [20, 'Too many commands of this person, or of the workspace, within a short time'],
        );
    assert.equal(
        new Set(fast.map(({ retry_ms: retryMs }) => retryMs)).size,
        fast.length,
        'each is told a moment of its own',
    );
});

test('three hundred commands of one person at once are all carried out, when they come again as they are told', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    const ids = Array.from({ length: 300 }, (_, i) => `c-${i}`);
    await Promise.all(
        Array.from({ length: 50 }, async (_, hand) => {
            for (let i = hand; i < ids.length; i += 50)
                await ana.does('assign', ids[i], { agent: 'ana', channel: 'web' });
        }),
    );
    assert.equal(ana.open.length, ids.length);
    assert.equal(ana.closed, undefined);
});
