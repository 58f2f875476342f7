-- Undoes what the server, the database, the role or the connection string have set of what a session may
-- choose by itself, and session.sql has not chosen: the rest of a session is PostgreSQL's default, whatever
-- an older program on the same server needs. Left as they are: who the session is, what it may write, where
-- that is put, how sure it is, and what only a migration's speed or the network rests on.
SELECT count(set_config(s.name, s.boot_val, false))
FROM pg_settings s
WHERE s.context = 'user' AND s.boot_val IS NOT NULL AND s.setting IS DISTINCT FROM s.boot_val
  AND s.source IN ('configuration file', 'command line', 'environment variable', 'global', 'database', 'user',
                   'database user', 'client')
  AND s.name NOT IN ('application_name', 'client_encoding', 'role', 'session_authorization',
                     'default_transaction_read_only', 'transaction_isolation', 'transaction_read_only',
                     'transaction_deferrable', 'synchronous_commit', 'default_tablespace', 'temp_tablespaces')
  AND s.name !~ '[.]|^(tcp|maintenance|vacuum)_'
