// Everything at once: two servers on one database, two workspaces, people, a bot and a channel who never
// stop, while servers and PostgreSQL's processes are killed, connections are cut and dashboards come and go.
// Then the tables are held to what was answered. STORM_SEED makes it choose as it did before, STORM_MS makes
// it longer.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { atEnd } from './support/at_end.mjs';
import { Cluster, createDatabase } from './support/database.mjs';
import { checkDashboard, Ledger } from './support/ledger.mjs';
import { Proxy } from './support/proxy.mjs';
import { stay } from './support/return.mjs';
import { migrate, Server } from './support/server.mjs';
import { test, Workspace } from './support/whole.mjs';

const { STORM_SEED = '1', STORM_MS = '12000' } = process.env;
const CONVERSATIONS = 12;
const HANDS = 6; // commands that each client has under way at once

const cluster = await Cluster.start('max_connections = 40', 'fsync = off', 'full_page_writes = off');
after(() => cluster.remove());

/** Numbers from a seed (mulberry32): draw(n) is from 0 to n - 1. */
function makeDraw(seed) {
    let state = seed >>> 0;
    return (n) => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = Math.imul(state ^ (state >>> 15), state | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) % n;
    };
}

const pauseOf = (draw) => [undefined, undefined, 60_000, 'until_completed'][draw(4)];
const agentOf = (draw) => ['ana', 'bruno', null][draw(3)];

/** What is said to have been seen: mostly what has been; now and then whatever there is. */
const seenOf = (draw, client) =>
    draw(4) === 0 ? 'any' : client.isDashboard ? client.seq : (client.log.place ?? 0);

/** What each role does, as often as it stands here: [action, its fields]. */
const DEEDS = {
    agent: [
        (draw, client) => [
            'send_message',
            { body: `m${draw(1000)}`, pause: pauseOf(draw), seen: seenOf(draw, client) },
        ],
        (draw, client) => [
            'send_message',
            { body: 'ñ€😀\n"\\', seen: seenOf(draw, client), take: draw(2) === 0 },
        ],
        (draw) => ['assign', { agent: agentOf(draw), pause: pauseOf(draw) }],
        () => ['reopen', {}],
        () => ['complete', {}],
        (draw, client) => ['complete', { seen: seenOf(draw, client) }],
        () => ['unlink', {}],
        (draw) => ['keep_open', { pause: pauseOf(draw) }],
        () => ['resume_bot', {}],
        (draw) => ['mark_read', { received: draw(20) }],
        (draw) => ['set_automation', { enabled: draw(3) > 0 }],
        (draw) => ['complete', { version: draw(30) }],
    ],
    channel: [
        (draw) => [
            'contact_message',
            { body: `c${draw(1000)}`, name: draw(4) === 0 ? `Name ${draw(9)}` : undefined },
        ],
        (draw) => [
            'message_status',
            { message: 1 + draw(10), status: ['sent', 'delivered', 'failed'][draw(3)] },
        ],
    ],
    automation: [
        (draw, client) => ['bot_message', { body: `b${draw(1000)}`, seen: seenOf(draw, client) }],
        (draw) => ['open', { pause: pauseOf(draw) }],
    ],
};
DEEDS.supervisor = DEEDS.agent;

/**
 * Somebody who works with a few hands until the storm is over and all is answered, and comes back whenever
 * the connection is gone.
 */
function work(client, role, storm, ledger) {
    const { draw } = storm;
    const deeds = DEEDS[role];
    const use = async () => {
        while (!storm.isOver) {
            const [action, fields] = deeds[draw(deeds.length)](draw, client);
            await ledger.give(client, action, `c-${draw(CONVERSATIONS)}`, { channel: 'whatsapp', ...fields });
            if (draw(20) === 0 && client.log.place > 0 && client.welcome && !client.closed)
                client.acknowledge();
            if (draw(400) === 0) await client.cut();
        }
    };
    const done = Promise.all(Array.from({ length: HANDS }, use));
    return Promise.all([done, stay(client, done)]);
}

/** A dashboard that comes, sees the first screen and goes, over and over. */
async function visit(workspace, servers, storm) {
    while (!storm.isOver) {
        const visitor = workspace.client('vera', 'agent', { server: servers[storm.draw(2)] });
        await visitor.join().catch((error) => {
            if (!visitor.closed) throw error;
        });
        if (!visitor.closed) await visitor.cut();
        workspace.clients.splice(workspace.clients.indexOf(visitor), 1);
        await sleep(storm.draw(100));
    }
}

const BACKENDS =
    "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND datname = current_database()";

/** What goes wrong. Each leaves things so that they heal. */
const BLOWS = {
    async 'a server is killed'({ servers, draw }) {
        const server = servers[draw(2)];
        await server.kill();
        await server.startAgain();
    },
    async 'a process of PostgreSQL is killed, and with it all its connections'({ database, draw }) {
        const pids = await database.query(`SELECT pid ${BACKENDS}`);
        if (pids.length > 0) process.kill(Number(pids[draw(pids.length)][0]), 'SIGKILL');
    },
    async 'connections to PostgreSQL are ended one by one'({ database, draw }) {
        for (let i = 0; i < 5; i++) {
            await database.query(`SELECT pg_terminate_backend(pid) ${BACKENDS} AND pid % 3 = ${draw(3)}`);
            await sleep(draw(50));
        }
    },
    async 'PostgreSQL stops as in a crash, and starts'() {
        await cluster.stop('immediate');
        await cluster.start();
    },
    async 'answers of PostgreSQL are lost'({ proxy, draw }) {
        proxy.loseAnswers();
        await sleep(draw(100));
        await proxy.cut();
        await proxy.accept();
    },
    async 'a workspace is locked for a while'({ database, draw }) {
        await database.query(
            `BEGIN; SELECT FROM relevo.workspace_head ORDER BY workspace_id OFFSET ${draw(2)} LIMIT 1 FOR UPDATE; SELECT pg_sleep(0.5); COMMIT`,
        );
    },
};

/**
 * One blow after another, until the time is over and each has fallen; then what it takes until all is well.
 */
async function blow(t, world) {
    const end = Date.now() + Number(STORM_MS);
    const names = Object.keys(BLOWS);
    for (let fallen = 0; Date.now() < end || fallen < names.length; fallen++) {
        await sleep(200 + world.draw(400));
        const name = names[fallen < names.length ? fallen : world.draw(names.length)];
        t.diagnostic(name);
        await BLOWS[name](world).catch((error) => {
            if (!/^psql:/.test(error.message)) throw error; // it may be down from the blow before
        });
    }
    await Promise.all(world.servers.map((server) => server.untilReady()));
}

/**
 * A node looks for what was done on another every two seconds; a client who has been there makes it look at
 * once: as here.
 */
async function tellBoth({ clients }, ledger, [, other]) {
    const [ana] = clients;
    await ledger.give(ana, 'send_message', 'last', { body: 'Calm', channel: 'whatsapp' });
    await ana.cut();
    ana.url = other.url;
    await ana.join();
}

test(
    'whatever is killed, nothing is lost, nothing comes twice, and all see the same',
    { timeout: 180_000 },
    async (t) => {
        const draw = makeDraw(Number(STORM_SEED));
        const database = await createDatabase(cluster);
        await migrate(database);
        const proxy = await Proxy.start(database);
        atEnd(t, () => proxy.remove());
        const servers = [await Server.start(database), await Server.start(proxy.database)];
        servers.forEach((server) => atEnd(t, () => server.stop()));
        const storm = { draw, isOver: false };

        const sites = [0, 1].map(() => ({
            workspace: new Workspace(t, servers[0], database),
            ledger: new Ledger(),
        }));
        const tasks = [];
        for (const { workspace, ledger } of sites) {
            const people = [
                ['ana', 'agent', 0],
                ['bruno', 'agent', 1],
                ['sofia', 'supervisor', 1],
                ['bot', 'automation', 1],
                ['whatsapp', 'channel', 0],
            ];
            for (const [id, role, node] of people) {
                // It sees what is written.
                const consumer = role === 'automation' ? { name: 'main' } : undefined;
                tasks.push(
                    work(
                        workspace.client(id, role, { server: servers[node], consumer }),
                        role,
                        storm,
                        ledger,
                    ),
                );
            }
            tasks.push(visit(workspace, servers, storm));
        }
        const weather = blow(t, { servers, database, proxy, draw }).finally(() => (storm.isOver = true));
        await Promise.all([weather, ...tasks]);

        for (const { workspace, ledger } of sites) {
            await tellBoth(workspace, ledger, servers);
            t.diagnostic(JSON.stringify(ledger.tally));
            assert.ok(ledger.tally.done > 100, 'there was something to lose');
            assert.ok(ledger.tally.answered > 0 && ledger.tally.contact_wrote > 0, 'and replies that met');
            await ledger.check(workspace);
            const last = await workspace.lastSeq();
            for (const client of workspace.clients.filter((each) => each.isDashboard)) {
                await client.time(); // brings it to the end, should nothing there concern it
                await client.untilSeq(last);
                await checkDashboard(workspace, client);
            }
        }
        for (const { stderr } of servers)
            assert.doesNotMatch(stderr, /digest_mismatch|log_has_gap|append_failed/);
    },
);
