// The installation with containers, as far as it goes without any: its secrets, the database's roles, and who
// is told what.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { Cluster } from './support/database.mjs';
import { run } from './support/process.mjs';
import { relevo } from './support/server.mjs';
import { test } from './support/whole.mjs';

const project = new URL('../..', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'relevo-compose-'));
after(() => rm(folder, { recursive: true }));
for (const name of ['docker-compose.yml', 'deploy', 'Dockerfile'])
    await cp(join(project, name), join(folder, name), { recursive: true });

const makeSecrets = (env = {}) =>
    run('sh', ['deploy/compose-secrets.sh'], { cwd: folder, env: { ...process.env, ...env } });

test('the secrets are all made, or none', async () => {
    await writeFile(join(folder, 'openssl'), '#!/bin/sh\nexit 0\n', { mode: 0o755 }); // and writes nothing
    assert.notEqual((await makeSecrets({ PATH: `${folder}:${process.env.PATH}` })).code, 0);
    assert.deepEqual(
        (await readdir(folder)).filter((name) => name.startsWith('secrets')),
        [],
    );

    assert.equal((await makeSecrets()).code, 0);
    const compose = await readFile(join(folder, 'docker-compose.yml'), 'utf8');
    const named = [...compose.matchAll(/file: \.\/secrets\/(\w+)/g)].map(([, name]) => name).sort();
    assert.deepEqual((await readdir(join(folder, 'secrets'))).sort(), named);
    for (const name of named) assert.ok((await stat(join(folder, 'secrets', name))).size > 32, name);
    assert.equal((await stat(join(folder, 'secrets'))).mode & 0o777, 0o700);
    assert.notEqual((await makeSecrets()).code, 0, 'those that are there stay');
});

test('the database has an owner and a role that serves, and neither is anything more', async (t) => {
    const cluster = await Cluster.start('fsync = off');
    atEnd(t, () => cluster.remove());
    // Under other names: the cluster's superuser is called relevo.
    const script = (await readFile(join(folder, 'deploy/compose-roles.sh'), 'utf8')).replace(
        /\brelevo(?=\b|_owner)/g,
        'desk',
    );
    const env = {
        ...process.env,
        ...cluster.environment,
        POSTGRES_USER: 'relevo',
        SECRETS: join(folder, 'secrets'),
    };
    const made = await run('bash', ['-c', script], { env });
    assert.equal(made.code, 0, made.stderr);
    assert.deepEqual(
        await cluster.query(`
        SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolpassword LIKE 'SCRAM-SHA-256$%'
        FROM pg_authid WHERE rolname ~ '^desk' ORDER BY 1`),
        [
            ['desk', 'f', 'f', 'f', 'f', 'f', 't'],
            ['desk_owner', 'f', 'f', 'f', 'f', 'f', 't'],
        ],
    );
    assert.equal(
        await cluster.value(
            "SELECT datdba::regrole || ' ' || pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'desk'",
        ),
        'desk_owner UTF8',
    );

    const as = (role) => cluster.via({ PGDATABASE: 'desk', PGOPTIONS: `-c role=${role}` });
    const migrated = await relevo(['migrate'], {
        database: as('desk_owner'),
        env: { RELEVO_GRANT_TO: 'desk' },
    });
    assert.equal(migrated.code, 0, migrated.stderr);
    assert.equal(await as('desk').value('SELECT count(*) FROM relevo.workspace'), '0');
    const revoke = (role) => relevo(['revoke', '--workspace', 'w', '--agent', 'ana'], { database: as(role) });
    assert.equal((await revoke('desk_owner')).code, 0);
    const refused = await revoke('desk');
    assert.equal(refused.code, 78);
    assert.match(refused.stderr, /permission denied/);
});

test('docker-compose takes the file, in which each is told what is his', async () => {
    const { code, stdout, stderr } = await run('docker-compose', ['config'], { cwd: folder });
    assert.equal(code, 0, stderr);
    const [, ...services] = stdout
        .slice(stdout.indexOf('services:'), stdout.indexOf('version:'))
        .split(/^ {2}(?=\w+:$)/m);
    const service = Object.fromEntries(services.map((text) => [text.slice(0, text.indexOf(':')), text]));
    for (const node of ['node1', 'node2']) {
        assert.match(service[node], /DATABASE_URL_FILE: \/run\/secrets\/server_url$/m);
        assert.doesNotMatch(service[node], /owner|superuser/);
        const [, address] = /RELEVO_ADMIN_LISTEN: (\S+):\d+$/m.exec(service[node]);
        assert.match(
            service[node],
            new RegExp(`admin:\\n +ipv4_address: ${address}$`, 'm'),
            'and not where the proxy comes from',
        );
    }
    assert.match(service.migrate, /DATABASE_URL_FILE: \/run\/secrets\/owner_url$/m);
    assert.doesNotMatch(service.proxy, /^ +(admin|database):/m);
    assert.equal(service.db.includes('POSTGRES_USER: relevo'), false);
    const url = async (name) => (await readFile(join(folder, 'secrets', name), 'utf8')).trim();
    assert.match(await url('server_url'), /^postgresql:\/\/relevo:[0-9a-f]{32}@db\/relevo$/);
    assert.match(await url('owner_url'), /^postgresql:\/\/relevo_owner:[0-9a-f]{32}@db\/relevo$/);
});

test('the image says its version, and its user by number', async () => {
    const [dockerfile, cmake] = await Promise.all(
        ['Dockerfile', 'CMakeLists.txt'].map((name) => readFile(join(project, name), 'utf8')),
    );
    const [, version] = /^project\(relevo VERSION (\S+)/m.exec(cmake);
    assert.ok(dockerfile.includes(`org.opencontainers.image.version="${version}"`));
    assert.match(dockerfile, /^USER [1-9]\d*:[1-9]\d*$/m);
    for (const label of ['source', 'revision', 'licenses'])
        assert.ok(dockerfile.includes(`org.opencontainers.image.${label}=`), label);
});
