// What most tests of the whole start from: one server on one database, and people in a workspace of the
// test's own.

import { after, test as nodeTest } from 'node:test';
import { atEnd } from './at_end.mjs';
import { Client } from './client.mjs';
import { createDatabase } from './database.mjs';
import { eventually } from './process.mjs';
import { migrate, Server } from './server.mjs';
import { tokenOf } from './token.mjs';

/** A test, named by a sentence, which gets a minute. */
export function test(name, ...rest) {
    const [body, options] = rest.reverse();
    return nodeTest(name, { timeout: 60_000, ...options }, body);
}

/** People of one workspace, who leave when the test is over. */
export class Workspace {
    static #made = 0;

    /** `database`: where the tests look things up, should the server take another way there. */
    constructor(t, server, database = server.database) {
        this.name = `workspace-${process.pid}-${++Workspace.#made}`;
        this.server = server;
        this.database = database;
        this.clients = [];
        atEnd(t, () => Promise.all(this.clients.map((client) => client.leave())));
    }

    /** Not connected yet. */
    client(agent, role = 'agent', { server = this.server, ...options } = {}) {
        const client = new Client(server.url, { token: tokenOf(this.name, agent, role), ...options });
        this.clients.push(client);
        return client;
    }

    agent(id = 'ana', options) {
        return this.client(id, 'agent', options).join();
    }

    supervisor(id = 'sofia', options) {
        return this.client(id, 'supervisor', options).join();
    }

    automation(options) {
        return this.client('bot', 'automation', options).join();
    }

    channel(id = 'whatsapp', options) {
        return this.client(id, 'channel', options).join();
    }

    /** The automation as the consumer `name`, and a channel; `after`: where it begins. */
    async follower(
        role = 'automation',
        { id = role === 'automation' ? 'bot' : 'whatsapp', name = 'main', after, ...options } = {},
    ) {
        const consumer = after === undefined ? { name } : await this.consumerAt(after, name);
        return this.client(id, role, { consumer, ...options }).join();
    }

    /** What a consumer says in its hello that begins after this seq. */
    async consumerAt(after, name = 'main') {
        const at =
            'SELECT round(extract(epoch FROM at) * 1000) FROM relevo.transition WHERE workspace_id = :workspace AND seq =';
        return { name, after, mark: after === 0 ? 0 : Number(await this.value(`${at} ${after}`)) };
    }

    /** The workspace's only consumer has got everything, has said so, and that is stored. */
    async untilAcknowledged(consumer) {
        await consumer.untilPlace(await this.lastSeq());
        consumer.acknowledge();
        const stored = 'SELECT acked_seq FROM relevo.consumer WHERE workspace_id = :workspace';
        await eventually(
            async () => Number(await this.value(stored)) === consumer.log.place,
            'the acknowledgement to be stored',
        );
    }

    /** A value from the database, where the workspace's number is :workspace. */
    value(sql) {
        const workspace = `(SELECT id FROM relevo.workspace WHERE name = '${this.name}')`;
        return this.database.value(sql.replaceAll(':workspace', workspace));
    }

    lastSeq() {
        return this.value('SELECT last_seq FROM relevo.workspace_head WHERE workspace_id = :workspace').then(
            Number,
        );
    }
}

/** Lets default pauses be shorter than the minute that is the least otherwise. */
export function allowShortPauses(database) {
    return database.query('ALTER TABLE relevo.workspace DROP CONSTRAINT workspace_default_pause_ms_check');
}

/** Makes the workspace before anybody comes, with this default pause. */
export function createWorkspace(database, name, pauseMs) {
    return database.query(`
        INSERT INTO relevo.workspace (name, default_pause_ms) VALUES ('${name}', ${pauseMs});
        INSERT INTO relevo.workspace_head (workspace_id) SELECT id FROM relevo.workspace WHERE name = '${name}'`);
}

/** A server until the test is over. */
export async function serve(t, database, options) {
    const server = await Server.start(database, options);
    atEnd(t, () => server.stop());
    return server;
}

/**
 * A migrated database that a file's tests share, and so many servers on it, until they are over. `prepare`:
 * does something to the database first.
 */
export async function useServers(count, { prepare, ...options } = {}) {
    const servers = [];
    const database = await createDatabase();
    after(async () => {
        await Promise.all(servers.map((server) => server.stop()));
        await database.drop();
    });
    await migrate(database);
    await prepare?.(database);
    servers.push(
        ...(await Promise.all(Array.from({ length: count }, () => Server.start(database, options)))),
    );
    return { database, servers };
}

/** The same with one server; `workspace(t)` is a workspace of the test's own there. */
export async function useServer(options) {
    const {
        database,
        servers: [server],
    } = await useServers(1, options);
    return { database, server, workspace: (t) => new Workspace(t, server) };
}
