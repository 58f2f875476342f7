-- What a node holds of the workspace that load_begin.sql has named (in psql -1: SET relevo.workspace = 1 and
-- so on): its head, the times of its last transitions, its agents, and what is open or paused, the newest
-- Completed, and what the last transitions were about. One string, and so one transaction, with one snapshot.
-- A conversation that is several of these comes several times.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL statement_timeout = '60s'; -- of each COPY: its rows are taken as fast as the node has time for them
SET LOCAL enable_seqscan = off; -- never the whole table, whatever its statistics say

COPY (
    SELECT h.workspace_id, w.default_pause_ms, h.last_seq, h.last_at, h.open_count, h.completed_count,
           -- What is known follows this.
           coalesce((SELECT min(t.seq) - 1 FROM relevo.transition t
                     WHERE t.workspace_id = h.workspace_id
                       AND t.seq > h.last_seq - current_setting('relevo.load_back')::bigint), h.last_seq)
    FROM relevo.workspace w JOIN relevo.workspace_head h ON h.workspace_id = w.id
    WHERE w.id = current_setting('relevo.workspace')::bigint
) TO STDOUT (FORMAT binary);

COPY (
    SELECT t.seq, t.at FROM relevo.transition t
    WHERE t.workspace_id = current_setting('relevo.workspace')::bigint
      AND t.seq >= (SELECT h.last_seq - current_setting('relevo.load_back')::bigint
                    FROM relevo.workspace_head h
                    WHERE h.workspace_id = current_setting('relevo.workspace')::bigint)
    ORDER BY t.seq
) TO STDOUT (FORMAT binary);

COPY (
    SELECT a.id, a.name, a.role, a.seq FROM relevo.agent a
    WHERE a.workspace_id = current_setting('relevo.workspace')::bigint
) TO STDOUT (FORMAT binary);

COPY (
    SELECT r.* FROM relevo.conversation c, relevo.read_row_1(c) r
    WHERE c.workspace_id + 0 = current_setting('relevo.workspace')::bigint AND c.held
    UNION ALL
    (SELECT r.* FROM relevo.conversation c, relevo.read_row_1(c) r
     WHERE c.workspace_id = current_setting('relevo.workspace')::bigint AND c.list = relevo.list('completed')
     ORDER BY c.list_seq DESC LIMIT current_setting('relevo.completed_rows')::bigint)
    UNION ALL
    SELECT d.*
    FROM (SELECT DISTINCT t.workspace_id, t.conversation_id
          FROM relevo.transition t
          WHERE t.workspace_id = current_setting('relevo.workspace')::bigint AND t.conversation_id IS NOT NULL
            AND t.seq > (SELECT h.last_seq - current_setting('relevo.load_back')::bigint
                         FROM relevo.workspace_head h
                         WHERE h.workspace_id = current_setting('relevo.workspace')::bigint)) t
    CROSS JOIN LATERAL ( -- one conversation by one: never the whole workspace
        SELECT r.* FROM relevo.conversation c, relevo.read_row_1(c) r
        WHERE c.workspace_id = t.workspace_id AND c.id = t.conversation_id LIMIT 1) d
) TO STDOUT (FORMAT binary)
