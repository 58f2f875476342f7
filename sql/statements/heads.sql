-- Where the logs of the workspaces $1 end, in the order of $1; 0 where nothing has been committed.
SELECT coalesce(h.last_seq, 0)
FROM unnest($1::bigint[]) WITH ORDINALITY w(id, n)
LEFT JOIN LATERAL (SELECT i.last_seq FROM relevo.workspace_head i WHERE i.workspace_id = w.id OFFSET 0) h ON true
ORDER BY w.n
