-- What decides whether this database can be served, but for its schema; who it is, and who we are there.
SELECT current_setting('server_version_num')::integer, current_setting('server_encoding'),
       current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
       current_setting('zero_damaged_pages'), current_setting('ignore_checksum_failure'),
       (SELECT system_identifier FROM pg_control_system())::text || '-'
           || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8),
       pg_backend_pid(), (SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()),
       clock_timestamp(), set_config('relevo.session', gen_random_uuid()::text, false)
