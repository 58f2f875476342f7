// What docs/operating.md tells to type to back a database up and to put it back, as it stands there but for
// names and places; and that everybody begins afresh, whoever was there, away or stopped meanwhile, though
// the log has grown as long as it was with other things in it.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { checkDashboard } from './support/ledger.mjs';
import { Cluster } from './support/database.mjs';
import { eventually, run, start } from './support/process.mjs';
import { Server } from './support/server.mjs';
import { SECRET } from './support/token.mjs';
import { test, Workspace } from './support/whole.mjs';

const project = new URL('../..', import.meta.url).pathname;
const { RELEVO_BIN = join(project, 'build/dev/relevo') } = process.env;
const manual = await readFile(join(project, 'docs/operating.md'), 'utf8');
const [, section] = manual.split('\n### Restoring\n');
const blocks = [...section.split('\n### ')[0].matchAll(/```console\n([^`]*)```/g)].map(([, text]) => text);
const [dump, undump, base, unbase, copy, uncopy, settle] = blocks;

const folder = await mkdtemp(join(tmpdir(), 'relevo-restoring-'));
after(() => rm(folder, { recursive: true }));
await symlink(RELEVO_BIN, join(folder, 'relevo'));
const { stdout: bin } = await run('bash', ['-c', 'ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1']);
const asPostgres =
    process.getuid() === 0 ? ['--reuid', 'postgres', '--regid', 'postgres', '--init-groups'] : [];

let typed = 0;

test('every block of the section is one that is tried here', () => assert.equal(blocks.length, 7));

/** A cluster with the two roles, which archives its log. */
async function prepare(t) {
    const cluster = await Cluster.start(
        'fsync = off',
        'full_page_writes = off',
        'archive_mode = on',
        "archive_command = 'mkdir -p ../wal && test ! -f ../wal/%f && cp %p ../wal/%f'",
    );
    atEnd(t, () => cluster.remove());
    const hba = join(cluster.folder, 'data/pg_hba.conf');
    await writeFile(hba, `local all its_owner,its_server trust\n${await readFile(hba)}`);
    await cluster.query(
        'CREATE ROLE its_owner LOGIN; CREATE ROLE its_server LOGIN; ALTER DATABASE relevo OWNER TO its_owner; SELECT pg_reload_conf()',
    );

    /** Types a block, as the database's user or as root. */
    const type = async (text, { as = [], at } = {}) => {
        const said = join(as.length ? cluster.folder : folder, `typed-${(typed += 1)}`);
        const commands = text
            .replaceAll('relevo_owner', 'its_owner')
            .replaceAll('--grant-to relevo', '--grant-to its_server')
            .replaceAll('relevo@', 'its_server@')
            .replaceAll('@db1/', `@${encodeURIComponent(cluster.folder)}/`)
            .replaceAll('relevo.dump', join(folder, `${basename(cluster.folder)}.dump`))
            .replaceAll('/srv/postgresql', cluster.folder)
            .replaceAll('/backup', cluster.folder)
            .replaceAll('2026-11-30 12:00:00+00', at)
            .replaceAll('relevo check', 'relevo check --listen 127.0.0.1:0 --allow-unsafe-database');
        const PATH = `${folder}:${bin.trim()}:${process.env.PATH}`;
        const env = {
            PATH,
            PGHOST: cluster.folder,
            PGUSER: 'relevo',
            PGDATABASE: 'postgres',
            RELEVO_SECRET: SECRET,
            LANG: 'C.UTF-8',
        };
        // What pg_ctl starts keeps its descriptors: they are no pipes of ours.
        const child = start('setpriv', [...as, 'bash', '-euc', `(${commands}) </dev/null >"$0" 2>&1`, said], {
            cwd: cluster.folder,
            env,
            stdio: 'ignore',
        });
        const code = await new Promise((resolve) => child.on('exit', resolve));
        assert.equal(code, 0, await readFile(said, 'utf8'));
    };
    await type(settle);
    return {
        cluster,
        type,
        database: cluster.via({ PGDATABASE: 'relevo' }),
        serving: cluster.via({ PGDATABASE: 'relevo', PGUSER: 'its_server' }),
    };
}

const ways = {
    'a dump': { backUp: ({ type }) => type(dump), putBack: ({ type }) => type(undump) },
    'an earlier moment': {
        backUp: async ({ type, database }) => {
            await type(base, { as: asPostgres });
            // What is committed lies before the moment, and something after it.
            await database.query('SELECT txid_current()');
            return database.value('SELECT clock_timestamp()');
        },
        putBack: async ({ type, cluster }, at) => {
            await cluster.query('SELECT pg_switch_wal()');
            await type(unbase, { as: asPostgres, at });
        },
    },
    'the files as they were': {
        backUp: ({ type }) => type(copy, { as: asPostgres }),
        putBack: ({ type }) => type(uncopy, { as: asPostgres }),
    },
};

const shown = (entries) => entries.map(({ seq, id }) => [seq, Buffer.from(id).toString('hex')]);
const say = (client, conversation, body) =>
    client.does('send_message', conversation, { body, channel: 'web', seen: 'any' });

async function logAfter(workspace, seq) {
    const id = await workspace.value('SELECT :workspace');
    const rows = await workspace.database.query(
        `SELECT seq, replace(command_id::text, '-', '') FROM relevo.transition WHERE workspace_id = ${id} AND seq > ${seq} ORDER BY seq`,
    );
    return rows.map(([each, command]) => [Number(each), command]);
}

/** Other people write, at that server, until the log is as long as it was. */
async function rewrite(workspace, server, seq) {
    const stranger = await workspace.agent('zoe', { server });
    assert.ok(!stranger.rows.has('lost-0'));
    for (let i = 0; (await workspace.lastSeq()) < seq; i += 1)
        await say(stranger, `new-${i}`, 'another history');
    assert.equal(await workspace.lastSeq(), seq);
}

/**
 * Whoever comes back, or is still there, is shown what is, and told that it is not what follows what he had.
 */
async function beginsAfresh(workspace, client, since) {
    if (client.closed) await client.join();
    else await client.until(() => since().some((frame) => frame.t === 'welcome'), 'word that all comes anew');
    assert.equal(client.welcome.resumed, false);
    await client.untilCaughtUp();
    await client.untilSeq(await workspace.lastSeq());
    assert.ok(!client.rows.has('lost-0'));
    await checkDashboard(workspace, client);
}

async function goThrough(t, place, way, runsOn) {
    const { database, serving } = place;
    const [one, two] = await Promise.all([Server.start(serving), Server.start(serving)]);
    atEnd(t, () => one.stop());
    atEnd(t, () => two.stop());
    const [busy, idle, empty] = [1, 2, 3].map(() => new Workspace(t, one, database));
    const [ana, bruno, dora] = await Promise.all(
        ['ana', 'bruno', 'dora'].map((id) => busy.agent(id, { server: id === 'dora' ? two : one })),
    );
    const [carl, eva] = await Promise.all([idle.agent('carl'), empty.agent('eva')]);
    const bot = await busy.follower('automation', { after: 0 });
    await Promise.all([ana, carl, eva].map((client) => say(client, 'kept', 'before')));
    await bot.untilPlace(await busy.lastSeq());
    bot.acknowledge();
    await eventually(
        async () =>
            Number(
                await busy.value('SELECT acked_seq FROM relevo.consumer WHERE workspace_id = :workspace'),
            ) === bot.log.place,
        'the place to be kept',
    );
    const kept = bot.log.place;

    const backup = await way.backUp(place);
    await Promise.all([one, two].map((server) => server.untilReady()));
    await Promise.all(
        [ana, carl, eva].map((client) =>
            client.until(() => client.state !== 'down', 'the database to be back'),
        ),
    );

    const lost = [];
    for (let i = 0; i < 4; i += 1) lost.push(await say(ana, `lost-${i}`, 'after'));
    await Promise.all([carl, eva].map((client) => say(client, 'lost-0', 'after')));
    const seqs = await Promise.all([busy, idle, empty].map((workspace) => workspace.lastSeq()));
    await Promise.all([ana, bruno, dora].map((client) => client.untilSeq(seqs[0])));
    await bot.untilPlace(seqs[0]);
    bot.acknowledge();
    await Promise.all(
        [bruno, dora, eva, ...(runsOn ? [] : [ana, carl, bot])].map((client) => client.leave()),
    );
    const [sinceAna, sinceCarl] = [ana, carl].map((client) => client.mark());
    await two.stop();
    if (!runsOn) await one.stop();

    await way.putBack(place, backup);
    await place.type(settle);
    await two.startAgain();
    if (!runsOn) await one.startAgain();

    await Promise.all([
        rewrite(busy, two, seqs[0]),
        rewrite(idle, two, seqs[1]),
        rewrite(empty, two, seqs[2]),
    ]);
    await Promise.all([beginsAfresh(busy, ana, sinceAna), beginsAfresh(idle, carl, sinceCarl)]);
    dora.url = two.url;
    for (const [workspace, client] of [
        [busy, bruno],
        [busy, dora],
        [empty, eva],
    ])
        await beginsAfresh(workspace, client);

    await bot.untilClosed();
    if (runsOn) assert.equal(bot.closed.code, 1013);
    bot.log.entries = [];
    await bot.join({ consumer: { name: 'main', after: bot.log.place, mark: bot.log.mark } });
    assert.deepEqual([bot.welcome.resumed, bot.welcome.seq], [false, kept]);
    await bot.untilPlace(await busy.lastSeq());
    assert.deepEqual(shown(bot.log.entries), await logAfter(busy, kept));

    // What was acknowledged in the time that is lost is judged anew.
    const again = await ana.settlesAs(lost[0].id, 'send_message', 'lost-0', {
        body: 'after',
        channel: 'web',
        seen: 'any',
        resend: true,
    });
    assert.deepEqual([again.outcome, again.seq], ['done', seqs[0] + 1]);
    for (const client of [ana, bruno, dora]) {
        await client.untilSeq(again.seq);
        await checkDashboard(busy, client);
    }
}

describe('Put back is', { concurrency: 3 }, () => {
    for (const [name, way, runsOn] of Object.entries(ways).flatMap(([name, way]) =>
        [true, false].map((runsOn) => [name, way, runsOn]),
    ))
        test(
            `${name}, while ${runsOn ? 'one server runs on, and one is stopped' : 'all servers are stopped'}`,
            { timeout: 240_000 },
            async (t) => {
                await goThrough(t, await prepare(t), way, runsOn);
            },
        );
});
