// The server is killed, the database goes away: pages say so, and heal without a reload.

import assert from 'node:assert/strict';
import { atEnd } from '../e2e/support/at_end.mjs';
import { createDatabase } from '../e2e/support/database.mjs';
import { Proxy } from '../e2e/support/proxy.mjs';
import { migrate } from '../e2e/support/server.mjs';
import { test } from '../e2e/support/whole.mjs';
import { openTwo, serveDemo, startDemo } from './support/browser.mjs';

const MAY_FAIL_TO_CONNECT =
    /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED|Failed to load resource/;

test('the server is killed and started again: both pages heal without a reload, and nothing is lost', async (t) => {
    const server = await startDemo(t);
    const [ana, bruno] = await openTwo(t, server, { may: MAY_FAIL_TO_CONNECT });
    const id = await ana.newConversation('Do not lose me');
    await Promise.all([ana.select(id), bruno.select(id)]);
    await ana.click('take');
    await bruno.see('[data-testid=holder][data-holder=ana]');
    for (const { page } of [ana, bruno]) await page.evaluate(() => (window.wasNeverReloaded = true));

    await server.kill();
    await Promise.all([ana, bruno].map((page) => page.see('[data-connection=reconnecting]')));
    await ana.write('Sent into the dark');
    await ana.see('[data-waiting="1"]');
    await server.startAgain();
    await Promise.all([ana, bruno].map((page) => page.untilLive()));
    await bruno.sees('agent', 'Sent into the dark');
    await bruno.see('[data-testid=holder][data-holder=ana]');
    for (const { page } of [ana, bruno])
        assert.equal(await page.evaluate(() => window.wasNeverReloaded), true);
    await ana.click('complete');
    await bruno.seesIn('completed', id);
    assert.equal(
        await server.database.value(
            "SELECT count(*) FROM relevo.transition WHERE body = 'Sent into the dark'",
        ),
        '1',
    );
});

test('the database goes away and comes back: it is told, and what was done meanwhile is carried out', async (t) => {
    const database = await createDatabase();
    atEnd(t, () => database.drop());
    await migrate(database);
    const proxy = await Proxy.start(database);
    atEnd(t, () => proxy.remove());
    const server = await serveDemo(t, proxy.database);
    const [ana, bruno] = await openTwo(t, server, { may: MAY_FAIL_TO_CONNECT });
    const id = await ana.newConversation();
    await ana.select(id);
    await ana.see(`${ana.row(id)}[data-unread="0"]`);
    await proxy.cut();
    await Promise.all([ana, bruno].map((page) => page.see('[data-store=down]', { state: 'attached' })));
    await Promise.all([ana, bruno].map((page) => page.see('[data-banner=store_down]')));
    await ana.click('take');
    await ana.see('[data-waiting="1"]');
    await proxy.accept();
    await Promise.all([ana, bruno].map((page) => page.untilLive()));
    await bruno.see(`${bruno.row(id)} [data-assignee=ana]`);
});

test('a database that commits nothing is told on every page; one can read on, and what was done meanwhile is carried out', async (t) => {
    const server = await startDemo(t);
    const [ana, bruno] = await openTwo(t, server, { may: MAY_FAIL_TO_CONNECT });
    const id = await ana.newConversation('Are you still open?');
    await Promise.all([ana.select(id), bruno.select(id)]);
    await bruno.see(`${bruno.row(id)}[data-unread="0"]`);
    await server.database.query(`
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE SQLSTATE '53100' USING MESSAGE = 'could not extend file: No space left on device'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON relevo.transition FOR EACH STATEMENT EXECUTE FUNCTION full_disk()`);
    await ana.write('We are, until nine.');
    await Promise.all([ana, bruno].map((page) => page.see('[data-banner=store_stuck]')));
    await ana.see('[data-waiting="1"]');
    await bruno.sees('contact', 'Are you still open?');
    await ana.screenshot('stuck');
    await server.database.query('DROP TRIGGER full_disk ON relevo.transition');
    await Promise.all([ana, bruno].map((page) => page.miss('[data-banner=store_stuck]')));
    await bruno.sees('agent', 'We are, until nine.');
    assert.equal(
        await server.database.value(
            "SELECT count(*) FROM relevo.transition WHERE body = 'We are, until nine.'",
        ),
        '1',
    );
});
