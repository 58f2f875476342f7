-- Says $1 to the session of this node that wants to hear it. See listen_proof.
SELECT pg_notify('relevo_proof', $1::text)
