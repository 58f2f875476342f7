-- The one way into the log: makes a group of appends durable (server/app/store.h, struct store_append), set by set.
--
-- `workspaces` are the workspaces touched, ascending, each once; `item_workspace` and its like are places in it. A group is all
-- items about one conversation or one agent: it is committed whole or not at all. The arrays called group_, item_ and
-- transition_ have one element for each. A transition's place n is written -n where a number is wanted that only this call will
-- give, and -infinity where a time is. Places count from 1; 0 is none.
--
-- The name ends in a version. A change that a running node would notice gets the next one; this one then stays for one release.
--
-- It runs as the owner, and is all that writes to the log. Whoever calls it says what happened, and nothing of when and in which place:
-- seqs are given without gaps, to workspaces that are locked here, with the database's time.
CREATE FUNCTION relevo.append_1(
    patient boolean, -- wait for workspaces that are locked elsewhere, instead of skipping them
    workspaces bigint[],
    known_seqs bigint[], -- what the node has applied: a log that ends before it is another log,
    known_ats timestamptz[], -- and so is one that has another time there; null: not known
    group_workspace integer[],
    group_conversation text[],
    group_agent text[],
    group_before_seq bigint[], -- the conversation's or agent's seq as decided on; null: nothing was decided
    group_ends_pause boolean[], -- an expire ends the pause that the conversation has now,
    group_pause_until timestamptz[], -- or the one that the group itself has set, until then
    group_last integer[], -- its last transition
    item_workspace integer[],
    item_group integer[],
    item_command_id uuid[],
    item_fingerprint bigint[],
    item_outcome smallint[],
    item_reason smallint[],
    item_seq bigint[],
    item_message bigint[],
    item_until timestamptz[],
    item_until_for bigint[], -- as transition_pause_for
    transition_workspace integer[],
    transition_group integer[],
    transition_command_id uuid[],
    transition_before_seq bigint[],
    transition_message bigint[],
    transition_action smallint[],
    transition_role smallint[],
    transition_from_list smallint[],
    transition_reported smallint[],
    transition_by text[],
    transition_conversation_id text[],
    transition_body text[],
    transition_channel text[],
    transition_name text[],
    transition_list smallint[],
    transition_list_seq bigint[],
    transition_assignee text[],
    transition_automation_enabled boolean[],
    transition_pause smallint[],
    transition_pause_until timestamptz[],
    transition_pause_for bigint[], -- not 0: the pause ends so many milliseconds after what is added, but not before its `until`
    transition_pause_seq bigint[],
    transition_bot_blocked boolean[],
    transition_version bigint[],
    transition_received bigint[],
    transition_sent bigint[],
    transition_unread bigint[],
    transition_delivery smallint[],
    transition_waiting_since timestamptz[],
    transition_preview text[],
    transition_preview_role smallint[],
    transition_preview_at timestamptz[],
    transition_last_action smallint[],
    transition_last_by text[],
    transition_last_role smallint[],
    transition_last_at timestamptz[],
    transition_waits_for_person boolean[],
    transition_contact_seq bigint[],
    transition_answer_seq bigint[],
    transition_other_answer_seq bigint[],
    transition_person_seq bigint[],
    transition_answer_role smallint[],
    transition_answer_by text[],
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
-- One plan, whatever the tables' statistics say: from the arrays through the primary keys. The settings alone do not hold that: a table
-- that was empty when its statistics were taken looks cheap to walk, and the plan made then is kept. So each statement leaves the planner
-- no choice: a look into a table is a LATERAL with OFFSET 0, which is never turned round, and rows are changed where such a look has
-- found them (ctid: nobody else changes them under the lock), or by a key that begins with an array, by which no walk is ordered.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET seq_page_cost = 0
SET random_page_cost = 0
AS $$
DECLARE
    conflicts integer[];
    earliest timestamptz; -- all that is added lies between these two: no other partitions are looked into
    latest timestamptz;
BEGIN
    -- Locks, in one order for all. What is decided on is read in later statements: each sees all that the lock waited for.
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
                                             WHERE t.workspace_id = w.workspace_id AND t.seq = w.known_seq AND t.at = w.known_at
                                             LIMIT 1), '-infinity') END THEN -2
                          ELSE h.last_seq END ORDER BY w.n),
           array_agg(greatest(h.last_at, now) ORDER BY w.n)
    INTO base_seqs, ats
    FROM unnest(workspaces, known_seqs, known_ats) WITH ORDINALITY w(workspace_id, known_seq, known_at, n) LEFT JOIN locked h USING (workspace_id);
    SELECT min(a), max(a) INTO earliest, latest FROM unnest(ats) a;

    -- Ids that were there before. What else was decided in their groups was decided without knowing it.
    SELECT coalesce(array_agg(DISTINCT i.item_group), '{}'), coalesce(array_agg(i.n::integer), '{}'), array_agg(o.fingerprint),
           array_agg(o.outcome), array_agg(o.reason), array_agg(o.seq), array_agg(o.message), array_agg(o.until)
    INTO refused_groups, known_items, known_fingerprint, known_outcome, known_reason, known_seq, known_message, known_until
    FROM unnest(item_workspace, item_group, item_command_id) WITH ORDINALITY i(workspace, item_group, command_id, n)
    CROSS JOIN LATERAL (
        SELECT p.* FROM relevo.outcome p
        WHERE p.workspace_id = workspaces[i.workspace] AND p.command_id = i.command_id
          AND p.at BETWEEN now - interval '7 days' AND latest + interval '1 day'
        OFFSET 0) o
    WHERE base_seqs[i.workspace] >= 0;

    -- Groups that were decided on another state than there is, or that end a pause before its time.
    SELECT array_agg(g.n::integer) INTO conflicts
    FROM unnest(group_workspace, group_conversation, group_agent, group_before_seq, group_ends_pause, group_pause_until)
        WITH ORDINALITY g(workspace, conversation, agent, before_seq, ends_pause, pause_until, n)
    LEFT JOIN LATERAL (
        SELECT d.seq, d.pause_until FROM relevo.conversation d
        WHERE d.workspace_id = workspaces[g.workspace] AND d.id = g.conversation
        OFFSET 0) c ON true
    LEFT JOIN LATERAL (
        SELECT b.seq FROM relevo.agent b WHERE b.workspace_id = workspaces[g.workspace] AND b.id = g.agent
        OFFSET 0) a ON true
    WHERE base_seqs[g.workspace] < 0
       OR g.before_seq <> coalesce(c.seq, a.seq, 0)
       OR g.ends_pause AND c.pause_until > now
       OR g.pause_until > now;
    refused_groups := refused_groups || conflicts;

    -- Numbers, without gaps, for what is left.
    seqs := ARRAY(
        SELECT CASE WHEN t.accepted
                    THEN base_seqs[t.workspace] + count(*) FILTER (WHERE t.accepted) OVER (PARTITION BY t.workspace ORDER BY t.n)
                    ELSE 0 END
        FROM (SELECT u.workspace, u.n, u.transition_group <> ALL (refused_groups) AND base_seqs[u.workspace] >= 0 AS accepted
              FROM unnest(transition_workspace, transition_group) WITH ORDINALITY u(workspace, transition_group, n)) t
        ORDER BY t.n);

    -- Pauses are counted from what is added.
    IF 0 < ANY (transition_pause_for) THEN
        transition_pause_until := ARRAY(
            SELECT CASE WHEN t.pause_for > 0
                        THEN greatest(t.pause_until, ats[t.workspace] + t.pause_for * interval '1 millisecond')
                        ELSE t.pause_until END
            FROM unnest(transition_workspace, transition_pause_until, transition_pause_for)
                WITH ORDINALITY t(workspace, pause_until, pause_for, n)
            ORDER BY t.n);
    END IF;

    INSERT INTO relevo.transition (
        workspace_id, seq, at, command_id, before_seq, message, action, role, from_list, reported, by, conversation_id, body,
        channel, name, list, list_seq, assignee, automation_enabled, pause, pause_until, pause_seq, bot_blocked, version,
        received, sent, unread, delivery, waiting_since, preview, preview_role, preview_at,
        last_action, last_by, last_role, last_at,
        waits_for_person, contact_seq, answer_seq, other_answer_seq, person_seq, answer_role, answer_by)
    SELECT workspaces[t.workspace], seqs[t.n], ats[t.workspace], t.command_id,
           CASE WHEN t.before_seq < 0 THEN seqs[-t.before_seq] ELSE t.before_seq END,
           t.message, t.action, t.role, t.from_list, t.reported, t.by, t.conversation_id, t.body, t.channel, t.name, t.list,
           CASE WHEN t.list_seq < 0 THEN seqs[-t.list_seq] ELSE t.list_seq END,
           t.assignee, t.automation_enabled, t.pause, t.pause_until,
           CASE WHEN t.pause_seq < 0 THEN seqs[-t.pause_seq] ELSE t.pause_seq END,
           t.bot_blocked, t.version, t.received, t.sent, t.unread, t.delivery,
           CASE WHEN t.waiting_since = '-infinity' THEN ats[t.workspace] ELSE t.waiting_since END,
           t.preview, t.preview_role,
           CASE WHEN t.preview_at = '-infinity' THEN ats[t.workspace] ELSE t.preview_at END,
           t.last_action, t.last_by, t.last_role,
           CASE WHEN t.last_at = '-infinity' THEN ats[t.workspace] ELSE t.last_at END,
           t.waits_for_person,
           CASE WHEN t.contact_seq < 0 THEN seqs[-t.contact_seq] ELSE t.contact_seq END,
           CASE WHEN t.answer_seq < 0 THEN seqs[-t.answer_seq] ELSE t.answer_seq END,
           CASE WHEN t.other_answer_seq < 0 THEN seqs[-t.other_answer_seq] ELSE t.other_answer_seq END,
           CASE WHEN t.person_seq < 0 THEN seqs[-t.person_seq] ELSE t.person_seq END,
           t.answer_role, t.answer_by
    FROM unnest(transition_workspace, transition_command_id, transition_before_seq, transition_message, transition_action,
            transition_role, transition_from_list, transition_reported, transition_by, transition_conversation_id,
            transition_body, transition_channel, transition_name, transition_list, transition_list_seq, transition_assignee,
            transition_automation_enabled, transition_pause, transition_pause_until, transition_pause_seq,
            transition_bot_blocked, transition_version, transition_received, transition_sent, transition_unread,
            transition_delivery, transition_waiting_since, transition_preview, transition_preview_role, transition_preview_at,
            transition_last_action, transition_last_by, transition_last_role, transition_last_at,
            transition_waits_for_person, transition_contact_seq, transition_answer_seq, transition_other_answer_seq,
            transition_person_seq, transition_answer_role, transition_answer_by)
        WITH ORDINALITY t(workspace, command_id, before_seq, message, action,
            role, from_list, reported, by, conversation_id,
            body, channel, name, list, list_seq, assignee,
            automation_enabled, pause, pause_until, pause_seq,
            bot_blocked, version, received, sent, unread,
            delivery, waiting_since, preview, preview_role, preview_at,
            last_action, last_by, last_role, last_at,
            waits_for_person, contact_seq, answer_seq, other_answer_seq, person_seq, answer_role, answer_by, n)
    WHERE seqs[t.n] > 0;

    -- A conversation is what its last transition says. (Not an upsert, which locks each row in a step of its own before it
    -- changes it.)
    UPDATE relevo.conversation c SET (
        seq, version, list_seq, pause_seq, pause_until, received, sent, unread, waiting_since, preview_at, last_at,
        list, pause, delivery, preview_role, last_action, last_role, automation_enabled, bot_blocked, held, channel, name,
        assignee, preview, last_by,
        waits_for_person, contact_seq, answer_seq, other_answer_seq, person_seq, answer_role, answer_by) = (
        SELECT t.seq, t.version, t.list_seq, t.pause_seq, t.pause_until, t.received, t.sent, t.unread,
               t.waiting_since, t.preview_at, t.last_at, t.list, t.pause, t.delivery, t.preview_role, t.last_action, t.last_role,
               t.automation_enabled, t.bot_blocked, t.list = 1 OR t.pause <> 0, t.channel, t.name,
               t.assignee, t.preview, t.last_by,
               t.waits_for_person, t.contact_seq, t.answer_seq, t.other_answer_seq, t.person_seq, t.answer_role, t.answer_by
        FROM relevo.transition t
        WHERE t.workspace_id = workspaces[g.workspace] AND t.seq = seqs[g.last] AND t.at BETWEEN earliest AND latest)
    FROM unnest(group_workspace, group_conversation, group_before_seq, group_last) g(workspace, conversation, before_seq, last)
    CROSS JOIN LATERAL (
        SELECT d.ctid AS place FROM relevo.conversation d
        WHERE d.workspace_id = workspaces[g.workspace] AND d.id = g.conversation
        OFFSET 0) f
    WHERE c.ctid = f.place AND g.before_seq > 0 AND seqs[g.last] > 0;

    IF 0 = ANY (group_before_seq) THEN
        INSERT INTO relevo.conversation (
            workspace_id, seq, version, list_seq, pause_seq, pause_until, received, sent, unread, waiting_since, preview_at, last_at,
            list, pause, delivery, preview_role, last_action, last_role, automation_enabled, bot_blocked, held, id, channel, name,
            assignee, preview, last_by,
            waits_for_person, contact_seq, answer_seq, other_answer_seq, person_seq, answer_role, answer_by)
        SELECT t.workspace_id, t.seq, t.version, t.list_seq, t.pause_seq, t.pause_until, t.received, t.sent, t.unread,
               t.waiting_since, t.preview_at, t.last_at, t.list, t.pause, t.delivery, t.preview_role, t.last_action, t.last_role,
               t.automation_enabled, t.bot_blocked, t.list = 1 OR t.pause <> 0, t.conversation_id, t.channel, t.name, t.assignee,
               t.preview, t.last_by,
               t.waits_for_person, t.contact_seq, t.answer_seq, t.other_answer_seq, t.person_seq, t.answer_role, t.answer_by
        FROM unnest(group_workspace, group_conversation, group_before_seq, group_last) g(workspace, conversation, before_seq, last)
        CROSS JOIN LATERAL (
            SELECT u.* FROM relevo.transition u
            WHERE u.workspace_id = workspaces[g.workspace] AND u.seq = seqs[g.last] AND u.at BETWEEN earliest AND latest
            OFFSET 0) t
        WHERE g.conversation IS NOT NULL AND g.before_seq = 0;
    END IF;

    IF 16 = ANY (transition_action) THEN
        INSERT INTO relevo.agent AS a (workspace_id, id, name, role, seq)
        SELECT t.workspace_id, t.by, coalesce(t.body, ''), t.role, t.seq
        FROM unnest(group_workspace, group_agent, group_last) g(workspace, agent, last)
        CROSS JOIN LATERAL (
            SELECT u.* FROM relevo.transition u
            WHERE u.workspace_id = workspaces[g.workspace] AND u.seq = seqs[g.last] AND u.at BETWEEN earliest AND latest
            OFFSET 0) t
        WHERE g.agent IS NOT NULL
        ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, role = excluded.role, seq = excluded.seq;
    END IF;

    -- What was said in a conversation before it was erased: each transition leads to the one before it.
    IF 17 = ANY (transition_action) THEN
        WITH RECURSIVE said AS (
            SELECT workspaces[t.workspace] AS workspace_id, seqs[t.n] AS seq, ats[t.workspace] AS at,
                   CASE WHEN t.before_seq < 0 THEN seqs[-t.before_seq] ELSE t.before_seq END AS before_seq, false AS is_before
            FROM unnest(transition_workspace, transition_action, transition_before_seq)
                WITH ORDINALITY t(workspace, action, before_seq, n)
            WHERE t.action = 17 AND seqs[t.n] > 0
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

    INSERT INTO relevo.outcome (workspace_id, command_id, fingerprint, seq, message, until, at, outcome, reason)
    SELECT workspaces[i.workspace], i.command_id, i.fingerprint, CASE WHEN i.seq < 0 THEN seqs[-i.seq] ELSE i.seq END,
           CASE WHEN i.message < 0 THEN seqs[-i.message] ELSE i.message END,
           CASE WHEN i.until_for > 0 THEN greatest(i.until, ats[i.workspace] + i.until_for * interval '1 millisecond') ELSE i.until END,
           ats[i.workspace], i.outcome, i.reason
    FROM unnest(item_workspace, item_group, item_command_id, item_fingerprint, item_outcome, item_reason, item_seq, item_message,
            item_until, item_until_for)
        i(workspace, item_group, command_id, fingerprint, outcome, reason, seq, message, until, until_for)
    WHERE i.item_group <> ALL (refused_groups);

    UPDATE relevo.workspace_head h SET
        last_seq = h.last_seq + d.added, last_at = d.at,
        open_count = h.open_count + d.opened, completed_count = h.completed_count + d.completed,
        next_pause_end = least(h.next_pause_end, d.pause_end)
    FROM (SELECT workspaces[t.workspace] AS workspace_id, ats[t.workspace] AS at, count(*) AS added,
                 sum((t.list = 1)::integer - (t.from_list = 1)::integer) AS opened,
                 sum((t.list = 2)::integer - (t.from_list = 2)::integer) AS completed,
                 min(t.pause_until) AS pause_end
          FROM unnest(transition_workspace, transition_list, transition_from_list, transition_pause_until, seqs)
              t(workspace, list, from_list, pause_until, seq)
          WHERE t.seq > 0
          GROUP BY t.workspace) d
    CROSS JOIN LATERAL (
        SELECT i.ctid AS place FROM relevo.workspace_head i WHERE i.workspace_id = d.workspace_id
        OFFSET 0) f
    WHERE h.ctid = f.place;
END
$$;

-- The workspaces with the most overdue pauses, `most` at most, of those that end before now and `ahead_ms`; without the workspaces
-- `without`, which whoever asks watches himself. Each head says when a pause may end at the earliest; of those whose time comes it is
-- looked up, and said anew, unless somebody is at work there. That reads all that is held there: seldom, as what is due is loaded, and
-- then watched.
CREATE FUNCTION relevo.due_1(ahead_ms bigint, most bigint, without bigint[]) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH due AS MATERIALIZED (
        SELECT h.workspace_id, h.last_seq, h.next_pause_end, (
            SELECT min(c.pause_until) FROM relevo.conversation c WHERE c.workspace_id = h.workspace_id AND c.held) AS pause_end
        FROM relevo.workspace_head h
        WHERE h.next_pause_end < now() + ahead_ms * interval '1 millisecond'
          AND h.workspace_id NOT IN (SELECT unnest(without)) -- by a hash table
        ORDER BY h.next_pause_end
        LIMIT 1000
    ), moved AS (
        SELECT h.workspace_id, d.pause_end
        FROM due d
        CROSS JOIN LATERAL ( -- by its key, whatever the statistics say: as in append_1
            SELECT i.workspace_id FROM relevo.workspace_head i
            WHERE i.workspace_id = d.workspace_id AND i.last_seq = d.last_seq
            FOR NO KEY UPDATE SKIP LOCKED) h
        WHERE d.pause_end IS DISTINCT FROM d.next_pause_end
    ), said AS (
        UPDATE relevo.workspace_head h SET next_pause_end = m.pause_end
        FROM moved m WHERE h.workspace_id = ANY (ARRAY[m.workspace_id])
    )
    SELECT w.name
    FROM due d CROSS JOIN LATERAL (SELECT v.name FROM relevo.workspace v WHERE v.id = d.workspace_id OFFSET 0) w
    WHERE d.pause_end < now() + ahead_ms * interval '1 millisecond'
    ORDER BY d.pause_end
    LIMIT most;
END
$$;
