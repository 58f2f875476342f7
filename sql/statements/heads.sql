-- Where the logs of the workspaces $1 end, and when that was, in the order of $1; 0 and no time where nothing
-- has been committed.
SELECT coalesce(h.last_seq, 0), CASE WHEN h.last_seq > 0 THEN h.last_at END
FROM unnest($1::bigint[]) WITH ORDINALITY w(id, n)
LEFT JOIN LATERAL (
    SELECT i.last_seq, i.last_at FROM relevo.workspace_head i WHERE i.workspace_id = w.id
    OFFSET 0
) h ON true
ORDER BY w.n
