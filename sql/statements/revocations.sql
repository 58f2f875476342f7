-- The $2 revocations that came after the number $1, in their order.
SELECT workspace, agent, at, number
FROM relevo.revocation
WHERE number > $1::bigint
ORDER BY number
LIMIT $2::bigint
