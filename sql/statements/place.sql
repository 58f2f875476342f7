-- Whether the transition $2 of the workspace $1 has the time $3, in Unix milliseconds, and is kept. (The
-- beginning, 0, has the time 0.)
SELECT $2::bigint = 0 AND $3::bigint = 0 OR EXISTS (
    SELECT FROM relevo.transition t
    WHERE t.workspace_id = $1::bigint AND t.seq = $2 AND t.at = to_timestamp($3 / 1000.0))
