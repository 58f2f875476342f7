// What a service manager is told, and what it passes: the tests are in its place.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { createDatabase } from './support/database.mjs';
import { Ear } from './support/ear.mjs';
import { Proxy } from './support/proxy.mjs';
import { migrate, Server } from './support/server.mjs';
import { serve, test } from './support/whole.mjs';

const database = await createDatabase();
after(() => database.drop());
await migrate(database);

async function listen(t) {
    const ear = await Ear.open();
    atEnd(t, () => ear.close());
    return ear;
}

/** A socket that listens, for a server to be passed; here it is only held. */
async function listeningSocket(t) {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    atEnd(t, () => holder.close());
    return { holder, descriptor: holder._handle.fd, port: holder.address().port };
}

test('READY=1 is said when clients can be served, STOPPING=1 when no more of them', async (t) => {
    const ear = await listen(t);
    const server = await serve(t, database, { env: ear.environment, ready: false });
    await ear.until('READY=1');
    assert.equal((await server.get('/readyz')).status, 200);
    assert.ok(ear.heard.includes('STATUS=Serving.'));
    assert.ok(!ear.heard.includes('STOPPING=1'));
    server.signal('SIGTERM');
    await ear.until('STOPPING=1');
    assert.equal((await server.untilEnded()).code, 0);
    assert.equal(ear.heard.filter((line) => line === 'READY=1').length, 1);
});

test('a start does not wait for ever for a database that is away', async (t) => {
    const ear = await listen(t);
    const proxy = await Proxy.start(database);
    atEnd(t, () => proxy.remove());
    await proxy.cut();
    const server = await serve(t, proxy.database, { env: ear.environment, ready: false });
    await ear.until('READY=1');
    assert.equal((await server.get('/readyz')).status, 503);
    assert.ok(!ear.heard.includes('STATUS=Serving.'));
    await proxy.accept();
    await ear.until('STATUS=Serving.');
    await proxy.cut();
    await ear.until('STATUS=Waiting for the database.', 2);
});

test('READY=1 is never said of a database that cannot be served', async (t) => {
    const ear = await listen(t);
    const empty = await createDatabase();
    atEnd(t, () => empty.drop());
    await migrate(empty);
    await empty.query(
        "INSERT INTO relevo.schema_version (version, name, sha256, min_code) VALUES (99, '0099_later.sql', sha256('later'), 99)",
    );
    const server = await Server.start(empty, { env: ear.environment, ready: false });
    assert.equal((await server.untilEnded()).code, 78);
    await ear.until('STOPPING=1');
    assert.ok(!ear.heard.includes('READY=1'));
});

test('WATCHDOG=1 is said again and again', async (t) => {
    const ear = await listen(t);
    const server = await serve(t, database, { env: { ...ear.environment, WATCHDOG_USEC: '200000' } });
    await ear.until('WATCHDOG=1', 5);
    await server.stop();
});

test('nobody is told that the service is watched where it is not', async (t) => {
    const ear = await listen(t);
    const server = await serve(t, database, { env: ear.environment });
    await server.stop();
    await ear.until('STOPPING=1');
    assert.ok(!ear.heard.includes('WATCHDOG=1'));
});

test('a socket that is passed is served, whatever --listen says', async (t) => {
    const { holder, descriptor, port } = await listeningSocket(t);
    const server = await serve(t, database, {
        sockets: [descriptor],
        args: ['--listen', '192.0.2.1:1'],
        ready: false,
    });
    holder.close();
    assert.equal(server.port, port);
    await server.untilReady();
});

test('what is passed and cannot be served is named: 78', async () => {
    const server = await Server.start(database, { sockets: ['ignore'], ready: false });
    const { code, stderr } = await server.untilEnded();
    assert.equal(code, 78);
    assert.equal(
        stderr,
        'relevo: descriptor 3 was passed, but a TCP socket that listens is expected, as ListenStream=127.0.0.1:7681 makes one\n',
    );
});
