// Paths that do not lead anywhere: a proxy that takes connections and is silent, a server that does not take
// this page's.

import { atEnd } from '../e2e/support/at_end.mjs';
import { createDatabase } from '../e2e/support/database.mjs';
import { migrate } from '../e2e/support/server.mjs';
import { tokenOf } from '../e2e/support/token.mjs';
import { test } from '../e2e/support/whole.mjs';
import { AgentPage, servePage } from './support/browser.mjs';
import { Path } from './support/path.mjs';

const MAY_FAIL = /WebSocket connection to .* failed|Failed to load resource|ERR_/;

/** A server behind a path, whose pages may connect only if `isAllowed`. */
async function behindPath(t, isAllowed, kind = ['--demo']) {
    const path = await Path.start();
    atEnd(t, () => path.stop());
    const database = await createDatabase();
    atEnd(t, () => database.drop());
    await migrate(database);
    const server = await servePage(t, database, [...kind, ...(isAllowed ? ['--origin', path.origin] : [])]);
    path.target = server.port;
    return { path, server };
}

test(
    'a path that takes every connection and is silent holds nobody up once it is good again',
    { timeout: 180_000 },
    async (t) => {
        const { path } = await behindPath(t, true);
        const ana = await AgentPage.open(t, path, 'ana', { may: MAY_FAIL });
        await ana.page.evaluate(() => (window.wasNeverReloaded = true));
        path.fallSilent();
        await ana.see('[data-connection=reconnecting]', { timeout: 40_000 });
        // Long enough for three clients to have asked for tokens with all the connections that the browser
        // has for one host.
        await ana.page.waitForFunction(
            () =>
                performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/demo.json'))
                    .length >= 9,
            undefined,
            { timeout: 90_000 },
        );
        path.speak();
        await ana.see('[data-connection=connected][data-caught-up=true]', { timeout: 25_000 });
        await ana.page.waitForFunction(() => window.wasNeverReloaded);
    },
);

test('a server that does not take pages of this address is told from one that is away', async (t) => {
    const { path, server } = await behindPath(t, false);
    const page = await AgentPage.arrive(t, path, 'ana', { may: MAY_FAIL });
    await page.see('[data-view=refused]', { hasText: path.origin });
    await server.stop();
    await page.see('[data-view=waiting]');
});

test('so is one that gives the page to everybody, but no connection', async (t) => {
    const { path, server } = await behindPath(t, false, []);
    const token = tokenOf('demo', 'ana');
    const before = (page) =>
        page.addInitScript((kept) => sessionStorage.setItem('relevo.token', kept), token);
    const page = await AgentPage.arrive(t, path, 'ana', { may: MAY_FAIL, before });
    await page.see('[data-banner=refused]', { hasText: path.origin });
    await server.stop();
    await page.see('[data-banner=reconnecting]');
});
