-- The $2 workspaces with the most overdue pauses, of those that end before now and $1 milliseconds; without the workspaces $3, which
-- whoever asks watches himself. Each head says when a pause may end at the earliest; of those whose time comes it is looked up, and said
-- anew, unless somebody is at work there. That reads all that is held there: seldom, as what is due is loaded, and then watched.
WITH due AS MATERIALIZED (
    SELECT h.workspace_id, h.last_seq, h.next_pause_end, (
        SELECT min(c.pause_until) FROM relevo.conversation c WHERE c.workspace_id = h.workspace_id AND c.held) AS pause_end
    FROM relevo.workspace_head h
    WHERE h.next_pause_end < now() + $1::bigint * interval '1 millisecond'
      AND h.workspace_id NOT IN (SELECT unnest($3::bigint[])) -- by a hash table
    ORDER BY h.next_pause_end
    LIMIT 1000
), moved AS (
    SELECT h.workspace_id, d.pause_end
    FROM due d
    CROSS JOIN LATERAL ( -- by its key, whatever the statistics say: as in append_1
        SELECT i.workspace_id FROM relevo.workspace_head i
        WHERE i.workspace_id = d.workspace_id AND i.last_seq = d.last_seq
        FOR NO KEY UPDATE SKIP LOCKED) h
    WHERE d.pause_end IS DISTINCT FROM d.next_pause_end
), said AS (
    UPDATE relevo.workspace_head h SET next_pause_end = m.pause_end
    FROM moved m WHERE h.workspace_id = ANY (ARRAY[m.workspace_id])
)
SELECT w.name
FROM due d CROSS JOIN LATERAL (SELECT v.name FROM relevo.workspace v WHERE v.id = d.workspace_id OFFSET 0) w
WHERE d.pause_end < now() + $1 * interval '1 millisecond'
ORDER BY d.pause_end
LIMIT $2::bigint
