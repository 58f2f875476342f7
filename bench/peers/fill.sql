-- A workspace with :conversations conversations, of which the last :open are Open and paused, as
-- bench/support/fill.sql has it, in the peers' tables.
\if :{?first_end_ms} \else
    SELECT (extract(epoch FROM now() + '3h') * 1000)::bigint AS first_end_ms \gset
\endif
\if :{?step_us} \else \set step_us 1000 \endif
INSERT INTO head (workspace, seq) VALUES (:'workspace', :conversations);
INSERT INTO conversation
SELECT :'workspace', 'wa-34600' || number, 'whatsapp', 'Contact ' || number,
       CASE WHEN is_open THEN 1 ELSE 2 END, n, 'agent' || 1 + n % 50,
       CASE WHEN is_open THEN :first_end_ms + (n - 1 - :conversations + :open) * :step_us / 1000
            ELSE 0 END, 1, n, 1, is_open::int,
       CASE WHEN is_open THEN at ELSE 0 END, 'Hello, about my order ' || number || ': when?', at,
       'reopen', 'agent' || 1 + n % 50
FROM generate_series(1, :conversations) n,
     LATERAL (SELECT n > :conversations - :open, lpad((n % 1000000)::text, 6, '0'),
                     (extract(epoch FROM now()) * 1000)::bigint) _(is_open, number, at);
INSERT INTO log SELECT workspace, seq, preview_at, NULL, last_action, last_by, id FROM conversation;
