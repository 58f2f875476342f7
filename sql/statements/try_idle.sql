-- The same where commits wait for a standby; else nothing, so that a database at rest stays so.
SELECT pg_catalog.pg_logical_emit_message(true, 'relevo', '')
WHERE pg_catalog.current_setting('synchronous_standby_names') <> ''
