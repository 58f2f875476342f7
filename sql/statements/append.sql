-- One batch, one transaction; followed by append_foreign where others have added something meanwhile. See
-- migrations/0001_relevo.sql.
SELECT now, base_seqs, ats, seqs, refused_groups,
       known_items, known_fingerprint, known_outcome, known_reason, known_seq, known_message, known_until
FROM relevo.append_1($1, $2, $3, $4, $5, $6)
