// What an operator sets and asks: bounds, how much is logged, and whether all is there that a server needs.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { createDatabase } from './support/database.mjs';
import { eventually } from './support/process.mjs';
import { migrate, relevo, Server } from './support/server.mjs';
import { test } from './support/whole.mjs';

const database = await createDatabase();
after(() => database.drop());
await migrate(database);

async function serve(t, args, options) {
    const server = await Server.start(database, { args, ...options });
    atEnd(t, () => server.stop());
    return server;
}

test('as many clients come in as --max-connections says', async (t) => {
    const server = await serve(t, ['--max-connections', '2'], { ready: false }); // who asks for that is connected too
    const sockets = [];
    atEnd(t, () => sockets.forEach((socket) => socket.destroy()));
    const status = async () => {
        const socket = connect(server.port, '127.0.0.1');
        sockets.push(socket);
        socket.write('GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
        const [answer] = await once(socket, 'data');
        return Number(`${answer}`.split(' ')[1]);
    };
    assert.deepEqual([await status(), await status(), await status()], [200, 200, 503]);
});

test('as many lanes commit as --lanes says', async (t) => {
    await serve(t, ['--lanes', '5']);
    const count = () => database.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'relevo' AND datname = current_database()");
    await eventually(async () => (await count()) === '7', 'five lanes, a reader and a loader');
});

test('what is below --log-level is not logged', async () => {
    const stderr = async (level) => (await relevo(['serve', '--listen', '127.0.0.1:0', '--database', 'postgresql://%', '--log-level', level])).stderr;
    assert.match(await stderr('info'), /^ts=\S+ level=info event=listening /m);
    assert.match(await stderr('warn'), /^relevo: the database's connection string cannot be read[^\n]*\n$/);
});
