// What one workspace may take, so that the others have theirs: as the operator says, and told to client and
// operator alike.

import assert from 'node:assert/strict';
import { atEnd } from './support/at_end.mjs';
import { Client } from './support/client.mjs';
import { Metrics } from './support/metrics.mjs';
import { tokenOf } from './support/token.mjs';
import { serve as serveOn, test, useServer, Workspace } from './support/whole.mjs';

const { database } = await useServer();
const QUOTAS = ['--workspace-connections', '3', '--workspace-commands-per-s', '40', '--workspace-open', '2'];

async function serve(t) {
    return serveOn(t, database, { args: [...QUOTAS, '--admin-listen', '127.0.0.1:0'] });
}

test('a workspace that has used up its quotas is told so, and others go on', async (t) => {
    const server = await serve(t);
    const [place, other] = [new Workspace(t, server), new Workspace(t, server)];
    const [ana, bot, stranger] = await Promise.all([place.agent(), place.automation(), other.automation()]);
    await place.client('bea').join();

    const late = new Client(server.url, { token: tokenOf(place.name, 'sol') });
    atEnd(t, () => late.leave());
    await late.connect();
    assert.deepEqual(await late.untilClosed(), {
        code: 4102,
        reason: 'the workspace has as many connections as it may have',
    });

    for (const id of ['a', 'b']) await bot.does('open', id, { channel: 'web' });
    const { reason, retry_ms: retryMs } = await bot.command('open', 'c', { channel: 'web' });
    assert.equal(reason, 'workspace_full');
    assert.ok(retryMs >= 5000 && retryMs < 10_000, `${retryMs}`);
    await ana.does('complete', 'a');
    await bot.does('open', 'c', { channel: 'web' });

    const answers = await Promise.all(Array.from({ length: 100 }, () => bot.settles('complete', 'nobody')));
    assert.ok(
        answers.every((answer) => answer.reason === 'unknown_conversation'),
        'all come through when they are told to',
    );
    await stranger.does('open', 'c', { channel: 'web' });

    const [, address] = await server.untilLogged(/admin="([^"]+)"/);
    const metrics = new Metrics(await (await fetch(`http://${address}/metrics`)).text());
    assert.equal(metrics.value('relevo_quota_refusals_total{quota="connections"}'), 1);
    assert.equal(metrics.value('relevo_quota_refusals_total{quota="open"}'), 1);
    assert.ok(metrics.value('relevo_quota_refusals_total{quota="commands"}') > 0);
    for (const quota of ['connections', 'open', 'commands'])
        assert.match(
            server.stderr,
            new RegExp(`event=workspace_quota workspace="${place.name}" quota=${quota}`),
        );
});
