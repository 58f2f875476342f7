-- The database's clock, and whether commits wait for standbys.
SELECT clock_timestamp(), current_setting('synchronous_standby_names') <> ''
