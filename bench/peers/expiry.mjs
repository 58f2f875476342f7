// Pauses that end by themselves: all that have come to their end in a workspace at once, up to a thousand, in
// one statement, which gives them their places in the log under the lock on the workspace's head.

import { pool } from './shared.mjs';

const MOST = 1000;
const LOOK_AGAIN_MS = 1000; // others may have set a pause that ends sooner
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

const END = `WITH locked AS MATERIALIZED (
        SELECT seq, ${NOW} AS at FROM head WHERE workspace = $1 FOR UPDATE
    ), due AS MATERIALIZED (
        SELECT id, row_number() OVER () AS nth, locked.at, locked.seq FROM locked, LATERAL (
            SELECT c.id FROM conversation c
            WHERE c.workspace = $1 AND c.pause_until > 0 AND c.pause_until <= locked.at
            ORDER BY c.pause_until LIMIT ${MOST} OFFSET 0) c
    ), next AS (
        UPDATE head SET seq = seq + (SELECT count(*) FROM due) WHERE workspace = $1
    ), entries AS (
        INSERT INTO log SELECT $1, seq + nth, at, NULL, 'expire', 'server', id FROM due
    )
    UPDATE conversation c SET pause_until = 0, version = version + 1, seq = due.seq + due.nth,
        last_action = 'expire', last_by = 'server'
    FROM due WHERE c.workspace = $1 AND c.id = due.id
    RETURNING c.*`;

const ask = async (name, text, values = []) => (await pool.query({ name, text, values })).rows;

async function endAll(workspace, push) {
    let rows;
    do {
        rows = await ask('end', END, [workspace]);
        for (const row of rows) push(workspace, row);
    } while (rows.length === MOST);
}

/** Ends each pause when its time has come, and pushes the rows that this changes. */
export async function watchPauses(push) {
    for (;;) {
        const due = await ask(
            'due',
            `SELECT DISTINCT workspace FROM conversation WHERE pause_until > 0 AND pause_until <= ${NOW}`,
        );
        await Promise.all(due.map(({ workspace }) => endAll(workspace, push)));
        if (due.length > 0) continue;
        const [{ wait_ms }] = await ask(
            'next',
            `SELECT min(pause_until) - ${NOW} AS wait_ms FROM conversation WHERE pause_until > 0`,
        );
        const rest = Math.min(wait_ms ?? LOOK_AGAIN_MS, LOOK_AGAIN_MS);
        await new Promise((resolve) => setTimeout(resolve, Math.max(rest, 0)));
    }
}
