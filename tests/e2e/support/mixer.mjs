// A pooler of our own, the hardest to tell from none: it gives a session for a transaction only, and names no
// other backend than the one that it gives; but for as long as there are enough of them, each client gets the
// same one again, with all that it has left there.
// https://www.postgresql.org/docs/15/protocol-message-formats.html

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [FLUSH, SYNC, QUERY, TERMINATE, READY] = ['H', 'S', 'Q', 'X', 'Z'].map((letter) =>
    letter.charCodeAt(0),
);

/** Calls `take` with each whole message; `isFirst`: the next has no letter in front. */
function messages(socket, take, isFirst = false) {
    let rest = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
        rest = Buffer.concat([rest, chunk]);
        for (;;) {
            const head = isFirst ? 0 : 1;
            if (rest.length < head + 4) return;
            const size = head + rest.readUInt32BE(head);
            if (rest.length < size) return;
            const message = rest.subarray(0, size);
            rest = rest.subarray(size);
            take(message, isFirst);
            isFirst = false;
        }
    });
}

export class Mixer {
    static async start(database) {
        const folder = await mkdtemp(join(tmpdir(), 'relevo-mixer-'));
        const mixer = new Mixer();
        const { PGHOST, PGPORT } = database.environment;
        mixer.folder = folder;
        mixer.target = join(PGHOST, `.s.PGSQL.${PGPORT}`);
        mixer.database = database.via({ PGHOST: folder, PGPORT: '5432' });
        mixer.listener = createServer((client) => mixer.#join(client)).listen(join(folder, '.s.PGSQL.5432'));
        await once(mixer.listener, 'listening');
        return mixer;
    }

    #sockets = new Set();

    #join(client) {
        const server = createConnection(this.target);
        let group = [];
        let linked = false; // the client has the session
        let isIn = false;
        for (const socket of [client, server]) {
            this.#sockets.add(socket);
            socket.on('close', () => (client.destroy(), server.destroy(), this.#sockets.delete(socket)));
        }
        messages(
            client,
            (message, isStartup) => {
                if (isStartup || message[0] === TERMINATE) {
                    server.write(message);
                    return;
                }
                group.push(message);
                if (message[0] !== SYNC && message[0] !== QUERY && message[0] !== FLUSH) return;
                linked = true;
                server.write(Buffer.concat(group));
                group = [];
            },
            true,
        );
        messages(server, (message) => {
            const isReady = message[0] === READY;
            if (!isIn || linked) client.write(message); // what comes between two transactions is for nobody
            isIn ||= isReady;
            if (isReady) linked = false;
        });
    }

    async remove() {
        this.listener.close();
        this.#sockets.forEach((socket) => socket.destroy());
        await rm(this.folder, { recursive: true });
    }
}
