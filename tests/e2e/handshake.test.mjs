// What is no request as RFC 9112 has it, and no handshake as RFC 6455 has it, gets its status; and what is
// one is taken, with whatever else browsers and proxies put into it.

import assert from 'node:assert/strict';
import { encode } from '@msgpack/msgpack';
import { atEnd } from './support/at_end.mjs';
import { frameOf } from './support/frames.mjs';
import { eventually } from './support/process.mjs';
import { KEY, RawSocket, say, upgradeHead } from './support/raw.mjs';
import { tokenOf } from './support/token.mjs';
import { test, useServer } from './support/whole.mjs';

const ORIGIN = 'https://desk.example.com';
const whole = await useServer({ args: ['--origin', ORIGIN] });
const { server } = whole;

const OVERHEAD = 4096; // what may stand beside 16 kB of cookies
const cookies = (size) => `Cookie: s=${'a'.repeat(size - 'Cookie: s='.length)}`;

async function statusOf(head) {
    const raw = await RawSocket.to(server.port);
    raw.write(head);
    const answer = await raw.head();
    raw.destroy();
    return answer;
}

const get = (line, ...headers) => [line, 'Host: localhost', ...headers, '', ''].join('\r\n');
const lower = {
    Upgrade: undefined,
    upgrade: 'WebSocket',
    Connection: undefined,
    connection: 'keep-alive, upgrade',
};

for (const [what, head] of [
    ['as in RFC 6455', upgradeHead()],
    ['in other cases', upgradeHead(lower)],
    ['with a query', upgradeHead({ line: 'GET /ws?v=1 HTTP/1.1' })],
    ['from a page that may', upgradeHead({ Origin: ORIGIN })],
    ['with our subprotocol among others', upgradeHead({ 'Sec-WebSocket-Protocol': 'relevo.v9,\trelevo.v1' })],
    [
        'with our subprotocol in a line of its own',
        upgradeHead({ 'Sec-WebSocket-Protocol': 'relevo.v9' }, 'Sec-WebSocket-Protocol: relevo.v1'),
    ],
    [
        'with compression offered',
        upgradeHead({}, 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'),
    ],
    [
        'with extensions of more than 255 bytes',
        upgradeHead({}, `Sec-WebSocket-Extensions: x; y="${'z'.repeat(300)}"`),
    ],
    ['with 15.9 kB of cookies', upgradeHead({}, cookies(15_900))],
    ['with 16 kB of cookies in ten headers', upgradeHead({}, ...Array(10).fill(cookies(1600)))],
    ['with a Content-Length of 0', upgradeHead({}, 'Content-Length: 0')],
    [
        'with what proxies add',
        upgradeHead(
            {},
            'Via: 1.1 proxy',
            'X-Forwarded-For: 192.0.2.1, 198.51.100.2',
            `User-Agent: ${'u'.repeat(900)}`,
        ),
    ],
])
    test(`an upgrade ${what}: 101`, async () => {
        const { status, text } = await statusOf(head);
        assert.equal(status, 101, text);
        assert.match(text, /^sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r?$/im);
        assert.match(text, /^sec-websocket-protocol: relevo\.v1\r?$/im);
        assert.doesNotMatch(text, /extensions/i);
    });

test('what a page sends comes whole, of whatever size', async (t) => {
    const ana = await whole.workspace(t).agent('ana', { origin: ORIGIN });
    for (const size of [1, 60, 120, 130, 500, 600, 5000, 100_000])
        await ana.time({ x: new Uint8Array(size) });
});

for (const [what, expected, head] of [
    ['of version 8', 426, upgradeHead({ 'Sec-WebSocket-Version': '8' })],
    ['of version 0', 426, upgradeHead({ 'Sec-WebSocket-Version': '0' })],
    ['of version 130', 426, upgradeHead({ 'Sec-WebSocket-Version': '130' })],
    ['of version -1', 426, upgradeHead({ 'Sec-WebSocket-Version': '-1' })],
    ['of an empty version', 426, upgradeHead({ 'Sec-WebSocket-Version': '' })],
    ['of no version', 426, upgradeHead({ 'Sec-WebSocket-Version': undefined })],
    ['of two versions', 426, upgradeHead({}, 'Sec-WebSocket-Version: 8')],
    ['without a key', 400, upgradeHead({ 'Sec-WebSocket-Key': undefined })],
    ['with an empty key', 400, upgradeHead({ 'Sec-WebSocket-Key': '' })],
    [
        'with a key of 15 bytes',
        400,
        upgradeHead({ 'Sec-WebSocket-Key': Buffer.alloc(15).toString('base64') }),
    ],
    [
        'with a key of 17 bytes',
        400,
        upgradeHead({ 'Sec-WebSocket-Key': Buffer.alloc(17).toString('base64') }),
    ],
    ['with a key that is no base64', 400, upgradeHead({ 'Sec-WebSocket-Key': KEY.replace('G', '!') })],
    [
        'with a key that has bits to spare',
        400,
        upgradeHead({ 'Sec-WebSocket-Key': KEY.replace('Q==', 'R==') }),
    ],
    ['with two keys', 400, upgradeHead({}, `Sec-WebSocket-Key: ${KEY}`)],
    ['by HTTP/1.0', 400, upgradeHead({ line: 'GET /ws HTTP/1.0' })],
    ['by HEAD', 400, upgradeHead({ line: 'HEAD /ws HTTP/1.1' })],
    ['without Connection: Upgrade', 400, upgradeHead({ Connection: 'keep-alive' })],
    ['from another page', 403, upgradeHead({ Origin: 'https://evil.example' })],
    ['from an empty origin', 403, upgradeHead({ Origin: '' })],
    ['from two origins', 403, upgradeHead({ Origin: ORIGIN }, `Origin: ${ORIGIN}`)],
    ['without a subprotocol', 400, upgradeHead({ 'Sec-WebSocket-Protocol': undefined })],
    ['elsewhere', 404, upgradeHead({ line: 'GET /chat HTTP/1.1' })],
    ['without a host', 400, upgradeHead({ Host: undefined })],
    ['with two hosts', 400, upgradeHead({}, 'Host: other')],
    ['with a host that is none', 400, upgradeHead({ Host: 'a/b@c d' })],
    ['with an empty host', 400, upgradeHead({ Host: '' })],
    ['with a body', 400, upgradeHead({}, 'Content-Length: 5')],
    ['with a chunked body', 501, upgradeHead({}, 'Transfer-Encoding: chunked')],
    ['with more than 16 kB of cookies and the rest', 431, upgradeHead({}, cookies(16_384 + OVERHEAD))],
    ['with a hundred headers more', 431, upgradeHead({}, ...Array(100).fill('X: y'))],
])
    test(`an upgrade ${what}: ${expected}`, async () => {
        const { status, text } = await statusOf(head);
        assert.equal(status, expected, text);
        assert.match(text, /^connection: close\r?$/im);
        if (expected === 426) assert.match(text, /^sec-websocket-version: 13\r?$/im);
    });

for (const [what, expected, head] of [
    ['with 15.9 kB of cookies', 200, get('GET /livez HTTP/1.1', cookies(15_900))],
    ['with more', 431, get('GET /livez HTTP/1.1', cookies(16_384 + OVERHEAD))],
    ['by HTTP/1.0 without a host', 200, 'GET /livez HTTP/1.0\r\n\r\n'],
    ['by HTTP/1.2, as by 1.1', 200, get('GET /livez HTTP/1.2')],
    [
        'that would go over to HTTP/2, as it stands',
        200,
        get(
            'GET /livez HTTP/1.1',
            'Connection: Upgrade, HTTP2-Settings',
            'Upgrade: h2c',
            'HTTP2-Settings: AAMAAABkAAQAAP__',
        ),
    ],
    ['by HTTP/9.9', 505, get('GET /livez HTTP/9.9')],
    ['by HTTP/2.0', 505, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['by HTTP/1.10', 400, get('GET /livez HTTP/1.10')],
    ['by http/1.1', 400, get('GET /livez http/1.1')],
    ['by no version', 400, 'GET /livez\r\nHost: x\r\n\r\n'],
    ['with two blanks', 400, get('GET  /livez HTTP/1.1')],
    ['with a tab', 400, get('GET\t/livez HTTP/1.1')],
    ['after an empty line', 400, `\r\n${get('GET /livez HTTP/1.1')}`],
    ['by get', 501, get('get /livez HTTP/1.1')],
    ['by an unknown method', 501, get('BREW /livez HTTP/1.1')],
    ['by POST', 405, get('POST /livez HTTP/1.1', 'Content-Length: 3') + 'abc'],
    ['by CONNECT', 405, get('CONNECT localhost:22 HTTP/1.1')],
    ['by no token', 400, get('G(T /livez HTTP/1.1')],
    ['of a whole URI', 400, get('GET http://localhost/livez HTTP/1.1')],
    ['with an encoded line feed', 400, get('GET /livez%0ax HTTP/1.1')],
    ['with an encoded line end', 400, get('GET /livez%0d%0aPOST HTTP/1.1')],
    ['with an encoded NUL', 400, get('GET /livez%00 HTTP/1.1')],
    ['with an encoded NUL in its query', 400, get('GET /livez?x=%00 HTTP/1.1')],
    ['with half an escape', 400, get('GET /livez%0 HTTP/1.1')],
    ['with a fragment', 400, get('GET /livez#x HTTP/1.1')],
    ['with bytes beyond ASCII', 400, get('GET /liv\xe9z HTTP/1.1')],
    ['of a path that is too long', 414, get(`GET /${'a'.repeat(1100)} HTTP/1.1`)],
    ['of a path that is much too long', 414, get(`GET /${'a'.repeat(60_000)} HTTP/1.1`)],
    ['with a header that goes on in the next line', 400, get('GET /livez HTTP/1.1', 'X: y', ' z')],
    ['with a blank before a colon', 400, get('GET /livez HTTP/1.1', 'X : y')],
    ['with a header without a name', 400, get('GET /livez HTTP/1.1', ': y')],
    ['with a header without a colon', 400, get('GET /livez HTTP/1.1', 'X')],
    ['with NUL in a header', 400, get('GET /livez HTTP/1.1', 'X: a\0b')],
    ['with a bare carriage return', 400, get('GET /livez HTTP/1.1', 'X: a\rb')],
    ['with bare line feeds', 400, 'GET /livez HTTP/1.1\nHost: x\n\n'],
    ['without a host', 400, 'GET /livez HTTP/1.1\r\n\r\n'],
    ['with two hosts', 400, get('GET /livez HTTP/1.1', 'Host: b')],
    ['with two lengths', 400, get('GET /livez HTTP/1.1', 'Content-Length: 0', 'Content-Length: 44')],
    ['with a list of lengths', 400, get('GET /livez HTTP/1.1', 'Content-Length: 0, 0')],
    ['with a length below 0', 400, get('GET /livez HTTP/1.1', 'Content-Length: -1')],
    [
        'with a length and a coding',
        400,
        get('GET /livez HTTP/1.1', 'Content-Length: 4', 'Transfer-Encoding: chunked'),
    ],
    ['with a coding', 501, get('GET /livez HTTP/1.1', 'Transfer-Encoding: identity')],
    ['that speaks TLS', 400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
])
    test(`a request ${what}: ${expected}`, async () => {
        const answer = await say(server.port, head);
        assert.match(answer, new RegExp(`^HTTP/1\\.1 ${expected} `), answer);
        assert.match(answer, /\r\nconnection: close\r\n/i);
        assert.equal(answer.match(/^HTTP\/1\.1 /gm).length, 1, answer);
    });

test('what follows a request is no request', async () => {
    const answer = await say(
        server.port,
        get('GET /livez HTTP/1.1', 'Content-Length: 0') + get('GET /readyz HTTP/1.1'),
    );
    assert.equal(answer.match(/^HTTP\/1\.1 /gm).length, 1);
    assert.match(answer, /\r\n\r\nok\n$/);
});

test('a handshake that comes byte by byte is one', async () => {
    const raw = await RawSocket.to(server.port);
    for (const byte of upgradeHead()) {
        await raw.write(byte);
        await new Promise(setImmediate);
    }
    assert.equal((await raw.head()).status, 101);
    raw.destroy();
});

for (const [what, padding] of [
    ['in one segment with the handshake', 0],
    ['in one segment with the handshake, and long', 3000],
])
    test(`what a client says too early, ${what}, is understood as it stands`, async (t) => {
        const raw = await RawSocket.to(server.port);
        atEnd(t, () => raw.destroy());
        const hello = encode({ t: 'hello', token: tokenOf('early', 'ana'), padding: 'x'.repeat(padding) });
        const pings = [1, 2, 3].map((n) => frameOf(Buffer.alloc(n), { opcode: 9 }));
        raw.write(Buffer.concat([Buffer.from(upgradeHead()), frameOf(hello), ...pings]));
        assert.equal((await raw.head()).status, 101);
        let frame;
        do frame = await raw.frame();
        while (frame.opcode !== 2);
        assert.match(frame.payload.toString('latin1'), /welcome/);
    });

test('requests that do not end take the room that there is for them, and no more: 503', async (t) => {
    const [MOST, EACH, COUNT] = [16 * 1024 * 1024, 20 * 1024, 1000];
    const sockets = await Promise.all(Array.from({ length: COUNT }, () => RawSocket.to(server.port)));
    atEnd(t, () => sockets.forEach((raw) => raw.destroy()));
    const answers = [];
    for (const raw of sockets) {
        raw.head().then((answer) => answer && answers.push(answer.status));
        raw.write(get('GET /livez HTTP/1.1', cookies(17_000)).slice(0, -2));
    }
    await eventually(
        () => answers.length >= COUNT - Math.floor(MOST / EACH),
        'those who find no room to be told',
    );
    assert.ok(
        answers.every((status) => status === 503),
        `${answers}`,
    );
    sockets.forEach((raw) => raw.destroy());
    await eventually(
        async () => (await statusOf(get('GET /livez HTTP/1.1', cookies(15_900)))).status === 200,
        'room',
    );
});

test('a refused origin stands in the log, with what would allow it; many are not a line each', async () => {
    for (let i = 0; i < 200; i++)
        assert.equal((await statusOf(upgradeHead({ Origin: `https://evil-${i}.example` }))).status, 403);
    const lines = server.stderr.split('\n').filter((line) => line.includes('event=origin_refused'));
    assert.ok(
        lines.some((line) =>
            /origin="https:\/\/evil-0\.example" hint=".*--origin .*RELEVO_ORIGINS/.test(line),
        ),
        lines[0],
    );
    assert.ok(lines.length < 150, `${lines.length} lines`);
});

test('the log is silent of those who are let in', () => {
    assert.doesNotMatch(server.stderr, /event=libwebsockets/);
});
