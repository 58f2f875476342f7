// How it ends: SIGTERM drains, a second one forces.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { createDatabase } from './support/database.mjs';
import { Proxy } from './support/proxy.mjs';
import { migrate } from './support/server.mjs';
import { serve as serveOn, test, Workspace } from './support/whole.mjs';

const database = await createDatabase();
after(() => database.drop());
await migrate(database);

const serve = (t, through = database) => serveOn(t, through);

const RESTART = { code: 1012, reason: 'the server restarts, come back' };

for (const signal of ['SIGTERM', 'SIGINT'])
    test(`${signal} settles what is in flight, tells everybody to come back, and exits 0`, async (t) => {
        const server = await serve(t);
        const workspace = new Workspace(t, server, database);
        const [ana, bruno, bot] = await Promise.all([
            workspace.agent('ana'),
            workspace.agent('bruno'),
            workspace.automation(),
        ]);
        const names = Array.from({ length: 50 }, (_, i) => `c-${i}`);
        const answers = names.map((name) =>
            ana.command('send_message', name, { body: 'Last words', channel: 'web' }),
        );
        await answers[0];
        server.signal(signal);
        const { code } = await server.untilEnded();
        assert.equal(code, 0);
        for (const client of [ana, bruno, bot]) {
            assert.deepEqual(await client.untilClosed(), RESTART);
            assert.ok(client.bye.retry_ms > 0 && client.bye.retry_ms <= 3000);
        }
        // What had not been read yet is for a resend to settle; but nothing was carried out without an
        // answer.
        const outcomes = ana.frames
            .filter((frame) => frame.t === 'answer')
            .map(({ outcome, reason }) => reason ?? outcome);
        const done = outcomes.filter((outcome) => outcome === 'done').length;
        for (const outcome of outcomes) assert.ok(outcome === 'done' || outcome === 'unavailable', outcome);
        assert.equal(
            Number(
                await workspace.value(
                    'SELECT count(*) FROM relevo.conversation WHERE workspace_id = :workspace',
                ),
            ),
            done,
        );
    });

test('who stops accepting accepts nobody', async (t) => {
    const server = await serve(t);
    server.signal('SIGTERM');
    await server.untilEnded();
    const socket = connect(server.port, '127.0.0.1');
    const [error] = await once(socket, 'error');
    assert.equal(error.code, 'ECONNREFUSED');
});

test('a second signal ends it at once, with what is in flight unsettled: 1', async (t) => {
    const proxy = await Proxy.start(database);
    atEnd(t, () => proxy.remove());
    const server = await serve(t, proxy.database);
    const workspace = new Workspace(t, server, database);
    const ana = await workspace.agent();
    proxy.goSilent();
    ana.command('send_message', 'c', { body: 'Will it?', channel: 'web' });
    await ana.time().catch(() => {}); // so that the command has arrived
    server.signal('SIGTERM');
    await server.untilLogged(/event=draining/);
    server.signal('SIGTERM');
    const { code, stderr } = await server.untilEnded();
    assert.equal(code, 1);
    assert.match(stderr, /event=stopped_at_once/);
});

test('with nothing in flight it ends though the database is away', async (t) => {
    const proxy = await Proxy.start(database);
    atEnd(t, () => proxy.remove());
    const server = await serve(t, proxy.database);
    const workspace = new Workspace(t, server, database);
    const ana = await workspace.agent();
    await proxy.cut();
    await ana.until(() => ana.state === 'down', 'word that the database is away');
    server.signal('SIGTERM');
    assert.equal((await server.untilEnded()).code, 0);
    assert.deepEqual(await ana.untilClosed(), RESTART);
});
