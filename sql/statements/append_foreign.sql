-- What others have added to the workspaces $1 after the seqs $2, up to the seqs $3, and not before the time
-- $5: the first $6 of each, without bodies of more than $7 bytes (is_cut). LATERAL keeps it one short walk of
-- an index for each. In front of it, and at least once, comes where the log ends, but not beyond $3: that
-- tells whether this is all; -1 where the log is another one, which has not the time $4 at the seq $2 (null:
-- not known).
SELECT k.workspace_id, CASE WHEN k.seq > 0 AND k.at <> p.at THEN -1 ELSE least(h.last_seq, k.to_seq) END, t.*
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[]) k(workspace_id, seq, to_seq, at)
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
    SELECT e.*, octet_length(u.body) > $7 AS is_cut
    FROM relevo.transition u,
         relevo.read_entry_1(u, CASE WHEN octet_length(u.body) <= $7::integer THEN u.body END) e
    WHERE u.workspace_id = k.workspace_id AND u.seq > k.seq AND u.seq <= k.to_seq
      AND u.at >= to_timestamp($5::bigint / 1000.0)
    ORDER BY u.seq
    LIMIT $6::bigint
) t ON true
