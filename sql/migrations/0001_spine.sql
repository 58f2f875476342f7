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
    completed_count bigint NOT NULL DEFAULT 0 CHECK (completed_count >= 0)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- The people, as their credentials named them last.
CREATE TABLE relevo.agent (
    workspace_id bigint NOT NULL,
    id           text COLLATE "C" NOT NULL CHECK (octet_length(id) BETWEEN 1 AND 64),
    name         text NOT NULL CHECK (octet_length(name) <= 128),
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
    id                 text COLLATE "C" NOT NULL CHECK (octet_length(id) BETWEEN 1 AND 64),
    channel            text NOT NULL CHECK (octet_length(channel) <= 64),
    name               text NOT NULL CHECK (octet_length(name) <= 128),
    assignee           text,
    preview            text NOT NULL,
    last_by            text,
    PRIMARY KEY (workspace_id, id),
    CHECK ((pause = 1) = (pause_until IS NOT NULL))
) WITH (fillfactor = 85);

-- What a node holds in memory: open, or a pause stands.
CREATE INDEX conversation_held ON relevo.conversation (workspace_id) WHERE held;

-- Pages of the Completed list.
CREATE INDEX conversation_completed ON relevo.conversation (workspace_id, list_seq DESC) WHERE list = 2;

-- The log (struct transition). Rows are added and never changed. From `channel` on it says how the conversation stands after
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
    body               text CHECK (octet_length(body) <= 8192),
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
    PRIMARY KEY (workspace_id, seq)
);

-- What every command came to that brought transitions or had to be settled (struct stored_outcome): each id counts once.
CREATE TABLE relevo.outcome (
    workspace_id bigint NOT NULL,
    command_id   uuid NOT NULL,
    fingerprint  bigint NOT NULL,
    seq          bigint NOT NULL,
    message      bigint NOT NULL,
    until        timestamptz,
    at           timestamptz NOT NULL,
    outcome      smallint NOT NULL,
    reason       smallint NOT NULL,
    PRIMARY KEY (workspace_id, command_id)
);

-- For forgetting the oldest. They lie in the order of their time, which is all that this small kind of index needs.
CREATE INDEX outcome_at ON relevo.outcome USING brin (at) WITH (pages_per_range = 16, autosummarize = on);
