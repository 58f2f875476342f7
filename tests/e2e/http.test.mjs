// Plain HTTP: the page, the probes, and what is no request that we know.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { eventually } from './support/process.mjs';
import { say as sayTo } from './support/raw.mjs';
import { test, useServer } from './support/whole.mjs';

const folder = await mkdtemp(join(tmpdir(), 'relevo-page-'));
await mkdir(join(folder, 'page/assets'), { recursive: true });
await writeFile(join(folder, 'secret.txt'), 'not for you');
await writeFile(join(folder, 'page/.hidden'), 'nor this');
await writeFile(join(folder, 'page/index.html'), '<!doctype html><title>Relevo</title>');
await writeFile(join(folder, 'page/assets/page.js'), `// ${'x'.repeat(200_000)}`);
after(() => rm(folder, { recursive: true }));

const { server } = await useServer({ args: ['--web-root', join(folder, 'page'), '--demo'] });

const say = (bytes) => sayTo(server.port, bytes);

const request = (line, ...headers) =>
    [line, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n');
const status = (answer) => Number(/^HTTP\/1\.[01] (\d+)/.exec(answer)?.[1]);

test('the page is served, with the headers that keep it to itself', async () => {
    const response = await server.get('/');
    assert.equal(response.status, 200);
    assert.equal(await response.text(), '<!doctype html><title>Relevo</title>');
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.deepEqual(response.headers.get('content-security-policy').split('; ').sort(), [
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    ]);
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(response.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(response.headers.get('cross-origin-opener-policy'), 'same-origin');
    assert.match(
        response.headers.get('permissions-policy'),
        /camera=\(\).*geolocation=\(\).*microphone=\(\)/,
    );
    const script = await server.get('/assets/page.js');
    assert.equal((await script.text()).length, 200_003);
    assert.equal(script.headers.get('content-type'), 'text/javascript; charset=utf-8');
});

test('what a browser has already is not sent again', async () => {
    const etag = (await server.get('/assets/page.js')).headers.get('etag');
    const response = await server.get('/assets/page.js', { headers: { 'If-None-Match': etag } });
    assert.equal(response.status, 304);
    assert.equal(await response.text(), '');
});

test('the probes say how things are', async () => {
    const [livez, readyz] = await Promise.all([server.get('/livez'), server.get('/readyz')]);
    assert.deepEqual([livez.status, await livez.text()], [200, 'ok\n']);
    assert.deepEqual([readyz.status, await readyz.text()], [200, 'database: ok\nstopping: no\n']);
    assert.equal(readyz.headers.get('cache-control'), 'no-store');
});

test('HEAD has a head and no body', async () => {
    const answer = await say(request('HEAD / HTTP/1.1'));
    assert.equal(status(answer), 200);
    assert.match(answer, /content-length: 36\r\n/i);
    assert.ok(answer.endsWith('\r\n\r\n'));
    assert.equal(status(await say(request('HEAD /livez HTTP/1.1'))), 200);
});

test('other methods are not understood', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        const answer = await say(request(`${method} / HTTP/1.1`, 'Content-Length: 3') + 'abc');
        assert.equal(status(answer), 405, method);
        assert.match(answer, /Only GET and HEAD are understood here\.\n$/);
    }
});

test('nothing outside the page can be named', async () => {
    for (const path of [
        '/../secret.txt',
        '/assets/../../secret.txt',
        '/%2e%2e/secret.txt',
        '/..%2fsecret.txt',
        '/%2e%2e%2fsecret.txt',
        '//etc/passwd',
        '/assets/..%5c..%5csecret.txt',
        '/.hidden',
        '/assets',
        '/assets/',
        '/index.html/',
        '/index.html%00.txt',
        '/nothing',
        '/demo.json/',
    ]) {
        const answer = await say(request(`GET ${path} HTTP/1.1`));
        assert.ok(
            [400, 403, 404].includes(status(answer)) || answer === '',
            `${path}: ${answer.slice(0, 80)}`,
        );
        assert.doesNotMatch(answer, /not for you|nor this|root:/, path);
    }
});

test('a path may carry a query', async () => {
    assert.equal((await server.get('/?agent=ana')).status, 200);
});

test('the demo is not for pages that have their own name for this machine', async () => {
    const request = (host) => say(`GET /demo.json HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    assert.equal(status(await request(`localhost:${server.port}`)), 200);
    assert.equal(status(await request(`rebound.example.com:${server.port}`)), 403);
});

test('/ws without an upgrade says what it is for', async () => {
    const response = await server.get('/ws');
    assert.deepEqual(
        [response.status, await response.text()],
        [400, 'This is where WebSocket connections are taken.\n'],
    );
});

/** Connected, and says nothing: the server hangs up after ten seconds. */
async function silence(t) {
    const socket = connect(server.port, '127.0.0.1')
        .on('error', () => {})
        .resume();
    atEnd(t, () => socket.destroy());
    await once(socket, 'connect');
    return socket;
}

test('who asks for more than he reads is hung up on at once', async (t) => {
    const [silent, greedy] = [await silence(t), await silence(t)];
    greedy.pause();
    const asking = 'GET /assets/page.js HTTP/1.1\r\nHost: localhost\r\n\r\n';
    greedy.write(asking.repeat(1000)); // for more than all buffers hold
    await eventually(() => greedy.destroyed || void greedy.write(asking), 'the server to close');
    assert.ok(!silent.destroyed, 'at once');
});

test('a thousand connections that say nothing keep nobody out', async (t) => {
    const silent = await Promise.all(Array.from({ length: 1000 }, () => silence(t)));
    assert.equal((await server.get('/readyz')).status, 200);
    assert.ok(
        silent.every((socket) => !socket.destroyed),
        'nobody has waited for them to go',
    );
});
