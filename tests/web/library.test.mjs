// The client library against the server: what an integrator's adapter, bot or dashboard meets.

import assert from 'node:assert/strict';
import { test, useServer, Workspace } from '../e2e/support/whole.mjs';
import { tokenOf } from '../e2e/support/token.mjs';
import { connectLibrary, until } from './support/library.mjs';

const whole = await useServer();

function adapterOf(t, workspace, options = {}) {
    return connectLibrary(t, whole.server.url, {
        token: async () => tokenOf(workspace.name, 'web', 'channel'),
        ...options,
    });
}

test('no text of a customer ends an adapter: what is too long is refused, and everything else goes through', async (t) => {
    const workspace = new Workspace(t, whole.server);
    const { client, changes } = await adapterOf(t, workspace);
    const { body_bytes: most, frame_bytes: frame } = client.welcome.limits;
    const say = (body, conversation = 'marta') =>
        client.command({ do: 'contact_message', conversation, body });
    const outcomes = await Promise.all([
        say('innocent'),
        say('😀'.repeat(4096)),
        say('\r\nuno\r\ndos\u0000\u000b'),
        say(''),
        say('x'.repeat(most)),
        say('x'.repeat(most + 1)),
        say('x'.repeat(frame + 1)),
        say('here', 'i'.repeat(256)),
        say('and after'),
    ]);
    const told = outcomes.map(({ outcome, reason, detail }) =>
        [outcome, reason, detail].filter(Boolean).join(' '),
    );
    assert.deepEqual(told, [
        ...Array(5).fill('done'),
        ...Array(2).fill('refused bad_value body'),
        'refused bad_value conversation',
        'done',
    ]);
    assert.deepEqual(
        changes.map(({ state }) => state),
        ['connecting', 'connected'],
    );
});

test('more commands at once than are allowed are all carried out, in their order, and nobody is closed', async (t) => {
    const workspace = new Workspace(t, whole.server);
    const { client: channel } = await adapterOf(t, workspace);
    await channel.command({ do: 'contact_message', conversation: 'marta', body: 'Hola' });
    const { client, changes } = await connectLibrary(t, whole.server.url, {
        token: async () => tokenOf(workspace.name, 'ana'),
    });
    const many = client.welcome.limits.commands_burst + 60;
    const say = (_, index) =>
        client.command({ do: 'send_message', conversation: 'marta', body: `${index}`, seen: 'any' });
    const outcomes = await Promise.all(Array.from({ length: many }, say));
    assert.ok(outcomes.every(({ outcome }) => outcome === 'done'));
    const arrived = outcomes.map(({ seq }) => seq);
    assert.deepEqual(
        arrived,
        [...arrived].sort((one, other) => one - other),
        'in the order in which they were given',
    );
    assert.deepEqual(
        changes.map(({ state }) => state),
        ['connecting', 'connected'],
    );
});

test('an answer that was decided on what is no longer all is refused, also after the connection has broken', async (t) => {
    const workspace = new Workspace(t, whole.server);
    const { client: channel } = await adapterOf(t, workspace);
    const people = await Promise.all(
        ['ana', 'bruno'].map((agent) =>
            connectLibrary(t, whole.server.url, { token: async () => tokenOf(workspace.name, agent) }),
        ),
    );
    const [ana, bruno] = people.map(({ client }) => client);
    await channel.command({ do: 'contact_message', conversation: 'marta', body: '¿Me devuelven el dinero?' });
    const [anas, brunos] = [ana, bruno].map((client) => client.watch('marta'));
    await Promise.all(
        [anas, brunos].map((thread) => until(thread, 'change', () => thread.entries.length > 0)),
    );
    const reply = (body, thread, more) => ({
        do: 'send_message',
        conversation: 'marta',
        body,
        seen: thread.placeOf(thread.entries.at(-1)),
        ...more,
    });
    const late = reply('No', brunos, { take: true });
    const early = await ana.command(reply('Sí', anas, { take: true }));
    assert.equal(early.outcome, 'done');
    bruno.close();
    bruno.open();
    const refused = await bruno.command(late);
    assert.deepEqual([refused.outcome, refused.reason, refused.since], ['refused', 'answered', early.seq]);
    assert.equal(refused.row.assignee, 'ana');
    const again = await bruno.command({
        do: 'send_message',
        conversation: 'marta',
        body: 'No',
        seen: refused.seq,
    });
    assert.equal(again.outcome, 'done');
});

test('what was seen over another connection is told of its log, and counts if that is this one', async (t) => {
    const workspace = new Workspace(t, whole.server);
    const { client: channel } = await adapterOf(t, workspace);
    const [ana, bruno] = await Promise.all(
        ['ana', 'bruno'].map(
            async (agent) =>
                (
                    await connectLibrary(t, whole.server.url, {
                        token: async () => tokenOf(workspace.name, agent),
                    })
                ).client,
        ),
    );
    await channel.command({ do: 'contact_message', conversation: 'marta', body: 'Hola' });
    const thread = ana.watch('marta');
    await until(thread, 'change', () => thread.entries.length > 0);
    const place = thread.placeOf(thread.entries.at(-1));
    const say = async (seen) => {
        const { outcome, reason } = await bruno.command({
            do: 'send_message',
            conversation: 'marta',
            body: 'Dígame',
            seen,
        });
        return reason ?? outcome;
    };
    assert.equal(await say({ ...place, mark: place.mark + 1 }), 'stale', 'it is that of another log');
    assert.equal(await say({ ...place, lineage: { epoch: '1:1' } }), 'stale');
    assert.equal(await say(place), 'done');
    await channel.command({ do: 'contact_message', conversation: 'marta', body: 'Nada' });
    assert.equal(await say(place), 'contact_wrote');
});
