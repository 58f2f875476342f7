-- What a node holds of the workspace named $1: what is open or paused, the $2 newest Completed ones, and what the last $3
-- transitions were about.
WITH workspace AS (
    SELECT w.id, h.last_seq FROM relevo.workspace w JOIN relevo.workspace_head h ON h.workspace_id = w.id WHERE w.name = $1::text
), wanted AS (
    SELECT c.id FROM workspace w JOIN relevo.conversation c ON c.workspace_id = w.id WHERE c.held
    UNION
    SELECT c.id FROM workspace w CROSS JOIN LATERAL (
        SELECT d.id FROM relevo.conversation d
        WHERE d.workspace_id = w.id AND d.list = 2 ORDER BY d.list_seq DESC LIMIT $2::bigint) c
    UNION
    SELECT t.conversation_id FROM workspace w
    JOIN relevo.transition t ON t.workspace_id = w.id AND t.seq > w.last_seq - $3::bigint
    WHERE t.conversation_id IS NOT NULL
)
SELECT c.*
FROM wanted n CROSS JOIN workspace w CROSS JOIN LATERAL ( -- row by row: never the whole workspace
    SELECT c.id, c.channel, c.name, c.list, c.list_seq, c.assignee, c.automation_enabled, c.pause, c.pause_until, c.pause_seq,
           c.bot_blocked, c.version, c.seq, c.received, c.sent, c.unread, c.delivery, c.waiting_since, c.preview, c.preview_role,
           c.preview_at, c.last_action, c.last_by, c.last_role, c.last_at
    FROM relevo.conversation c WHERE c.workspace_id = w.id AND c.id = n.id LIMIT 1) c
