-- The spine of Relevo: workspaces, their logs, and what the logs come to.
--
-- Numbers stand for the words in the headers of the server: action and role (core/action.h, core/role.h), list, pause and
-- delivery (core/conversation.h, core/command.h), outcome and reason (protocol/message.h, core/reason.h).
-- Whoever writes transition, conversation or agent, by hand too, first locks the row of workspace_head: that the log has no
-- gaps, and that its order is the order of commit, rests on it. There are no foreign keys to that row, because every insert
-- would touch it. Texts that are keys are compared byte by byte, whatever the locale of the database.

-- The tenants.
CREATE TABLE relevo.workspace (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name             text COLLATE "C" NOT NULL UNIQUE CHECK (octet_length(name) BETWEEN 1 AND 64),
    default_pause_ms bigint NOT NULL DEFAULT 3600000 CHECK (default_pause_ms BETWEEN 60000 AND 2592000000),
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Where each log ends, and what it comes to. Locked and changed by every append: narrow, with room in each page for the
-- next versions of its rows, and vacuumed often.
CREATE TABLE relevo.workspace_head (
    workspace_id    bigint PRIMARY KEY,
    last_seq        bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    last_at         timestamptz NOT NULL DEFAULT 'epoch',
    open_count      bigint NOT NULL DEFAULT 0 CHECK (open_count >= 0),
    completed_count bigint NOT NULL DEFAULT 0 CHECK (completed_count >= 0),
    next_pause_end  timestamptz -- no pause ends before; null: none ends at all
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- For finding pauses that end in workspaces that nobody has loaded. It rises when the first pause of a workspace turns out to have
-- gone, and falls with one that ends sooner: seldom, next to appends.
CREATE INDEX workspace_head_next_pause_end ON relevo.workspace_head (next_pause_end) WHERE next_pause_end IS NOT NULL;

-- The people, as their credentials named them last.
CREATE TABLE relevo.agent (
    workspace_id bigint NOT NULL,
    id           text COLLATE "C" NOT NULL CHECK (octet_length(id) BETWEEN 1 AND 255),
    name         text NOT NULL CHECK (octet_length(name) <= 255),
    role         smallint NOT NULL CHECK (role IN (1, 2)),
    seq          bigint NOT NULL CHECK (seq > 0),
    PRIMARY KEY (workspace_id, id)
);

-- Each conversation as its last transition left it (struct conversation). Most changes are messages. They touch no indexed
-- column, so that a change stays within its page (HOT): hence the room there, and no index besides these three.
CREATE TABLE relevo.conversation (
    workspace_id       bigint NOT NULL,
    seq                bigint NOT NULL CHECK (seq > 0),
    version            bigint NOT NULL CHECK (version >= 0),
    list_seq           bigint NOT NULL CHECK (list_seq BETWEEN 0 AND seq),
    pause_seq          bigint NOT NULL CHECK (pause_seq BETWEEN 0 AND seq),
    pause_until        timestamptz,
    received           bigint NOT NULL CHECK (received >= 0),
    sent               bigint NOT NULL CHECK (sent >= 0),
    unread             bigint NOT NULL CHECK (unread BETWEEN 0 AND received),
    waiting_since      timestamptz,
    preview_at         timestamptz,
    last_at            timestamptz,
    list               smallint NOT NULL CHECK (list BETWEEN 0 AND 2),
    pause              smallint NOT NULL CHECK (pause BETWEEN 0 AND 2),
    delivery           smallint NOT NULL CHECK (delivery BETWEEN 0 AND 3),
    preview_role       smallint NOT NULL,
    last_action        smallint NOT NULL,
    last_role          smallint NOT NULL,
    automation_enabled boolean NOT NULL,
    bot_blocked        boolean NOT NULL,
    held               boolean NOT NULL CHECK (held = (list = 1 OR pause <> 0)),
    id                 text COLLATE "C" NOT NULL CHECK (octet_length(id) BETWEEN 1 AND 255),
    channel            text NOT NULL CHECK (octet_length(channel) <= 255),
    name               text NOT NULL CHECK (octet_length(name) <= 255),
    assignee           text,
    preview            text NOT NULL,
    last_by            text,
    waits_for_person   boolean NOT NULL DEFAULT false CHECK (NOT waits_for_person OR waiting_since IS NOT NULL),
    contact_seq        bigint NOT NULL DEFAULT 0 CHECK (contact_seq BETWEEN 0 AND seq),
    answer_seq         bigint NOT NULL DEFAULT 0 CHECK (answer_seq BETWEEN 0 AND seq),
    other_answer_seq   bigint NOT NULL DEFAULT 0 CHECK (other_answer_seq BETWEEN 0 AND answer_seq),
    person_seq         bigint NOT NULL DEFAULT 0 CHECK (person_seq BETWEEN 0 AND answer_seq),
    answer_role        smallint NOT NULL DEFAULT 0,
    answer_by          text,
    PRIMARY KEY (workspace_id, id),
    CHECK ((pause = 1) = (pause_until IS NOT NULL))
) WITH (fillfactor = 85);

-- What a node holds in memory: open, or a pause stands.
CREATE INDEX conversation_held ON relevo.conversation (workspace_id) WHERE held;

-- Pages of the Completed list.
CREATE INDEX conversation_completed ON relevo.conversation (workspace_id, list_seq DESC) WHERE list = 2;

-- The log (struct transition), in partitions by month (see the end of this file). Rows are added, and never changed but by an erase,
-- which blanks what was said. That seq is unique rests on the lock of workspace_head, as no key can tell without `at`; within a
-- workspace `at` never runs backwards, so what comes after a transition is in its partition or in later ones. From `channel` on it says how the conversation stands after
-- the transition, in whole, so that a node that does not hold the conversation can apply it. In agent_seen (action 16) `by`
-- is the agent, `role` the role, `body` the name, and there is no conversation.
CREATE TABLE relevo.transition (
    workspace_id       bigint NOT NULL,
    seq                bigint NOT NULL CHECK (seq > 0),
    at                 timestamptz NOT NULL,
    command_id         uuid NOT NULL,
    before_seq         bigint NOT NULL CHECK (before_seq >= 0 AND before_seq < seq),
    message            bigint NOT NULL,
    action             smallint NOT NULL,
    role               smallint NOT NULL,
    from_list          smallint NOT NULL CHECK (from_list BETWEEN 0 AND 2),
    reported           smallint NOT NULL,
    schema             smallint NOT NULL DEFAULT 1,
    by                 text,
    conversation_id    text COLLATE "C" CHECK ((conversation_id IS NULL) = (action = 16)),
    body               text CHECK (octet_length(body) <= 196608),
    channel            text NOT NULL,
    name               text NOT NULL,
    list               smallint NOT NULL,
    list_seq           bigint NOT NULL,
    assignee           text,
    automation_enabled boolean NOT NULL,
    pause              smallint NOT NULL,
    pause_until        timestamptz,
    pause_seq          bigint NOT NULL,
    bot_blocked        boolean NOT NULL,
    version            bigint NOT NULL,
    received           bigint NOT NULL,
    sent               bigint NOT NULL,
    unread             bigint NOT NULL,
    delivery           smallint NOT NULL,
    waiting_since      timestamptz,
    preview            text NOT NULL,
    preview_role       smallint NOT NULL,
    preview_at         timestamptz,
    last_action        smallint NOT NULL,
    last_by            text,
    last_role          smallint NOT NULL,
    last_at            timestamptz,
    waits_for_person   boolean NOT NULL DEFAULT false,
    contact_seq        bigint NOT NULL DEFAULT 0,
    answer_seq         bigint NOT NULL DEFAULT 0,
    other_answer_seq   bigint NOT NULL DEFAULT 0,
    person_seq         bigint NOT NULL DEFAULT 0,
    answer_role        smallint NOT NULL DEFAULT 0,
    answer_by          text,
    PRIMARY KEY (workspace_id, seq, at)
) PARTITION BY RANGE (at);

-- What every command came to that brought transitions or had to be settled (struct stored_outcome): each id counts once for seven
-- days, which rests on the lock of workspace_head, too. In partitions by week.
CREATE TABLE relevo.outcome (
    workspace_id bigint NOT NULL,
    command_id   uuid NOT NULL,
    fingerprint  bigint NOT NULL,
    seq          bigint NOT NULL, -- done: of its transition; refused: that it was judged at
    message      bigint NOT NULL, -- done: the number of the message; refused: the seq of the one that came since
    until        timestamptz,
    at           timestamptz NOT NULL,
    outcome      smallint NOT NULL,
    reason       smallint NOT NULL,
    PRIMARY KEY (workspace_id, command_id, at)
) PARTITION BY RANGE (at);

-- Partitions. Each is named by its first day, in UTC: transition_20261101. They are made long ahead, so that no commit ever waits for
-- one, and what is old goes with a whole partition, which leaves nothing to vacuum. Who serves can have both done (partitions_tend), but
-- says neither what time it is nor how long anything is kept: that is the owner's.

-- How long the log is kept, as `relevo migrate` was told last.
CREATE TABLE relevo.retention (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    log_days integer CHECK (log_days BETWEEN 7 AND 36500) -- null: for ever
);
INSERT INTO relevo.retention DEFAULT VALUES;

-- How much time each partition of a table holds.
CREATE FUNCTION relevo.partition_period(of_table name) RETURNS text LANGUAGE sql IMMUTABLE STRICT
RETURN CASE of_table WHEN 'transition' THEN 'month' WHEN 'outcome' THEN 'week' END;

-- The attached partitions of a table.
CREATE FUNCTION relevo.partitions(of_table name, OUT name name, OUT from_at timestamptz, OUT to_at timestamptz)
RETURNS SETOF record LANGUAGE sql STABLE STRICT SET search_path = pg_catalog
BEGIN ATOMIC
    SELECT c.relname, b.from_at, (b.from_at AT TIME ZONE 'UTC' + ('1 ' || relevo.partition_period(of_table))::interval) AT TIME ZONE 'UTC'
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (SELECT to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC' AS from_at) b
    WHERE i.inhparent = ('relevo.' || quote_ident(of_table))::regclass;
END;

-- Makes the partitions up to `ahead` that are missing, and says how many those were. They are attached when they are complete: that
-- lets everybody else read and write meanwhile. Where somebody else is at it, nothing is done.
CREATE FUNCTION relevo.partitions_make(ahead interval DEFAULT '90 days', now timestamptz DEFAULT clock_timestamp()) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog SET DateStyle = 'ISO' SET TimeZone = 'UTC' AS $$
DECLARE
    of_table name;
    partition name;
    from_at timestamptz;
    to_at timestamptz;
    made integer := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(125762721474160) THEN
        RETURN 0;
    END IF;
    FOREACH of_table IN ARRAY '{transition,outcome}'::name[] LOOP
        -- From yesterday on: clocks are set back, too.
        from_at := date_trunc(relevo.partition_period(of_table), now - interval '1 day', 'UTC');
        WHILE from_at <= now + ahead LOOP
            to_at := (from_at AT TIME ZONE 'UTC' + ('1 ' || relevo.partition_period(of_table))::interval) AT TIME ZONE 'UTC';
            partition := of_table || to_char(from_at AT TIME ZONE 'UTC', '_YYYYMMDD');
            IF to_regclass('relevo.' || partition) IS NULL THEN
                EXECUTE format('CREATE TABLE relevo.%I (LIKE relevo.%I INCLUDING ALL)', partition, of_table);
                EXECUTE format('ALTER TABLE relevo.%I ATTACH PARTITION relevo.%I FOR VALUES FROM (%L) TO (%L)',
                               of_table, partition, from_at, to_at);
                made := made + 1;
            END IF;
            from_at := to_at;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

-- Drops the partitions of a table that hold nothing younger than `keep`, which is 7 days at least, and says how many those were; or
-- only detaches them, so that they can be archived. For a moment nobody else may be at the table: where that is not to be had,
-- nothing is done this time.
CREATE FUNCTION relevo.partitions_drop(
    of_table name, keep interval, detach_only boolean DEFAULT false, now timestamptz DEFAULT clock_timestamp()
) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog SET lock_timeout = '250ms' AS $$
DECLARE
    partition name;
    dropped integer := 0;
BEGIN
    IF keep < interval '7 days' THEN
        RAISE 'what is younger than 7 days is needed: keep at least that' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT pg_try_advisory_xact_lock(125762721474160) THEN
        RETURN 0;
    END IF;
    FOR partition IN SELECT p.name FROM relevo.partitions(of_table) p WHERE p.to_at <= now - keep ORDER BY p.from_at LOOP
        EXECUTE format('ALTER TABLE relevo.%I DETACH PARTITION relevo.%I', of_table, partition);
        IF NOT detach_only THEN
            EXECUTE format('DROP TABLE relevo.%I', partition);
        END IF;
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
EXCEPTION WHEN lock_not_available THEN
    RETURN 0;
END
$$;

-- Makes the partitions that are missing, and drops those that have had their time, by the database's clock: outcomes, and the log where
-- the owner has said so. It runs as the owner, like all that the role that serves can call (0005_roles.sql): with pg_temp last, as
-- without a word it comes first, and a type of the caller's own there would run his code as the owner.
CREATE FUNCTION relevo.partitions_tend(OUT made integer, OUT outcomes_dropped integer, OUT log_dropped integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    days integer;
BEGIN
    SELECT r.log_days INTO days FROM relevo.retention r;
    made := relevo.partitions_make();
    outcomes_dropped := relevo.partitions_drop('outcome', '7 days');
    log_dropped := CASE WHEN days IS NULL THEN 0 ELSE relevo.partitions_drop('transition', make_interval(days => days)) END;
END
$$;

-- The workspace of this name is there, whoever made it.
CREATE FUNCTION relevo.workspace_1(of_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH created AS (
        INSERT INTO relevo.workspace (name) VALUES (of_name) ON CONFLICT (name) DO NOTHING RETURNING id
    )
    INSERT INTO relevo.workspace_head (workspace_id) SELECT id FROM created;
END;
