-- What happened in the conversation $2 of the workspace $1 before the seq $3 and after $4, newest first: $5 +
-- 1 transitions at most, none behind the one whose body makes $8 bytes full, of messages alone if $6, within
-- $7 steps. It needs no index of its own: each transition names the one before it, which is no younger. The
-- walk carries no rows, as each would be copied whole, with its body. At least one row where there is the
-- conversation: the seq where the walk has ended, the next, and how many steps it took.
WITH RECURSIVE walk AS (
    -- It begins in front of $3, where that is one of the conversation's own; else at its end.
    SELECT 0::bigint AS steps, 0::bigint AS found, 0::bigint AS bytes, false AS is_found, NULL::bigint AS seq,
           coalesce(o.before_seq, c.seq) AS next_seq, coalesce(o.at, 'infinity') AS at
    FROM relevo.conversation c
    LEFT JOIN LATERAL (
        SELECT u.before_seq, u.at FROM relevo.transition u
        WHERE u.workspace_id = $1 AND u.seq = $3 AND u.conversation_id = $2
        ORDER BY u.at DESC LIMIT 1
    ) o ON true
    WHERE c.workspace_id = $1::bigint AND c.id = $2::text
    UNION ALL
    SELECT w.steps + 1, w.found + s.is_found::integer, w.bytes + CASE WHEN s.is_found THEN s.bytes ELSE 0 END,
           s.is_found, s.seq, s.before_seq, s.at
    FROM walk w
    CROSS JOIN LATERAL (
        SELECT u.seq, u.before_seq, u.at, coalesce(octet_length(u.body), 0) AS bytes,
               u.seq < $3::bigint AND (NOT $6::boolean OR u.action IN (
                   relevo.action('send_message'), relevo.action('contact_message'),
                   relevo.action('bot_message'), relevo.action('erase'))) AS is_found
        FROM relevo.transition u
        WHERE u.workspace_id = $1 AND u.seq = w.next_seq AND u.at <= w.at
        ORDER BY u.at DESC LIMIT 1
    ) s
    WHERE w.next_seq > $4::bigint AND w.found <= $5::bigint AND w.steps < $7::bigint AND w.bytes < $8::bigint
)
SELECT e.seq, e.next_seq, e.steps, t.*
FROM (SELECT l.seq, l.next_seq, l.steps FROM walk l ORDER BY l.steps DESC LIMIT 1) e
LEFT JOIN walk w ON w.is_found
LEFT JOIN LATERAL (
    SELECT r.* FROM relevo.transition u, relevo.read_entry_1(u, u.body) r
    WHERE u.workspace_id = $1 AND u.seq = w.seq AND u.at = w.at
    OFFSET 0
) t ON true
ORDER BY w.steps
