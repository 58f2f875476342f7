-- The $2 workspaces with the most overdue pauses, of those that end before now and $1 milliseconds, without
-- the workspaces $3. See migrations/0001_relevo.sql.
SELECT d FROM relevo.due_1($1, $2, $3) d
