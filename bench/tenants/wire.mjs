// A WebSocket client that costs as little as possible, so that half a core of it is as much as can be: the
// handshake is sent without waiting for what it is answered, frames are masked with zeros, and what comes in
// is looked into only where somebody asks.

import { createConnection } from 'node:net';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../tests/package.json', import.meta.url));
export const { encode, decode } = require('@msgpack/msgpack');

/** A frame with a mask of zeros; opcode 2 is a binary message. */
export function frameOf(payload, { opcode = 2, fin = true } = {}) {
    const size = payload.length;
    const extra = size < 126 ? 0 : size < 65536 ? 2 : 8;
    const frame = Buffer.alloc(2 + extra + 4 + size);
    frame[0] = (fin ? 0x80 : 0) | opcode;
    frame[1] = 0x80 | (extra === 0 ? size : extra === 2 ? 126 : 127);
    if (extra === 2) frame.writeUInt16BE(size, 2);
    if (extra === 8) frame.writeBigUInt64BE(BigInt(size), 2);
    frame.set(payload, 2 + extra + 4);
    return frame;
}

export const messageOf = (message) => frameOf(encode(message, { ignoreUndefined: true }));

export class Wire {
    onFrame = () => {}; // (payload, opcode)
    onClose = () => {};
    isOpen = false; // the server has consented
    code; // that the server closed with

    #rest = Buffer.alloc(0);

    constructor(port, hello) {
        this.socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
        this.socket.on('error', () => {});
        this.socket.on('close', () => this.onClose());
        this.socket.on('data', (data) => this.#take(data));
        const head =
            `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
            'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: relevo.v1\r\n\r\n';
        this.socket.write(Buffer.concat([Buffer.from(head), hello]));
    }

    send(message) {
        this.socket.write(messageOf(message));
    }

    #take(data) {
        let rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
        if (!this.isOpen) {
            const end = rest.indexOf('\r\n\r\n');
            if (end < 0) return void (this.#rest = rest);
            this.isOpen = true;
            rest = rest.subarray(end + 4);
        }
        for (;;) {
            if (rest.length < 2) break;
            let size = rest[1] & 0x7f;
            let head = 2;
            if (size === 126) [size, head] = [rest.length < 4 ? Infinity : rest.readUInt16BE(2), 4];
            else if (size === 127)
                [size, head] = [rest.length < 10 ? Infinity : Number(rest.readBigUInt64BE(2)), 10];
            if (rest.length < head + size) break;
            this.#frame(rest[0] & 0x0f, rest.subarray(head, head + size));
            rest = rest.subarray(head + size);
        }
        this.#rest = rest;
    }

    #frame(opcode, payload) {
        if (opcode === 9) this.socket.write(frameOf(payload, { opcode: 10 }));
        if (opcode === 8) this.code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
        this.onFrame(payload, opcode);
        if (opcode === 8) this.socket.end();
    }
}

/** Signs in; resolves to the connection and its welcome when that has come. */
export function signIn(port, token, fields = {}) {
    return new Promise((resolve, reject) => {
        const wire = new Wire(port, messageOf({ t: 'hello', token, ...fields }));
        wire.onFrame = (payload, opcode) => {
            if (opcode !== 2) return;
            const frame = decode(payload);
            if (frame.t === 'welcome') resolve({ wire, welcome: frame });
        };
        wire.onClose = () => reject(new Error(`closed with ${wire.code} before it was welcomed`));
    });
}
