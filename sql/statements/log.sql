-- The log of the workspace $1 after the seq $2, of the conversations of the channel $3 ('': of all): $5
-- transitions at most, and none beyond the next $4 seqs; without bodies of more than $6 bytes (is_cut), but
-- of the very next one. At least one row: where the log ends; if what follows $2 is kept no more, what its
-- begin follows now; whether the log has another time than $7 (Unix milliseconds, 0: not known) at $2, or
-- ends before it; and its time at the last of those seqs.
SELECT h.last_seq,
       CASE WHEN f.at IS NULL AND h.last_seq > $2 THEN coalesce(
           (SELECT u.seq - 1 FROM relevo.transition u WHERE u.workspace_id = $1 ORDER BY u.seq LIMIT 1),
           h.last_seq) END,
       CASE WHEN $2 = 0 OR $7::bigint = 0 THEN false
            WHEN h.last_seq <= $2 THEN h.last_seq < $2 OR h.last_at <> to_timestamp($7 / 1000.0)
            ELSE coalesce(p.at <> to_timestamp($7 / 1000.0), false) END,
       coalesce(e.at, h.last_at),
       t.*
FROM relevo.workspace_head h
LEFT JOIN LATERAL (
    SELECT u.at FROM relevo.transition u
    WHERE u.workspace_id = $1 AND u.seq = $2::bigint AND $7::bigint > 0 LIMIT 1
) p ON true
LEFT JOIN LATERAL (
    SELECT u.at FROM relevo.transition u
    WHERE u.workspace_id = $1 AND u.seq = $2::bigint + $4::bigint AND h.last_seq > $2 + $4 LIMIT 1
) e ON true
LEFT JOIN LATERAL (
    SELECT u.at FROM relevo.transition u WHERE u.workspace_id = $1 AND u.seq = $2::bigint + 1 LIMIT 1
) f ON true
LEFT JOIN LATERAL (
    SELECT e.*, octet_length(u.body) > $6 AND u.seq > $2 + 1 AS is_cut
    FROM relevo.transition u, relevo.read_entry_1(
        u, CASE WHEN octet_length(u.body) <= $6::integer OR u.seq = $2 + 1 THEN u.body END) e
    WHERE u.workspace_id = $1 AND u.seq > $2 AND u.seq <= $2 + $4::bigint AND u.at >= f.at
      AND ($3::text = '' OR u.channel = $3)
    ORDER BY u.seq
    LIMIT $5::bigint
) t ON true
WHERE h.workspace_id = $1::bigint
