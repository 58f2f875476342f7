-- Whether this session is the one that fitness.sql has asked, in a transaction before.
SELECT current_setting('relevo.session', true), pg_backend_pid()
