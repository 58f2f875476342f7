// relevo tail: the log of a workspace, for a person to read.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { atEnd } from './support/at_end.mjs';
import { createDatabase } from './support/database.mjs';
import { start } from './support/process.mjs';
import { relevo } from './support/server.mjs';
import { test, useServer } from './support/whole.mjs';

const whole = await useServer();

const tail = (workspace, ...args) =>
    relevo(['tail', '--workspace', workspace.name, ...args], { database: whole.database });

test('tail shows who did what, and how the conversation stands then', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    await ana.does('send_message', 'wa-1', { body: 'Buenos días', channel: 'whatsapp' });
    await ana.does('assign', 'wa-1', { agent: 'ana', pause: 'until_completed' });
    const { code, stdout } = await tail(workspace, '--after', '0', '--once');
    assert.equal(code, 0);
    const lines = stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^\S+Z /, ''));
    assert.equal(lines[0], '1 "ana" (agent): agent_seen');
    assert.match(
        lines[1],
        /^2 "wa-1" "ana" \(agent\): send_message #1 \(12 bytes\) {2}open, paused until \d{4}-\S+Z$/,
    );
    assert.equal(lines[2], '3 "wa-1" "ana" (agent): assign  open, "ana" has it, paused until completed');
    assert.equal(lines.length, 3);
});

test('tail shows what was written only to whom asks for it', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    await ana.does('send_message', 'wa-1', { body: 'secreto', channel: 'whatsapp' });
    assert.doesNotMatch((await tail(workspace, '--after', '0', '--once')).stdout, /secreto/);
    assert.match(
        (await tail(workspace, '--after', '0', '--once', '--bodies')).stdout,
        /send_message #1 "secreto"/,
    );
});

test('tail goes on with what comes', async (t) => {
    const workspace = whole.workspace(t);
    const ana = await workspace.agent('ana');
    const { RELEVO_BIN = new URL('../../build/dev/relevo', import.meta.url).pathname } = process.env;
    const environment = { PATH: process.env.PATH, ...whole.database.environment };
    const child = start(RELEVO_BIN, ['tail', '--workspace', workspace.name, '--after', '0'], {
        env: environment,
    });
    atEnd(t, () => child.kill());
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    assert.match((await lines.next()).value, /agent_seen/);
    await ana.does('send_message', 'wa-1', { body: 'uno', channel: 'whatsapp' });
    assert.match((await lines.next()).value, /send_message #1/);
    await ana.does('complete', 'wa-1');
    assert.match((await lines.next()).value, /complete {2}completed$/);
});

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'])
    test(`tail ends well on ${signal}: 0`, async (t) => {
        const workspace = whole.workspace(t);
        await workspace.agent('ana');
        const { RELEVO_BIN = new URL('../../build/dev/relevo', import.meta.url).pathname } = process.env;
        const environment = { PATH: process.env.PATH, ...whole.database.environment };
        const child = start(RELEVO_BIN, ['tail', '--workspace', workspace.name, '--after', '0'], {
            env: environment,
        });
        const ended = once(child, 'close');
        let stdout = '';
        child.stdout.on('data', (chunk) => (stdout += chunk));
        await once(child.stdout, 'data');
        child.kill(signal);
        assert.deepEqual(await ended, [0, null]);
        assert.match(stdout, /agent_seen\n$/);
    });

test('tail says what is wrong, and what would be right', async (t) => {
    const nobody = await tail({ name: 'nobody' });
    assert.deepEqual(
        [nobody.code, nobody.stderr],
        [78, 'relevo: nobody has come to a workspace of this name so far\n'],
    );
    const unmigrated = await createDatabase();
    atEnd(t, () => unmigrated.drop());
    const early = await relevo(['tail', '--workspace', 'w'], { database: unmigrated });
    assert.equal(early.code, 78);
    assert.match(early.stderr, /run `relevo migrate` first/);
    const away = await relevo(['tail', '--workspace', 'w', '--database', 'postgresql:///x?host=/nowhere']);
    assert.equal(away.code, 1);
    assert.match(away.stderr, /^relevo: the database cannot be reached: /);
    const strange = await relevo(['tail', '--workspace', 'w', '--after', 'x']);
    assert.deepEqual(
        [strange.code, strange.stderr],
        [2, 'relevo: --after x: a seq is expected, an integer from 0\n'],
    );
    const whose = await relevo(['tail']);
    assert.deepEqual([whose.code, whose.stderr], [2, 'relevo: --workspace is missing: whose log?\n']);
});
