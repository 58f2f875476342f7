-- How many more connections this role may open to this database: by the server's bound, the database's, the
-- role's. What is kept for superusers does not count; negative bounds are none.
SELECT least(current_setting('max_connections')::integer
                 - current_setting('superuser_reserved_connections')::integer
                 - coalesce(current_setting('reserved_connections', true), '0')::integer
                 - (SELECT sum(numbackends) FROM pg_stat_database),
             (SELECT CASE WHEN datconnlimit >= 0 THEN datconnlimit - numbackends END
              FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid
              WHERE d.datname = current_database()),
             (SELECT CASE WHEN rolconnlimit >= 0 THEN rolconnlimit
                              - (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) END
              FROM pg_roles WHERE rolname = current_user))::bigint
