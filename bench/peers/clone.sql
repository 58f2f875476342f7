-- The workspace :workspace, and :copies more of it, in the peers' tables.
CREATE TEMPORARY TABLE copies AS SELECT :'workspace' || n AS name FROM generate_series(1, :copies) n;
INSERT INTO head SELECT c.name, h.seq FROM head h, copies c WHERE h.workspace = :'workspace';
INSERT INTO conversation
SELECT (jsonb_populate_record(r, jsonb_build_object('workspace', c.name))).*
FROM conversation r, copies c WHERE r.workspace = :'workspace';
INSERT INTO log
SELECT (jsonb_populate_record(l, jsonb_build_object('workspace', c.name))).*
FROM log l, copies c WHERE l.workspace = :'workspace';
