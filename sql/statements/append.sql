-- One batch, one transaction; followed in the same pipeline by append_foreign. See
-- migrations/0001_relevo.sql.
SELECT now, base_seqs, ats, seqs, refused_groups,
       known_items, known_fingerprint, known_outcome, known_reason, known_seq, known_message, known_until
FROM relevo.append_1($1, $2, $3, $4, $5, $6)
