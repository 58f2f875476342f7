-- The agents of the workspace named $1.
SELECT a.id, a.name, a.role, a.seq
FROM relevo.workspace w JOIN relevo.agent a ON a.workspace_id = w.id
WHERE w.name = $1::text
