// A path between browser and server that does what proxies and networks do: it accepts, and may be silent.

import { createConnection, createServer } from 'node:net';
import { once } from 'node:events';

export class Path {
    static async start() {
        const path = new Path();
        path.#listener = createServer((client) => path.#join(client));
        path.#listener.listen(0, '127.0.0.1');
        await once(path.#listener, 'listening');
        path.port = path.#listener.address().port;
        path.origin = `http://127.0.0.1:${path.port}`;
        return path;
    }

    #listener;
    #pairs = new Set();
    #isSilent = false;
    /** Where it leads to. */
    target;

    #join(client) {
        const pair = { client, isDead: this.#isSilent };
        this.#pairs.add(pair);
        client.on('error', () => {});
        client.on('close', () => {
            this.#pairs.delete(pair);
            pair.server?.destroy();
        });
        client.on('data', (chunk) => pair.isDead || pair.server?.write(chunk));
        if (pair.isDead) return;
        pair.server = createConnection(this.target, '127.0.0.1');
        pair.server.on('error', () => {});
        pair.server.on('data', (chunk) => pair.isDead || client.write(chunk));
        pair.server.on('close', () => pair.isDead || client.destroy());
    }

    /** How many connections there are, dead ones too. */
    get connections() {
        return this.#pairs.size;
    }

    /** Nothing comes through any more, on old connections for good; new ones are accepted. */
    fallSilent() {
        this.#isSilent = true;
        for (const pair of this.#pairs) pair.isDead = true;
    }

    /** What is begun from here on comes through. */
    speak() {
        this.#isSilent = false;
    }

    stop() {
        for (const { client } of this.#pairs) client.destroy();
        this.#listener.close();
    }
}
