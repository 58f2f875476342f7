-- Where migrations are recorded. min_code is the oldest server, by the number of its last migration, that can
-- still serve this schema.
CREATE SCHEMA IF NOT EXISTS relevo;
CREATE TABLE IF NOT EXISTS relevo.schema_version (
    version    integer PRIMARY KEY CHECK (version > 0),
    name       text NOT NULL,
    sha256     bytea NOT NULL CHECK (octet_length(sha256) = 32),
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    min_code   integer NOT NULL CHECK (min_code <= version)
);
