// What the peers share: the database, who somebody is, and what they say. They speak so much of Relevo's
// protocol (hello, welcome, command, answer, sync, in msgpack) that the same load generator serves them all.

import { createHmac, timingSafeEqual } from 'node:crypto';
import msgpack from 'notepack.io';
import pg from 'pg';

export const { encode, decode } = msgpack;

pg.types.setTypeParser(pg.types.builtins.INT8, Number);
export const pool = new pg.Pool({ max: 10 });

export const COLUMNS = [
    'id',
    'channel',
    'name',
    'list',
    'list_seq',
    'assignee',
    'pause_until',
    'version',
    'seq',
    'received',
    'unread',
    'waiting_since',
    'preview',
    'preview_at',
    'last_action',
    'last_by',
];

/** Who has this token (a JWT, HS256): workspace, agent, role. */
export function identify(token) {
    const [head, claims, signature] = token.split('.');
    const right = createHmac('sha256', process.env.RELEVO_SECRET).update(`${head}.${claims}`).digest();
    if (!timingSafeEqual(right, Buffer.from(signature, 'base64url'))) throw new Error('a bad token');
    return JSON.parse(Buffer.from(claims, 'base64url'));
}

const valuesOf = (row) => COLUMNS.map((column) => row[column]);

/** The row as it has been committed, to every dashboard of its workspace. */
export const syncOf = (row) => ({
    t: 'sync',
    from: row.seq - 1,
    to: row.seq,
    mark: row.preview_at,
    rows: [valuesOf(row)],
});

export const answerOf = (command, row) => ({ t: 'answer', id: command.id, outcome: 'done', seq: row.seq });

export const isDashboard = ({ role }) => role === 'agent' || role === 'supervisor';

export async function welcomeOf(who) {
    const name = 'welcome';
    const text = 'INSERT INTO head (workspace) VALUES ($1) ON CONFLICT DO NOTHING';
    await pool.query({ name, text, values: [who.workspace] });
    return { t: 'welcome', workspace: who.workspace, agent: who.agent, columns: COLUMNS };
}

/** All Open rows, and the seq up to which they are what the log says. */
export async function screenOf({ workspace }) {
    const { rows } = await pool.query({
        name: 'screen',
        text: `SELECT h.seq AS to, c.* FROM head h
            LEFT JOIN conversation c ON c.workspace = h.workspace AND c.list = 1 WHERE h.workspace = $1`,
        values: [workspace],
    });
    const found = rows[0].id === null ? [] : rows.map(valuesOf);
    return { t: 'sync', from: 0, to: rows[0].to, mark: 0, fresh: true, rows: found };
}
