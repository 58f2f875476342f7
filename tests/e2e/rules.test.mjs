// Every rule once over the wire, with the row that another dashboard then shows; and every refusal that a
// client can provoke.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { COMPLETED, OPEN } from './support/client.mjs';
import { test, useServer } from './support/whole.mjs';

const HOUR_MS = 3_600_000;
const NEITHER = 0;
const UNTIL_COMPLETED = -1;

const whole = await useServer();

/** Two dashboards, of which the first acts; `shows` waits until the second has what an answer rests on. */
async function desk(t) {
    const workspace = whole.workspace(t);
    const [ana, bruno] = await Promise.all([workspace.agent('ana'), workspace.agent('bruno')]);
    const shows = async (id, answer, columns) => {
        await bruno.untilSeq(answer.seq);
        const row = bruno.rows.get(id);
        const shown = Object.fromEntries(Object.keys(columns).map((column) => [column, row[column]]));
        assert.deepEqual(shown, columns);
        return row;
    };
    return { workspace, ana, bruno, shows };
}

/**
 * The pause was to last so long: it is counted from when it was decided on, by an estimate of the database's
 * clock.
 */
function assertPause(row, ms) {
    const left = row.pause - row.last_at;
    assert.ok(Math.abs(left - ms) < 1000, `${left} ms instead of ${ms}`);
}

function refused(answer, reason, code, sentence) {
    const { outcome, reason: saidReason, code: saidCode, sentence: saidSentence } = answer;
    assert.deepEqual([outcome, saidReason, saidCode, saidSentence], ['refused', reason, code, sentence]);
}

// --- What becomes true -------------------------------------------------------------------------------------

test('reopen opens, and the bot pauses for an hour', async (t) => {
    const { workspace, ana, shows } = await desk(t);
    const channel = await workspace.channel();
    await channel.does('contact_message', 'c', { body: 'Hi', name: 'Marta' });
    const row = await shows('c', await ana.does('reopen', 'c'), {
        list: OPEN,
        assignee: null,
        automation: true,
        name: 'Marta',
        channel: 'whatsapp',
        version: 1,
        last_action: 'reopen',
        last_by: 'ana',
    });
    assertPause(row, HOUR_MS);
});

test('assigning to somebody opens and pauses, assigning to nobody only releases', async (t) => {
    const { ana, bruno, shows } = await desk(t);
    const answer = await ana.does('assign', 'c', { agent: 'ana', channel: 'web', name: 'Joan' });
    const row = await shows('c', answer, { list: OPEN, assignee: 'ana', name: 'Joan', channel: 'web' });
    assertPause(row, HOUR_MS);
    const { pause } = await shows('c', await ana.does('assign', 'c', { agent: 'bruno' }), {
        assignee: 'bruno',
    });
    await shows('c', await bruno.does('assign', 'c', { agent: null }), { assignee: null, list: OPEN, pause });
});

test('a message to the contact opens, pauses, and is what the lists show', async (t) => {
    const { workspace, ana, shows } = await desk(t);
    const channel = await workspace.channel();
    await channel.does('contact_message', 'c', { body: 'Hello?' });
    const answer = await ana.does('send_message', 'c', { body: 'At your service', pause: 5 * 60_000 });
    assert.equal(answer.message, 1);
    const row = await shows('c', answer, {
        list: OPEN,
        preview: 'At your service',
        preview_role: 'agent',
        sent: 1,
        received: 1,
        unread: 1,
        waiting_since: null,
    });
    assertPause(row, 5 * 60_000);
});

test('the action block opens for nobody, and its pause may last until somebody completes', async (t) => {
    const { workspace, shows } = await desk(t);
    const bot = await workspace.automation();
    await shows('c', await bot.does('open', 'c', { channel: 'web', pause: 'until_completed' }), {
        list: OPEN,
        assignee: null,
        pause: UNTIL_COMPLETED,
        last_role: 'automation',
        last_by: 'bot',
    });
});

test('keep open starts the pause again', async (t) => {
    const { ana, shows } = await desk(t);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web', pause: 60_000 });
    const row = await shows('c', await ana.does('keep_open', 'c', { pause: 7_200_000 }), {
        list: OPEN,
        last_action: 'keep_open',
    });
    assertPause(row, 7_200_000);
});

test('a default pause never shortens a running one, an explicit one may', async (t) => {
    const { ana, shows } = await desk(t);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web', pause: 24 * HOUR_MS });
    const { pause } = ana.rows.get('c');
    await shows('c', await ana.does('send_message', 'c', { body: 'One moment' }), { pause });
    const row = await shows('c', await ana.does('keep_open', 'c', { pause: 60_000 }), { list: OPEN });
    assertPause(row, 60_000);
});

test('resuming the bot ends the pause and nothing else', async (t) => {
    const { ana, shows } = await desk(t);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await shows('c', await ana.does('resume_bot', 'c'), {
        list: OPEN,
        assignee: 'ana',
        automation: true,
        pause: 0,
    });
});

test('completing ends the pause and keeps on record who had it', async (t) => {
    const { ana, bruno, shows } = await desk(t);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await shows('c', await ana.does('complete', 'c'), {
        list: COMPLETED,
        assignee: 'ana',
        pause: 0,
        waiting_since: null,
    });
    assert.equal(bruno.open.length, 0);
});

test('unlinking takes the conversation from both lists and from whoever had it', async (t) => {
    const { ana, bruno, shows } = await desk(t);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await shows('c', await ana.does('unlink', 'c'), { list: NEITHER, assignee: null, pause: 0 });
    assert.deepEqual([bruno.open, bruno.completed], [[], []]);
});

test('a supervisor completes and unlinks what others hold', async (t) => {
    const { workspace, ana, shows } = await desk(t);
    const sofia = await workspace.supervisor();
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await shows('c', await sofia.does('complete', 'c'), {
        list: COMPLETED,
        last_role: 'supervisor',
        last_by: 'sofia',
    });
    await shows('c', await sofia.does('unlink', 'c'), { list: NEITHER });
});

test('switching the automation off ends the pause, and on again starts it', async (t) => {
    const { ana, shows } = await desk(t);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await shows('c', await ana.does('set_automation', 'c', { enabled: false }), {
        list: OPEN,
        automation: false,
        pause: 0,
    });
    const row = await shows('c', await ana.does('set_automation', 'c', { enabled: true }), {
        list: OPEN,
        automation: true,
    });
    assertPause(row, HOUR_MS);
});

test('switching the automation off opens a conversation whose contact waits', async (t) => {
    const { workspace, ana, shows } = await desk(t);
    const channel = await workspace.channel();
    await channel.does('contact_message', 'c', { body: 'Anybody?' });
    await shows('c', await ana.does('set_automation', 'c', { enabled: false }), {
        list: OPEN,
        automation: false,
    });
});

test('what the contact writes counts as unread, waits, and opens only where the automation is off', async (t) => {
    const { workspace, ana, shows } = await desk(t);
    const channel = await workspace.channel();
    const answer = await channel.does('contact_message', 'c', { body: 'Hola', name: 'Marta' });
    assert.equal(answer.message, 1);
    await ana.does('assign', 'c', { agent: 'ana' });
    await ana.does('complete', 'c');
    const row = await shows(
        'c',
        await channel.does('contact_message', 'c', { body: 'Gracias', name: 'Marta R.' }),
        {
            list: COMPLETED,
            unread: 2,
            received: 2,
            preview: 'Gracias',
            preview_role: 'channel',
            name: 'Marta R.',
        },
    );
    assert.equal(row.waiting_since, row.preview_at);
    await ana.does('set_automation', 'c', { enabled: false });
    await ana.does('complete', 'c');
    await shows('c', await channel.does('contact_message', 'c', { body: 'One more thing' }), {
        list: OPEN,
        unread: 3,
    });
});

test('the bot answers the contact while nothing pauses it', async (t) => {
    const { workspace, ana, shows } = await desk(t);
    const [bot, channel] = await Promise.all([workspace.automation(), workspace.channel()]);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'whatsapp' });
    await ana.does('resume_bot', 'c');
    await channel.does('contact_message', 'c', { body: 'Opening hours?' });
    await shows('c', await bot.does('bot_message', 'c', { body: 'Nine to five' }), {
        preview: 'Nine to five',
        preview_role: 'automation',
        waiting_since: null,
        sent: 1,
    });
});

test('reading leaves unread what came after', async (t) => {
    const { workspace, ana, shows } = await desk(t);
    const channel = await workspace.channel();
    await ana.does('assign', 'c', { agent: 'ana', channel: 'whatsapp' });
    for (const body of ['One', 'Two', 'Three']) await channel.does('contact_message', 'c', { body });
    await shows('c', await ana.does('mark_read', 'c', { received: 2 }), { unread: 1, received: 3 });
});

test('the channel says what became of a message', async (t) => {
    const { workspace, ana, shows } = await desk(t);
    const channel = await workspace.channel();
    await ana.does('send_message', 'c', { body: 'Hello', channel: 'whatsapp' });
    for (const [i, status] of ['sent', 'delivered', 'failed'].entries())
        await shows('c', await channel.does('message_status', 'c', { message: 1, status, body: '' }), {
            delivery: i + 1,
        });
});

test('what is so already is unchanged, and is no transition', async (t) => {
    const { workspace, ana } = await desk(t);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web', pause: 'until_completed' });
    const seq = await workspace.lastSeq();
    for (const [action, fields] of [
        ['reopen', {}],
        ['assign', { agent: 'ana' }],
        ['keep_open', {}],
        ['set_automation', { enabled: true }],
        ['mark_read', { received: 0 }],
    ])
        assert.equal((await ana.command(action, 'c', fields)).outcome, 'unchanged', action);
    assert.equal(await workspace.lastSeq(), seq);
});

// --- What is refused ---------------------------------------------------------------------------------------

test('a paused bot is told until when, and the first attempt shows', async (t) => {
    const { workspace, ana, bruno } = await desk(t);
    const bot = await workspace.automation();
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    const { seq, pause } = ana.rows.get('c');
    const sentence = 'The automation is paused: a person has the conversation';
    for (let attempt = 0; attempt < 3; attempt++) {
        const answer = await bot.command('bot_message', 'c', { body: 'Me again' });
        refused(answer, 'paused', 14, sentence);
        assert.equal(answer.until, pause);
    }
    await bruno.untilRow('c', (row) => row.bot_blocked);
    assert.equal(await workspace.lastSeq(), seq + 1);
    await ana.does('keep_open', 'c', { pause: 'until_completed' });
    const answer = await bot.command('bot_message', 'c', { body: 'And again' });
    refused(answer, 'paused', 14, sentence);
    assert.equal(answer.until, null);
});

test('a bot that is switched off is told so', async (t) => {
    const { workspace, ana } = await desk(t);
    const bot = await workspace.automation();
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await ana.does('set_automation', 'c', { enabled: false });
    const answer = await bot.command('bot_message', 'c', { body: 'Hello' });
    refused(answer, 'automation_off', 15, 'The automation is switched off for this conversation');
});

test('a click on what has changed is told who changed it', async (t) => {
    const { ana, bruno } = await desk(t);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await bruno.untilRow('c', (row) => row.assignee === 'ana');
    const { version } = bruno.rows.get('c');
    await ana.does('complete', 'c', { version });
    const answer = await bruno.command('assign', 'c', { agent: 'bruno', version });
    refused(
        answer,
        'stale',
        8,
        'The conversation has changed since the version that the command was decided on',
    );
    const { list, version: current, last_action, last_by } = answer.row;
    assert.deepEqual([list, current, last_action, last_by], [COMPLETED, version + 1, 'complete', 'ana']);
});

test('completing is refused where the contact has written since', async (t) => {
    const { workspace, ana } = await desk(t);
    const channel = await workspace.channel();
    await ana.does('assign', 'c', { agent: 'ana', channel: 'whatsapp' });
    await channel.does('contact_message', 'c', { body: 'Wait' });
    const { seq } = await channel.does('contact_message', 'c', { body: 'Wait!' });
    const answer = await ana.command('complete', 'c', { seen: seq - 1 });
    refused(answer, 'contact_wrote', 12, 'The contact has written since what was seen');
    assert.deepEqual([answer.since, answer.seq, answer.row.received], [seq, seq, 2]);
    await ana.does('complete', 'c', { seen: answer.seq });
});

test('only the holder and supervisors complete and unlink', async (t) => {
    const { ana, bruno } = await desk(t);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    for (const [action, fields] of [
        ['complete', {}],
        ['unlink', {}],
        ['assign', { agent: null }],
    ]) {
        const answer = await bruno.command(action, 'c', fields);
        refused(answer, 'not_holder', 13, 'Another agent holds the conversation');
        assert.equal(answer.holder, 'ana');
    }
});

test('each role gives its own commands only', async (t) => {
    const { workspace, ana } = await desk(t);
    const [bot, channel] = await Promise.all([workspace.automation(), workspace.channel()]);
    for (const [client, action, fields] of [
        [ana, 'open', {}],
        [ana, 'contact_message', { body: 'x' }],
        [ana, 'bot_message', { body: 'x' }],
        [ana, 'message_status', { message: 1, status: 'sent' }],
        [bot, 'reopen', {}],
        [bot, 'keep_open', {}],
        [bot, 'contact_message', { body: 'x' }],
        [bot, 'send_message', { body: 'x' }],
        [channel, 'assign', { agent: 'ana' }],
        [channel, 'open', {}],
        [channel, 'bot_message', { body: 'x' }],
        [channel, 'unlink', {}],
    ])
        refused(
            await client.command(action, 'c', fields),
            'forbidden',
            4,
            'This role may not give this command',
        );
});

test('what does not exist is named', async (t) => {
    const { workspace, ana } = await desk(t);
    const channel = await workspace.channel();
    for (const [action, fields] of [
        ['reopen', {}],
        ['keep_open', {}],
        ['resume_bot', {}],
        ['complete', {}],
        ['unlink', {}],
        ['set_automation', { enabled: true }],
        ['mark_read', { received: 0 }],
        ['assign', { agent: null }],
    ]) {
        const answer = await ana.command(action, 'nowhere', fields);
        refused(answer, 'unknown_conversation', 5, 'There is no conversation with this id');
    }
    const unnamed = await ana.command('send_message', 'nowhere', { body: 'Hello' });
    refused(unnamed, 'channel_needed', 6, 'To create the conversation the command must name its channel');
    const stranger = await ana.command('assign', 'c', { agent: 'nobody', channel: 'whatsapp' });
    refused(stranger, 'unknown_agent', 10, 'There is no agent with this id in the workspace');
    await ana.does('send_message', 'c', { body: 'Hello', channel: 'whatsapp' });
    const sentence = 'The conversation has no message with this number';
    refused(
        await channel.command('message_status', 'c', { message: 2, status: 'sent' }),
        'unknown_message',
        11,
        sentence,
    );
    await channel.does('contact_message', 'c', { body: 'Hello' });
    refused(await ana.command('mark_read', 'c', { received: 2 }), 'unknown_message', 11, sentence);
});

test("a channel has no say in another's conversations", async (t) => {
    const { workspace } = await desk(t);
    const [whatsapp, web] = await Promise.all([workspace.channel('whatsapp'), workspace.channel('web')]);
    await whatsapp.does('contact_message', 'c', { body: 'Hi' });
    const answer = await web.command('contact_message', 'c', { body: 'Hi' });
    refused(answer, 'not_your_channel', 7, 'The conversation belongs to another channel');
});

test('what is completed cannot be kept open', async (t) => {
    const { ana } = await desk(t);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    await ana.does('complete', 'c');
    refused(await ana.command('keep_open', 'c'), 'not_open', 9, 'The conversation is not open');
});

test('a command that nobody knows, or with a value that is none, is refused and the connection goes on', async (t) => {
    const { ana } = await desk(t);
    const { limits } = ana.welcome;
    refused(await ana.command('explode', 'c'), 'unknown_command', 2, 'There is no command with this name');
    const sentence = 'A field is missing, or has a value that the protocol does not allow';
    for (const [detail, action, id, fields] of [
        ['pause', 'reopen', 'c', { pause: 59_999 }],
        ['pause', 'reopen', 'c', { pause: 2_592_000_001 }],
        ['pause', 'reopen', 'c', { pause: 'forever' }],
        ['agent', 'assign', 'c', {}],
        ['agent', 'assign', 'c', { agent: 'a'.repeat(limits.id_bytes + 1) }],
        ['body', 'send_message', 'c', {}],
        ['body', 'send_message', 'c', { body: '' }],
        ['body', 'send_message', 'c', { body: 'x'.repeat(limits.body_bytes + 1) }],
        ['seen', 'send_message', 'c', { body: 'x', seen: undefined }],
        ['seen', 'send_message', 'c', { body: 'x', seen: 'all' }],
        ['seen', 'bot_message', 'c', { body: 'x', seen: -1 }],
        ['mark', 'complete', 'c', { seen: 1, epoch: 'x' }],
        ['take', 'send_message', 'c', { body: 'x', take: 1 }],
        ['conversation', 'reopen', '', {}],
        ['conversation', 'reopen', 'c'.repeat(limits.id_bytes + 1), {}],
        ['conversation', 'reopen', 'a\nb', {}],
        ['version', 'reopen', 'c', { version: -1 }],
        ['enabled', 'set_automation', 'c', { enabled: 1 }],
        ['received', 'mark_read', 'c', {}],
        ['resend', 'reopen', 'c', { resend: 'yes' }],
    ]) {
        const answer = await ana.command(action, id, fields);
        refused(answer, 'bad_value', 1, sentence);
        assert.equal(answer.detail, detail);
    }
    const ours = await ana.commandAs(Buffer.concat([Buffer.alloc(8), randomBytes(8)]), 'reopen', 'c');
    refused(ours, 'bad_value', 1, sentence);
    assert.equal(ours.detail, 'id');
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
});

test('more commands at once than one connection may have in flight are too many, and the others are done', async (t) => {
    const { workspace, ana } = await desk(t);
    await ana.does('assign', 'c', { agent: 'ana', channel: 'web' });
    const number = await workspace.value('SELECT :workspace');
    const release = await whole.database.hold(
        `SELECT last_seq FROM relevo.workspace_head WHERE workspace_id = ${number} FOR UPDATE`,
    );
    const asked = Array.from({ length: 100 }, (_, i) => ana.command('send_message', 'c', { body: `${i}` }));
    const isRefused = (frame) => frame.t === 'answer' && frame.outcome === 'refused';
    await ana.until(() => ana.frames.filter(isRefused).length === 36, 'what is too many to be refused');
    release();
    const answers = await Promise.all(asked);
    const sentence = 'Too many commands of this connection are waiting for their answer';
    answers.slice(64).forEach((answer) => refused(answer, 'too_many', 17, sentence));
    assert.ok(answers.slice(0, 64).every(({ outcome }) => outcome === 'done'));
    assert.equal(ana.rows.get('c').sent, 64);
});

test('the same id with another body is refused', async (t) => {
    const { workspace, ana } = await desk(t);
    const id = randomBytes(16);
    await ana.commandAs(id, 'send_message', 'c', { body: 'One', channel: 'web' });
    const seq = await workspace.lastSeq();
    const answer = await ana.commandAs(id, 'send_message', 'c', { body: 'Two', channel: 'web' });
    refused(answer, 'id_reused', 3, 'This command id has been used for another command');
    assert.equal(await workspace.lastSeq(), seq);
});
