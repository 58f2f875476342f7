// What takes its time, because a bound has to pass: side by side, so that it takes no longer than the
// longest.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { Client } from './support/client.mjs';
import { createDatabase } from './support/database.mjs';
import { eventually } from './support/process.mjs';
import { Proxy } from './support/proxy.mjs';
import { migrate, Server } from './support/server.mjs';
import { allowShortPauses, createWorkspace, serve, test, useServer, Workspace } from './support/whole.mjs';

const whole = await useServer();

describe('in its time', { concurrency: true }, () => {
    test('no hello within ten seconds: 4003', async () => {
        const silent = await new Client(whole.server.url).connect();
        assert.deepEqual(await silent.untilClosed(), {
            code: 4003,
            reason: 'no valid hello within the time allowed',
        });
    });

    test('who answers no ping is given up after half a minute, and who does is kept', async (t) => {
        const workspace = new Workspace(t, whole.server);
        const dead = await workspace.agent('ana', { autoPong: false });
        const alive = await workspace.agent('bruno');
        assert.equal((await dead.untilClosed(50_000)).code, 1006);
        await alive.time();
    });

    test('what cannot be settled in time is not: 1', async (t) => {
        const proxy = await Proxy.start(whole.database);
        atEnd(t, () => proxy.remove());
        const server = await serve(t, proxy.database);
        const workspace = new Workspace(t, server, whole.database);
        const ana = await workspace.agent();
        proxy.goSilent();
        ana.command('send_message', 'c', { body: 'Will it?', channel: 'web' });
        await ana.time();
        server.signal('SIGTERM');
        const { code, stderr } = await server.untilEnded();
        assert.equal(code, 1);
        assert.match(stderr, /event=unsettled/);
    });

    test('a client that does not read does not hold up the end', async (t) => {
        const server = await serve(t, whole.database);
        const workspace = new Workspace(t, server);
        const ana = await workspace.agent();
        ana.stopReading();
        server.signal('SIGTERM');
        assert.equal((await server.untilEnded()).code, 0);
        ana.readOn();
    });

    test('a pause that was set on a server that is gone is ended by another, where nobody has opened the workspace', async (t) => {
        const database = await createDatabase();
        atEnd(t, () => database.drop());
        await migrate(database);
        await allowShortPauses(database);
        const [doomed, survivor] = await Promise.all([Server.start(database), Server.start(database)]);
        atEnd(t, () => Promise.all([doomed.stop(), survivor.stop()]));
        const workspace = new Workspace(t, doomed);
        await createWorkspace(database, workspace.name, 300);
        const ana = await workspace.agent();
        await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
        await doomed.kill();
        const isOver = async () =>
            (await workspace.value(
                'SELECT pause FROM relevo.conversation WHERE workspace_id = :workspace',
            )) === '0';
        await eventually(isOver, 'the end of the pause');
    });

    test('a database that does not answer any more is noticed, and what was asked is settled when it is back', async (t) => {
        const proxy = await Proxy.start(whole.database);
        atEnd(t, () => proxy.remove());
        const server = await serve(t, proxy.database);
        const workspace = new Workspace(t, server, whole.database);
        const ana = await workspace.agent();
        proxy.goSilent();
        const answer = ana.settles('send_message', 'c', { body: 'Anybody?', channel: 'web' });
        await ana.until(() => ana.state === 'down', 'word that the database is away');
        await proxy.cut();
        await proxy.accept();
        await ana.until(() => ana.state === 'up', 'word that it is back');
        assert.equal((await answer).outcome, 'done');
        assert.equal(
            await workspace.value(
                "SELECT sent FROM relevo.conversation WHERE workspace_id = :workspace AND id = 'c'",
            ),
            '1',
        );
    });
});
