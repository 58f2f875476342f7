// What README.md tells to type works as it stands there, but for the names that everybody has to choose for
// themselves.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { Client } from './support/client.mjs';
import { createDatabase } from './support/database.mjs';
import { eventually, run, start } from './support/process.mjs';
import { SECRET } from './support/token.mjs';
import { test } from './support/whole.mjs';

const project = new URL('../..', import.meta.url).pathname;
const { RELEVO_BIN = join(project, 'build/dev/relevo') } = process.env;
const readme = await readFile(join(project, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/```console\n([^`]*)```/g)].map(([, text]) => text.trim());

const folder = await mkdtemp(join(tmpdir(), 'relevo-readme-'));
after(() => rm(folder, { recursive: true }));
await symlink(RELEVO_BIN, join(folder, 'relevo'));
await writeFile(join(folder, 'secret'), SECRET);

/** A block of the README with this test's names in place of the README's, each of which has to be there. */
function block(pattern, ...names) {
    let text = blocks.find((each) => pattern.test(each));
    for (const [name, ours] of names) {
        assert.ok(text.includes(name), `${name} in: ${text}`);
        text = text.replace(name, ours);
    }
    return text;
}

function environment(database) {
    const kept = Object.entries(process.env).filter(([name]) => !/^(RELEVO_|PG|DATABASE_URL)/.test(name));
    return { ...Object.fromEntries(kept), ...database?.environment, PATH: `${folder}:${process.env.PATH}` };
}

test('the two commands are two of dev', async () => {
    const { code, stdout } = await run(join(project, 'dev'), ['help']);
    assert.equal(code, 0);
    for (const command of ['./dev run', './dev test']) {
        assert.ok(blocks.includes(command), command);
        assert.ok(stdout.includes(command), command);
    }
});

test("a server on a PostgreSQL of one's own, and a token that it takes", async (t) => {
    const database = await createDatabase();
    atEnd(t, () => database.drop());
    const { PGHOST, PGPORT, PGUSER, PGDATABASE } = database.environment;
    const url = `'postgresql:///${PGDATABASE}?host=${PGHOST}&port=${PGPORT}&user=${PGUSER}'`;
    const serve = block(
        /relevo serve/,
        ['postgresql:///relevo', url],
        ['/etc/relevo/secret', join(folder, 'secret')],
        ['127.0.0.1:7681', '127.0.0.1:0 --allow-unsafe-database'],
    );
    const server = start('sh', ['-ec', serve.replace('relevo serve', 'exec relevo serve')], {
        env: environment(),
        stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    server.stderr.on('data', (chunk) => (stderr += chunk));
    atEnd(t, () => server.kill());
    const [, port] = await eventually(
        () => /127\.0\.0\.1:(\d+)/.exec(stderr),
        `the server to listen: ${stderr}`,
    );
    await eventually(() => fetch(`http://127.0.0.1:${port}/readyz`).then(({ ok }) => ok), 'readyz');

    const minted = await run(
        'sh',
        ['-ec', `export RELEVO_SECRET_FILE=${join(folder, 'secret')}; ${block(/relevo token/)}`],
        { env: environment() },
    );
    assert.equal(minted.code, 0, minted.stderr);
    const ana = await new Client(`ws://127.0.0.1:${port}/ws`, {
        token: minted.stdout.trim(),
        origin: 'https://support.example.com',
    }).join();
    assert.deepEqual(ana.welcome.agent, { id: 'ana', name: 'Ana Gómez', role: 'agent' });
    await ana.leave();
});

test('every block is one that is tried here', () => {
    assert.deepEqual(
        blocks.filter((each) => !/^\.\/dev (run|test)$|relevo serve|relevo token/.test(each)),
        [],
    );
});
