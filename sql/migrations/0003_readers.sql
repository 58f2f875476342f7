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
    acked_at     timestamptz NOT NULL, -- the time of that transition; the epoch's where it is not known
    attached_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (workspace_id, role, owner, name)
) WITH (fillfactor = 50);

-- Attaches (attached = 0), or acknowledges what lies up to up_to. Times are Unix milliseconds, 0 where none is known.
CREATE FUNCTION relevo.consume_1(
    workspace bigint,
    consumer_role smallint,
    consumer_owner text,
    consumer_name text,
    attached bigint, -- the generation that acknowledges
    up_to bigint, -- or where who attaches begins; -1: where it was
    up_to_at bigint, -- the time of that transition
    known_seq bigint, -- who acknowledges knows the log up to here,
    known_at bigint, -- with this time: where the log has another, it is another one
    consumers_max integer,
    OUT result smallint, -- enum consume_result
    OUT is_resumed boolean, -- the place is the one that was said or, where none was, kept
    OUT generation bigint,
    OUT acked_seq bigint,
    OUT acked_at timestamptz
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head record;
    moved record;
    says boolean := attached > 0 OR up_to >= 0;
    is_of_log boolean[]; -- the place that is said, and the one that is kept
BEGIN
    SELECT h.last_seq, h.last_at INTO STRICT head FROM relevo.workspace_head h WHERE h.workspace_id = workspace;
    SELECT c.generation, c.acked_seq, c.acked_at INTO generation, acked_seq, acked_at FROM relevo.consumer c
    WHERE c.workspace_id = workspace AND c.role = consumer_role AND c.owner = consumer_owner AND c.name = consumer_name;

    -- Of what the log keeps no more nobody can tell.
    SELECT array_agg(CASE WHEN p.seq IS NULL THEN false
                          WHEN p.seq = 0 THEN p.at = 'epoch'
                          WHEN p.seq >= head.last_seq THEN p.seq = head.last_seq AND p.at = head.last_at
                          ELSE coalesce(p.at = (SELECT t.at FROM relevo.transition t
                                                WHERE t.workspace_id = workspace AND t.seq = p.seq LIMIT 1), true) END ORDER BY p.n)
    INTO is_of_log
    FROM (VALUES (1, CASE WHEN attached > 0 THEN known_seq ELSE up_to END,
                  to_timestamp(CASE WHEN attached > 0 THEN known_at ELSE up_to_at END / 1000.0)),
                 (2, acked_seq, acked_at)) p(n, seq, at);

    IF attached > 0 THEN
        result := CASE WHEN generation IS DISTINCT FROM attached THEN 1 WHEN is_of_log[1] THEN 0 ELSE 3 END;
        UPDATE relevo.consumer c SET acked_seq = up_to, acked_at = coalesce(
            to_timestamp(nullif(up_to_at, 0) / 1000.0),
            (SELECT t.at FROM relevo.transition t WHERE t.workspace_id = workspace AND t.seq = up_to LIMIT 1), 'epoch')
        WHERE c.workspace_id = workspace AND c.role = consumer_role AND c.owner = consumer_owner AND c.name = consumer_name
          AND c.generation = attached AND c.acked_seq < up_to AND is_of_log[1]
        RETURNING c.acked_seq, c.acked_at INTO moved;
        IF FOUND THEN
            acked_seq := moved.acked_seq;
            acked_at := moved.acked_at;
        END IF;
        RETURN;
    END IF;

    is_resumed := CASE WHEN says THEN is_of_log[1] ELSE is_of_log[2] END;
    IF is_resumed AND says THEN
        acked_seq := up_to;
        acked_at := to_timestamp(up_to_at / 1000.0);
    ELSIF generation IS NULL AND NOT says THEN
        acked_seq := head.last_seq;
        acked_at := head.last_at;
    ELSIF NOT is_of_log[2] THEN
        -- Nobody knows what it has of this log: it gets all that is kept.
        acked_seq := coalesce((SELECT t.seq - 1 FROM relevo.transition t WHERE t.workspace_id = workspace ORDER BY t.seq LIMIT 1),
                              head.last_seq);
        acked_at := CASE WHEN acked_seq = head.last_seq THEN head.last_at ELSE 'epoch' END;
    END IF;

    -- New ones come one after the other, so that they can be counted.
    IF generation IS NULL THEN
        PERFORM pg_advisory_xact_lock(125762721474161 + workspace);
        IF (SELECT count(*) FROM relevo.consumer c
            WHERE c.workspace_id = workspace
              AND NOT (c.role = consumer_role AND c.owner = consumer_owner AND c.name = consumer_name)) >= consumers_max
        THEN
            result := 2;
            RETURN;
        END IF;
    END IF;
    INSERT INTO relevo.consumer AS c (workspace_id, role, owner, name, acked_seq, acked_at)
    VALUES (workspace, consumer_role, consumer_owner, consumer_name, consume_1.acked_seq, consume_1.acked_at)
    ON CONFLICT (workspace_id, role, owner, name) DO UPDATE SET
        generation = c.generation + 1, acked_seq = excluded.acked_seq, acked_at = excluded.acked_at,
        attached_at = excluded.attached_at
    RETURNING 0, c.generation INTO result, generation;
END
$$;
