-- Here this session hears whether it is one: what its own node notifies over another session reaches it
-- without a question of its own. Where a pooler gives each transaction to whatever session of the database is
-- free, nobody hears between transactions (store/pooler.h).
LISTEN relevo_proof
