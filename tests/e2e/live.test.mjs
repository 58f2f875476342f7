// One truth on every screen: live, from nothing, after a cut, behind a slow line, and page by page.

import assert from 'node:assert/strict';
import { COMPLETED, OPEN } from './support/client.mjs';
import { test, useServer } from './support/whole.mjs';

const whole = await useServer();

/** What PostgreSQL says of the Open list, as a dashboard names it. */
async function openRowsInDatabase(workspace) {
    const json = await workspace.value(`
        SELECT coalesce(json_agg(json_build_object('id', id, 'assignee', assignee, 'version', version, 'seq', seq, 'list_seq', list_seq,
            'unread', unread, 'received', received, 'sent', sent, 'preview', preview,
            'pause', CASE pause WHEN 1 THEN round(extract(epoch FROM pause_until) * 1000) WHEN 2 THEN -1 ELSE 0 END) ORDER BY id), '[]')
        FROM relevo.conversation WHERE workspace_id = :workspace AND list = 1`);
    return JSON.parse(json);
}

async function assertSameAsDatabase(workspace, client) {
    const rows = await openRowsInDatabase(workspace);
    const shown = client.open
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map((row) => Object.fromEntries(Object.keys(rows[0]).map((column) => [column, row[column]])));
    assert.deepEqual(shown, rows);
}

/** Takes `count` conversations, named prefix-0 … */
async function take(client, prefix, count) {
    const names = Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
    for (let i = 0; i < count; i += 50)
        await Promise.all(
            names
                .slice(i, i + 50)
                .map((name) => client.does('assign', name, { agent: 'ana', channel: 'web' })),
        );
    return names;
}

test('a click on one screen is on every other, in the order of commits', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    const others = await Promise.all(['bruno', 'carla', 'diego'].map((id) => workspace.agent(id)));
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    const actions = Array.from(
        { length: 40 },
        (_, i) =>
            [
                ['complete', {}],
                ['assign', { agent: 'ana' }],
            ][i % 2],
    );
    await Promise.all(actions.map(([action, fields]) => ana.settles(action, 'c', fields)));
    const seq = await workspace.lastSeq();
    for (const client of [ana, ...others]) {
        await client.untilSeq(seq);
        const versions = client.frames
            .filter((frame) => frame.t === 'sync')
            .flatMap((frame) => frame.rows.map((row) => row[client.welcome.columns.indexOf('version')]));
        assert.deepEqual(
            versions,
            [...versions].sort((a, b) => a - b),
        );
        assert.deepEqual(client.rows.get('c'), ana.rows.get('c'));
    }
});

test('workspaces see nothing of each other', async (t) => {
    const [here, there] = [whole.workspace(t), whole.workspace(t)];
    const [ana, other] = await Promise.all([here.agent('ana'), there.agent('ana')]);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    assert.equal((await other.command('complete', 'c')).reason, 'unknown_conversation');
    assert.equal(other.rows.size, 0);
});

test('the first screen has all that is open and the newest that is completed', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    const names = await take(ana, 'c', 330);
    for (const name of names.slice(0, 60)) await ana.does('complete', name);
    const bruno = await workspace.agent('bruno');
    assert.equal(bruno.open.length, 270);
    assert.deepEqual(
        bruno.completed.map((row) => row.id),
        names.slice(10, 60).reverse(),
    );
    const tail = bruno.frames.findLast((frame) => frame.t === 'sync');
    assert.deepEqual([tail.open, tail.completed], [270, 60]);
    assert.ok(bruno.frames.filter((frame) => frame.t === 'sync').length > 1, 'in bounded pieces');
    await assertSameAsDatabase(workspace, bruno);
});

test('the agents are known to every dashboard, with their names', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    await workspace.supervisor('sofia');
    await ana.until(() => ana.agents.has('sofia'), 'Sofia');
    assert.deepEqual(ana.agents.get('sofia'), { id: 'sofia', name: 'Sofia', role: 'supervisor' });
    assert.deepEqual(ana.agents.get('ana'), { id: 'ana', name: 'Ana', role: 'agent' });
});

test('older completed rows come page by page, each once', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    const names = await take(ana, 'c', 70);
    for (const name of names) await ana.does('complete', name);
    const seen = [];
    let before;
    do {
        const page = await ana.page({ before, limit: 30 });
        seen.push(...page.rows.map((row) => row.id));
        before = page.next;
    } while (before !== undefined);
    assert.deepEqual(seen, [...names].reverse());
    const whole50 = await ana.page();
    assert.equal(whole50.rows.length, 50);
});

test('after a cut a client gets what changed, and only that', async (t) => {
    const workspace = whole.workspace(t);
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    await take(ana, 'before', 20);
    const last = await ana.does('complete', 'before-0');
    await bruno.untilSeq(last.seq);
    await bruno.cut();
    await ana.does('unlink', 'before-0');
    await ana.does('assign', 'before-1', { agent: 'bruno' });
    await ana.does('assign', 'new', { agent: 'ana', channel: 'web' });
    const since = bruno.mark();
    await bruno.join();
    await bruno.untilSeq(ana.seq);
    const [welcome, ...syncs] = since();
    assert.deepEqual([welcome.resumed, welcome.seq], [true, last.seq]);
    assert.deepEqual(syncs.flatMap((sync) => sync.rows.map((row) => row[0])).sort(), [
        'before-0',
        'before-1',
        'new',
    ]);
    assert.deepEqual(bruno.rows, ana.rows);
    await assertSameAsDatabase(workspace, bruno);
});

test('after a cut in which nothing happened nothing comes', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await ana.cut();
    const since = ana.mark();
    await ana.join();
    assert.equal((await ana.time()).seq, ana.seq);
    assert.deepEqual(
        since().map((frame) => frame.t),
        ['welcome', 'time'],
    );
});

test('a resume from another epoch or history, or from where nobody has been, starts afresh', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    const { epoch, seq, seqMark: mark } = ana;
    for (const resume of [
        { epoch: 'another:1', seq, mark },
        { epoch, seq: 1_000_000, mark },
        { epoch, seq, mark: mark - 1 },
    ]) {
        const bruno = workspace.client('bruno');
        await bruno.join({ resume });
        assert.equal(bruno.welcome.resumed, false);
        assert.equal(bruno.open.length, 1);
    }
});

test('a client that disagrees is started afresh', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    await take(ana, 'c', 5);
    const since = ana.mark();
    ana.send({ t: 'resync', seq: ana.seq, open: 0, completed: 0, digest: 0 });
    await ana.until(
        () => since().some((frame) => frame.fresh && frame.digest !== undefined),
        'a fresh start',
    );
    assert.equal(ana.open.length, 5);
    await whole.server.untilLogged(/event=digest_mismatch .*agent="?ana"?/);
});

test('a client that does not read slows nobody, and then gets what is true by now', async (t) => {
    const workspace = whole.workspace(t);
    const [slow, bruno] = await Promise.all(['carla', 'bruno'].map((id) => workspace.agent(id)));
    const writers = await Promise.all(Array.from({ length: 4 }, () => workspace.channel('c'.repeat(64))));
    slow.stopReading();
    // Rows as large as they may be, so that all that the kernel holds back for the slow one is soon full.
    const rows = Array.from({ length: 60 }, (_, i) => `${i}`.padEnd(64, '-'));
    const fields = { name: 'n'.repeat(128), body: 'b'.repeat(120) };
    await Promise.all(
        rows.map((id) => bruno.does('assign', id, { agent: 'bruno', channel: 'c'.repeat(64) })),
    );
    for (let round = 0; round < 12; round++)
        await Promise.all(
            writers.flatMap((writer) => rows.map((id) => writer.does('contact_message', id, fields))),
        );
    const { seq } = await bruno.does('complete', rows[0]);
    const since = slow.mark();
    slow.readOn();
    await slow.untilSeq(seq);
    const told = since().reduce((sum, frame) => sum + (frame.t === 'sync' ? frame.rows.length : 0), 0);
    const changes = 12 * writers.length * rows.length;
    assert.ok(told < changes / 2, `rows as they stand, not a backlog: ${told} of ${changes}`);
    assert.deepEqual(slow.rows, bruno.rows);
});

test('a client reads its own writes: the row is there when the answer is', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    for (let i = 0; i < 30; i++) {
        await ana.does('assign', `c-${i}`, { agent: 'ana', channel: 'web' });
        assert.equal(ana.rows.get(`c-${i}`).list, OPEN);
        await ana.does('complete', `c-${i}`);
        assert.equal(ana.rows.get(`c-${i}`).list, COMPLETED);
    }
});

test('what only the bot has is pushed to no dashboard', async (t) => {
    const workspace = whole.workspace(t);
    const [ana, channel, bot] = await Promise.all([
        workspace.agent('ana'),
        workspace.channel(),
        workspace.automation(),
    ]);
    for (let i = 0; i < 10; i++) {
        await channel.does('contact_message', 'c', { body: 'Hi' });
        await bot.does('bot_message', 'c', { body: 'Hello' });
    }
    const { seq } = await ana.does('assign', 'd', { agent: 'ana', channel: 'web' });
    await ana.untilSeq(seq);
    assert.deepEqual([...ana.rows.keys()], ['d']);
});

test('the time is that of the database', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    const before = Number(
        await workspace.value('SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)'),
    );
    const { now, seq } = await ana.time();
    const after = Number(await workspace.value('SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)'));
    // It is estimated, and a machine may be busy.
    assert.ok(now >= before - 1000 && now <= after + 1000, `${before} ${now} ${after}`);
    assert.equal(seq, await workspace.lastSeq());
});
