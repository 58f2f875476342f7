-- How this session behaves: transactions are $1, a statement has $2, and commits wait for standbys where $3;
-- nothing of ours may hold a lock or an old snapshot for long; and whatever statistics say, no statement of
-- ours is for a whole table, takes rows in the order of pages, or runs so long that compiling it, or helpers,
-- pay. The first thing that a session is asked: it is read under whatever the server, the database and the
-- role have set, so every name is whole, and no text has a backslash; and what follows has the memory to go
-- without files. What the rest of them has set is undone by defaults.sql.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false),
       pg_catalog.set_config('default_transaction_isolation', $1::pg_catalog.text, false),
       pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', false),
       pg_catalog.set_config('enable_seqscan', 'off', false),
       pg_catalog.set_config('max_parallel_workers_per_gather', '0', false),
       pg_catalog.set_config('enable_bitmapscan', 'off', false),
       pg_catalog.set_config('jit', 'off', false),
       pg_catalog.set_config('statement_timeout', $2::pg_catalog.text, false),
       pg_catalog.set_config('lock_timeout', '5s', false),
       pg_catalog.set_config('idle_in_transaction_session_timeout', '5s', false),
       pg_catalog.set_config('client_connection_check_interval', '1s', false),
       pg_catalog.set_config('synchronous_commit',
           CASE WHEN $3::pg_catalog.bool
                  OR pg_catalog.current_setting('synchronous_commit') OPERATOR(pg_catalog.=) 'off'
                THEN pg_catalog.current_setting('synchronous_commit')
                ELSE 'local' END, false),
       pg_catalog.set_config('work_mem', '4MB', false),
       pg_catalog.set_config('TimeZone', 'UTC', false),
       pg_catalog.set_config('plpgsql.extra_warnings', 'none', false),
       pg_catalog.set_config('plpgsql.extra_errors', 'none', false)
