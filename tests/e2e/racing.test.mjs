// Answers that cross on their way to one contact: on one server and on two, with the bot in the race, and on
// a server that is held back.

import assert from 'node:assert/strict';
import { atEnd } from './support/at_end.mjs';
import { test, useServers, Workspace } from './support/whole.mjs';

const {
    database,
    servers: [one, two],
} = await useServers(2);

/** Who answers: two people and the bot, spread over the servers. */
async function racers(t, servers) {
    const workspace = new Workspace(t, one);
    const [channel, ...clients] = await Promise.all([
        workspace.channel(),
        workspace.agent('ana', { server: servers[0] }),
        workspace.agent('bruno', { server: servers[1] }),
        workspace.automation({ server: servers[1] }),
    ]);
    return { workspace, channel, clients };
}

const answerOf = (client, id, fields) =>
    client.settles(client.welcome.agent.role === 'automation' ? 'bot_message' : 'send_message', id, {
        body: `by ${client.welcome.agent.id}`,
        ...fields,
    });

/** All answer at once what they have all seen; exactly one gets through, and the others are told of it. */
async function race(channel, clients, id) {
    const { seq } = await channel.does('contact_message', id, { body: 'May I send it back?' });
    const answers = await Promise.all(clients.map((client) => answerOf(client, id, { seen: seq })));
    const done = answers.filter(({ outcome }) => outcome === 'done');
    assert.equal(done.length, 1, JSON.stringify(answers.map(({ outcome, reason }) => reason ?? outcome)));
    answers.forEach((answer, i) => {
        if (answer.outcome === 'done') return;
        const isBot = clients[i].welcome.agent.role === 'automation';
        // The pause that a person's answer started may stop the bot before what it has seen does.
        assert.ok(answer.reason === 'answered' || (isBot && answer.reason === 'paused'), answer.reason);
        if (answer.reason === 'answered') assert.equal(answer.since, done[0].seq);
        assert.ok(answer.seq >= done[0].seq, 'where it was judged');
    });
    return { done: done[0], answers };
}

/** How many messages to the contact the log has. */
const sentIn = async (workspace, id) =>
    Number(
        await workspace.value(
            `SELECT sent FROM relevo.conversation WHERE workspace_id = :workspace AND id = '${id}'`,
        ),
    );

for (const [where, servers] of [
    ['on one server', [one, one]],
    ['on two servers', [one, two]],
])
    test(`of answers to one view that are given at once ${where}, one goes out`, async (t) => {
        const { workspace, channel, clients } = await racers(t, servers);
        for (let round = 0; round < 20; round++) {
            const id = `c-${round}`;
            await race(channel, clients, id);
            assert.equal(await sentIn(workspace, id), 1);
        }
    });

test('with every kind of pause, of two answers to one view one goes out', async (t) => {
    const {
        workspace,
        channel,
        clients: [ana, bruno],
    } = await racers(t, [one, two]);
    const pauses = { default: {}, explicit: { pause: 60_000 }, endless: { pause: 'until_completed' } };
    for (const [kind, fields] of Object.entries(pauses)) {
        await channel.does('contact_message', kind, { body: 'Hello?' });
        await ana.does('reopen', kind, fields);
        const { answers } = await race(channel, [ana, bruno], kind);
        assert.ok(answers.some(({ row }) => row === undefined || row.answer_role === 'agent'));
        assert.equal(await sentIn(workspace, kind), 1);
        const late = answers[0].outcome === 'done' ? bruno : ana;
        const { seq } = answers.find(({ outcome }) => outcome === 'refused');
        await late.does('send_message', kind, { body: 'all the same', seen: seq });
        assert.equal(await sentIn(workspace, kind), 2);
    }
});

test('of two who take the same conversation by answering, one has it', async (t) => {
    const {
        channel,
        clients: [ana, bruno],
    } = await racers(t, [one, two]);
    for (let round = 0; round < 10; round++) {
        const id = `t-${round}`;
        const { seq } = await channel.does('contact_message', id, { body: 'Hello?' });
        const answers = await Promise.all(
            [ana, bruno].map((client) =>
                client.settles('send_message', id, { body: 'Hi', seen: seq, take: true }),
            ),
        );
        const winner = answers.findIndex(({ outcome }) => outcome === 'done');
        assert.equal(answers[1 - winner].reason, 'answered');
        const again = await [ana, bruno][1 - winner].settles('send_message', id, {
            body: 'Hi',
            seen: answers[1 - winner].seq,
            take: true,
        });
        assert.deepEqual([again.reason, again.holder], ['not_holder', ['ana', 'bruno'][winner]]);
    }
});

/** Until it is called, what the other server commits reaches this one neither by word nor by looking. */
async function holdBack(t, server) {
    const names = "('relevo notifier', 'relevo reader')";
    const rows = await database.query(`
        SELECT a.pid FROM pg_stat_activity a WHERE a.datname = current_database() AND a.application_name IN ${names}`);
    const pids = rows.map(([pid]) => Number(pid));
    assert.equal(pids.length, 4, 'two of each server');
    const goOn = () => pids.splice(0).forEach((pid) => process.kill(pid, 'SIGCONT'));
    atEnd(t, goOn);
    pids.forEach((pid) => process.kill(pid, 'SIGSTOP'));
    return goOn;
}

test('a bot that follows on one server and answers on another, which is held back, is judged on what it has seen', async (t) => {
    const workspace = new Workspace(t, one);
    const [channel, follower, writer] = await Promise.all([
        workspace.channel('whatsapp'),
        workspace.follower('automation', { id: 'flows' }),
        workspace.client('flows', 'automation', { server: two }).join(),
    ]);
    await channel.does('contact_message', 'c', { body: 'Hello?' });
    // The other server holds it from now on.
    const known = await writer.does('bot_message', 'c', { body: 'Yes?' });
    const goOn = await holdBack(t, two);
    const { seq } = await channel.does('contact_message', 'c', { body: 'Where is it?' });
    await follower.untilPlace(seq);
    assert.ok(seq > known.seq);
    const early = await writer.settles('bot_message', 'c', { body: 'On its way', seen: seq - 1 });
    assert.deepEqual([early.reason, early.since], ['contact_wrote', seq]);
    await writer.does('bot_message', 'c', { body: 'On its way', seen: seq });
    goOn();
});

test('what is beyond the log on every server is stale, and what is of another log', async (t) => {
    const {
        channel,
        clients: [ana],
    } = await racers(t, [one, one]);
    const { seq } = await channel.does('contact_message', 'c', { body: 'Hello?' });
    const stale = async (fields) =>
        assert.equal((await ana.settles('send_message', 'c', { body: 'Hi', ...fields })).reason, 'stale');
    await stale({ seen: seq + 1_000_000 });
    await stale({ seen: seq, epoch: 'another', mark: 1 });
    await stale({ seen: seq, epoch: ana.welcome.epoch, mark: 1 });
    await ana.does('send_message', 'c', { body: 'Hi', seen: seq });
});

test('a pause lasts from the commit on, however long that took', async (t) => {
    const {
        workspace,
        channel,
        clients: [ana],
    } = await racers(t, [one, one]);
    await channel.does('contact_message', 'c', { body: 'Hello?' });
    const number = await workspace.value('SELECT :workspace');
    const release = await database.hold(
        `SELECT last_seq FROM relevo.workspace_head WHERE workspace_id = ${number} FOR UPDATE`,
    );
    const answer = ana.settles('reopen', 'c', { pause: 60_000 });
    await database.value('SELECT count(*) FROM pg_sleep(1.5)'); // so long it cannot be committed
    await release();
    const { seq } = await answer;
    const [[pause]] = await database.query(`
        SELECT extract(epoch FROM pause_until - at) FROM relevo.transition WHERE workspace_id = ${number} AND seq = ${seq}`);
    assert.equal(Number(pause), 60);
});
