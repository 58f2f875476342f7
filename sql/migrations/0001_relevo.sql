-- All that Relevo keeps: workspaces, their logs, what the logs come to, and the functions that change them.
--
-- Whoever writes transition, conversation or agent, by hand too, first locks the row of workspace_head: that
-- the log has no gaps, and that its order is the order of commit, rests on it. There are no foreign keys to
-- that row, because every insert would touch it. Texts that are keys are compared byte by byte, whatever the
-- locale of the database.


-- === Numbers ===============================================================================================

-- Numbers stand for words, as in the headers of the server: action and role (core/action.h, core/role.h),
-- list, pause and delivery (core/conversation.h, core/pause.h, core/command.h), outcome and reason
-- (protocol/message.h, core/reason.h). Those that are spoken of here are called by their names. A planner
-- calls these functions once, and a name that they do not know is an error then.

CREATE FUNCTION relevo.action(name text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE name
    WHEN 'send_message' THEN 3
    WHEN 'contact_message' THEN 10
    WHEN 'bot_message' THEN 11
    WHEN 'agent_seen' THEN 16
    WHEN 'erase' THEN 17
    ELSE ('no action is called ' || name)::integer END;

CREATE FUNCTION relevo.role(name text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE name
    WHEN 'agent' THEN 1
    WHEN 'supervisor' THEN 2
    ELSE ('no role is called ' || name)::integer END;

CREATE FUNCTION relevo.list(name text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE name WHEN 'open' THEN 1 WHEN 'completed' THEN 2 ELSE ('no list is called ' || name)::integer END;

CREATE FUNCTION relevo.pause(name text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE name WHEN 'none' THEN 0 WHEN 'until' THEN 1 ELSE ('no pause is called ' || name)::integer END;


-- === Columns ===============================================================================================

-- What is said of a conversation, and of a transition, is named in these two tables, which hold no rows: all
-- others that have such columns are made of them. Numbers stand in front of texts, which leaves no gaps
-- between them.

-- How a conversation stands (struct conversation), in the order of CONVERSATION_COLUMN_LIST (core/columns.h).
-- Of a new column nothing else has to be told here, when it keeps to this: what is called _seq is the seq of
-- a transition, and may be pending when it is appended, as may a time; a time that is called x_until is a due
-- (core/due.h), and counted from what is appended where append_1_transition has an x_for that is not 0. What
-- is always true of it is said in relevo.is_sound.
CREATE TABLE relevo.conversation_columns (
    list_seq           bigint NOT NULL,
    pause_seq          bigint NOT NULL,
    contact_seq        bigint NOT NULL DEFAULT 0,
    answer_seq         bigint NOT NULL DEFAULT 0,
    other_answer_seq   bigint NOT NULL DEFAULT 0,
    person_seq         bigint NOT NULL DEFAULT 0,
    version            bigint NOT NULL,
    received           bigint NOT NULL,
    sent               bigint NOT NULL,
    unread             bigint NOT NULL,
    pause_until        timestamptz,
    waiting_since      timestamptz,
    preview_at         timestamptz,
    last_at            timestamptz,
    list               smallint NOT NULL,
    pause              smallint NOT NULL,
    delivery           smallint NOT NULL,
    preview_role       smallint NOT NULL,
    last_action        smallint NOT NULL,
    last_role          smallint NOT NULL,
    answer_role        smallint NOT NULL DEFAULT 0,
    automation_enabled boolean NOT NULL,
    bot_blocked        boolean NOT NULL,
    waits_for_person   boolean NOT NULL DEFAULT false,
    channel            text NOT NULL,
    name               text NOT NULL,
    preview            text NOT NULL,
    assignee           text,
    last_by            text,
    answer_by          text
);

-- What a transition says besides (struct transition), in the order of TRANSITION_COLUMN_LIST.
CREATE TABLE relevo.transition_columns (
    command_id uuid NOT NULL,
    before_seq bigint NOT NULL,
    message    bigint NOT NULL,
    action     smallint NOT NULL,
    role       smallint NOT NULL,
    from_list  smallint NOT NULL,
    reported   smallint NOT NULL,
    by         text
);

-- Carries out a definition in which they stand for their columns: {conversation_columns} is the names of them
-- all, and {conversation_columns of t} these as columns of t; {conversation_columns of t, stamped} is, in
-- append_1, what becomes of what is pending in them. {first_due of c} is the first of the dues in c.
-- {action('erase')} stands for that number, for where a function would be called each time.
CREATE FUNCTION relevo.define(definition text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    mark record;
    meaning text;
BEGIN
    FOR mark IN
        SELECT DISTINCT m[1] AS place, m[2] AS columns, coalesce(m[3] || '.', '') AS prefix,
               m[4] IS NOT NULL AS is_stamped
        FROM regexp_matches(definition, '(\{(\w+_columns)(?: of (\w+))?(, stamped)?\})', 'g') m
    LOOP
        IF mark.is_stamped THEN
            SELECT string_agg(a.attname, ', ') INTO meaning FROM pg_attribute a
            WHERE a.attrelid = ('relevo.' || mark.columns)::regclass AND a.attname ~ '_until$'
              AND NOT EXISTS (
                SELECT FROM pg_attribute f
                WHERE f.attrelid = 'relevo.append_1_transition'::regclass
                  AND f.attname = regexp_replace(a.attname, '_until$', '_for'));
            IF meaning IS NOT NULL THEN
                RAISE 'relevo.append_1_transition has no x_for for %', meaning;
            END IF;
        END IF;
        SELECT string_agg(CASE
            WHEN NOT mark.is_stamped THEN c.name
            WHEN c.name ~ '_seq$' THEN format('CASE WHEN %1$s < 0 THEN seqs[-%1$s] ELSE %1$s END', c.name)
            WHEN c.name ~ '_until$' THEN format(
                'CASE WHEN %2$s > 0 '
                'THEN greatest(%1$s, ats[%3$sworkspace] + %2$s * interval ''1 millisecond'') ELSE %1$s END',
                c.name, regexp_replace(c.name, '_until$', '_for'), mark.prefix)
            WHEN c.type = 'timestamptz'::regtype THEN format(
                'CASE WHEN %1$s = ''-infinity'' THEN ats[%2$sworkspace] ELSE %1$s END', c.name, mark.prefix)
            ELSE c.name END, ', ' ORDER BY c.n)
        INTO meaning
        FROM (SELECT mark.prefix || a.attname AS name, a.atttypid AS type, a.attnum AS n FROM pg_attribute a
              WHERE a.attrelid = ('relevo.' || mark.columns)::regclass
                AND a.attnum > 0 AND NOT a.attisdropped) c;
        definition := replace(definition, mark.place, meaning);
    END LOOP;
    FOR mark IN
        SELECT DISTINCT m[1] AS place, coalesce(m[2] || '.', '') AS prefix
        FROM regexp_matches(definition, '(\{first_due(?: of (\w+))?\})', 'g') m
    LOOP
        SELECT 'least(' || string_agg(mark.prefix || a.attname, ', ' ORDER BY a.attnum) || ')' INTO meaning
        FROM pg_attribute a
        WHERE a.attrelid = 'relevo.conversation_columns'::regclass
          AND a.attnum > 0 AND NOT a.attisdropped AND a.attname ~ '_until$';
        definition := replace(definition, mark.place, meaning);
    END LOOP;
    FOR mark IN
        SELECT DISTINCT m[1] AS place, m[2] AS call
        FROM regexp_matches(definition, '(\{(\w+\(''\w+''\))\})', 'g') m
    LOOP
        EXECUTE 'SELECT relevo.' || mark.call INTO meaning;
        definition := replace(definition, mark.place, meaning);
    END LOOP;
    EXECUTE definition;
END
$$;


-- === Tables ================================================================================================

-- The tenants.
CREATE TABLE relevo.workspace (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name             text COLLATE "C" NOT NULL UNIQUE CHECK (octet_length(name) BETWEEN 1 AND 64),
    default_pause_ms bigint NOT NULL DEFAULT 3600000 CHECK (default_pause_ms BETWEEN 60000 AND 2592000000),
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Where each log ends, and what it comes to. Locked and changed by every append: narrow, with room in each
-- page for the next versions of its rows, and vacuumed often.
CREATE TABLE relevo.workspace_head (
    workspace_id    bigint PRIMARY KEY,
    last_seq        bigint NOT NULL DEFAULT 0,
    last_at         timestamptz NOT NULL DEFAULT 'epoch',
    open_count      bigint NOT NULL DEFAULT 0,
    completed_count bigint NOT NULL DEFAULT 0,
    next_due        timestamptz -- nothing is due before; null: nothing at all
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- For finding what is due in workspaces that nobody has loaded. It rises when the first due of a workspace
-- turns out to have gone, and falls with one that comes sooner: seldom, next to appends.
CREATE INDEX workspace_head_next_due ON relevo.workspace_head (next_due) WHERE next_due IS NOT NULL;

-- The people, as their credentials named them last.
SELECT relevo.define($$
CREATE TABLE relevo.agent (
    workspace_id bigint NOT NULL,
    id           text COLLATE "C" NOT NULL CHECK (octet_length(id) BETWEEN 1 AND 255),
    name         text NOT NULL CHECK (octet_length(name) <= 255),
    role         smallint NOT NULL CHECK (role IN ({role('agent')}, {role('supervisor')})),
    seq          bigint NOT NULL CHECK (seq > 0),
    PRIMARY KEY (workspace_id, id)
)
$$);

-- Each conversation as its last transition left it. Most changes are messages. They touch no indexed column,
-- so that a change stays within its page (HOT): hence the room there, and no index besides these three.
SELECT relevo.define($$
CREATE TABLE relevo.conversation (
    workspace_id bigint NOT NULL,
    seq          bigint NOT NULL,
    held         boolean NOT NULL, -- list is open, or pause is not none
    id           text COLLATE "C" NOT NULL,
    LIKE relevo.conversation_columns INCLUDING DEFAULTS,
    PRIMARY KEY (workspace_id, id)
) WITH (fillfactor = 85)
$$);

-- What a node holds in memory: open, or a pause stands. (+ 0, so that no other index can be taken instead:
-- all begin with workspace_id, and while the table is empty each looks as cheap.)
CREATE INDEX conversation_held ON relevo.conversation ((workspace_id + 0)) WHERE held;

-- Pages of the Completed list.
SELECT relevo.define($$
CREATE INDEX conversation_completed ON relevo.conversation (workspace_id, list_seq DESC)
WHERE list = {list('completed')}
$$);

-- The log, in partitions by month (see "Partitions"). Rows are added, and never changed but by an erase,
-- which blanks what was said. That seq is unique rests on the lock of workspace_head, as no key can tell
-- without `at`; within a workspace `at` never runs backwards, so what comes after a transition is in its
-- partition or in later ones. How the conversation stands after the transition is said in whole, so that a
-- node that does not hold the conversation can apply it. In agent_seen `by` is the agent, `role` the role,
-- `body` the name, and there is no conversation.
CREATE TABLE relevo.transition (
    workspace_id    bigint NOT NULL,
    seq             bigint NOT NULL,
    at              timestamptz NOT NULL,
    LIKE relevo.transition_columns,
    conversation_id text COLLATE "C",
    body            text,
    LIKE relevo.conversation_columns INCLUDING DEFAULTS,
    PRIMARY KEY (workspace_id, seq, at)
) PARTITION BY RANGE (at);

-- What is true of each transition, and so of each conversation's row, whatever was asked for. append_1
-- asserts it of all that it adds; it is no CHECK of the tables, because PostgreSQL would parse each of those
-- anew in each statement, which was a sixth of an append.
SELECT relevo.define($$
CREATE FUNCTION relevo.is_sound(t relevo.transition) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (t.conversation_id IS NULL) = (t.action = {action('agent_seen')})
    AND (t.conversation_id IS NULL OR octet_length(t.conversation_id) BETWEEN 1 AND 255)
    AND (t.body IS NULL OR octet_length(t.body) <= 196608)
    AND t.before_seq BETWEEN 0 AND t.seq - 1
    AND t.from_list BETWEEN 0 AND 2 AND t.list BETWEEN 0 AND 2 AND t.pause BETWEEN 0 AND 2
    AND t.delivery BETWEEN 0 AND 3
    AND t.list_seq BETWEEN 0 AND t.seq AND t.pause_seq BETWEEN 0 AND t.seq
    AND t.contact_seq BETWEEN 0 AND t.seq AND t.answer_seq BETWEEN 0 AND t.seq
    AND t.other_answer_seq BETWEEN 0 AND t.answer_seq AND t.person_seq BETWEEN 0 AND t.answer_seq
    AND t.version >= 0 AND t.sent >= 0 AND t.unread BETWEEN 0 AND t.received
    AND (t.pause = {pause('until')}) = (t.pause_until IS NOT NULL)
    AND (NOT t.waits_for_person OR t.waiting_since IS NOT NULL)
    AND octet_length(t.channel) <= 255 AND octet_length(t.name) <= 255
$$);

CREATE FUNCTION relevo.refuse(sentence text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RAISE '%', sentence USING ERRCODE = 'check_violation';
END
$$;

-- What every command came to that brought transitions or had to be settled (struct stored_outcome): each id
-- counts once for seven days, which rests on the lock of workspace_head, too. In partitions by week. What the
-- server itself carries out when it is due has none: the conversation's row tells.
CREATE TABLE relevo.outcome (
    workspace_id bigint NOT NULL,
    command_id   uuid NOT NULL,
    fingerprint  bigint NOT NULL,
    seq          bigint NOT NULL, -- done: of its transition; refused: that it was judged at
    -- Done: the number of the message. Refused: the seq of the one that came since.
    message      bigint NOT NULL,
    until        timestamptz,
    at           timestamptz NOT NULL,
    outcome      smallint NOT NULL,
    reason       smallint NOT NULL,
    PRIMARY KEY (workspace_id, command_id, at)
) PARTITION BY RANGE (at);


-- === Partitions ============================================================================================

-- Each is named by its first day, in UTC: transition_20261101. They are made long ahead, so that no commit
-- ever waits for one, and what is old goes with a whole partition, which leaves nothing to vacuum. Who serves
-- can have both done (partitions_tend), but says neither what time it is nor how long anything is kept: that
-- is the owner's.

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
CREATE FUNCTION relevo.partitions(
    of_table name, OUT name name, OUT from_at timestamptz, OUT to_at timestamptz)
RETURNS SETOF record LANGUAGE sql STABLE STRICT SET search_path = pg_catalog
BEGIN ATOMIC
    SELECT c.relname, b.from_at,
           (b.from_at AT TIME ZONE 'UTC' + ('1 ' || relevo.partition_period(of_table))::interval)
           AT TIME ZONE 'UTC'
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    CROSS JOIN LATERAL (
        SELECT to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC' AS from_at) b
    WHERE i.inhparent = ('relevo.' || quote_ident(of_table))::regclass;
END;

-- Makes the partitions up to `ahead` that are missing, and says how many those were. They are attached when
-- they are complete: that lets everybody else read and write meanwhile. Where somebody else is at it, nothing
-- is done.
CREATE FUNCTION relevo.partitions_make(
    ahead interval DEFAULT '90 days', now timestamptz DEFAULT clock_timestamp()) RETURNS integer
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
            to_at := (from_at AT TIME ZONE 'UTC' + ('1 ' || relevo.partition_period(of_table))::interval)
                     AT TIME ZONE 'UTC';
            partition := of_table || to_char(from_at AT TIME ZONE 'UTC', '_YYYYMMDD');
            IF to_regclass('relevo.' || partition) IS NULL THEN
                EXECUTE format('CREATE TABLE relevo.%I (LIKE relevo.%I INCLUDING ALL)', partition, of_table);
                EXECUTE format(
                    'ALTER TABLE relevo.%I ATTACH PARTITION relevo.%I FOR VALUES FROM (%L) TO (%L)',
                    of_table, partition, from_at, to_at);
                made := made + 1;
            END IF;
            from_at := to_at;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

-- Drops the partitions of a table that hold nothing younger than `keep`, which is 7 days at least, and says
-- how many those were; or only detaches them, so that they can be archived. For a moment nobody else may be
-- at the table: where that is not to be had, nothing is done this time.
CREATE FUNCTION relevo.partitions_drop(
    of_table name, keep interval, detach_only boolean DEFAULT false, now timestamptz DEFAULT clock_timestamp()
) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog SET lock_timeout = '250ms' AS $$
DECLARE
    partition name;
    dropped integer := 0;
BEGIN
    IF keep < interval '7 days' THEN
        RAISE 'what is younger than 7 days is needed: keep at least that'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT pg_try_advisory_xact_lock(125762721474160) THEN
        RETURN 0;
    END IF;
    FOR partition IN
        SELECT p.name FROM relevo.partitions(of_table) p WHERE p.to_at <= now - keep ORDER BY p.from_at
    LOOP
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

-- Makes the partitions that are missing, and drops those that have had their time, by the database's clock:
-- outcomes, and the log where the owner has said so. It runs as the owner, like all that the role that serves
-- can call (see the end of this file): with pg_temp last, as without a word it comes first, and a type of the
-- caller's own there would run his code as the owner.
CREATE FUNCTION relevo.partitions_tend(
    OUT made integer, OUT outcomes_dropped integer, OUT log_dropped integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    days integer;
BEGIN
    SELECT r.log_days INTO days FROM relevo.retention r;
    made := relevo.partitions_make();
    outcomes_dropped := relevo.partitions_drop('outcome', '7 days');
    log_dropped := CASE
        WHEN days IS NULL THEN 0
        ELSE relevo.partitions_drop('transition', make_interval(days => days)) END;
END
$$;


-- === Workspaces ============================================================================================

-- The workspace of this name is there, whoever made it.
CREATE FUNCTION relevo.workspace_1(of_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH created AS (
        INSERT INTO relevo.workspace (name) VALUES (of_name) ON CONFLICT (name) DO NOTHING RETURNING id
    )
    INSERT INTO relevo.workspace_head (workspace_id) SELECT id FROM created;
END;

-- === Appending =============================================================================================

-- A command, and what it comes to if it is committed.
CREATE TYPE relevo.append_1_item AS (
    workspace   integer,
    item_group  integer, -- of all about one conversation or agent, which are committed whole or not at all
    command_id  uuid, -- null: no outcome is kept, as the row tells it
    fingerprint bigint,
    outcome     smallint,
    reason      smallint,
    seq         bigint,
    message     bigint,
    until       timestamptz,
    until_for   bigint -- as pause_for
);

-- A table, so that it can be made of columns; but nothing more than a type, too.
CREATE TABLE relevo.append_1_transition (
    workspace       integer,
    item_group      integer,
    -- Not 0: the pause ends so many milliseconds after what is added, but not before its `until`.
    pause_for       bigint,
    -- What it carries out, which stood when it was decided, is not due sooner (core/due.h).
    due             timestamptz,
    -- In the last of a group: the seq of the row whose place it takes, 0 where there is none. Else null.
    replaces        bigint,
    conversation_id text,
    body            text,
    LIKE relevo.transition_columns,
    LIKE relevo.conversation_columns
);

-- The one way into the log: makes some appends durable (server/app/store.h, struct store_append), set by set.
--
-- `workspaces` are the workspaces touched, ascending, each once; what is called `workspace` is a place in it.
-- Where a number is wanted that only this call will give, a transition's place n is written -n, and where a
-- time is, -infinity. Places count from 1; 0 is none. The first transition of a group was decided on the row
-- that its before_seq made; those of the others are pending.
--
-- It is few statements, as setting one up costs an append that comes alone more than what it does.
--
-- The name ends in a version, and so do those of its types. A change that a running node would notice gets
-- the next one; this one then stays for one release.
--
-- It runs as the owner, and is all that writes to the log. Whoever calls it says what happened, and nothing
-- of when and in which place: seqs are given without gaps, to workspaces that are locked here, with the
-- database's time.
SELECT relevo.define($define$
CREATE FUNCTION relevo.append_1(
    patient boolean, -- wait for workspaces that are locked elsewhere, instead of skipping them
    workspaces bigint[],
    known_seqs bigint[], -- what the node has applied: a log that ends before it is another log,
    known_ats timestamptz[], -- and so is one that has another time there; null: not known
    items relevo.append_1_item[],
    transitions relevo.append_1_transition[],
    OUT now timestamptz, -- what the database's clock showed while the workspaces were locked
    OUT base_seqs bigint[], -- of each workspace: where its log ended; -1: locked elsewhere; -2: another log
    OUT ats timestamptz[], -- of each workspace: the time of what was added
    OUT seqs bigint[], -- of each transition: the number it was given; 0: refused
    OUT refused_groups integer[],
    OUT known_items integer[], -- items whose command id has an outcome already: that outcome
    OUT known_fingerprint bigint[],
    OUT known_outcome smallint[],
    OUT known_reason smallint[],
    OUT known_seq bigint[],
    OUT known_message bigint[],
    OUT known_until timestamptz[]
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- One plan, whatever the tables' statistics say: from the arrays through the primary keys. The settings alone
-- do not hold that: a table that was empty when its statistics were taken looks cheap to walk, and the plan
-- made then is kept. So each statement leaves the planner no choice: a look into a table is a LATERAL with
-- OFFSET 0, which is never turned round, and rows are changed where such a look has found them (ctid: nobody
-- else changes them under the lock), or by a key that begins with an array, by which no walk is ordered.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET seq_page_cost = 0
SET random_page_cost = 0
AS $$
DECLARE
    earliest timestamptz; -- all that is added lies between these two: no other partitions are looked into
    latest timestamptz;
    sees_agents boolean;
    erases boolean;
    makes boolean; -- conversations
    base_seq bigint;
BEGIN
    -- Locks, in one order for all. What is decided on is read in later statements: each sees all that the
    -- lock waited for.
    IF patient THEN
        PERFORM FROM relevo.workspace_head h
        WHERE h.workspace_id = ANY (workspaces) ORDER BY h.workspace_id FOR NO KEY UPDATE;
    END IF;
    now := date_trunc('milliseconds', clock_timestamp());
    WITH locked AS (
        SELECT h.workspace_id, h.last_seq, h.last_at FROM relevo.workspace_head h
        WHERE h.workspace_id = ANY (workspaces) ORDER BY h.workspace_id FOR NO KEY UPDATE SKIP LOCKED
    )
    SELECT array_agg(CASE WHEN h.last_seq IS NULL THEN -1
                          WHEN h.last_seq < w.known_seq THEN -2
                          WHEN w.known_seq > 0 AND w.known_at <> CASE
                              WHEN h.last_seq = w.known_seq THEN h.last_at
                              ELSE coalesce((SELECT t.at FROM relevo.transition t
                                             WHERE t.workspace_id = w.workspace_id
                                               AND t.seq = w.known_seq AND t.at = w.known_at
                                             LIMIT 1), '-infinity') END THEN -2
                          ELSE h.last_seq END ORDER BY w.n),
           array_agg(greatest(h.last_at, now) ORDER BY w.n),
           min(greatest(h.last_at, now)), max(greatest(h.last_at, now))
    INTO base_seqs, ats, earliest, latest
    FROM unnest(workspaces, known_seqs, known_ats) WITH ORDINALITY w(workspace_id, known_seq, known_at, n)
    LEFT JOIN locked h USING (workspace_id);

    -- Ids that were there before: what else was decided in their groups was decided without knowing it. And
    -- groups that were decided on another state than there is, or that carry something out before its time.
    SELECT k.groups || c.groups, k.items, k.fingerprints, k.outcomes, k.reasons, k.seqs, k.messages, k.untils,
           c.sees_agents, c.erases, c.makes
    INTO refused_groups, known_items, known_fingerprint, known_outcome, known_reason,
         known_seq, known_message, known_until, sees_agents, erases, makes
    FROM (
        SELECT coalesce(array_agg(i.item_group), '{}') AS groups,
               coalesce(array_agg(i.ordinality::integer), '{}') AS items,
               array_agg(o.fingerprint) AS fingerprints, array_agg(o.outcome) AS outcomes,
               array_agg(o.reason) AS reasons, array_agg(o.seq) AS seqs,
               array_agg(o.message) AS messages, array_agg(o.until) AS untils
        FROM unnest(items) WITH ORDINALITY i
        CROSS JOIN LATERAL (
            SELECT p.* FROM relevo.outcome p
            WHERE p.workspace_id = workspaces[i.workspace] AND p.command_id = i.command_id
              AND p.at BETWEEN now - interval '7 days' AND latest + interval '1 day'
            OFFSET 0) o
        WHERE base_seqs[i.workspace] >= 0
    ) k
    CROSS JOIN (
        SELECT array_agg(t.item_group) FILTER (
                   WHERE t.before_seq >= 0 AND t.before_seq <> coalesce(c.seq, a.seq, 0)
                      OR t.due > now) AS groups,
               bool_or(t.action = relevo.action('agent_seen')) AS sees_agents,
               bool_or(t.action = relevo.action('erase')) AS erases,
               bool_or(t.replaces = 0 AND t.conversation_id IS NOT NULL) AS makes
        FROM unnest(transitions) t
        LEFT JOIN LATERAL (
            SELECT d.seq FROM relevo.conversation d
            WHERE d.workspace_id = workspaces[t.workspace] AND d.id = t.conversation_id AND t.before_seq >= 0
            OFFSET 0) c ON true
        LEFT JOIN LATERAL (
            SELECT b.seq FROM relevo.agent b
            WHERE b.workspace_id = workspaces[t.workspace] AND b.id = t.by AND t.conversation_id IS NULL
            OFFSET 0) a ON true
    ) c;

    -- Numbers, without gaps, for what is left.
    IF cardinality(transitions) = 1 THEN
        base_seq := base_seqs[transitions[1].workspace];
        seqs := ARRAY[CASE
            WHEN base_seq >= 0 AND transitions[1].item_group <> ALL (refused_groups) THEN base_seq + 1
            ELSE 0 END];
    ELSE
        SELECT coalesce(array_agg(
                   CASE WHEN t.accepted THEN base_seqs[t.workspace] + t.nth ELSE 0 END ORDER BY t.n), '{}')
        INTO seqs
        FROM (SELECT u.*,
                     count(*) FILTER (WHERE u.accepted) OVER (PARTITION BY u.workspace ORDER BY u.n) AS nth
              FROM (SELECT v.workspace, v.ordinality AS n,
                           v.item_group <> ALL (refused_groups) AND base_seqs[v.workspace] >= 0 AS accepted
                    FROM unnest(transitions) WITH ORDINALITY v) u) t;
    END IF;

    -- A conversation is what its last transition says. (Not an upsert, which locks each row in a step of its
    -- own before it changes it; nor made here, where it has to be made, as that is seldom.)
    WITH added AS (
        INSERT INTO relevo.transition (
            workspace_id, seq, at, conversation_id, body, {transition_columns}, {conversation_columns})
        SELECT workspaces[t.workspace], seqs[t.ordinality], ats[t.workspace], t.conversation_id, t.body,
               {transition_columns of t, stamped}, {conversation_columns of t, stamped}
        FROM unnest(transitions) WITH ORDINALITY t
        WHERE seqs[t.ordinality] > 0
        RETURNING workspace_id, at, from_list, list, {first_due} AS due,
                  relevo.is_sound(transition) AS is_sound
    ), heads AS (
        UPDATE relevo.workspace_head h SET
            last_seq = CASE
                WHEN d.is_sound AND h.open_count + d.opened >= 0 AND h.completed_count + d.completed >= 0
                THEN h.last_seq + d.added
                ELSE relevo.refuse('what was to be appended cannot be: see relevo.is_sound') END,
            last_at = d.at,
            open_count = h.open_count + d.opened, completed_count = h.completed_count + d.completed,
            next_due = least(h.next_due, d.due)
        FROM (SELECT t.workspace_id, max(t.at) AS at, count(*) AS added, bool_and(t.is_sound) AS is_sound,
                     sum((t.list = relevo.list('open'))::integer
                         - (t.from_list = relevo.list('open'))::integer) AS opened,
                     sum((t.list = relevo.list('completed'))::integer
                         - (t.from_list = relevo.list('completed'))::integer) AS completed,
                     min(t.due) AS due
              FROM added t
              GROUP BY t.workspace_id) d
        CROSS JOIN LATERAL (
            SELECT i.ctid AS place FROM relevo.workspace_head i WHERE i.workspace_id = d.workspace_id
            OFFSET 0) f
        WHERE h.ctid = f.place
    ), changed AS (
        UPDATE relevo.conversation c SET (seq, held, {conversation_columns}) = ROW(
            seqs[t.ordinality], t.list = relevo.list('open') OR t.pause <> relevo.pause('none'),
            {conversation_columns of t, stamped})
        FROM unnest(transitions) WITH ORDINALITY t
        CROSS JOIN LATERAL (
            SELECT d.ctid AS place FROM relevo.conversation d
            WHERE d.workspace_id = workspaces[t.workspace] AND d.id = t.conversation_id
            OFFSET 0) f
        WHERE c.ctid = f.place AND t.replaces > 0 AND seqs[t.ordinality] > 0
    )
    INSERT INTO relevo.outcome (
        workspace_id, command_id, fingerprint, seq, message, until, at, outcome, reason)
    SELECT workspaces[i.workspace], i.command_id, i.fingerprint,
           CASE WHEN i.seq < 0 THEN seqs[-i.seq] ELSE i.seq END,
           CASE WHEN i.message < 0 THEN seqs[-i.message] ELSE i.message END,
           CASE WHEN i.until_for > 0
                THEN greatest(i.until, ats[i.workspace] + i.until_for * interval '1 millisecond')
                ELSE i.until END,
           ats[i.workspace], i.outcome, i.reason
    FROM unnest(items) i
    WHERE i.command_id IS NOT NULL AND i.item_group <> ALL (refused_groups) AND base_seqs[i.workspace] >= 0;

    IF makes THEN
        INSERT INTO relevo.conversation (workspace_id, id, seq, held, {conversation_columns})
        SELECT workspaces[t.workspace], t.conversation_id, seqs[t.ordinality],
               t.list = relevo.list('open') OR t.pause <> relevo.pause('none'),
               {conversation_columns of t, stamped}
        FROM unnest(transitions) WITH ORDINALITY t
        WHERE t.replaces = 0 AND t.conversation_id IS NOT NULL AND seqs[t.ordinality] > 0;
    END IF;

    IF sees_agents THEN
        INSERT INTO relevo.agent AS a (workspace_id, id, name, role, seq)
        SELECT workspaces[t.workspace], t.by, coalesce(t.body, ''), t.role, seqs[t.ordinality]
        FROM unnest(transitions) WITH ORDINALITY t
        WHERE t.conversation_id IS NULL AND seqs[t.ordinality] > 0
        ON CONFLICT (workspace_id, id) DO UPDATE SET
            name = excluded.name, role = excluded.role, seq = excluded.seq;
    END IF;

    -- What was said in a conversation before it was erased: each transition leads to the one before it.
    IF erases THEN
        WITH RECURSIVE said AS (
            SELECT workspaces[t.workspace] AS workspace_id, seqs[t.ordinality] AS seq, ats[t.workspace] AS at,
                   CASE WHEN t.before_seq < 0 THEN seqs[-t.before_seq] ELSE t.before_seq END AS before_seq,
                   false AS is_before
            FROM unnest(transitions) WITH ORDINALITY t
            WHERE t.action = relevo.action('erase') AND seqs[t.ordinality] > 0
            UNION ALL
            SELECT b.workspace_id, b.seq, b.at, b.before_seq, true
            FROM said a
            CROSS JOIN LATERAL (
                SELECT u.workspace_id, u.seq, u.at, u.before_seq FROM relevo.transition u
                WHERE u.workspace_id = a.workspace_id AND u.seq = a.before_seq AND u.at <= a.at
                ORDER BY u.at DESC LIMIT 1
            ) b
        )
        UPDATE relevo.transition u SET name = '', preview = '', body = NULL
        FROM said s
        WHERE s.is_before AND u.workspace_id = ANY (ARRAY[s.workspace_id]) AND u.seq = s.seq AND u.at = s.at
          AND (u.name <> '' OR u.preview <> '' OR u.body IS NOT NULL);
    END IF;
END
$$
$define$);

-- The most overdue workspaces, `most` at most, of those where something is due before now and `ahead_ms`;
-- without the workspaces `without`, which whoever asks watches himself. Each head says when something may be
-- due at the earliest; of those whose time comes it is looked up, and said anew, unless somebody is at work
-- there. That reads all that is held there: seldom, as what is due is loaded, and then watched.
SELECT relevo.define($define$
CREATE FUNCTION relevo.due_1(ahead_ms bigint, most bigint, without bigint[]) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH due AS MATERIALIZED (
        SELECT h.workspace_id, h.last_seq, h.next_due, (
            SELECT min({first_due of c}) FROM relevo.conversation c
            WHERE c.workspace_id + 0 = h.workspace_id AND c.held) AS first_due
        FROM relevo.workspace_head h
        WHERE h.next_due < now() + ahead_ms * interval '1 millisecond'
          AND h.workspace_id NOT IN (SELECT unnest(without)) -- by a hash table
        ORDER BY h.next_due
        LIMIT 1000
    ), moved AS (
        SELECT h.workspace_id, d.first_due
        FROM due d
        CROSS JOIN LATERAL ( -- by its key, whatever the statistics say: as in append_1
            SELECT i.workspace_id FROM relevo.workspace_head i
            WHERE i.workspace_id = d.workspace_id AND i.last_seq = d.last_seq
            FOR NO KEY UPDATE SKIP LOCKED) h
        WHERE d.first_due IS DISTINCT FROM d.next_due
    ), said AS (
        UPDATE relevo.workspace_head h SET next_due = m.first_due
        FROM moved m WHERE h.workspace_id = ANY (ARRAY[m.workspace_id])
    )
    SELECT w.name
    FROM due d
    CROSS JOIN LATERAL (SELECT v.name FROM relevo.workspace v WHERE v.id = d.workspace_id OFFSET 0) w
    WHERE d.first_due < now() + ahead_ms * interval '1 millisecond'
    ORDER BY d.first_due
    LIMIT most;
END
$$;
$define$);

-- === Reading ===============================================================================================

-- A conversation as every statement gives it that reads some, and so does a COPY; and a transition likewise,
-- with so much of its body as is wanted. They are written into the statement, as if it named the columns
-- itself. A change gets the next version.

CREATE TABLE relevo.row_1 (id text COLLATE "C", seq bigint, LIKE relevo.conversation_columns);

SELECT relevo.define($define$
CREATE FUNCTION relevo.read_row_1(c relevo.conversation) RETURNS SETOF relevo.row_1
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT c.id, c.seq, {conversation_columns of c};
END
$define$);

CREATE TABLE relevo.entry_1 (
    conversation_id text COLLATE "C", seq bigint, LIKE relevo.conversation_columns,
    at timestamptz, LIKE relevo.transition_columns, body text
);

SELECT relevo.define($define$
CREATE FUNCTION relevo.read_entry_1(t relevo.transition, body text) RETURNS SETOF relevo.entry_1
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT t.conversation_id, t.seq, {conversation_columns of t}, t.at, {transition_columns of t}, body;
END
$define$);

-- For those who read: automation and channels, which follow the log and whose places in it are kept; and
-- agents, who look conversations up.

-- A name as it is looked up: without accents and case. ICU's lower case is the same in every database,
-- whatever its locale.
CREATE FUNCTION relevo.fold(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(regexp_replace(
    normalize(name, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]', '', 'g')
    COLLATE "und-x-icu");

-- Looking up by the beginning of a name. (By the beginning of an id, the primary key does.) A name seldom
-- changes, and a change of anything else stays within its page (HOT) as before.
CREATE INDEX conversation_name ON relevo.conversation (workspace_id, (relevo.fold(name) COLLATE "C"), id)
WHERE name <> '';

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

-- Attaches (attached = 0), or acknowledges what lies up to up_to. Times are Unix milliseconds, 0 where none
-- is known.
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
    SELECT h.last_seq, h.last_at INTO STRICT head
    FROM relevo.workspace_head h WHERE h.workspace_id = workspace;
    SELECT c.generation, c.acked_seq, c.acked_at INTO generation, acked_seq, acked_at FROM relevo.consumer c
    WHERE c.workspace_id = workspace
      AND c.role = consumer_role AND c.owner = consumer_owner AND c.name = consumer_name;

    -- Of what the log keeps no more nobody can tell.
    SELECT array_agg(CASE WHEN p.seq IS NULL THEN false
                          WHEN p.seq = 0 THEN p.at = 'epoch'
                          WHEN p.seq >= head.last_seq THEN p.seq = head.last_seq AND p.at = head.last_at
                          ELSE coalesce(p.at = (SELECT t.at FROM relevo.transition t
                                                WHERE t.workspace_id = workspace AND t.seq = p.seq LIMIT 1),
                                        true) END ORDER BY p.n)
    INTO is_of_log
    FROM (VALUES (1, CASE WHEN attached > 0 THEN known_seq ELSE up_to END,
                  to_timestamp(CASE WHEN attached > 0 THEN known_at ELSE up_to_at END / 1000.0)),
                 (2, acked_seq, acked_at)) p(n, seq, at);

    IF attached > 0 THEN
        result := CASE WHEN generation IS DISTINCT FROM attached THEN 1 WHEN is_of_log[1] THEN 0 ELSE 3 END;
        UPDATE relevo.consumer c SET acked_seq = up_to, acked_at = coalesce(
            to_timestamp(nullif(up_to_at, 0) / 1000.0),
            (SELECT t.at FROM relevo.transition t WHERE t.workspace_id = workspace AND t.seq = up_to LIMIT 1),
            'epoch')
        WHERE c.workspace_id = workspace
          AND c.role = consumer_role AND c.owner = consumer_owner AND c.name = consumer_name
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
        acked_seq := coalesce(
            (SELECT t.seq - 1 FROM relevo.transition t
             WHERE t.workspace_id = workspace ORDER BY t.seq LIMIT 1), head.last_seq);
        acked_at := CASE WHEN acked_seq = head.last_seq THEN head.last_at ELSE 'epoch' END;
    END IF;

    -- New ones come one after the other, so that they can be counted.
    IF generation IS NULL THEN
        PERFORM pg_advisory_xact_lock(125762721474161 + workspace);
        IF (SELECT count(*) FROM relevo.consumer c
            WHERE c.workspace_id = workspace
              AND NOT (c.role = consumer_role AND c.owner = consumer_owner AND c.name = consumer_name))
           >= consumers_max
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

-- === Revoking ==============================================================================================

-- Which tokens are void before they expire. One row for each person (or automation, or channel): a token that
-- was issued up to `at`, or does not say when, is void. `number` grows with every revocation, in the order of
-- commit, so that a node reads on from the last one that it has seen.
CREATE TABLE relevo.revocation (
    workspace text COLLATE "C" NOT NULL CHECK (octet_length(workspace) BETWEEN 1 AND 64),
    agent     text COLLATE "C" NOT NULL CHECK (octet_length(agent) BETWEEN 1 AND 255),
    at        timestamptz NOT NULL,
    number    bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    PRIMARY KEY (workspace, agent)
);

-- Makes every token void that this person has been issued up to now. The lock makes numbers become visible in
-- their order.
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

-- === Who may what ==========================================================================================

-- Nobody but the owner calls anything of this, unless it is given to him.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA relevo FROM PUBLIC;

-- Lets a role serve: these rights, and none besides that it may have had. It reads, and changes what the
-- functions change that it can call: it adds to the log, and neither changes nor deletes anything of it but
-- what an erase blanks and what has had its time. The owner calls it, again after each migration.
CREATE FUNCTION relevo.grant_to(node name) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    rights text;
BEGIN
    IF pg_has_role(node, (SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = 'relevo'), 'MEMBER') THEN
        RAISE 'the role % owns the schema, or can do all that its owner can: one that serves must not', node
            USING ERRCODE = 'invalid_grant_operation';
    END IF;
    FOREACH rights IN ARRAY ARRAY[
        'REVOKE ALL ON SCHEMA relevo FROM',
        'REVOKE ALL ON ALL TABLES IN SCHEMA relevo FROM',
        'REVOKE ALL ON ALL SEQUENCES IN SCHEMA relevo FROM',
        'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA relevo FROM',
        'GRANT USAGE ON SCHEMA relevo TO',
        'GRANT SELECT ON relevo.schema_version, relevo.revocation, relevo.workspace, relevo.workspace_head, '
            'relevo.agent, relevo.conversation, relevo.transition TO',
        'GRANT EXECUTE ON FUNCTION relevo.action, relevo.append_1, relevo.consume_1, relevo.due_1, '
            'relevo.fold, relevo.list, relevo.partitions_tend, relevo.read_entry_1, relevo.read_row_1, '
            'relevo.workspace_1 TO'
    ] LOOP
        EXECUTE format('%s %I', rights, node);
    END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION relevo.grant_to FROM PUBLIC;
