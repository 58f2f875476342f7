-- The conversation $2 of the workspace $1.
SELECT c.id, c.channel, c.name, c.list, c.list_seq, c.assignee, c.automation_enabled, c.pause, c.pause_until, c.pause_seq,
       c.bot_blocked, c.version, c.seq, c.received, c.sent, c.unread, c.delivery, c.waiting_since, c.preview, c.preview_role,
       c.preview_at, c.last_action, c.last_by, c.last_role, c.last_at,
       c.waits_for_person, c.contact_seq, c.answer_seq, c.other_answer_seq, c.person_seq, c.answer_role, c.answer_by
FROM relevo.conversation c
WHERE c.workspace_id = $1::bigint AND c.id = $2::text
