-- What the peers keep: a head and a log for each workspace, and one row for each conversation. Times are
-- milliseconds since 1970, 0 for none, so that nobody has to turn them into something else.
CREATE TABLE head (
    workspace text PRIMARY KEY,
    seq bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE conversation (
    workspace text NOT NULL,
    id text NOT NULL,
    channel text NOT NULL,
    name text NOT NULL DEFAULT '',
    list smallint NOT NULL DEFAULT 0,
    list_seq bigint NOT NULL DEFAULT 0,
    assignee text,
    pause_until bigint NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 0,
    seq bigint NOT NULL,
    received integer NOT NULL DEFAULT 0,
    unread integer NOT NULL DEFAULT 0,
    waiting_since bigint NOT NULL DEFAULT 0,
    preview text NOT NULL DEFAULT '',
    preview_at bigint NOT NULL DEFAULT 0,
    last_action text NOT NULL,
    last_by text NOT NULL,
    PRIMARY KEY (workspace, id)
) WITH (fillfactor = 70);
CREATE INDEX conversation_open ON conversation (workspace) WHERE list = 1;
CREATE INDEX conversation_due ON conversation (pause_until) WHERE pause_until > 0;

CREATE TABLE log (
    workspace text NOT NULL,
    seq bigint NOT NULL,
    at bigint NOT NULL,
    command bytea,
    action text NOT NULL,
    by text NOT NULL,
    conversation text NOT NULL,
    body text,
    PRIMARY KEY (workspace, seq)
);
