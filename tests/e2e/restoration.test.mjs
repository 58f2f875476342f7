// A database is put back to what it was, from a backup: its name, its epoch and its seqs are as before, and
// only the log tells.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { Cluster, createDatabase } from './support/database.mjs';
import { checkDashboard } from './support/ledger.mjs';
import { migrate, Server } from './support/server.mjs';
import { test, Workspace } from './support/whole.mjs';

const cluster = await Cluster.start('fsync = off', 'full_page_writes = off');
after(() => cluster.remove());

/** What the log has after `seq`, as [seq, id of the command]. */
async function logAfter(workspace, seq) {
    const id = await workspace.value('SELECT :workspace');
    const rows = await workspace.database.query(
        `SELECT seq, replace(command_id::text, '-', '') FROM relevo.transition WHERE workspace_id = ${id} AND seq > ${seq} ORDER BY seq`,
    );
    return rows.map(([each, command]) => [Number(each), command]);
}

const shown = (entries) => entries.map(({ seq, id }) => [seq, Buffer.from(id).toString('hex')]);

const say = (client, conversation, body) =>
    client.does('send_message', conversation, { body, channel: 'web', seen: 'any' });

async function untilAfresh(client, since) {
    await client.until(
        () => since().some((frame) => frame.t === 'welcome' && !frame.resumed),
        'word that all comes anew',
    );
    await client.untilCaughtUp();
}

test('everybody starts afresh, though seqs have come again', { timeout: 120_000 }, async (t) => {
    const database = await createDatabase(cluster);
    await migrate(database);
    const one = await Server.start(database);
    t.after(() => one.stop());
    const workspace = new Workspace(t, one, database);
    const [ana, bruno, dora] = await Promise.all(['ana', 'bruno', 'dora'].map((id) => workspace.agent(id)));
    const bot = await workspace.follower('automation', { after: 0 });
    await say(ana, 'kept', 'before the backup');
    await workspace.untilAcknowledged(bot);
    const kept = bot.log.place;

    await cluster.stop('fast');
    await cluster.save();
    await cluster.start();
    await ana.until(() => ana.state === 'up', 'word that the database is back');
    for (let i = 0; i < 4; i += 1) await say(ana, `lost-${i}`, 'after the backup');
    const lost = await workspace.lastSeq();
    await Promise.all([ana, bruno, dora].map((client) => client.untilSeq(lost)));
    await bot.untilPlace(lost);
    bot.acknowledge();
    await Promise.all([bruno.leave(), dora.leave()]);
    const { epoch } = ana;
    const since = ana.mark();

    // The backup is put in its place, and another server goes on with it, past where the first one was, which
    // hears of nothing.
    process.kill(one.pid, 'SIGSTOP');
    await cluster.stop('fast');
    await cluster.restore();
    await cluster.start();
    const two = await Server.start(database);
    t.after(() => two.stop());
    const carla = workspace.client('carla', 'agent', { server: two });
    await carla.join();
    assert.equal(carla.epoch, epoch, 'which does not tell');
    assert.ok(!carla.rows.has('lost-0'));
    while ((await workspace.lastSeq()) < lost + 3)
        await say(carla, `new-${await workspace.lastSeq()}`, 'another history');
    process.kill(one.pid, 'SIGCONT');

    await untilAfresh(ana, since);
    assert.equal(ana.epoch, epoch);
    await ana.untilSeq(await workspace.lastSeq());
    await checkDashboard(workspace, ana);
    assert.ok(!ana.rows.has('lost-0'));
    await bruno.join(); // at the server that has lived through it
    dora.url = two.url; // and at one that has not
    await dora.join();
    for (const client of [bruno, dora]) {
        assert.deepEqual([client.resumed.seq, client.welcome.resumed], [lost, false]);
        await client.untilSeq(await workspace.lastSeq());
        await checkDashboard(workspace, client);
    }

    await bot.untilClosed();
    assert.equal(bot.closed.code, 1013);
    bot.log.entries = [];
    await bot.join({ consumer: { name: 'main', after: bot.log.place, mark: bot.log.mark } });
    assert.deepEqual([bot.welcome.resumed, bot.welcome.seq], [false, kept]);
    await bot.untilPlace(await workspace.lastSeq());
    assert.deepEqual(shown(bot.log.entries), await logAfter(workspace, kept));

    // What was known before is done again where it has to be, and what is done now is seen by all.
    await say(ana, 'lost-0', 'once more');
    await Promise.all(
        [ana, bruno, carla, dora].map(async (client) => client.untilSeq(await workspace.lastSeq())),
    );
    for (const client of [ana, bruno, carla, dora]) await checkDashboard(workspace, client);
});
