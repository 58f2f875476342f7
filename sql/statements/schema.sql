-- Which migrations the database has had, and from which version of the server on it can be served.
SELECT max(version), max(min_code) FROM relevo.schema_version
