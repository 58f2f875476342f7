// A command is carried out at most once, and its first answer is its answer: whatever becomes of the
// connection, the server or the database in between.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { createDatabase } from './support/database.mjs';
import { eventually } from './support/process.mjs';
import { Proxy } from './support/proxy.mjs';
import { migrate, Server } from './support/server.mjs';
import { test, Workspace } from './support/whole.mjs';

const database = await createDatabase();
await migrate(database);
const proxy = await Proxy.start(database);
const server = await Server.start(proxy.database);

after(async () => {
    await server.stop();
    await proxy.remove();
    await database.drop();
});

const messages = (workspace) =>
    workspace
        .value(
            'SELECT count(*) FROM relevo.transition WHERE workspace_id = :workspace AND body IS NOT NULL AND conversation_id IS NOT NULL',
        )
        .then(Number);

test('a command that is sent again gets its first answer', async (t) => {
    const workspace = new Workspace(t, server, database);
    const ana = await workspace.agent();
    const id = randomBytes(16);
    const fields = { body: 'Hello', channel: 'web' };
    const first = await ana.commandAs(id, 'send_message', 'c', fields);
    await ana.does('complete', 'c');
    for (const resend of [true, true, undefined]) {
        const again = await ana.commandAs(id, 'send_message', 'c', { ...fields, resend });
        assert.deepEqual(again, first);
    }
    assert.equal(await messages(workspace), 1);
});

test('a second copy of an id in flight joins the first', async (t) => {
    const workspace = new Workspace(t, server, database);
    const [ana, twin] = await Promise.all([workspace.agent('ana'), workspace.agent('ana')]);
    const id = randomBytes(16);
    const copies = [ana, twin].map((client) =>
        client.commandAs(id, 'send_message', 'c', { body: 'Hello', channel: 'web', resend: true }),
    );
    const [first, second] = await Promise.all(copies);
    assert.deepEqual(first, second);
    assert.equal(await messages(workspace), 1);
});

test('a refusal is kept for resends, so that no older copy can land later', async (t) => {
    const workspace = new Workspace(t, server, database);
    const [ana, bot] = await Promise.all([workspace.agent(), workspace.automation()]);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    const id = randomBytes(16);
    const fields = { body: 'May I?', resend: true };
    const first = await bot.commandAs(id, 'bot_message', 'c', fields);
    assert.equal(first.reason, 'paused');
    await ana.does('resume_bot', 'c');
    const again = await bot.commandAs(id, 'bot_message', 'c', fields);
    assert.deepEqual([again.outcome, again.reason, again.until], ['refused', 'paused', first.until]);
});

test('an answer that the network lost is given after the reconnect, and the command is carried out once', async (t) => {
    const workspace = new Workspace(t, server, database);
    const ana = await workspace.agent();
    ana.stopReading();
    const answer = ana.command('send_message', 'c', { body: 'Hello', channel: 'web' });
    await eventually(async () => (await messages(workspace)) === 1, 'the commit');
    await ana.cut();
    await ana.join();
    assert.equal((await answer).outcome, 'done');
    assert.equal(await messages(workspace), 1);
});

test('a connection to PostgreSQL that breaks between COMMIT and its answer loses nothing and repeats nothing', async (t) => {
    const workspace = new Workspace(t, server, database);
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    proxy.loseAnswers();
    const answer = ana.command('send_message', 'c', { body: 'Hello' });
    await eventually(async () => (await messages(workspace)) === 1, 'the commit');
    await proxy.cut();
    await bruno.until(() => bruno.state === 'down', 'word that the database is away');
    await proxy.accept();
    const { outcome, message, seq, id } = await answer;
    assert.equal(outcome, 'done');
    assert.equal(message, 1);
    await bruno.untilSeq(seq);
    await bruno.until(() => bruno.state === 'up', 'word that the database is back');
    assert.equal(bruno.rows.get('c').preview, 'Hello');
    assert.equal(await messages(workspace), 1);
    const again = await ana.commandAs(id, 'send_message', 'c', { body: 'Hello', resend: true });
    assert.deepEqual([again.outcome, again.seq], ['done', seq]);
});

test('copies of what is in doubt, on this node and on another, get its one answer', async (t) => {
    const workspace = new Workspace(t, server, database);
    const other = await Server.start(database);
    atEnd(t, () => other.stop());
    const [ana, twin, third, fourth, fifth] = await Promise.all(
        Array.from({ length: 5 }, () => workspace.agent('ana')),
    );
    const elsewhere = await workspace.agent('ana', { server: other });
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    const id = randomBytes(16);
    const give = (client, fields) => client.commandAs(id, 'send_message', 'c', { body: 'Hello', ...fields });
    proxy.loseAnswers();
    const answers = [give(ana)];
    await eventually(async () => (await messages(workspace)) === 1, 'the commit');
    answers.push(give(twin), give(third, { resend: true }));
    assert.equal((await give(fourth, { body: 'Another' })).reason, 'id_reused');
    answers.push(give(elsewhere, { resend: true }));
    const { seq } = await answers.at(-1);
    await proxy.cut();
    await fifth.until(() => fifth.state === 'down', 'word that the database is away');
    answers.push(give(fifth, { resend: true })); // nobody may say that nothing was done
    await proxy.accept();
    for (const answer of await Promise.all(answers))
        assert.deepEqual([answer.outcome, answer.message, answer.seq], ['done', 1, seq]);
    assert.equal(await messages(workspace), 1);
});

test('a command that was cut off on its way to PostgreSQL is carried out once, whoever sends it again', async (t) => {
    const workspace = new Workspace(t, server, database);
    const [ana, twin] = await Promise.all([workspace.agent('ana'), workspace.agent('ana')]);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    const id = randomBytes(16);
    const fields = { body: 'Hello' };
    proxy.goSilent();
    const first = ana.commandAs(id, 'send_message', 'c', fields);
    await ana.time(); // it has been taken in
    const second = twin.commandAs(id, 'send_message', 'c', { ...fields, resend: true });
    await twin.time();
    await proxy.cut();
    await proxy.accept();
    const answers = await Promise.all([first, second]);
    assert.deepEqual(
        answers.map(({ outcome, message }) => [outcome, message]),
        [
            ['done', 1],
            ['done', 1],
        ],
    );
    assert.equal(answers[0].seq, answers[1].seq);
    assert.equal(await messages(workspace), 1);
});

test('a SIGKILL of the server loses nothing that was acknowledged, and a resend settles the rest', async (t) => {
    const workspace = new Workspace(t, server, database);
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    const first = await ana.does('send_message', 'c-0', { body: 'Hello', channel: 'web' });
    await bruno.untilSeq(first.seq);
    const answers = Array.from({ length: 60 }, (_, i) =>
        ana.settles('send_message', `c-${i}`, { body: `${i}`, channel: 'web' }),
    );
    await answers[0];
    await server.kill();
    await Promise.all([ana.untilClosed(), bruno.untilClosed()]);
    const acknowledged = ana.frames.filter(
        (frame) => frame.t === 'answer' && frame.outcome === 'done',
    ).length;
    assert.ok((await messages(workspace)) >= acknowledged);
    await server.startAgain();
    await Promise.all([ana.join(), bruno.join()]);
    assert.equal(bruno.welcome.resumed, true);
    const settled = await Promise.all(answers);
    assert.deepEqual(new Set(settled.map(({ outcome }) => outcome)), new Set(['done']));
    assert.equal(await messages(workspace), 61);
    await bruno.untilSeq(await workspace.lastSeq());
    assert.deepEqual(bruno.rows, ana.rows);
});
