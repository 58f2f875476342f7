// What is older than migrate --retain-days says goes, and whoever asks for it is told so.

import assert from 'node:assert/strict';
import { atEnd } from './support/at_end.mjs';
import { createDatabase } from './support/database.mjs';
import { eventually } from './support/process.mjs';
import { migrate, relevo, Server } from './support/server.mjs';
import { serve as serveOn, test, Workspace } from './support/whole.mjs';

async function useDatabase(t) {
    const database = await createDatabase();
    atEnd(t, () => database.drop());
    await migrate(database);
    return database;
}

async function serve(t, database) {
    return serveOn(t, database);
}

/** As if all that there is had happened so long ago. */
const age = (database, by) =>
    database.query(`
    SELECT relevo.partitions_make('0', clock_timestamp() - interval '${by}');
    UPDATE relevo.transition SET at = at - interval '${by}';
    UPDATE relevo.workspace_head SET last_at = last_at - interval '${by}'`);

test('what is too old is gone with its partition, and is answered too_old', async (t) => {
    const database = await useDatabase(t);
    const first = await Server.start(database);
    const before = new Workspace(t, first);
    const ana = await before.agent('ana');
    await ana.does('send_message', 'c', { body: 'long ago', channel: 'web' });
    await ana.does('send_message', 'c', { body: 'a little later' });
    await first.stop();
    await age(database, '70 days');

    await migrate(database, '--retain-days', '30');
    const server = await serve(t, database);
    await eventually(
        async () => (await database.value('SELECT count(*) FROM relevo.transition')) === '0',
        'the old partition to go',
    );
    const now = new Workspace(t, server);
    now.name = before.name;
    const bruno = await now.agent('ana');
    assert.equal(bruno.rows.get('c').sent, 2, 'the conversation itself stays');
    await bruno.does('send_message', 'c', { body: 'today' });

    const thread = await bruno.watch('c');
    assert.deepEqual(
        thread.entries.map(({ body }) => body),
        ['today'],
    );
    assert.equal(thread.tooOld, true);
    const history = await bruno.history('c', { before: thread.entries[0].seq });
    assert.deepEqual([history.entries, history.too_old, history.next], [[], true, undefined]);

    const bot = await now.follower('automation', { after: 0 });
    await bot.untilPlace(await now.lastSeq());
    assert.deepEqual(
        bot.log.entries.map(({ body }) => body),
        ['today'],
    );
    const [lost] = bot.frames.filter(({ t: type, too_old: tooOld }) => type === 'log' && tooOld);
    assert.deepEqual([lost.from, lost.to, lost.entries], [0, bot.log.entries[0].seq - 1, []]);

    const { stdout } = await relevo(['tail', '--workspace', now.name, '--after', '0', '--once'], {
        database,
    });
    assert.match(stdout, /^\(what came before \d+ is kept no more\)\n/);
});

test('without --retain-days nothing goes', async (t) => {
    const database = await useDatabase(t);
    const server = await serve(t, database);
    const workspace = new Workspace(t, server);
    const ana = await workspace.agent('ana');
    await ana.does('send_message', 'c', { body: 'long ago', channel: 'web' });
    await age(database, '700 days');
    await migrate(database, '--retain-days', '30');
    await migrate(database);
    await server.stop();
    const again = new Workspace(t, await serve(t, database));
    again.name = workspace.name;
    const thread = await (await again.agent('ana')).watch('c');
    assert.deepEqual([thread.entries.map(({ body }) => body), thread.tooOld], [['long ago'], undefined]);
});
