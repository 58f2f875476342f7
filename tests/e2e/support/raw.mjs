// Bytes on a socket, where no library would send them or show what comes.

import { once } from 'node:events';
import { connect } from 'node:net';
import { atEnd } from './at_end.mjs';

export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/**
 * The head of a request for an upgrade, with these changes: a line given as undefined is left out, `more`
 * stands behind.
 */
export function upgradeHead(changes = {}, ...more) {
    const { line = 'GET /ws HTTP/1.1', ...headers } = changes;
    const all = {
        Host: 'localhost',
        Upgrade: 'websocket',
        Connection: 'Upgrade',
        'Sec-WebSocket-Key': KEY,
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Protocol': 'relevo.v1',
        ...headers,
    };
    const lines = Object.entries(all).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}: ${value}`],
    );
    return [line, ...lines, ...more, '', ''].join('\r\n');
}

export class RawSocket {
    static async to(port) {
        const raw = new RawSocket();
        raw.#socket = connect(port, '127.0.0.1');
        raw.#socket.setNoDelay(true).on('error', () => {}); // it ends, then
        raw.#socket.on('data', (chunk) => {
            raw.#bytes = Buffer.concat([raw.#bytes, chunk]);
            raw.#news();
        });
        raw.#socket.on('close', () => {
            raw.#isClosed = true;
            raw.#news();
        });
        await once(raw.#socket, 'connect');
        return raw;
    }

    #socket;
    #bytes = Buffer.alloc(0);
    #isClosed = false;
    #news = () => {};

    write(bytes) {
        return new Promise((resolve) =>
            this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, resolve),
        );
    }

    destroy() {
        this.#socket.destroy();
    }

    /**
     * What `take` makes of the bytes that have come, as soon as it makes something: [it, how many bytes that
     * took]; undefined where the connection ends before.
     */
    async #until(take) {
        for (;;) {
            const taken = take(this.#bytes);
            if (taken) {
                this.#bytes = this.#bytes.subarray(taken[1]);
                return taken[0];
            }
            if (this.#isClosed) return undefined;
            await new Promise((resolve) => (this.#news = resolve));
        }
    }

    /** The head of an answer: { status, text }; undefined where there is none. */
    async head() {
        return this.#until((bytes) => {
            const end = bytes.indexOf('\r\n\r\n');
            if (end < 0) return undefined;
            const text = bytes.toString('latin1', 0, end);
            return [{ status: Number(/^HTTP\/1\.1 (\d+) /.exec(text)?.[1]), text }, end + 4];
        });
    }

    /** Everything else, until the server closes. */
    async rest() {
        await this.#until(() => undefined);
        return this.#bytes.toString('latin1');
    }

    /** The next frame: { fin, rsv, opcode, payload }; undefined where the connection ends before. */
    frame() {
        return this.#until((bytes) => {
            if (bytes.length < 2) return undefined;
            const short = bytes[1] & 0x7f;
            const begin = short === 126 ? 4 : short === 127 ? 10 : 2;
            if (bytes.length < begin) return undefined;
            const size =
                short === 126
                    ? bytes.readUInt16BE(2)
                    : short === 127
                      ? Number(bytes.readBigUInt64BE(2))
                      : short;
            if (bytes.length < begin + size) return undefined;
            const [first] = bytes;
            return [
                {
                    fin: first >> 7 === 1,
                    rsv: (first >> 4) & 7,
                    opcode: first & 15,
                    payload: Buffer.from(bytes.subarray(begin, begin + size)),
                },
                begin + size,
            ];
        });
    }
}

/** All that comes back for these bytes until the server closes. */
export async function say(port, bytes) {
    const raw = await RawSocket.to(port);
    raw.write(bytes);
    return raw.rest();
}

/**
 * Who comes to a server's port, for as long as the test: `come()` connects and says nothing, `status()` is
 * what somebody is answered who asks for /livez.
 */
export function callersOf(t, server) {
    const sockets = [];
    atEnd(t, () => sockets.forEach((socket) => socket.destroy()));
    const come = async () => {
        const socket = connect(server.port, '127.0.0.1');
        sockets.push(socket);
        await once(socket, 'connect');
        return socket;
    };
    const status = async () => {
        const socket = await come();
        socket.write('GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
        const [answer] = await once(socket, 'data');
        return Number(`${answer}`.split(' ')[1]);
    };
    return { come, status };
}
