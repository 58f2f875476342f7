// What a database is like while it is dropped, created, restored and migrated again: a server that starts
// meanwhile waits, says for what, and serves when it is done.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import { atEnd } from './support/at_end.mjs';
import { Cluster, createDatabase } from './support/database.mjs';
import { eventually } from './support/process.mjs';
import { migrate, relevo } from './support/server.mjs';
import { serve, test } from './support/whole.mjs';

const cluster = await Cluster.start('fsync = off', 'full_page_writes = off');
after(() => cluster.remove());
const template = await createDatabase(cluster);
await migrate(template);
await cluster.query('CREATE ROLE node LOGIN');
const hba = join(cluster.folder, 'data/pg_hba.conf');
const others = await readFile(hba);

/** How the role `node` is let in; and nobody else is changed for it. */
async function letIn(how) {
    await writeFile(hba, `local all node ${how}\n${others}`);
    await cluster.query('SELECT pg_reload_conf()');
    const probe = cluster.via({ PGUSER: 'node' });
    await eventually(
        () =>
            probe.query('SELECT 1').then(
                () => how !== 'reject',
                () => how === 'reject',
            ),
        'it to be read',
    );
}

const grant = (database) => relevo(['migrate', '--grant-to', 'node'], { database });

async function migrated(t) {
    const database = await createDatabase(cluster, template.environment.PGDATABASE);
    atEnd(t, () => database.drop());
    return database;
}

/** A database as the statements leave it, and what makes it good again. */
const broken = (statements, mended) => async (t) => {
    const database = await migrated(t);
    await database.query(statements);
    return [database, () => (typeof mended === 'string' ? database.query(mended) : mended(database))];
};

const newest = Number(await template.value('SELECT max(version) FROM relevo.schema_version'));
const FIRST = 'run `relevo migrate` first$';

for (const [name, make, says] of [
    [
        '28000: nobody is let in',
        async (t) => {
            const database = await migrated(t);
            await grant(database);
            await letIn('reject');
            return [database.via({ PGUSER: 'node' }), () => letIn('trust')];
        },
        'pg_hba\\.conf rejects connection .*: name a role that may connect, and check pg_hba\\.conf$',
    ],
    [
        '3D000: it has been dropped',
        async (t) => {
            const database = await migrated(t);
            const { PGDATABASE } = database.environment;
            await database.drop();
            return [
                database,
                () =>
                    cluster.query(
                        `CREATE DATABASE ${PGDATABASE} TEMPLATE ${template.environment.PGDATABASE}`,
                    ),
            ];
        },
        'database "\\w+" does not exist: create the database, or name the right one in DATABASE_URL or PGDATABASE$',
    ],
    [
        '42P01: there is nothing in it',
        async (t) => {
            const database = await createDatabase(cluster);
            atEnd(t, () => database.drop());
            return [database, () => migrate(database)];
        },
        `relation "relevo\\.schema_version" does not exist: ${FIRST}`,
    ],
    [
        '3F000: its schema is missing',
        broken(
            'ALTER SCHEMA relevo RENAME TO away; CREATE SCHEMA relevo; DROP SCHEMA relevo',
            'ALTER SCHEMA away RENAME TO relevo',
        ),
        FIRST,
    ],
    [
        '42703: a column is missing',
        broken(
            'ALTER TABLE relevo.workspace_head RENAME last_at TO away',
            'ALTER TABLE relevo.workspace_head RENAME away TO last_at',
        ),
        `column .* does not exist: ${FIRST}`,
    ],
    [
        '42883: a function is missing',
        broken(
            'ALTER FUNCTION relevo.consume_1 RENAME TO away',
            'ALTER FUNCTION relevo.away RENAME TO consume_1',
        ),
        `function .* does not exist: ${FIRST}`,
    ],
    [
        '42501: nothing has been granted yet',
        async (t) => {
            const database = await migrated(t);
            await letIn('trust');
            return [database.via({ PGUSER: 'node' }), () => grant(database)];
        },
        'permission denied for schema relevo: grant the role what it lacks, or name the role that owns the schema relevo$',
    ],
    [
        'its migrations have not been copied yet',
        broken(
            'CREATE TABLE kept AS TABLE relevo.schema_version; DELETE FROM relevo.schema_version',
            'INSERT INTO relevo.schema_version TABLE kept',
        ),
        `schema is at version 0 and this server needs ${newest}: ${FIRST}`,
    ],
    [
        'it is of before an upgrade',
        broken(
            `CREATE TABLE kept AS SELECT * FROM relevo.schema_version WHERE version = ${newest}; DELETE FROM relevo.schema_version WHERE version = ${newest}`,
            'INSERT INTO relevo.schema_version TABLE kept',
        ),
        `schema is at version ${newest - 1} and this server needs ${newest}: ${FIRST}`,
    ],
    [
        'it has no partitions for today',
        broken(
            "SELECT relevo.partitions_drop('outcome', '7 days', false, now() + interval '30 days')",
            (database) => migrate(database),
        ),
        'no partitions for what is committed today: run `relevo migrate`, which makes them$',
    ],
])
    test(`a server waits for a database, and says so: ${name}`, async (t) => {
        const [database, mend] = await make(t);
        const server = await serve(t, database, { ready: false });
        const [, reason] = await server.untilLogged(/event=database_away reason="((?:[^"\\]|\\.)+)"/);
        assert.match(reason.replaceAll('\\"', '"'), new RegExp(says));
        await server.untilNotReady();
        await mend();
        await server.untilReady();
    });
