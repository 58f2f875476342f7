// The peer on ws: `node ws.mjs transaction|statement PORT`.

import { WebSocketServer } from 'ws';
import * as commit from './commit.mjs';
import { watchPauses } from './expiry.mjs';
import { answerOf, decode, encode, identify, isDashboard, screenOf, syncOf, welcomeOf } from './shared.mjs';

const [carryOut, port] = [commit[process.argv[2]], Number(process.argv[3])];
const MAX_WAITING_BYTES = 16 * 1024 * 1024; // of one that does not read; then it is closed
const dashboards = new Map(); // workspace → its dashboards' sockets

const dashboardsOf = (workspace) => {
    if (!dashboards.has(workspace)) dashboards.set(workspace, new Set());
    return dashboards.get(workspace);
};

function push(workspace, row) {
    if (!dashboards.has(workspace)) return;
    const frame = encode(syncOf(row));
    for (const socket of dashboardsOf(workspace)) {
        if (socket.bufferedAmount > MAX_WAITING_BYTES) socket.terminate();
        else socket.send(frame);
    }
}

async function hear(socket, message) {
    if (message.t === 'hello') {
        const who = identify(message.token);
        socket.send(encode(await welcomeOf(who)));
        socket.who = who;
        if (!isDashboard(who)) return;
        // In this order: rows that come twice are told by their seq.
        dashboardsOf(who.workspace).add(socket);
        socket.send(encode(await screenOf(who)));
    } else if (message.t === 'command') {
        const row = await carryOut(socket.who, message);
        push(socket.who.workspace, row);
        socket.send(encode(answerOf(message, row)));
    }
}

const server = new WebSocketServer({ host: '127.0.0.1', port, perMessageDeflate: false });
server.on('connection', (socket) => {
    socket.on('message', (data) =>
        hear(socket, decode(data)).catch((error) => {
            console.error(error);
            socket.terminate();
        }),
    );
    socket.on('error', () => {});
    socket.on('close', () => socket.who && dashboardsOf(socket.who.workspace).delete(socket));
});
await watchPauses(push);
