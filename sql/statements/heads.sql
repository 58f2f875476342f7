-- Where the logs of the workspaces $1 end, in the order of $1; 0 where nothing has been committed.
SELECT coalesce(h.last_seq, 0)
FROM unnest($1::bigint[]) WITH ORDINALITY w(id, n) LEFT JOIN relevo.workspace_head h ON h.workspace_id = w.id
ORDER BY w.n
