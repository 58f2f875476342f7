-- A workspace with :conversations conversations, of which the last :open that changed are Open and paused,
-- the others Completed, as long work would have left it behind: 50 agents, and the end of the log. With
-- :named_by_id the contacts are known by their numbers only, which are the conversations' ids.
-- The first pause ends at :first_end_ms (of 1970; three hours from now), the next :step_us later, and so on.
\if :{?named_by_id} \else \set named_by_id false \endif
\if :{?first_end_ms} \else
    SELECT (extract(epoch FROM now() + '3h') * 1000)::bigint AS first_end_ms \gset
\endif
\if :{?step_us} \else \set step_us 1000 \endif
BEGIN; -- all of it at one time, as the head tells the time of the last transition
SELECT relevo.partitions_make('1 day');
INSERT INTO relevo.workspace (name) VALUES (:'workspace') RETURNING id \gset
INSERT INTO relevo.workspace_head (workspace_id, last_seq, last_at, open_count, completed_count, next_due)
VALUES (:id, 50 + :conversations, date_trunc('milliseconds', now()), :open, :conversations - :open,
        to_timestamp(:first_end_ms / 1000.0));
INSERT INTO relevo.agent (workspace_id, id, name, role, seq)
SELECT :id, a, a, 1, seq FROM generate_series(1, 50) seq, LATERAL (SELECT 'agent' || seq) _(a);
INSERT INTO relevo.conversation
    (workspace_id, seq, version, list_seq, pause_seq, pause_until,
     received, sent, unread, waiting_since, preview_at, last_at,
     list, pause, delivery, preview_role, last_action, last_role, automation_enabled, bot_blocked, held,
     id, channel, name, assignee, preview, last_by)
SELECT :id, seq, 1, seq, CASE WHEN is_open THEN seq ELSE 0 END,
       CASE WHEN is_open THEN date_trunc('milliseconds', to_timestamp(:first_end_ms / 1000.0)
                                         + (n - 1 - :conversations + :open) * :step_us * interval '1us') END,
       1, 0, is_open::int, CASE WHEN is_open THEN now() END, now(), date_trunc('milliseconds', now()),
       CASE WHEN is_open THEN 1 ELSE 2 END, is_open::int, 0, 4, CASE WHEN is_open THEN 2 ELSE 7 END, 1,
       true, false, is_open,
       'wa-34600' || number, 'whatsapp', CASE WHEN :named_by_id THEN 'wa-34600' ELSE 'Contact ' END || number,
       agent, 'Hello, about my order ' || number || ': when?', agent
FROM generate_series(1, :conversations) n,
     LATERAL (SELECT 50 + n, n > :conversations - :open, 'agent' || 1 + n % 50,
                     lpad((n % 1000000)::text, 6, '0')) _(seq, is_open, agent, number);
INSERT INTO relevo.transition
    (workspace_id, seq, at, command_id, before_seq, message, action, role, from_list, reported, by,
     conversation_id, channel, name, list, list_seq, assignee, automation_enabled, pause, pause_until,
     pause_seq, bot_blocked, version, received, sent, unread, delivery, waiting_since,
     preview, preview_role, preview_at, last_action, last_by, last_role, last_at)
SELECT workspace_id, seq, last_at, gen_random_uuid(), 0, 0, last_action, last_role, 0, 0, last_by,
       id, channel, name, list, list_seq, assignee, automation_enabled, pause, pause_until,
       pause_seq, bot_blocked, version, received, sent, unread, delivery, waiting_since,
       preview, preview_role, preview_at, last_action, last_by, last_role, last_at
FROM relevo.conversation WHERE workspace_id = :id AND seq > 50 + :conversations - 2000;
COMMIT;
