-- For those who read: automation and channels, which follow the log and whose places in it are kept; and agents, who look
-- conversations up.

-- A name as it is looked up: without accents and case. ICU's lower case is the same in every database, whatever its locale.
CREATE FUNCTION relevo.fold(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(regexp_replace(normalize(name, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]', '', 'g')
             COLLATE "und-x-icu");

-- Looking up by the beginning of a name. (By the beginning of an id, the primary key does.) A name seldom changes, and a change of
-- anything else stays within its page (HOT) as before.
CREATE INDEX conversation_name ON relevo.conversation (workspace_id, (relevo.fold(name) COLLATE "C"), id) WHERE name <> '';

-- The places of those who follow the log (struct store_consume). Whoever attaches gets the next generation.
CREATE TABLE relevo.consumer (
    workspace_id bigint NOT NULL,
    role         smallint NOT NULL,
    owner        text COLLATE "C" NOT NULL CHECK (octet_length(owner) BETWEEN 1 AND 255),
    name         text COLLATE "C" NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 255),
    generation   bigint NOT NULL DEFAULT 1 CHECK (generation > 0),
    acked_seq    bigint NOT NULL CHECK (acked_seq >= 0),
    attached_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (workspace_id, role, owner, name)
) WITH (fillfactor = 50);

-- Attaches (attached = 0), or acknowledges what lies up to up_to. A place beyond the log's end is the log's end.
CREATE FUNCTION relevo.consume_1(
    workspace bigint,
    consumer_role smallint,
    consumer_owner text,
    consumer_name text,
    attached bigint, -- the generation that acknowledges
    up_to bigint, -- or where who attaches begins; -1: where it was
    consumers_max integer,
    OUT result smallint, -- enum consume_result
    OUT generation bigint,
    OUT acked_seq bigint
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    place bigint;
BEGIN
    SELECT CASE WHEN up_to < 0 THEN h.last_seq ELSE least(up_to, h.last_seq) END INTO STRICT place
    FROM relevo.workspace_head h WHERE h.workspace_id = workspace;

    IF attached > 0 THEN
        UPDATE relevo.consumer c SET acked_seq = place
        WHERE c.workspace_id = workspace AND c.role = consumer_role AND c.owner = consumer_owner AND c.name = consumer_name
          AND c.generation = attached AND c.acked_seq < place;
        SELECT c.generation, c.acked_seq INTO generation, acked_seq FROM relevo.consumer c
        WHERE c.workspace_id = workspace AND c.role = consumer_role AND c.owner = consumer_owner AND c.name = consumer_name;
        result := CASE WHEN generation = attached THEN 0 ELSE 1 END;
        RETURN;
    END IF;

    -- New ones come one after the other, so that they can be counted.
    IF NOT EXISTS (
        SELECT FROM relevo.consumer c
        WHERE c.workspace_id = workspace AND c.role = consumer_role AND c.owner = consumer_owner AND c.name = consumer_name)
    THEN
        PERFORM pg_advisory_xact_lock(125762721474161 + workspace);
        IF (SELECT count(*) FROM relevo.consumer c
            WHERE c.workspace_id = workspace
              AND NOT (c.role = consumer_role AND c.owner = consumer_owner AND c.name = consumer_name)) >= consumers_max
        THEN
            result := 2;
            RETURN;
        END IF;
    END IF;
    INSERT INTO relevo.consumer AS c (workspace_id, role, owner, name, acked_seq)
    VALUES (workspace, consumer_role, consumer_owner, consumer_name, place)
    ON CONFLICT (workspace_id, role, owner, name) DO UPDATE SET
        generation = c.generation + 1, acked_seq = CASE WHEN up_to < 0 THEN c.acked_seq ELSE excluded.acked_seq END,
        attached_at = excluded.attached_at
    RETURNING 0, c.generation, c.acked_seq INTO result, generation, acked_seq;
END
$$;
