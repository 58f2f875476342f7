#!/bin/bash
# The image of PostgreSQL runs it once, when it has made an empty cluster: the roles that docs/operating.md, "The database",
# tells of, and their database. The superuser is nobody's but the image's own, and the backups'.
set -euo pipefail
cd "${SECRETS:-/run/secrets}"
psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set owner_password `cat owner_password`
\set server_password `cat server_password`
CREATE ROLE relevo_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE relevo LOGIN PASSWORD :'server_password';
CREATE DATABASE relevo OWNER relevo_owner ENCODING 'UTF8' TEMPLATE template0;
SQL
