// Two servers on one database, where no node owns anything: one order, nothing lost, nothing twice.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { eventually } from './support/process.mjs';
import { allowShortPauses, createWorkspace, test, useServers, Workspace } from './support/whole.mjs';

const {
    database,
    servers: [one, two],
} = await useServers(2, { prepare: allowShortPauses });

/** An agent on each node. */
async function pair(t) {
    const workspace = new Workspace(t, one);
    return [
        workspace,
        ...(await Promise.all([workspace.agent('ana'), workspace.agent('bruno', { server: two })])),
    ];
}

test('what is done on one node is on the other by its own next command', async (t) => {
    const [, ana, bruno] = await pair(t);
    const taken = await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    const own = await bruno.does('assign', 'd', { agent: 'bruno', channel: 'web' });
    assert.ok(own.seq > taken.seq);
    assert.equal(bruno.rows.get('c').assignee, 'ana');
});

test('what is done on one node is on the dashboards of the other, where nobody does anything', async (t) => {
    const [, ana, bruno] = await pair(t);
    for (const id of ['c', 'd', 'e']) {
        const { seq } = await ana.does('assign', id, { agent: 'ana', channel: 'web' });
        await bruno.untilSeq(seq);
        assert.equal(bruno.rows.get(id).assignee, 'ana');
    }
});

/** The processes of PostgreSQL that serve the connections of this name. */
const backendsOf = async (name) => {
    const rows = await database.query(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${name}'`,
    );
    return rows.map(([pid]) => Number(pid));
};

/**
 * Until the function that this resolves to is called, nobody answers on the connections of this name; each
 * notices after 15 s.
 */
async function hang(t, name) {
    const pids = await backendsOf(name);
    assert.equal(pids.length, 2, 'one on each node');
    const goOn = () => pids.splice(0).forEach((pid) => process.kill(pid, 'SIGCONT'));
    atEnd(t, goOn);
    pids.forEach((pid) => process.kill(pid, 'SIGSTOP'));
    return goOn;
}

const assertNothingWasNoticed = () =>
    [one, two].forEach(({ stderr }) => assert.doesNotMatch(stderr, /did not answer in time/));

/** While nobody can look at the heads, what is done on either node comes to the other. */
async function assertTheyTell(t, ana, bruno) {
    // Both hold it: it is not to be read.
    await bruno.untilSeq((await ana.does('assign', 'c', { agent: 'ana', channel: 'web' })).seq);
    const goOn = await hang(t, 'relevo reader');
    await bruno.untilSeq((await ana.does('send_message', 'c', { body: 'From one' })).seq);
    await ana.untilSeq((await bruno.does('send_message', 'c', { body: 'From two' })).seq);
    goOn();
    assertNothingWasNoticed();
}

test('nodes tell each other what was done, with nobody looking for it', async (t) => {
    const [, ana, bruno] = await pair(t);
    await assertTheyTell(t, ana, bruno);
});

test('what nobody told is found by looking', async (t) => {
    const [, ana, bruno] = await pair(t);
    const goOn = await hang(t, 'relevo notifier');
    const { seq } = await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await bruno.untilSeq(seq);
    goOn();
    assertNothingWasNoticed();
});

test('the connections by which they tell come back by themselves, and nobody is told that they were away', async (t) => {
    const [, ana, bruno] = await pair(t);
    const lost = await backendsOf('relevo notifier');
    await database.query(`SELECT pg_terminate_backend(pid, 5000) FROM unnest(ARRAY[${lost}]) pid`);
    const listening = `
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'relevo notifier' AND state = 'idle' AND query ~ 'LISTEN relevo|pg_notify' AND pid <> ALL (ARRAY[${lost}])`;
    await eventually(async () => (await database.value(listening)) === '2', 'both to listen again');
    await assertTheyTell(t, ana, bruno);
    for (const client of [ana, bruno])
        assert.ok(
            client.frames.every(({ t: type }) => type !== 'state'),
            'no word that the database was away',
        );
});

test('both at once on the same conversations: one order, and the same rows on both', async (t) => {
    const [workspace, ana, bruno] = await pair(t);
    const work = (client, id) =>
        Array.from({ length: 60 }, (_, i) =>
            client.settles('assign', `c-${i % 7}`, { agent: id, channel: 'web' }),
        );
    const answers = await Promise.all([...work(ana, 'ana'), ...work(bruno, 'bruno')]);
    for (const { outcome, reason } of answers)
        assert.ok(outcome === 'done' || outcome === 'unchanged', `${outcome} ${reason}`);
    const seqs = answers.filter(({ outcome }) => outcome === 'done').map(({ seq }) => seq);
    assert.equal(new Set(seqs).size, seqs.length);
    await ana.does('assign', 'last', { agent: 'ana', channel: 'web' });
    await bruno.does('complete', 'last', {}).catch(() => {});
    await bruno.does('assign', 'last', { agent: 'bruno' });
    await bruno.does('assign', 'last', { agent: null });
    await ana.untilSeq(await workspace.lastSeq());
    assert.equal(
        Number(
            await workspace.value('SELECT count(*) FROM relevo.transition WHERE workspace_id = :workspace'),
        ),
        await workspace.lastSeq(),
    );
});

test('a command that was sent to one node and again to the other is carried out once', async (t) => {
    const [workspace, ana, bruno] = await pair(t);
    const twin = await workspace.agent('ana', { server: two });
    const id = randomBytes(16);
    const fields = { body: 'Once', channel: 'web', resend: true };
    const answers = await Promise.all(
        [ana, twin].map((client) => client.settlesAs(id, 'send_message', 'c', fields)),
    );
    assert.deepEqual(answers[0], answers[1]);
    assert.equal(
        Number(
            await workspace.value(
                "SELECT sent FROM relevo.conversation WHERE workspace_id = :workspace AND id = 'c'",
            ),
        ),
        1,
    );
    await bruno.leave();
});

test('a client goes on at the other node from where it was', async (t) => {
    const [workspace, ana] = await pair(t);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    const { seq } = ana;
    await ana.leave();
    ana.url = two.url;
    await ana.join();
    assert.deepEqual([ana.welcome.resumed, ana.welcome.seq], [true, seq]);
    await ana.does('complete', 'c');
    assert.equal(await workspace.lastSeq(), ana.seq);
});

test('a pause that both nodes watch ends once', async (t) => {
    const workspace = new Workspace(t, one);
    await createWorkspace(database, workspace.name, 400);
    const [ana, bruno] = await Promise.all([
        workspace.agent('ana'),
        workspace.agent('bruno', { server: two }),
    ]);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await bruno.does('assign', 'd', { agent: 'bruno', channel: 'web' });
    for (const client of [ana, bruno])
        await client.until(() => client.open.some((row) => row.last_action === 'expire'), 'an end');
    await eventually(
        async () =>
            (await workspace.value(
                'SELECT count(*) FROM relevo.conversation WHERE workspace_id = :workspace AND pause > 0',
            )) === '0',
        'both ends',
    );
    // One more on each, so that what either node still had in mind has been tried.
    for (const client of [ana, bruno])
        await client.does('send_message', 'e', { body: 'x', channel: 'web', pause: 'until_completed' });
    const ends = await workspace.value(
        'SELECT count(*) FROM relevo.transition WHERE workspace_id = :workspace AND by IS NULL',
    );
    assert.equal(ends, '2');
});
