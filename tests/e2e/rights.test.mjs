// What the role that serves may do in the database, whoever has got hold of it: this list, and nothing else.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { createDatabase } from './support/database.mjs';
import { relevo } from './support/server.mjs';
import { serve as serveOn, test, Workspace } from './support/whole.mjs';

const owner = `relevo_owner_${process.pid}`;
const role = `relevo_${process.pid}`;

const database = await createDatabase();
after(async () => {
    await database.drop();
    await database.via({ PGDATABASE: 'postgres' }).query(`DROP ROLE ${role}; DROP ROLE ${owner}`);
});
await database.query(
    `CREATE ROLE ${owner} LOGIN; CREATE ROLE ${role} LOGIN; ALTER DATABASE ${database.environment.PGDATABASE} OWNER TO ${owner}`,
);
const owned = database.via({ PGOPTIONS: `-c role=${owner}` });
const serving = database.via({ PGOPTIONS: `-c role=${role}` });

/** SQL as that role, which cannot go back to the one that has connected. */
const queryServing = (sql) => database.query(`SET SESSION AUTHORIZATION ${role};\n${sql}`);

const migrated = await relevo(['migrate', '--grant-to', role, '--retain-days', '30'], { database: owned });
assert.equal(migrated.code, 0, migrated.stderr);

/**
 * Tries statements as the role that serves, each undone again; the code of the error that each ends with,
 * 'done' where with none.
 */
async function attempt(statements) {
    const rows = await queryServing(`
        CREATE TEMP TABLE tried (n integer, statement text);
        INSERT INTO tried VALUES ${statements.map((statement, n) => `(${n}, $relevo$${statement}$relevo$)`).join(',')};
        CREATE FUNCTION pg_temp.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
        BEGIN
            EXECUTE statement;
            RAISE 'done' USING ERRCODE = 'DONE0';
        EXCEPTION WHEN OTHERS THEN
            RETURN replace(SQLSTATE, 'DONE0', 'done');
        END $$;
        SELECT statement, pg_temp.attempt(statement) FROM tried ORDER BY n`);
    return new Map(rows);
}

const tables = async (kinds) =>
    (
        await database.query(`
    SELECT relname FROM pg_class WHERE relnamespace = 'relevo'::regnamespace AND relkind = ANY ('{${kinds}}') ORDER BY relname`)
    ).flat();

test('the rights that it was given are these', async () => {
    const rights = await database.query(`
        SELECT 'schema', nspname, p FROM pg_namespace, unnest('{USAGE,CREATE}'::text[]) p
        WHERE nspname IN ('relevo', 'public') AND has_schema_privilege('${role}', oid, p)
        UNION ALL
        SELECT 'table', relname, p FROM pg_class, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) p
        WHERE relnamespace = 'relevo'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege('${role}', oid, p)
        UNION ALL
        SELECT 'column', relname || '.' || attname, p
        FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0, unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) p
        WHERE relnamespace = 'relevo'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
          AND has_column_privilege('${role}', c.oid, attnum, p) AND NOT has_table_privilege('${role}', c.oid, p)
        UNION ALL
        SELECT 'sequence', relname, p FROM pg_class, unnest('{SELECT,UPDATE,USAGE}'::text[]) p
        WHERE relnamespace = 'relevo'::regnamespace AND relkind = 'S' AND has_sequence_privilege('${role}', oid, p)
        UNION ALL
        SELECT 'function', proname, 'EXECUTE' FROM pg_proc
        WHERE pronamespace = 'relevo'::regnamespace AND has_function_privilege('${role}', oid, 'EXECUTE')
        UNION ALL
        SELECT 'database', '', p FROM unnest('{CREATE}'::text[]) p WHERE has_database_privilege('${role}', current_database(), p)
        ORDER BY 1, 2, 3`);
    assert.deepEqual(
        rights.map((right) => right.join(' ')),
        [
            'function action EXECUTE',
            'function append_1 EXECUTE',
            'function consume_1 EXECUTE',
            'function due_1 EXECUTE',
            'function fold EXECUTE',
            'function list EXECUTE',
            'function partitions_tend EXECUTE',
            'function read_entry_1 EXECUTE',
            'function read_row_1 EXECUTE',
            'function workspace_1 EXECUTE',
            'schema relevo USAGE',
            'table agent SELECT',
            'table conversation SELECT',
            'table revocation SELECT',
            'table schema_version SELECT',
            'table transition SELECT',
            'table workspace SELECT',
            'table workspace_head SELECT',
            'schema public USAGE',
        ].sort((a, b) => (a < b ? -1 : 1)),
    );
    assert.deepEqual(
        await database.query(`
        SELECT relname FROM pg_class WHERE relnamespace = 'relevo'::regnamespace AND relowner = '${role}'::regrole`),
        [],
    );
});

test('migrate lets nobody serve who is not there, or who could do all that the owner can', async () => {
    const grant = (to) => relevo(['migrate', '--retain-days', '30', '--grant-to', to], { database: owned });
    for (const [to, says] of [
        ['nobody_of_this_name', /nobody_of_this_name/],
        [owner, /owns the schema, or can do all that its owner can/],
    ]) {
        const refused = await grant(to);
        assert.notEqual(refused.code, 0);
        assert.match(refused.stderr, says);
    }
});

test('what it was given besides is taken away by the next migrate', async () => {
    const may = () =>
        database.value(`
        SELECT has_table_privilege('${role}', 'relevo.transition', 'UPDATE') OR has_column_privilege('${role}', 'relevo.workspace_head', 'last_seq', 'UPDATE')
            OR has_function_privilege('${role}', 'relevo.revoke_1(text, text)', 'EXECUTE')`);
    await database.query(`
        GRANT UPDATE ON relevo.transition TO ${role}; GRANT UPDATE (last_seq) ON relevo.workspace_head TO ${role};
        GRANT EXECUTE ON FUNCTION relevo.revoke_1 TO ${role}`);
    assert.equal(await may(), 't');
    const again = await relevo(['migrate', '--retain-days', '30', '--grant-to', role], { database: owned });
    assert.equal(again.code, 0, again.stderr);
    assert.equal(await may(), 'f');
});

test('it can neither write to a table, nor lock, change or drop one', async () => {
    const columns = await database.query(`
        SELECT relname, attname FROM pg_class c JOIN pg_attribute ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
        WHERE relnamespace = 'relevo'::regnamespace AND relkind IN ('r', 'p')`);
    const all = await tables('r,p');
    assert.ok(
        all.some((name) => /^transition_\d{8}$/.test(name)),
        'partitions, too',
    );
    const each = (name) => [
        `INSERT INTO relevo.${name} DEFAULT VALUES`,
        `INSERT INTO relevo.${name} OVERRIDING SYSTEM VALUE SELECT * FROM relevo.${name}`,
        `COPY relevo.${name} FROM '/dev/null'`,
        `DELETE FROM relevo.${name}`,
        `DELETE FROM relevo.${name} WHERE false`,
        `TRUNCATE relevo.${name}`,
        `DROP TABLE relevo.${name}`,
        `DROP TABLE relevo.${name} CASCADE`,
        `ALTER TABLE relevo.${name} ADD COLUMN forged text`,
        `ALTER TABLE relevo.${name} DISABLE TRIGGER ALL`,
        `ALTER TABLE relevo.${name} SET SCHEMA public`,
        `ALTER TABLE relevo.${name} OWNER TO ${role}`,
        `ALTER TABLE relevo.${name} RENAME TO forged`,
        `CREATE INDEX ON relevo.${name} ((1))`,
        `CREATE TRIGGER forged BEFORE INSERT ON relevo.${name} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
        `CREATE RULE forged AS ON INSERT TO relevo.${name} DO INSTEAD NOTHING`,
        `CREATE POLICY forged ON relevo.${name}`,
        `SELECT FROM relevo.${name} FOR UPDATE`,
        `SELECT FROM relevo.${name} FOR KEY SHARE`,
        `LOCK TABLE relevo.${name} IN ROW EXCLUSIVE MODE`,
        `LOCK TABLE relevo.${name} IN ACCESS EXCLUSIVE MODE`,
    ];
    const others = [
        'DROP SCHEMA relevo CASCADE',
        'CREATE TABLE relevo.forged ()',
        'CREATE TABLE public.forged ()',
        'CREATE SCHEMA forged',
        `CREATE FUNCTION relevo.forged() RETURNS integer LANGUAGE sql RETURN 1`,
        `ALTER ROLE ${role} SUPERUSER`,
        `GRANT ${owner} TO ${role}`,
        `SET ROLE ${owner}`,
        `CREATE ROLE forged`,
        `SELECT relevo.grant_to('${role}')`,
        `ALTER DATABASE ${database.environment.PGDATABASE} SET relevo.x = 1`,
        `COPY (SELECT) TO PROGRAM 'true'`,
        `SELECT pg_read_file('/etc/passwd')`,
        `SELECT nextval('relevo.workspace_id_seq')`,
        `SELECT setval('relevo.workspace_id_seq', 1)`,
        `SELECT relevo.revoke_1('w', 'ana')`,
        `SELECT relevo.partitions_make('20 years')`,
        `SELECT relevo.partitions_make('1 day', '2100-01-01')`,
        `SELECT relevo.partitions_drop('transition', '7 days')`,
        `SELECT relevo.partitions_drop('transition', '7 days', false, '2100-01-01')`,
        `SELECT relevo.partitions_drop('outcome', '7 days', true, 'infinity')`,
        `SELECT relevo.partitions('transition')`,
    ];
    const statements = [
        ...all.flatMap(each),
        ...columns.map(([table, column]) => `UPDATE relevo.${table} SET ${column} = DEFAULT`),
        ...others,
    ];
    const came = await attempt(statements);
    assert.equal(came.size, statements.length);
    assert.deepEqual(
        [...came].filter(([, code]) => code !== '42501'),
        [],
    );
});

/** What there is, in a few lines: the log, what it comes to, who has which place, and the partitions. */
const state = () =>
    database.query(`
    SELECT 'log', count(*), md5(string_agg(t::text, '' ORDER BY t.workspace_id, t.seq)) FROM relevo.transition t
    UNION ALL SELECT 'outcomes', count(*), md5(string_agg(o::text, '' ORDER BY o::text)) FROM relevo.outcome o
    UNION ALL SELECT 'conversations', count(*), md5(string_agg(c::text, '' ORDER BY c::text)) FROM relevo.conversation c
    UNION ALL SELECT 'heads', count(*), md5(string_agg(h::text, '' ORDER BY h.workspace_id)) FROM relevo.workspace_head h
    UNION ALL SELECT 'agents', count(*), md5(string_agg(a::text, '' ORDER BY a::text)) FROM relevo.agent a
    UNION ALL SELECT 'revocations', count(*), md5(string_agg(r::text, '' ORDER BY r::text)) FROM relevo.revocation r
    UNION ALL SELECT 'versions', count(*), md5(string_agg(s::text, '' ORDER BY s::text)) FROM relevo.schema_version s
    UNION ALL SELECT 'retention', count(*), md5(string_agg(r::text, '')) FROM relevo.retention r
    UNION ALL SELECT 'partitions', count(*), md5(string_agg(p.name, '' ORDER BY p.name))
    FROM unnest('{transition,outcome}'::name[]) t, relevo.partitions(t) p`);

const serve = (t, options) => serveOn(t, serving, options);

test('what it can call serves: commands, threads, consumers, pauses, an erase, a look-up', async (t) => {
    const workspace = new Workspace(t, await serve(t), database);
    const ana = await workspace.agent('ana');
    const bot = await workspace.follower('automation');
    await ana.does('send_message', 'c', { body: 'hola', channel: 'web' });
    await bot.untilPlace(await workspace.lastSeq());
    const sofia = await workspace.supervisor();
    await sofia.does('erase', 'c');
    assert.deepEqual(
        (await sofia.history('c')).entries.map(({ body }) => body ?? ''),
        ['', ''],
    );
});

test('what it can call changes nothing of the log, whatever it is told', async (t) => {
    const workspace = new Workspace(t, await serve(t), database);
    const ana = await workspace.agent('ana');
    await ana.does('send_message', 'c', { body: 'hola', channel: 'web' });
    await ana.leave();
    await workspace.server.stop();
    const before = await state();

    // Of each function, every argument is each of the nasty values of its type, while the others are usual.
    const usual = {
        bigint: '1',
        integer: '1',
        smallint: '3',
        text: "'w'",
        'bigint[]': "'{1}'",
        interval: "'1 day'",
        'relevo.conversation': 'NULL',
        'relevo.transition': 'NULL',
    };
    const nasty = {
        bigint: ['NULL', '-1', '0', '9223372036854775807', '-9223372036854775808'],
        integer: ['NULL', '-1', '0', '2147483647'],
        smallint: ['NULL', '-1', '99'],
        text: ['NULL', "''", "'transition'", "repeat('x', 70000)", "'x; DROP TABLE relevo.transition'"],
        'bigint[]': ['NULL', "'{}'", "'{NULL}'", "'{1,1}'", "'{-1}'"],
        boolean: ['NULL', 'true', 'false'],
        interval: ['NULL', "'20 years'", "'-20 years'", "'0'"],
        name: ['NULL', "'transition'", "'outcome'", "'pg_class'"],
        'relevo.conversation': ['NULL'],
        'relevo.transition': ['NULL'],
        'timestamp with time zone': ['NULL', "'2100-01-01'", "'infinity'", "'-infinity'"],
    };
    const functions = await database.query(`
        SELECT proname, coalesce((SELECT string_agg(CASE WHEN typrelid = 0 THEN format_type(t, NULL) ELSE 'relevo.' || typname END, '|' ORDER BY n)
                                  FROM unnest(proargtypes) WITH ORDINALITY a(t, n) JOIN pg_type p ON p.oid = t), '')
        FROM pg_proc WHERE pronamespace = 'relevo'::regnamespace AND proname <> 'append_1'`);
    const calls = functions.flatMap(([name, list]) => {
        const types = list === '' ? [] : list.split('|');
        const call = (values) => `SELECT relevo.${name}(${values.join(', ')})`;
        const all = types.map((type) => usual[type] ?? nasty[type][1]);
        return [
            call(all),
            ...types.flatMap((type, n) =>
                nasty[type].map((value) =>
                    call(all.map((other, i) => (i === n ? `${value}::${type}` : other))),
                ),
            ),
        ];
    });
    assert.ok(calls.length > 50, `${calls.length} calls`);
    const script = calls.map(
        (call) => `DO $do$ BEGIN EXECUTE $relevo$${call}$relevo$; EXCEPTION WHEN OTHERS THEN NULL; END $do$;`,
    );
    await queryServing(script.join('\n')); // and this time it stays done
    const changed = (now) => now.filter((line, n) => line.join() !== before[n].join()).map(([what]) => what);
    assert.deepEqual(changed(await state()), ['heads'], 'workspaces more, with an empty log');
    assert.deepEqual(
        await database.query(`
        SELECT DISTINCT last_seq FROM relevo.workspace_head WHERE workspace_id NOT IN (SELECT workspace_id FROM relevo.transition)`),
        [['0']],
    );
});

let seen = 0;

/** SQL that is an array of these rows, of a type of append_1's. */
const rowsOf = (type, rows) =>
    `ARRAY(SELECT r FROM jsonb_populate_recordset(NULL::relevo.append_1_${type}, '${JSON.stringify(rows)}') r)`;

/**
 * A call of append_1 with as many transitions as `places` has elements, which says in which of the
 * `workspaces` each is.
 */
async function append(
    workspaces,
    places,
    { knownSeqs = workspaces.map(() => 0), itemGroups = places.map(() => 1) } = {},
) {
    const columns = await database.query(`
        SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'relevo.append_1_transition'::regclass AND attnum > 0`);
    const usual = {
        boolean: false,
        text: '',
        uuid: '00000000-0000-0000-0000-000000000000',
        'timestamp with time zone': null,
    };
    const empty = Object.fromEntries(columns.map(([name, type]) => [name, type in usual ? usual[type] : 0]));
    const transitions = places.map((workspace, n) => ({
        ...empty,
        workspace,
        item_group: itemGroups[n],
        action: 16, // an agent is seen: that needs no conversation
        role: 1,
        by: `x${++seen}`,
        conversation_id: null,
    }));
    const values = [
        'false',
        `'{${workspaces}}'`,
        `'{${knownSeqs}}'`,
        `'{${workspaces.map(() => 'NULL')}}'`,
        rowsOf('item', []),
        rowsOf('transition', transitions),
    ];
    await queryServing(
        `SET lock_timeout = 2000; DO $do$ BEGIN PERFORM relevo.append_1(${values.join(', ')}); EXCEPTION WHEN OTHERS THEN NULL; END $do$;`,
    );
}

test('what it appends comes at the end of a log that it holds, and nowhere else', async (t) => {
    const workspace = new Workspace(t, await serve(t), database);
    const ana = await workspace.agent('ana');
    await ana.does('send_message', 'c', { body: 'hola', channel: 'web' });
    await ana.leave();
    await workspace.server.stop();
    const id = await database.value(`SELECT id FROM relevo.workspace WHERE name = '${workspace.name}'`);
    const log = (upTo) =>
        database.query(
            `SELECT t::text FROM relevo.transition t WHERE workspace_id = ${id} AND seq <= ${upTo} ORDER BY seq`,
        );
    const lastSeq = async () =>
        Number(await database.value(`SELECT last_seq FROM relevo.workspace_head WHERE workspace_id = ${id}`));
    const [last, before] = [await lastSeq(), await log(1000)];

    await append([id], [1, 1]);
    assert.equal(await lastSeq(), last + 2, 'an honest one is taken');
    await append([id, 999999], [2, 2, 2]); // where there is no log
    await append([999999], [1, 1, 1]);
    const release = await database.hold(
        `SELECT last_seq FROM relevo.workspace_head WHERE workspace_id = ${id} FOR UPDATE`,
    );
    const other = await database.value(
        `SELECT min(workspace_id) FROM relevo.workspace_head WHERE workspace_id < ${id}`,
    );
    await append([other, id], [2, 2, 2, 2]); // held by somebody else
    await append([other, id], [1, 2, 2, 2, 2, 2], { knownSeqs: [0, 1000000] });
    release();
    await append([id, id], [1, 2]); // the same twice
    await append([id, id], [1, 2, 2], { itemGroups: [7, 8, null] });
    await append([id], [1, 2, null]);
    await append([id], [1], { knownSeqs: [1000000] }); // another log

    assert.deepEqual(await log(last), before, 'what there was is as it was');
    assert.deepEqual(
        await database.query(`
        SELECT workspace_id, count(*), count(DISTINCT seq), max(seq), last_seq FROM relevo.transition LEFT JOIN relevo.workspace_head USING (workspace_id)
        GROUP BY workspace_id, last_seq
        HAVING count(*) <> last_seq OR count(DISTINCT seq) <> last_seq OR max(seq) <> last_seq OR last_seq IS NULL`),
        [],
        'no log has a gap, or a seq twice',
    );
    assert.deepEqual(
        await database.query(`
        SELECT FROM (SELECT at < lag(at) OVER (PARTITION BY workspace_id ORDER BY seq) AS is_backwards FROM relevo.transition) t WHERE is_backwards`),
        [],
    );
});
