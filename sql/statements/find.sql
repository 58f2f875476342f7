-- The conversations of the workspace $1 that $2 finds, $3 at most: those whose id begins with it, by id; then
-- those whose name does, by name. What begins with a text lies between it and it followed by the last of all
-- characters. Of each kind $3 are read and no more, also where all are of both: of those that are found by
-- name, only those can be found by id too that have been.
SELECT c.* -- a row, and behind it its place
FROM (
    (SELECT r.*, 1 AS part, '' COLLATE "C" AS folded
     FROM relevo.conversation d, relevo.read_row_1(d) r
     WHERE d.workspace_id = $1::bigint AND d.id >= $2::text AND d.id < $2 || U&'\+10FFFF'
     ORDER BY d.id
     LIMIT $3::bigint)
    UNION ALL
    (SELECT r.*, 2, relevo.fold(d.name) COLLATE "C"
     FROM relevo.conversation d, relevo.read_row_1(d) r
     WHERE d.workspace_id = $1 AND d.name <> '' AND relevo.fold($2) <> ''
       AND relevo.fold(d.name) COLLATE "C" >= relevo.fold($2)
       AND relevo.fold(d.name) COLLATE "C" < relevo.fold($2) || U&'\+10FFFF'
     ORDER BY relevo.fold(d.name) COLLATE "C", d.id
     LIMIT $3)
) c
WHERE c.part = 1 OR NOT starts_with(c.id, $2)
ORDER BY c.part, c.folded, c.id
LIMIT $3
