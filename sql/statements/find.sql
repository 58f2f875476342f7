-- The conversations of the workspace $1 that $2 finds, $3 at most: those whose id begins with it, by id; then those whose name does, by
-- name. What begins with a text lies between it and it followed by the last of all characters. Of each kind $3 are read and no more, also
-- where all are of both: of those that are found by name, only those can be found by id too that have been.
SELECT c.id, c.channel, c.name, c.list, c.list_seq, c.assignee, c.automation_enabled, c.pause, c.pause_until, c.pause_seq,
       c.bot_blocked, c.version, c.seq, c.received, c.sent, c.unread, c.delivery, c.waiting_since, c.preview, c.preview_role,
       c.preview_at, c.last_action, c.last_by, c.last_role, c.last_at,
       c.waits_for_person, c.contact_seq, c.answer_seq, c.other_answer_seq, c.person_seq, c.answer_role, c.answer_by
FROM (
    (SELECT 1 AS part, '' COLLATE "C" AS folded, d.*
     FROM relevo.conversation d
     WHERE d.workspace_id = $1::bigint AND d.id >= $2::text AND d.id < $2 || U&'\+10FFFF'
     ORDER BY d.id
     LIMIT $3::bigint)
    UNION ALL
    (SELECT 2, relevo.fold(d.name) COLLATE "C", d.*
     FROM relevo.conversation d
     WHERE d.workspace_id = $1 AND d.name <> '' AND relevo.fold($2) <> ''
       AND relevo.fold(d.name) COLLATE "C" >= relevo.fold($2)
       AND relevo.fold(d.name) COLLATE "C" < relevo.fold($2) || U&'\+10FFFF'
     ORDER BY relevo.fold(d.name) COLLATE "C", d.id
     LIMIT $3)
) c
WHERE c.part = 1 OR NOT starts_with(c.id, $2)
ORDER BY c.part, c.folded, c.id
LIMIT $3
