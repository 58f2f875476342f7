-- The workspace named $1 is there, whoever made it.
WITH created AS (
    INSERT INTO relevo.workspace (name) VALUES ($1::text) ON CONFLICT (name) DO NOTHING RETURNING id
)
INSERT INTO relevo.workspace_head (workspace_id) SELECT id FROM created
