-- min_code: 2
-- Which tokens are void before they expire: a server that does not know of this serves as it did.

-- One row for each person (or automation, or channel): a token that was issued up to `at`, or does not say when, is void.
-- `number` grows with every revocation, in the order of commit, so that a node reads on from the last one that it has seen.
CREATE TABLE relevo.revocation (
    workspace text COLLATE "C" NOT NULL CHECK (octet_length(workspace) BETWEEN 1 AND 64),
    agent     text COLLATE "C" NOT NULL CHECK (octet_length(agent) BETWEEN 1 AND 255),
    at        timestamptz NOT NULL,
    number    bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    PRIMARY KEY (workspace, agent)
);

-- Makes every token void that this person has been issued up to now. The lock makes numbers become visible in their order.
CREATE FUNCTION relevo.revoke_1(of_workspace text, of_agent text) RETURNS timestamptz
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    revoked_at timestamptz;
BEGIN
    LOCK TABLE relevo.revocation IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO relevo.revocation (workspace, agent, at) VALUES (of_workspace, of_agent, clock_timestamp())
    ON CONFLICT (workspace, agent) DO UPDATE SET at = excluded.at, number = DEFAULT
    RETURNING at INTO revoked_at;
    RETURN revoked_at;
END $$;
