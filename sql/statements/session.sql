-- How this session behaves: transactions are $1; nothing of ours may hold a lock or an old snapshot for long; and whatever statistics
-- say, no statement of ours is for a whole table, takes rows in the order of pages, or runs so long that compiling it, or helpers, pay.
SELECT set_config('default_transaction_isolation', $1::text, false),
       set_config('plan_cache_mode', 'force_generic_plan', false),
       set_config('enable_seqscan', 'off', false),
       set_config('max_parallel_workers_per_gather', '0', false),
       set_config('enable_bitmapscan', 'off', false),
       set_config('jit', 'off', false),
       set_config('statement_timeout', '10s', false),
       set_config('lock_timeout', '5s', false),
       set_config('idle_in_transaction_session_timeout', '5s', false),
       set_config('client_connection_check_interval', '1s', false)
