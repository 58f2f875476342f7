-- Ends the session that we have lost, should it still be at work, so that its locks are free.
SELECT pg_terminate_backend(pid, 1000)
FROM pg_stat_activity
WHERE pid = $1::integer AND backend_start = $2::text::timestamptz
