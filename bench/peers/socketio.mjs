// The peer on socket.io, its msgpack parser and one statement: `node socketio.mjs statement PORT`. Each of
// Relevo's messages is an event "m"; a dashboard is in its workspace's room.

import { createServer } from 'node:http';
import { Server } from 'socket.io';
import parser from 'socket.io-msgpack-parser';
import * as commit from './commit.mjs';
import { watchPauses } from './expiry.mjs';
import { answerOf, identify, isDashboard, screenOf, syncOf, welcomeOf } from './shared.mjs';

const [carryOut, port] = [commit[process.argv[2]], Number(process.argv[3])];
const http = createServer();
const io = new Server(http, {
    parser,
    transports: ['websocket'],
    perMessageDeflate: false,
    serveClient: false,
});

const push = (workspace, row) => io.to(workspace).emit('m', syncOf(row));

async function hear(socket, message) {
    if (message.t === 'hello') {
        const who = identify(message.token);
        socket.emit('m', await welcomeOf(who));
        socket.data.who = who;
        if (!isDashboard(who)) return;
        // In this order: rows that come twice are told by their seq.
        socket.join(who.workspace);
        socket.emit('m', await screenOf(who));
    } else if (message.t === 'command') {
        const { who } = socket.data;
        const row = await carryOut(who, message);
        push(who.workspace, row);
        socket.emit('m', answerOf(message, row));
    }
}

io.on('connection', (socket) => {
    socket.on('m', (message) =>
        hear(socket, message).catch((error) => {
            console.error(error);
            socket.disconnect(true);
        }),
    );
});
http.listen(port, '127.0.0.1');
await watchPauses(push);
