-- The $2 workspaces with the most overdue pauses, of those that end before now and $1 milliseconds.
SELECT w.name
FROM relevo.conversation c JOIN relevo.workspace w ON w.id = c.workspace_id
WHERE c.held AND c.pause_until < clock_timestamp() + $1::bigint * interval '1 millisecond'
GROUP BY w.id
ORDER BY min(c.pause_until)
LIMIT $2::bigint
