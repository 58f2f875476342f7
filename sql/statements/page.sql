-- The $3 newest Completed conversations of the workspace $1 that came into the list before the transition $2.
SELECT r.*
FROM relevo.conversation c, relevo.read_row_1(c) r
WHERE c.workspace_id = $1::bigint AND c.list = relevo.list('completed') AND c.list_seq < $2::bigint
ORDER BY c.list_seq DESC
LIMIT $3::bigint
