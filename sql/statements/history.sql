-- What happened in the conversation $2 of the workspace $1 before the seq $3 and after $4, newest first: $5 + 1 transitions at most, of
-- messages alone if $6, within $7 steps. It needs no index of its own: each transition names the one before it, which is no younger.
-- At least one row where there is the conversation: the seq where the walk has ended, the next, and how many steps it took.
WITH RECURSIVE walk AS (
    -- It begins in front of $3, where that is one of the conversation's own; else at its end.
    SELECT 0::bigint AS steps, 0::bigint AS found, false AS is_found, coalesce(o.before_seq, c.seq) AS next_seq,
           coalesce(o.at, 'infinity') AS at, NULL::relevo.transition AS t
    FROM relevo.conversation c
    LEFT JOIN LATERAL (
        SELECT u.before_seq, u.at FROM relevo.transition u
        WHERE u.workspace_id = $1 AND u.seq = $3 AND u.conversation_id = $2
        ORDER BY u.at DESC LIMIT 1
    ) o ON true
    WHERE c.workspace_id = $1::bigint AND c.id = $2::text
    UNION ALL
    SELECT w.steps + 1, w.found + s.is_found::integer, s.is_found, (s.t).before_seq, (s.t).at, s.t
    FROM walk w
    CROSS JOIN LATERAL (
        SELECT u AS t, u.seq < $3::bigint AND (NOT $6::boolean OR u.action IN (3, 10, 11, 17)) AS is_found
        FROM relevo.transition u
        WHERE u.workspace_id = $1 AND u.seq = w.next_seq AND u.at <= w.at
        ORDER BY u.at DESC LIMIT 1
    ) s
    WHERE w.next_seq > $4::bigint AND w.found <= $5::bigint AND w.steps < $7::bigint
)
SELECT e.seq, e.next_seq, e.steps, (w.t).conversation_id, (w.t).channel, (w.t).name, (w.t).list, (w.t).list_seq, (w.t).assignee,
       (w.t).automation_enabled, (w.t).pause, (w.t).pause_until, (w.t).pause_seq, (w.t).bot_blocked, (w.t).version, (w.t).seq,
       (w.t).received, (w.t).sent, (w.t).unread, (w.t).delivery, (w.t).waiting_since, (w.t).preview, (w.t).preview_role,
       (w.t).preview_at, (w.t).last_action, (w.t).last_by, (w.t).last_role, (w.t).last_at,
       (w.t).at, (w.t).command_id, (w.t).action, (w.t).role, (w.t).by, (w.t).from_list, (w.t).before_seq, (w.t).body,
       (w.t).message, (w.t).reported
FROM (SELECT (l.t).seq, l.next_seq, l.steps FROM walk l ORDER BY l.steps DESC LIMIT 1) e
LEFT JOIN walk w ON w.is_found
ORDER BY w.steps
