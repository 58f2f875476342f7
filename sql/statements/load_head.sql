-- The workspace named $1: nothing where there is none yet.
SELECT w.id, w.default_pause_ms, h.last_seq, h.last_at, h.open_count, h.completed_count
FROM relevo.workspace w JOIN relevo.workspace_head h ON h.workspace_id = w.id
WHERE w.name = $1::text
