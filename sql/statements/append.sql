-- One batch, one transaction; followed in the same pipeline by append_foreign. See migrations/0001_relevo.sql.
SELECT now, base_seqs, ats, seqs, refused_groups,
       known_items, known_fingerprint, known_outcome, known_reason, known_seq, known_message, known_until
FROM relevo.append_1(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
    $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50,
    $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64)
