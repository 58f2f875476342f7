-- The workspace :workspace, as fill.sql has made it, and :copies more of it.
SELECT id FROM relevo.workspace WHERE name = :'workspace' \gset
CREATE TEMPORARY TABLE copies AS
WITH made AS (
    INSERT INTO relevo.workspace (name)
    SELECT :'workspace' || n FROM generate_series(1, :copies) n RETURNING id
)
SELECT id, jsonb_build_object('workspace_id', id) AS changes FROM made;
INSERT INTO relevo.workspace_head
SELECT (jsonb_populate_record(h, c.changes)).*
FROM relevo.workspace_head h, copies c WHERE h.workspace_id = :id;
INSERT INTO relevo.agent
SELECT (jsonb_populate_record(a, c.changes)).*
FROM relevo.agent a, copies c WHERE a.workspace_id = :id;
INSERT INTO relevo.conversation
SELECT (jsonb_populate_record(r, c.changes)).*
FROM relevo.conversation r, copies c WHERE r.workspace_id = :id;
INSERT INTO relevo.transition
SELECT (jsonb_populate_record(t, c.changes)).*
FROM relevo.transition t, copies c WHERE t.workspace_id = :id;
