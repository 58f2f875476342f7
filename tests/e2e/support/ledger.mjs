// What clients were answered, and whether the tables say the same.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

const WRITES = new Set([3, 10, 11]); // send_message, contact_message, bot_message

/** A workspace's commands with their final answers. */
export class Ledger {
    #given = new Map(); // by id, in hex: { action, conversation, seen, answer }

    /** Gives a command until it is settled. */
    async give(client, action, conversation, fields) {
        const id = randomBytes(16);
        const entry = { action, conversation, seen: fields?.seen };
        this.#given.set(id.toString('hex'), entry);
        entry.answer = await client.settlesAs(id, action, conversation, fields);
        return entry.answer;
    }

    /** How often what came out: { done: 12, paused: 3 … } */
    get tally() {
        const tally = {};
        for (const { answer } of this.#given.values()) {
            const came = answer?.reason ?? answer?.outcome ?? 'nothing';
            tally[came] = (tally[came] ?? 0) + 1;
        }
        return tally;
    }

    /**
     * Holds the tables to the answers, and to themselves. `workspace` is one of support/whole.mjs; nobody
     * writes any more.
     */
    async check(workspace) {
        await checkLog(workspace);
        await checkConversations(workspace);
        await this.#checkAnswers(workspace);
        await this.#checkReplies(workspace);
    }

    /**
     * Nothing was carried out by one who said what he had seen, and had not seen the contact's last message
     * or somebody else's answer; nor was anything refused for what he had.
     */
    async #checkReplies(workspace) {
        const transitions = await rows(
            workspace,
            `
            SELECT conversation_id, seq, replace(command_id::text, '-', ''), action,
                   CASE WHEN role IN (1, 2) THEN 'person' ELSE role::text END || ' ' || coalesce(by, '')
            FROM relevo.transition WHERE workspace_id = :workspace AND conversation_id IS NOT NULL ORDER BY conversation_id, seq`,
        );
        let messages = [];
        for (const [i, [conversation, seq, id, action, author]] of transitions.entries()) {
            if (i === 0 || conversation !== transitions[i - 1][0]) messages = [];
            const { action: given, seen, answer } = this.#given.get(id) ?? {};
            const missed = messages.find((message) => message.seq > seen && message.author !== author);
            assert.ok(
                answer?.outcome !== 'done' || !missed,
                `${given} at ${seq} by ${author}, who had seen ${conversation} up to ${seen}: ${missed?.author} wrote at ${missed?.seq}`,
            );
            if (WRITES.has(Number(action))) messages.push({ seq: Number(seq), author });
        }
        const written = new Map(
            transitions
                .filter(([, , , action]) => WRITES.has(Number(action)))
                .map(([conversation, seq]) => [Number(seq), conversation]),
        );
        for (const [
            id,
            {
                action,
                conversation,
                seen,
                answer: { reason, since, seq },
            },
        ] of this.#given) {
            if (reason !== 'answered' && reason !== 'contact_wrote') continue;
            const isSo = since > seen && seq >= since && written.get(since) === conversation;
            assert.ok(
                isSo,
                `${action} ${id} of ${conversation}, seen up to ${seen}: ${reason} at ${since}, judged at ${seq}`,
            );
        }
    }

    async #checkAnswers(workspace) {
        const transitions = new Map();
        for (const [id, seq] of await rows(
            workspace,
            "SELECT replace(command_id::text, '-', ''), seq FROM relevo.transition WHERE workspace_id = :workspace AND conversation_id IS NOT NULL",
        )) {
            assert.ok(this.#given.has(id), `transition ${seq} is of a command that nobody gave`);
            assert.ok(
                !transitions.has(id),
                `command ${id} has transitions ${transitions.get(id)} and ${seq}`,
            );
            transitions.set(id, Number(seq));
        }
        const outcomes = new Map(
            await rows(
                workspace,
                "SELECT replace(command_id::text, '-', ''), seq FROM relevo.outcome WHERE workspace_id = :workspace",
            ),
        );
        for (const [id, { action, answer }] of this.#given) {
            const what = `${action} ${id}, answered ${answer.outcome} ${answer.reason ?? answer.seq ?? ''}`;
            if (answer.outcome === 'done') {
                assert.equal(transitions.get(id), answer.seq, `${what}: its transition`);
                assert.equal(Number(outcomes.get(id)), answer.seq, `${what}: its outcome`);
            } else if (answer.reason !== 'paused') {
                assert.ok(!transitions.has(id), `${what}, and yet it has transition ${transitions.get(id)}`);
            }
        }
    }
}

async function rows(workspace, sql) {
    const id = await workspace.value('SELECT :workspace');
    return workspace.database.query(sql.replaceAll(':workspace', id));
}

/** One, two, three … and in the order of time. */
async function checkLog(workspace) {
    const [[count, first, last, head]] = await rows(
        workspace,
        `
        SELECT count(*), min(seq), max(seq), (SELECT last_seq FROM relevo.workspace_head WHERE workspace_id = :workspace)
        FROM relevo.transition WHERE workspace_id = :workspace`,
    );
    assert.deepEqual([first, count, head], ['1', last, last], 'the log has no gaps, and its end is known');
    const [[backwards]] = await rows(
        workspace,
        `
        SELECT count(*) FROM (SELECT at < lag(at) OVER (ORDER BY seq) AS is_back FROM relevo.transition WHERE workspace_id = :workspace) t
        WHERE is_back`,
    );
    assert.equal(backwards, '0', 'time does not go backwards');
}

/**
 * Each conversation is as its last transition left it; each transition was decided on the one before; the
 * counts are right.
 */
async function checkConversations(workspace) {
    const names = await workspace.database.query(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'relevo.conversation_columns'::regclass AND attnum > 0",
    );
    const columns = (table) => names.map(([name]) => `${table}.${name}`).join();
    const [[torn]] = await rows(
        workspace,
        `
        SELECT count(*) FROM relevo.conversation c FULL JOIN (
            SELECT DISTINCT ON (conversation_id) * FROM relevo.transition
            WHERE workspace_id = :workspace AND conversation_id IS NOT NULL ORDER BY conversation_id, seq DESC
        ) t ON c.workspace_id = t.workspace_id AND c.id = t.conversation_id
        WHERE coalesce(c.workspace_id, t.workspace_id) = :workspace
          AND (c.seq IS DISTINCT FROM t.seq OR (${columns('c')}) IS DISTINCT FROM (${columns('t')}))`,
    );
    assert.equal(torn, '0', 'conversations that are not as their last transition left them');
    const [[astray]] = await rows(
        workspace,
        `
        SELECT count(*) FROM (
            SELECT before_seq, lag(seq, 1, 0::bigint) OVER (PARTITION BY conversation_id ORDER BY seq) AS previous
            FROM relevo.transition WHERE workspace_id = :workspace AND conversation_id IS NOT NULL
        ) t WHERE before_seq <> previous`,
    );
    assert.equal(astray, '0', 'transitions that were decided on another state than there was');
    const [counts] = await rows(
        workspace,
        `
        SELECT open_count = (SELECT count(*) FROM relevo.conversation WHERE workspace_id = :workspace AND list = 1),
               completed_count = (SELECT count(*) FROM relevo.conversation WHERE workspace_id = :workspace AND list = 2)
        FROM relevo.workspace_head WHERE workspace_id = :workspace`,
    );
    assert.deepEqual(counts, ['t', 't'], 'the sizes of the lists');
}

const SHOWN = [
    'seq',
    'version',
    'list',
    'list_seq',
    'received',
    'sent',
    'unread',
    'delivery',
    'assignee',
    'preview',
    'name',
    'last_by',
    'waits_for_person',
    'contact_seq',
    'answer_seq',
    'answer_by',
    'person_seq',
];

/**
 * What a dashboard that has caught up shows is what the table says: all that is open, and of the rest what it
 * was sent.
 */
export async function checkDashboard(workspace, client) {
    const table = new Map();
    for (const [json] of await rows(
        workspace,
        `
        SELECT json_build_object('id', id, ${SHOWN.map((name) => `'${name}', ${name}`).join()}) FROM relevo.conversation WHERE workspace_id = :workspace`,
    )) {
        const row = JSON.parse(json);
        table.set(row.id, row);
    }
    const open = (each) =>
        [...each]
            .filter((row) => row.list === 1)
            .map((row) => row.id)
            .sort();
    assert.deepEqual(open(client.rows.values()), open(table.values()), 'what is open');
    for (const shown of client.rows.values()) {
        const row = table.get(shown.id);
        // In neither list, and nobody is told what becomes of it.
        if (shown.list === 0 && row.list === 0) continue;
        assert.deepEqual(Object.fromEntries(['id', ...SHOWN].map((name) => [name, shown[name]])), row);
    }
}
