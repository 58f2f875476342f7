-- Changes nothing, but has to be committed as what does: it is written to the WAL, and waits for whom commits
-- wait for.
SELECT pg_catalog.pg_logical_emit_message(true, 'relevo', '')
