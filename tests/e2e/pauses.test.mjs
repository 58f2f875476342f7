// Pauses end on time, once, on every screen; also those that ran out while the server was down, and where
// nobody is connected. A minute is the shortest that may be asked for, so the workspace's default is
// shortened in its database.

import assert from 'node:assert/strict';
import { eventually } from './support/process.mjs';
import { allowShortPauses, createWorkspace, test, useServer, Workspace } from './support/whole.mjs';

const { database, server } = await useServer({ prepare: allowShortPauses });

async function workspaceWithPause(t, ms) {
    const workspace = new Workspace(t, server);
    await createWorkspace(database, workspace.name, ms);
    return workspace;
}

/** The ends of pauses in the log: how many ms after their time each came. */
async function ends(workspace) {
    const json = await workspace.value(`
        SELECT coalesce(json_agg(extract(epoch FROM expire.at - paused.pause_until) * 1000 ORDER BY expire.seq), '[]')
        FROM relevo.transition expire
        JOIN relevo.transition paused ON paused.workspace_id = expire.workspace_id AND paused.seq = expire.before_seq
        WHERE expire.workspace_id = :workspace AND expire.by IS NULL AND paused.pause = 1 AND expire.pause = 0`);
    return JSON.parse(json);
}

const isBack = (row) => row.list === 1 && row.automation && row.pause === 0;

test('a pause ends by itself, on every screen, once, and not before its time', async (t) => {
    const workspace = await workspaceWithPause(t, 300);
    const [ana, bruno, bot] = await Promise.all([
        workspace.agent('ana'),
        workspace.agent('bruno'),
        workspace.automation(),
    ]);
    await ana.does('assign', 'longer', { agent: 'ana', channel: 'web', pause: 60_000 });
    assert.equal((await bot.settles('bot_message', 'longer', { body: 'Now?' })).reason, 'paused');
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    for (const client of [ana, bruno]) {
        const row = await client.untilRow('c', isBack, 'the end of the pause');
        assert.deepEqual(
            [row.last_action, row.last_by, row.last_role, row.assignee],
            ['expire', null, 'server', 'ana'],
        );
    }
    await bot.does('bot_message', 'c', { body: 'Now.' });
    const [late, ...more] = await ends(workspace);
    assert.ok(late >= 0, `${late} ms early`);
    assert.deepEqual(more, []);
});

test('many pauses end in order, each once', async (t) => {
    const workspace = await workspaceWithPause(t, 400);
    const ana = await workspace.agent('ana');
    const names = Array.from({ length: 60 }, (_, i) => `c-${i}`);
    await Promise.all(names.map((name) => ana.does('assign', name, { agent: 'ana', channel: 'web' })));
    await ana.until(() => ana.open.length === 60 && ana.open.every(isBack), 'the bot everywhere');
    const late = await ends(workspace);
    assert.equal(late.length, 60);
    assert.ok(late.every((ms) => ms >= 0));
});

test('a pause that is started again does not end at its old time', async (t) => {
    const workspace = await workspaceWithPause(t, 1000);
    const ana = await workspace.agent('ana');
    // In one go, so that it is never too late.
    await Promise.all([
        ana.does('assign', 'long', { agent: 'ana', channel: 'web' }),
        ana.does('keep_open', 'long', { pause: 60_000 }),
    ]);
    await ana.does('assign', 'short', { agent: 'ana', channel: 'web' });
    await ana.untilRow('short', isBack, 'the end of the pause');
    assert.ok(ana.rows.get('long').pause > 0);
    assert.equal((await ends(workspace)).length, 1);
});

test('pauses end after everybody has left', async (t) => {
    const workspace = await workspaceWithPause(t, 300);
    const ana = await workspace.agent('ana');
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await ana.leave();
    await eventually(async () => (await ends(workspace)).length === 1, 'the end of the pause');
});

test('pauses that run out while the server is down end when it is back, also where nobody comes', async (t) => {
    const [visited, deserted] = [await workspaceWithPause(t, 400), await workspaceWithPause(t, 400)];
    const [ana, other] = await Promise.all([visited.agent('ana'), deserted.agent('ana')]);
    for (const client of [ana, other]) await client.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await server.kill();
    await Promise.all([ana.untilClosed(), other.untilClosed()]);
    await eventually(
        () =>
            deserted
                .value(
                    'SELECT pause_until < clock_timestamp() FROM relevo.conversation WHERE workspace_id = :workspace',
                )
                .then((is) => is === 't'),
        'the pause to run out',
    );
    await server.startAgain();
    await ana.join();
    await ana.untilRow('c', isBack, 'the end of the pause');
    await eventually(async () => (await ends(deserted)).length === 1, 'the end where nobody is');
    assert.equal((await ends(visited)).length, 1);
});
