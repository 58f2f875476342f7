-- Says $1 to all nodes; not a part of what it tells of, as whoever says something is alone in the whole
-- cluster until the commit is done.
SELECT pg_notify('relevo', $1::text)
