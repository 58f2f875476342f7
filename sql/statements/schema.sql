-- Which migrations the database has had, from which version of the server on it can be served, and whether it
-- has the partitions for what is committed today. And by which numbers the types of append_1 are known here.
SELECT max(version), max(min_code),
       to_regclass('relevo.transition_' || to_char(date_trunc('month', now() AT TIME ZONE 'UTC'), 'YYYYMMDD'))
           IS NOT NULL
       AND to_regclass('relevo.outcome_' || to_char(date_trunc('week', now() AT TIME ZONE 'UTC'), 'YYYYMMDD'))
           IS NOT NULL,
       to_regtype('relevo.append_1_item')::oid, to_regtype('relevo.append_1_transition')::oid
FROM relevo.schema_version
