-- Attaches a consumer, or acknowledges for it. See migrations/0001_relevo.sql.
SELECT result, is_resumed, generation, acked_seq, acked_at
FROM relevo.consume_1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
