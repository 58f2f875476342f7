-- What a node holds of the workspace that load_begin.sql has named (in psql -1: SET relevo.workspace = 1 and so on): its head, the
-- times of its last transitions, its agents, and what is open or paused, the newest Completed, and what the last transitions were about. One string, and so one
-- transaction, with one snapshot. A conversation that is several of these comes several times.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL statement_timeout = '60s'; -- of each COPY: its rows are taken as fast as the node has time for them
SET LOCAL enable_seqscan = off; -- never the whole table, whatever its statistics say

COPY (
    SELECT h.workspace_id, w.default_pause_ms, h.last_seq, h.last_at, h.open_count, h.completed_count,
           coalesce((SELECT min(t.seq) - 1 FROM relevo.transition t
                     WHERE t.workspace_id = h.workspace_id
                       AND t.seq > h.last_seq - current_setting('relevo.load_back')::bigint), h.last_seq) -- what is known follows it
    FROM relevo.workspace w JOIN relevo.workspace_head h ON h.workspace_id = w.id
    WHERE w.id = current_setting('relevo.workspace')::bigint
) TO STDOUT (FORMAT binary);

COPY (
    SELECT t.seq, t.at FROM relevo.transition t
    WHERE t.workspace_id = current_setting('relevo.workspace')::bigint
      AND t.seq >= (SELECT h.last_seq - current_setting('relevo.load_back')::bigint FROM relevo.workspace_head h
                    WHERE h.workspace_id = current_setting('relevo.workspace')::bigint)
    ORDER BY t.seq
) TO STDOUT (FORMAT binary);

COPY (
    SELECT a.id, a.name, a.role, a.seq FROM relevo.agent a WHERE a.workspace_id = current_setting('relevo.workspace')::bigint
) TO STDOUT (FORMAT binary);

COPY (
    SELECT c.id, c.channel, c.name, c.list, c.list_seq, c.assignee, c.automation_enabled, c.pause, c.pause_until, c.pause_seq,
           c.bot_blocked, c.version, c.seq, c.received, c.sent, c.unread, c.delivery, c.waiting_since, c.preview, c.preview_role,
           c.preview_at, c.last_action, c.last_by, c.last_role, c.last_at,
           c.waits_for_person, c.contact_seq, c.answer_seq, c.other_answer_seq, c.person_seq, c.answer_role, c.answer_by
    FROM (
        SELECT d.* FROM relevo.conversation d WHERE d.workspace_id = current_setting('relevo.workspace')::bigint AND d.held
        UNION ALL
        (SELECT d.* FROM relevo.conversation d
         WHERE d.workspace_id = current_setting('relevo.workspace')::bigint AND d.list = 2
         ORDER BY d.list_seq DESC LIMIT current_setting('relevo.completed_rows')::bigint)
        UNION ALL
        SELECT d.*
        FROM (SELECT DISTINCT t.workspace_id, t.conversation_id
              FROM relevo.transition t
              WHERE t.workspace_id = current_setting('relevo.workspace')::bigint AND t.conversation_id IS NOT NULL
                AND t.seq > (SELECT h.last_seq - current_setting('relevo.load_back')::bigint FROM relevo.workspace_head h
                             WHERE h.workspace_id = current_setting('relevo.workspace')::bigint)) t
        CROSS JOIN LATERAL ( -- row by row: never the whole workspace
            SELECT e.* FROM relevo.conversation e
            WHERE e.workspace_id = t.workspace_id AND e.id = t.conversation_id LIMIT 1) d
    ) c
) TO STDOUT (FORMAT binary)
