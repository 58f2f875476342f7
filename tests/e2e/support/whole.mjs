// What most tests of the whole start from: one server on one database, and people in a workspace of the test's own.

import { after, before, test as nodeTest } from 'node:test';
import { Client } from './client.mjs';
import { createDatabase } from './database.mjs';
import { migrate, Server } from './server.mjs';
import { tokenOf } from './token.mjs';

/** A test, named by a sentence, which gets a minute. */
export function test(name, body) {
    return nodeTest(name, { timeout: 60_000 }, body);
}

/** People of one workspace, who leave when the test is over. */
export class Workspace {
    static #made = 0;

    constructor(t, server) {
        this.name = `workspace-${process.pid}-${++Workspace.#made}`;
        this.server = server;
        this.clients = [];
        t.after(() => Promise.all(this.clients.map((client) => client.leave())));
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

    /** A value from the database, where the workspace's number is :workspace. */
    value(sql) {
        const workspace = `(SELECT id FROM relevo.workspace WHERE name = '${this.name}')`;
        return this.server.database.value(sql.replaceAll(':workspace', workspace));
    }

    lastSeq() {
        return this.value('SELECT last_seq FROM relevo.workspace_head WHERE workspace_id = :workspace').then(Number);
    }
}

/** The server that a file's tests share: `whole.server` while they run. */
export function useServer(options) {
    const whole = {
        workspace: (t) => new Workspace(t, whole.server),
    };
    before(async () => {
        whole.database = await createDatabase();
        await migrate(whole.database);
        whole.server = await Server.start(whole.database, options);
    });
    after(async () => {
        await whole.server?.stop();
        await whole.database?.drop();
    });
    return whole;
}
