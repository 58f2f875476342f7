// GET /connections and relevo top: who is slow and who is busy.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { atEnd } from './support/at_end.mjs';
import { eventually, start } from './support/process.mjs';
import { relevo, Server } from './support/server.mjs';
import { test, useServer, Workspace } from './support/whole.mjs';

const ADMIN = ['--admin-listen', '127.0.0.1:0'];
const { database, server, workspace } = await useServer({ args: ADMIN });
const [, admin] = await server.untilLogged(/admin="([^"]+)"/);
const url = `http://${admin}`;
const { RELEVO_BIN = new URL('../../build/dev/relevo', import.meta.url).pathname } = process.env;

const connections = async () => (await fetch(`${url}/connections`)).json();

async function busy(t) {
    const place = workspace(t);
    const [ana] = await Promise.all([place.agent('ana'), place.agent('bea')]);
    for (const id of ['c', 'd', 'e'])
        await ana.does('send_message', id, { body: 'Secret words', channel: 'web' });
    return place;
}

test('the admin port names who is busy, by ids alone', async (t) => {
    const place = await busy(t);
    const response = await fetch(`${url}/connections`);
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'application/json']);
    const text = await response.text();
    const { workspaces, busiest } = JSON.parse(text);
    const { commands_per_s: rate, ...rest } = workspaces.find((each) => each.workspace === place.name);
    assert.ok(rate >= 0.3, `${rate}`);
    assert.deepEqual(rest, {
        workspace: place.name,
        lookups_per_s: 0,
        connections: 2,
        open: 3,
        commands_queued: 0,
        oldest_seconds: 0,
    });
    const ana = busiest.find((each) => each.workspace === place.name);
    assert.deepEqual([ana.role, ana.id, ana.connections], ['agent', 'ana', 1]);
    assert.doesNotMatch(text, /Secret/);
});

test('who does not read is named, with where from and how long', async (t) => {
    const place = workspace(t);
    const [ana, bot] = await Promise.all([place.agent('ana'), place.automation()]);
    ana.stopReading();
    let said = 0;
    const behind = async () =>
        (await connections()).dashboards_behind.find((each) => each.workspace === place.name);
    await eventually(async () => {
        await Promise.all(
            Array.from({ length: 60 }, (_, i) =>
                bot.does('open', `c-${said}-${i}`, { channel: 'web', name: 'x'.repeat(120) }),
            ),
        );
        said++;
        return (await behind()) !== undefined;
    }, 'her to be behind');
    const { role, id, address, lag_seconds: seconds, lag_transitions: transitions } = await behind();
    assert.deepEqual([role, id, address], ['agent', 'ana', '127.0.0.1']);
    assert.ok(seconds >= 0 && transitions > 0);
    ana.readOn();
    await eventually(async () => (await behind()) === undefined, 'her to catch up');
});

test('the public port shows nothing of it', async () => {
    for (const path of ['/connections', '/connections?text'])
        assert.equal((await server.get(path)).status, 404, path);
});

test('top shows it once', async (t) => {
    const place = await busy(t);
    for (const args of [
        ['--url', url],
        ['--admin-listen', admin],
    ]) {
        const { code, stdout, stderr } = await relevo(['top', '--once', ...args]);
        assert.deepEqual([code, stderr], [0, '']);
        assert.match(stdout, /^relevo \S+ {2}up 0d 00:\d\d {2}database up {2}lanes \d of 2 busy\n/);
        assert.match(stdout, new RegExp(`^ +\\d+\\.\\d +0\\.0 +2 +3 +0 +0\\.0 s {2}${place.name}$`, 'm'));
        assert.match(stdout, new RegExp(`^ +\\d+\\.\\d +1 {2}agent +ana of ${place.name}$`, 'm'));
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(stdout, /\x1b/, 'no terminal is there');
    }
});

test('top into a pipe goes on until the pipe is closed', async (t) => {
    const child = start(RELEVO_BIN, ['top', '--url', url], {
        env: { PATH: process.env.PATH },
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    atEnd(t, () => child.kill());
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    await eventually(() => text.split('database up').length > 2, 'a second answer');
    child.stdout.destroy();
    await once(child, 'close');
    assert.notEqual(child.exitCode, 1);
});

test('top on a terminal leaves it as it was, when it is told to end', async (t) => {
    const command = `exec ${RELEVO_BIN} top --url ${url}`;
    const child = start('script', ['-qefc', command, '/dev/null'], {
        env: { PATH: process.env.PATH, TERM: 'xterm' },
        stdio: ['pipe', 'pipe', 'inherit'],
    });
    atEnd(t, () => child.kill());
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    await eventually(() => text.includes('database up'), 'the first answer');
    child.stdin.write('\x03'); // as a person does
    const [code] = await once(child, 'close');
    assert.equal(code, 0);
    assert.ok(text.startsWith('\x1b[?1049h\x1b[?25l'), 'a screen of its own');
    assert.ok(text.endsWith('\x1b[?25h\x1b[?1049l'), JSON.stringify(text.slice(-40)));
});

test('top says whom to ask, and that nobody answers', async (t) => {
    const nowhere = await relevo(['top', '--once']);
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /^relevo: which server\? say --url/);
    const other = await Server.start(database);
    atEnd(t, () => other.stop());
    const port = other.port;
    const public_ = await relevo(['top', '--once', '--url', `http://127.0.0.1:${port}`]);
    assert.equal(public_.code, 1);
    await other.stop();
    const away = await relevo(['top', '--once', '--url', `http://127.0.0.1:${port}`]);
    assert.equal(away.code, 1);
    assert.match(away.stderr, /^relevo: cannot reach 127\.0\.0\.1 port \d+: Connection refused$/m);
});
