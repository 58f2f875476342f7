// Who is there, what they have in front of them, and who types: at two nodes, through what may break.

import assert from 'node:assert/strict';
import { atEnd } from './support/at_end.mjs';
import { createDatabase } from './support/database.mjs';
import { eventually } from './support/process.mjs';
import { migrate, Server } from './support/server.mjs';
import { serve, test, useServers, Workspace } from './support/whole.mjs';

const {
    database,
    servers: [one, two],
} = await useServers(2);

/** Two agents, each at a node, who see each other. */
async function pair(t) {
    const workspace = new Workspace(t, one);
    const [ana, bruno] = await Promise.all([
        workspace.agent('ana'),
        workspace.agent('bruno', { server: two }),
    ]);
    await Promise.all([ana.untilLooks('bruno', 'o'), bruno.untilLooks('ana', 'o')]);
    return [workspace, ana, bruno];
}

test('agents at either node see who is online, oneself too, and nobody else does', async (t) => {
    const [workspace, ana] = await pair(t);
    const [bot, sofia] = await Promise.all([
        workspace.follower(),
        workspace.supervisor('sofia', { server: two }),
    ]);
    await Promise.all([
        ana.untilLooks('sofia', 'o'),
        ana.untilLooks('ana', 'o'),
        sofia.untilLooks('bruno', 'o'),
    ]);
    assert.equal(ana.people.look('bot'), '-');
    assert.ok(bot.frames.every(({ t: type }) => type !== 'presence'));
    const stranger = await new Workspace(t, one).agent('zoe');
    await stranger.untilLooks('zoe', 'o');
    assert.deepEqual([...stranger.people.keys()], ['zoe'], "in one's own workspace");
    assert.equal(ana.people.look('zoe'), '-');
});

test('what somebody has in front of her, and that she types, is seen at either node', async (t) => {
    const [, ana, bruno] = await pair(t);
    bruno.shows('c');
    await ana.untilLooks('bruno', 'v c');
    bruno.shows('c', { typing: true });
    await ana.untilLooks('bruno', 't c');
    bruno.shows('d', { typing: true });
    await ana.untilLooks('bruno', 't d');
    bruno.shows();
    await ana.untilLooks('bruno', 'o');
});

test('typing is forgotten, at both nodes, unless it is said again', async (t) => {
    const [, ana, bruno] = await pair(t);
    bruno.shows('c', { typing: true });
    await Promise.all([ana.untilLooks('bruno', 't c'), bruno.untilLooks('bruno', 't c')]);
    await Promise.all([ana.untilLooks('bruno', 'v c'), bruno.untilLooks('bruno', 'v c')]);
    bruno.shows('c', { typing: true });
    await ana.untilLooks('bruno', 't c');
});

test('who leaves, or is cut off, is gone', async (t) => {
    const [workspace, ana, bruno] = await pair(t);
    await bruno.leave();
    await ana.untilLooks('bruno', '-');
    await bruno.join();
    await ana.untilLooks('bruno', 'o');
    await bruno.cut();
    await ana.untilLooks('bruno', '-');
    const late = await workspace.agent('late');
    await late.untilLooks('ana', 'o');
    assert.equal(late.people.look('bruno'), '-');
});

test('somebody with a second tab is where she said something last, and still in the other when she closes it', async (t) => {
    const [workspace, ana, bruno] = await pair(t);
    bruno.shows('c');
    await ana.untilLooks('bruno', 'v c');
    const tab = await workspace.agent('bruno'); // at the other node, even
    tab.shows('d', { typing: true });
    await ana.untilLooks('bruno', 't d');
    await bruno.untilLooks('bruno', 't d');
    await tab.leave();
    await Promise.all([ana.untilLooks('bruno', 'v c'), bruno.untilLooks('bruno', 'v c')]);
});

test('who comes sees what was said long before, also as the first at a node', async (t) => {
    const workspace = new Workspace(t, one);
    const ana = await workspace.agent('ana');
    ana.shows('c');
    await ana.untilLooks('ana', 'v c');
    const bruno = await workspace.agent('bruno', { server: two });
    await bruno.untilLooks('ana', 'v c');
});

test('whoever comes to a node that joins one which was alone sees who is there, and is seen', async (t) => {
    const own = await createDatabase();
    atEnd(t, () => own.drop());
    await migrate(own);
    const first = await serve(t, own);
    const workspace = new Workspace(t, first);
    const ana = await workspace.agent('ana');
    ana.shows('c');
    await ana.untilLooks('ana', 'v c');
    const { seq } = await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    const bruno = await workspace.agent('bruno', { server: await serve(t, own) });
    await Promise.all([bruno.untilLooks('ana', 'v c'), ana.untilLooks('bruno', 'o'), bruno.untilSeq(seq)]);
    bruno.shows('c', { typing: true });
    await ana.untilLooks('bruno', 't c');
});

test('who was at a node that was killed is gone in a while, and not who has moved to another', async (t) => {
    const [workspace, ana] = await pair(t);
    const victim = await Server.start(database);
    atEnd(t, () => victim.stop());
    const [carla, dora] = await Promise.all([
        workspace.agent('carla', { server: victim }),
        workspace.agent('dora', { server: victim }),
    ]);
    carla.shows('c');
    dora.shows('c');
    await Promise.all([ana.untilLooks('carla', 'v c'), ana.untilLooks('dora', 'v c')]);
    await victim.kill();
    dora.url = two.url;
    await dora.untilClosed();
    await dora.join();
    dora.shows('d');
    await ana.untilLooks('dora', 'v d');
    await ana.untilLooks('carla', '-');
    assert.equal(ana.people.look('dora'), 'v d');
    assert.equal(ana.people.look('bruno'), 'o', 'nor who is merely quiet');
});

const notifiers = () =>
    database.query(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'relevo notifier'",
    );

test('the connections by which nodes tell are lost, and what changed meanwhile is told when they are back', async (t) => {
    const [, ana, bruno] = await pair(t);
    const lost = (await notifiers()).map(([pid]) => Number(pid));
    assert.equal(lost.length, 2);
    // One that is stopped hears nothing and says nothing; killed, it is replaced.
    lost.forEach((pid) => process.kill(pid, 'SIGSTOP'));
    atEnd(t, () =>
        lost.forEach((pid) => {
            try {
                process.kill(pid, 'SIGCONT');
            } catch {
                /* it has ended */
            }
        }),
    );
    bruno.shows('c');
    ana.shows('d');
    await Promise.all([bruno.untilLooks('bruno', 'v c'), ana.untilLooks('ana', 'v d')]);
    assert.equal(ana.people.look('bruno'), 'o');
    await database.query(`SELECT pg_terminate_backend(pid) FROM unnest(ARRAY[${lost}]) pid`);
    lost.forEach((pid) => process.kill(pid, 'SIGCONT'));
    await eventually(
        async () => (await notifiers()).every(([pid]) => !lost.includes(Number(pid))),
        'them to be replaced',
    );
    await Promise.all([ana.untilLooks('bruno', 'v c'), bruno.untilLooks('ana', 'v d')]);
});

test('a crowd that comes at once is told of in few frames', async (t) => {
    const GATHER_MS = 250; // the least in which what changes is told together
    const [workspace, ana, bruno] = await pair(t);
    const before = [ana, bruno].map(({ people }) => people.told);
    const start = Date.now();
    const crowd = await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
            workspace.agent(`agent-${i}`, { server: i % 2 === 0 ? one : two }),
        ),
    );
    await Promise.all(
        [ana, bruno, ...crowd].map((client) =>
            client.until(
                () => [...client.people.values()].filter(({ online }) => online).length === 102,
                'all of them',
            ),
        ),
    );
    const most = 2 + (Date.now() - start) / GATHER_MS;
    for (const [i, { people }] of [ana, bruno].entries()) {
        const told = people.told - before[i];
        assert.ok(told > 0 && told <= most, `${told} frames of presence instead of ${most}`);
    }
});
