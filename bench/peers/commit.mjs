// Two ways to carry out a command so that the workspace's log has it in the order of commit, without gaps:
// whoever holds the lock on the workspace's head has the next seq, and has it until the commit. Both give the
// row that has been committed.

import { pool } from './shared.mjs';

const PAUSE_MS = 3_600_000;
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

// What a command does to a conversation that is there already.
const changes = {
    contact_message: (row, { body }, at) => ({
        received: row.received + 1,
        unread: row.unread + 1,
        waiting_since: row.waiting_since || at,
        preview: body.slice(0, 120),
        preview_at: at,
    }),
    reopen: (row, _, at, seq) => ({
        list: 1,
        list_seq: row.list === 1 ? row.list_seq : seq,
        pause_until: at + PAUSE_MS,
        version: row.version + 1,
    }),
};

const UPSERT = `INSERT INTO conversation (workspace, id, channel, list, list_seq, pause_until, version, seq,
        received, unread, waiting_since, preview, preview_at, last_action, last_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    ON CONFLICT (workspace, id) DO UPDATE SET (list, list_seq, pause_until, version, seq,
        received, unread, waiting_since, preview, preview_at, last_action, last_by) =
        ROW ($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    RETURNING *`;

/** What most write: lock, read, decide, write, commit. */
export async function transaction({ workspace, agent }, command) {
    const client = await pool.connect();
    const ask = async (name, text, values) => (await client.query({ name, text, values })).rows[0];
    try {
        await client.query('BEGIN');
        const head = await ask(
            'head',
            `SELECT seq + 1 AS seq, ${NOW} AS at FROM head WHERE workspace = $1 FOR UPDATE`,
            [workspace],
        );
        const found = await ask(
            'row',
            'SELECT * FROM conversation WHERE workspace = $1 AND id = $2 FOR UPDATE',
            [workspace, command.conversation],
        );
        const { seq, at } = head;
        const none = { list: 0, list_seq: 0, pause_until: 0, version: 0, received: 0, unread: 0 };
        const row = found ?? { ...none, channel: agent, waiting_since: 0, preview: '', preview_at: 0 };
        Object.assign(row, changes[command.do](row, command, at, seq));
        const written = await ask('upsert', UPSERT, [
            ...[workspace, command.conversation, row.channel, row.list, row.list_seq, row.pause_until],
            ...[row.version, seq, row.received, row.unread, row.waiting_since, row.preview, row.preview_at],
            ...[command.do, agent],
        ]);
        await ask('log', 'INSERT INTO log VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
            ...[workspace, seq, at, command.id, command.do, agent, command.conversation, command.body],
        ]);
        await ask('seq', 'UPDATE head SET seq = $2 WHERE workspace = $1', [workspace, seq]);
        await client.query('COMMIT');
        return written;
    } catch (error) {
        await client.query('ROLLBACK');
        throw error;
    } finally {
        client.release();
    }
}

const sets = {
    contact_message: `received = c.received + 1, unread = c.unread + 1, preview = left($6, 120),
        waiting_since = CASE c.waiting_since WHEN 0 THEN excluded.preview_at ELSE c.waiting_since END,
        preview_at = excluded.preview_at`,
    reopen: `list = 1, list_seq = CASE c.list WHEN 1 THEN c.list_seq ELSE excluded.seq END,
        pause_until = ${NOW} + ${PAUSE_MS}, version = c.version + 1`,
};

const oneStatement = (action) => `WITH next AS (
        UPDATE head SET seq = seq + 1 WHERE workspace = $1 RETURNING seq, ${NOW} AS at
    ), entry AS (
        INSERT INTO log SELECT $1::text, seq, at, $3::bytea, $4::text, $5::text, $2::text, $6::text FROM next
    )
    INSERT INTO conversation AS c (workspace, id, channel, seq, received, unread, waiting_since, preview,
        preview_at, last_action, last_by)
    SELECT $1, $2, $5, seq, 1, 1, at, coalesce(left($6, 120), ''), at, $4, $5 FROM next
    ON CONFLICT (workspace, id) DO UPDATE SET seq = excluded.seq, last_action = $4, last_by = $5,
        ${sets[action]}
    RETURNING *`;

const statements = { contact_message: oneStatement('contact_message'), reopen: oneStatement('reopen') };

/** What few write: the same in one statement, so that the head is locked for no longer than it takes. */
export async function statement({ workspace, agent }, command) {
    const { rows } = await pool.query({
        name: command.do,
        text: statements[command.do],
        values: [workspace, command.conversation, command.id, command.do, agent, command.body],
    });
    return rows[0];
}
