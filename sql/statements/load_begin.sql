-- Tells load.sql, which takes no parameters, what to load: the workspace named $1, with its $2 newest
-- Completed conversations and what its last $3 transitions were about. No row where there is no such
-- workspace yet.
SELECT set_config('relevo.workspace', w.id::text, false),
       set_config('relevo.completed_rows', $2::bigint::text, false),
       set_config('relevo.load_back', $3::bigint::text, false)
FROM relevo.workspace w
WHERE w.name = $1::text
