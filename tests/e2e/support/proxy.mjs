// Stands between the server and PostgreSQL's unix socket, and does what networks do.

import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';

export class Proxy {
    /** In front of `database`; `proxy.database` leads through it. */
    static async start(database) {
        const { PGHOST, PGPORT } = database.environment;
        const folder = await mkdtemp(join(tmpdir(), 'relevo-proxy-'));
        const proxy = new Proxy(join(PGHOST, `.s.PGSQL.${PGPORT}`), join(folder, '.s.PGSQL.5432'));
        proxy.folder = folder;
        proxy.database = database.via({ PGHOST: folder, PGPORT: '5432' });
        await proxy.accept();
        return proxy;
    }

    #pairs = new Set();
    #listener;
    #answersAreHeld = false;
    #isSilent = false;

    constructor(target, path) {
        this.target = target;
        this.path = path;
    }

    /** How many connections there are through it. */
    get connections() {
        return this.#pairs.size;
    }

    /** Lets connections through (again). */
    async accept() {
        this.#answersAreHeld = this.#isSilent = false;
        this.#listener = createServer((client) => this.#join(client));
        this.#listener.listen(this.path);
        await once(this.#listener, 'listening');
    }

    #join(client) {
        const server = createConnection(this.target);
        const pair = { client, server };
        this.#pairs.add(pair);
        const end = () => {
            this.#pairs.delete(pair);
            client.destroy();
            server.destroy();
        };
        for (const socket of [client, server]) socket.on('error', () => {}).on('close', end);
        client.on('data', (chunk) => this.#isSilent || server.write(chunk));
        server.on('data', (chunk) => this.#isSilent || this.#answersAreHeld || client.write(chunk));
    }

    /** What PostgreSQL answers from here on gets lost; what it is asked arrives. */
    loseAnswers() {
        this.#answersAreHeld = true;
    }

    /** Nothing arrives on either side any more, and nobody is told: a cable that was pulled. */
    goSilent() {
        this.#isSilent = true;
    }

    /** Connections break, at once, and new ones are refused. */
    async cut() {
        const closed = once(this.#listener, 'close');
        this.#listener.close();
        for (const { client } of this.#pairs) client.destroy();
        await closed;
    }

    async remove() {
        if (this.#listener.listening) await this.cut();
        await rm(this.folder, { recursive: true });
    }
}
