-- The conversation $2 of the workspace $1.
SELECT r.*
FROM relevo.conversation c, relevo.read_row_1(c) r
WHERE c.workspace_id = $1::bigint AND c.id = $2::text
