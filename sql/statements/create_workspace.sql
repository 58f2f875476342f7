-- The workspace named $1 is there, whoever made it.
SELECT relevo.workspace_1($1)
