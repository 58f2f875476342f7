-- Lets a role serve: read all, add to the log and change what it comes to; nothing is deleted but by whole partitions. The owner calls
-- it, again after each migration.
CREATE FUNCTION relevo.grant_to(node name) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    rights text;
BEGIN
    FOREACH rights IN ARRAY ARRAY[
        'USAGE ON SCHEMA relevo',
        'SELECT ON relevo.schema_version, relevo.revocation',
        'SELECT, INSERT ON relevo.workspace, relevo.outcome',
        'SELECT, INSERT, UPDATE ON relevo.workspace_head, relevo.agent, relevo.conversation, relevo.consumer',
        'SELECT, INSERT, UPDATE (name, preview, body) ON relevo.transition',
        'EXECUTE ON FUNCTION relevo.partitions_make, relevo.partitions_drop'
    ] LOOP
        EXECUTE format('GRANT %s TO %I', rights, node);
    END LOOP;
END
$$;
