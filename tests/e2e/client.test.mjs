// The tests' own client keeps to what PROTOCOL.md asks of clients: or else the tests would be about a client
// that nobody should write.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { decode, encode } from '@msgpack/msgpack';
import { WebSocketServer } from 'ws';
import { atEnd } from './support/at_end.mjs';
import { Client } from './support/client.mjs';
import { stay } from './support/return.mjs';
import { test } from './support/whole.mjs';

const WELCOME = {
    t: 'welcome',
    agent: { id: 'bot', name: 'Bot', role: 'automation' },
    epoch: 'e',
    seq: 0,
    mark: 0,
    resumed: false,
    consumer: null,
};

/**
 * In place of a server, one that welcomes everybody and has `hear(command, connection)` called for each
 * command.
 */
async function stage(t, hear) {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    atEnd(t, () => server.close());
    let connections = 0;
    server.on('connection', (socket) => {
        const connection = {
            number: ++connections,
            say: (frame) => socket.send(encode(frame)),
            close: (code) => socket.close(code),
        };
        socket.on('message', (data) => {
            const frame = decode(data);
            if (frame.t === 'hello') connection.say(WELCOME);
            else hear({ ...frame, at: performance.now() }, connection);
        });
    });
    const client = new Client(`ws://127.0.0.1:${server.address().port}`, { token: 'x' });
    atEnd(t, () => client.leave());
    return client;
}

const answer = ({ id }, fields) => ({ t: 'answer', id, ...fields });

for (const reason of ['busy', 'too_many', 'unavailable', 'too_fast', 'workspace_full'])
    test(`what is refused ${reason} comes again, the same, not before it is allowed`, async (t) => {
        const heard = [];
        const client = await stage(t, (command, { say }) => {
            const isLast = heard.push(command) === 3;
            say(
                answer(
                    command,
                    isLast
                        ? { outcome: 'done', seq: 1 }
                        : { outcome: 'refused', reason, retry_ms: 100 * heard.length },
                ),
            );
        });
        await client.join();
        await client.does('open', 'c', { channel: 'web' });
        const [first, second, third] = heard.map(({ at }) => at);
        // A timer of Node's may be a millisecond early.
        assert.ok(
            second - first >= 99 && third - second >= 199,
            `${second - first} ms, ${third - second} ms`,
        );
        for (const { at, ...command } of heard) assert.deepEqual({ at: first, ...command }, heard[0]);
    });

test('what was answered unknown is sent again, and says so from then on', async (t) => {
    const heard = [];
    const answers = [
        { outcome: 'unknown' },
        { outcome: 'refused', reason: 'unavailable', retry_ms: 1 },
        { outcome: 'unchanged' },
    ];
    const client = await stage(t, (command, { say }) =>
        say(answer(command, answers[heard.push(command) - 1])),
    );
    await client.join();
    assert.equal((await client.settles('open', 'c')).outcome, 'unchanged');
    assert.deepEqual(
        heard.map(({ resend }) => resend),
        [undefined, true, true],
    );
});

test('what a temporary refusal does not say, or another says, is a breach', async (t) => {
    for (const [i, fields] of [{ reason: 'busy' }, { reason: 'stale', retry_ms: 5 }].entries()) {
        const client = await stage(t, (command, { say }) =>
            say(answer(command, { outcome: 'refused', ...fields })),
        );
        await client.join();
        await assert.rejects(client.settles('open', 'c'), /wait/, `${i}`);
    }
});

test('who is closed for being too fast comes back when told to, and asks again for what has no answer', async (t) => {
    const heard = [];
    let closedAt;
    const client = await stage(t, (command, { number, say, close }) => {
        heard.push({ number, ...command });
        if (number === 2) say(answer(command, { outcome: 'done', seq: 1 }));
        if (number === 2 || heard.length < 2) return;
        say({ t: 'bye', code: 4101, reason: 'slower', retry_ms: 300 });
        close(4101);
        closedAt = performance.now();
    });
    const given = Promise.all(['a', 'b'].map((id) => client.does('open', id)));
    await Promise.all([given, stay(client, given)]);
    assert.deepEqual(
        heard.map(({ number, conversation, resend }) => [number, conversation, resend]),
        [
            [1, 'a', undefined],
            [1, 'b', undefined],
            [2, 'a', true],
            [2, 'b', true],
        ],
    );
    assert.ok(heard[2].at - closedAt >= 299, `${heard[2].at - closedAt} ms`);
});

test('who may not come back does not', async (t) => {
    const client = await stage(t, (_, { close }) => close(4002));
    const given = client.command('open', 'c');
    await assert.rejects(stay(client, given), /closed with 4002/);
});
