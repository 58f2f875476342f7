-- Forgets outcomes that nobody has to be told again: a command may be sent again for 7 days. Some at a time, the oldest first as they
-- lie; several nodes do not stand in each other's way.
DELETE FROM relevo.outcome WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM relevo.outcome WHERE at < clock_timestamp() - interval '7 days' LIMIT 10000 FOR UPDATE SKIP LOCKED))
