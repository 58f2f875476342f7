-- Attaches a consumer, or acknowledges for it. See migrations/0003_readers.sql.
SELECT result, generation, acked_seq FROM relevo.consume_1($1, $2, $3, $4, $5, $6, $7)
