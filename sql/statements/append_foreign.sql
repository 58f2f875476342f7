-- What others have added to the workspaces $1 after the seqs $2, and not before the time $4: all that this
-- transaction has not written itself, the first $5 of each, without bodies of more than $6 bytes (is_cut). As
-- it holds the locks of those that it writes to, that is what lies before its own. LATERAL keeps it one short
-- walk of an index for each. In front of it, and at least once, comes where the log ends: that tells whether
-- this is all; -1 where the log is another one, which has not the time $3 at the seq $2 (null: that has been
-- looked at, or is not known).
SELECT k.workspace_id, CASE WHEN k.seq > 0 AND k.at <> p.at THEN -1 ELSE h.last_seq END, t.*
FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) k(workspace_id, seq, at)
CROSS JOIN LATERAL (
    SELECT i.last_seq, i.last_at FROM relevo.workspace_head i WHERE i.workspace_id = k.workspace_id
    OFFSET 0
) h
CROSS JOIN LATERAL (
    SELECT CASE WHEN k.seq = h.last_seq THEN h.last_at
                ELSE coalesce((SELECT v.at FROM relevo.transition v
                               WHERE v.workspace_id = k.workspace_id AND v.seq = k.seq AND v.at = k.at
                               LIMIT 1), '-infinity') END AS at
    OFFSET 0
) p
LEFT JOIN LATERAL (
    SELECT e.*, octet_length(u.body) > $6 AS is_cut
    FROM relevo.transition u,
         relevo.read_entry_1(u, CASE WHEN octet_length(u.body) <= $6::integer THEN u.body END) e
    WHERE u.workspace_id = k.workspace_id AND u.seq > k.seq AND u.at >= to_timestamp($4::bigint / 1000.0)
      AND u.xmin IS DISTINCT FROM pg_current_xact_id_if_assigned()::xid
    ORDER BY u.seq
    LIMIT $5::bigint
) t ON true
