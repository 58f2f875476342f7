-- Nobody but the owner calls anything of this, unless it is given to him.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA relevo FROM PUBLIC;

-- Lets a role serve: these rights, and none besides that it may have had. It reads, and changes what the functions change that it can
-- call: it adds to the log, and neither changes nor deletes anything of it but what an erase blanks and what has had its time. The owner
-- calls it, again after each migration.
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
        'GRANT SELECT ON relevo.schema_version, relevo.revocation, relevo.workspace, relevo.workspace_head, relevo.agent, '
            'relevo.conversation, relevo.transition TO',
        'GRANT EXECUTE ON FUNCTION relevo.append_1, relevo.consume_1, relevo.due_1, relevo.fold, relevo.partitions_tend, '
            'relevo.workspace_1 TO'
    ] LOOP
        EXECUTE format('%s %I', rights, node);
    END LOOP;
END
$$;
REVOKE EXECUTE ON FUNCTION relevo.grant_to FROM PUBLIC;
