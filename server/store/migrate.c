#include "store/migrate.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

#include "store/conninfo.h"
#include "store/sql_embedded.h"
#include "store/statement.h"

enum {
    SERVER_VERSION_MIN = 150000,
    POLL_MS = 100,
    SENTENCE_SIZE = 1024,
    SHA256_HEX_SIZE = 64,
};

/* What two servers that migrate one database meet at: "relevo", as a number. The session's lock is tried for,
 * never waited for: a waiting statement would hold a snapshot, on which some migrations wait in turn. */
#define LOCK_SQL   "SELECT pg_try_advisory_lock(125762721474159)"
#define UNLOCK_SQL "SELECT pg_advisory_unlock_all()"

struct migration {
    PGconn *pg;
    const struct sql_file *files;
    size_t count;
    int64_t wait_ms; /* left */
    size_t applied;  /* of the files, before and now */
    char sentence[SENTENCE_SIZE];
};

static void migration_say(struct migration *migration, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void migration_say(struct migration *migration, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(migration->sentence, sizeof(migration->sentence), format, arguments);
    va_end(arguments);
}

/* The first line of what libpq has to say. */
static int line_size(const char *message)
{
    return (int)strcspn(message, "\n");
}

/* Sleeps, if there is patience left for it. */
static bool migration_wait(struct migration *migration)
{
    if (migration->wait_ms < POLL_MS)
        return false;
    migration->wait_ms -= POLL_MS;
    nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
    return true;
}

/* Runs SQL, several statements too. NULL, and the sentence is said, where it failed; else to be cleared. */
static PGresult *migration_query(struct migration *migration, const char *what, const char *sql)
{
    PGresult *result = PQexec(migration->pg, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return result;
    const char *message = PQresultErrorMessage(result);
    migration_say(migration, "%s failed: %.*s", what, line_size(message), message);
    PQclear(result);
    return NULL;
}

static bool migration_do(struct migration *migration, const char *what, const char *sql)
{
    PGresult *result = migration_query(migration, what, sql);
    PQclear(result);
    return result != NULL;
}

/* Files. */

static int version_of(const struct sql_file *file)
{
    return (int)strtol(file->name, NULL, 10);
}

/* The oldest server that can still serve the schema after this file, from a first line "-- min_code: 3". By
 * default the file's own: a change that older servers do not notice has to say so. */
static int min_code_of(const struct sql_file *file)
{
    int min_code;
    return sscanf(file->text, "-- min_code: %d", &min_code) == 1 ? min_code : version_of(file);
}

int migrate_version(void)
{
    return version_of(&sql_migrations[sql_migrations_count - 1]);
}

/* In hexadecimal, as the server reckons it. */
static bool migration_hash(struct migration *migration, const struct sql_file *file,
                           char hex_r[SHA256_HEX_SIZE + 1])
{
    const char *values[] = {file->text};
    const int lengths[] = {(int)file->size};
    const int formats[] = {1};
    PGresult *result = PQexecParams(migration->pg, "SELECT encode(sha256($1::bytea), 'hex')", 1, NULL, values,
                                    lengths, formats, 0);
    bool is_done = PQresultStatus(result) == PGRES_TUPLES_OK;
    if (is_done)
        snprintf(hex_r, SHA256_HEX_SIZE + 1, "%s", PQgetvalue(result, 0, 0));
    else
        migration_say(migration, "the database cannot reckon a checksum: %.*s",
                      line_size(PQresultErrorMessage(result)), PQresultErrorMessage(result));
    PQclear(result);
    return is_done;
}

/* Steps. */

static enum migrate_result migration_connect(struct migration *migration, const char *conninfo)
{
    const char *const keywords[] = {
        "connect_timeout", "gssencmode", "target_session_attrs", "fallback_application_name", "dbname",
        "client_encoding", NULL};
    const char *const values[] = {"5", "disable", "read-write", "relevo migrate", conninfo, "UTF8", NULL};
    if (!conninfo_is_readable(conninfo)) {
        migration_say(migration, "%s", CONNINFO_SENTENCE);
        return MIGRATE_REFUSED;
    }
    migration->pg = PQconnectdbParams(keywords, values, 1);
    if (PQstatus(migration->pg) != CONNECTION_OK) {
        const char *message = PQerrorMessage(migration->pg);
        migration_say(migration, "the database cannot be reached: %.*s", line_size(message), message);
        return MIGRATE_FAILED;
    }
    const char *encoding = PQparameterStatus(migration->pg, "server_encoding");
    if (PQserverVersion(migration->pg) < SERVER_VERSION_MIN) {
        migration_say(migration, "the database is PostgreSQL %d and Relevo needs 15 or newer",
                      PQserverVersion(migration->pg) / 10000);
        return MIGRATE_REFUSED;
    }
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
        migration_say(migration,
                      "the database's encoding is %s and must be UTF8: create it with ENCODING 'UTF8' "
                      "TEMPLATE template0",
                      encoding == NULL ? "unknown" : encoding);
        return MIGRATE_REFUSED;
    }
    /* A migration that waits for a table's lock holds up all who come after it: rather give way, and try
     * again. */
    return migration_do(migration, "setting up the session",
                        "SET lock_timeout = '2s'; SET client_min_messages = warning")
               ? MIGRATE_DONE
               : MIGRATE_FAILED;
}

static enum migrate_result migration_lock(struct migration *migration)
{
    do {
        PGresult *result = migration_query(migration, "taking the lock for migrations", LOCK_SQL);
        if (result == NULL)
            return MIGRATE_FAILED;
        bool is_locked = *PQgetvalue(result, 0, 0) == 't';
        PQclear(result);
        if (is_locked)
            return MIGRATE_DONE;
    } while (migration_wait(migration));
    migration_say(migration, "somebody else is migrating this database: try again when that is done");
    return MIGRATE_FAILED;
}

static enum migrate_result migration_compare(struct migration *migration, const PGresult *recorded)
{
    for (int row = 0; row < PQntuples(recorded); row++) {
        int version = atoi(PQgetvalue(recorded, row, 0));
        const char *name = PQgetvalue(recorded, row, 1);
        char hex[SHA256_HEX_SIZE + 1];
        if (version > (int)migration->count) {
            migration_say(migration,
                          "the database has migration %s, which this server does not know (it knows %zu): it "
                          "has been migrated by "
                          "a newer one, so migrate with that",
                          name, migration->count);
            return MIGRATE_REFUSED;
        }
        if (version != row + 1) {
            migration_say(
                migration,
                "the database has migration %s but not number %d: restore the table relevo.schema_version",
                name, row + 1);
            return MIGRATE_REFUSED;
        }
        if (!migration_hash(migration, &migration->files[row], hex))
            return MIGRATE_FAILED;
        if (strcmp(hex, PQgetvalue(recorded, row, 2)) != 0) {
            migration_say(migration,
                          "migration %s is not the one that the database has had (%s): migrations are never "
                          "changed, new ones are "
                          "added; run the server that it was migrated with, or one that follows it",
                          migration->files[row].name, name);
            return MIGRATE_REFUSED;
        }
    }
    migration->applied = (size_t)PQntuples(recorded);
    return MIGRATE_DONE;
}

static enum migrate_result migration_look(struct migration *migration)
{
    if (!migration_do(migration, "creating relevo.schema_version", statement_sql("migrate_begin")))
        return MIGRATE_FAILED;
    PGresult *recorded = migration_query(
        migration, "reading relevo.schema_version",
        "SELECT version, name, encode(sha256, 'hex') FROM relevo.schema_version ORDER BY version");
    if (recorded == NULL)
        return MIGRATE_FAILED;
    enum migrate_result result = migration_compare(migration, recorded);
    PQclear(recorded);
    return result;
}

static bool migration_record(struct migration *migration, const struct sql_file *file)
{
    char hex[SHA256_HEX_SIZE + 1];
    char version[16];
    char min_code[16];
    if (!migration_hash(migration, file, hex))
        return false;
    snprintf(version, sizeof(version), "%d", version_of(file));
    snprintf(min_code, sizeof(min_code), "%d", min_code_of(file));
    const char *values[] = {version, file->name, hex, min_code};
    PGresult *result = PQexecParams(migration->pg,
                                    "INSERT INTO relevo.schema_version (version, name, sha256, min_code) "
                                    "VALUES ($1::integer, $2, decode($3, 'hex'), $4::integer)",
                                    4, NULL, values, NULL, NULL, 0);
    bool is_done = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!is_done)
        migration_say(migration, "recording migration %s failed: %.*s", file->name,
                      line_size(PQresultErrorMessage(result)), PQresultErrorMessage(result));
    PQclear(result);
    return is_done;
}

/* One file in one transaction. */
static bool migration_apply(struct migration *migration, const struct sql_file *file)
{
    char what[128];
    snprintf(what, sizeof(what), "migration %s", file->name);
    if (migration_do(migration, what, "BEGIN") && migration_do(migration, what, file->text) &&
        migration_record(migration, file) && migration_do(migration, what, "COMMIT"))
        return true;
    PQclear(PQexec(migration->pg, "ROLLBACK"));
    return false;
}

static enum migrate_result migration_apply_all(struct migration *migration, int *applied_r)
{
    while (migration->applied < migration->count) {
        const struct sql_file *file = &migration->files[migration->applied];
        assert(version_of(file) == (int)migration->applied + 1);
        if (migration_apply(migration, file)) {
            migration->applied++;
            ++*applied_r;
        } else if (strstr(migration->sentence, "lock timeout") == NULL || !migration_wait(migration)) {
            return MIGRATE_FAILED;
        }
    }
    return MIGRATE_DONE;
}

/* The schema is what this server needs: now it is made ready to be served. */
static bool migration_prepare(struct migration *migration, const char *grant_to)
{
    char sql[128];
    snprintf(sql, sizeof(sql), "SELECT relevo.partitions_make(interval '%d days')", PARTITIONS_AHEAD_DAYS);
    if (!migration_do(migration, "making partitions", sql))
        return false;
    if (grant_to == NULL)
        return true;
    PGresult *result =
        PQexecParams(migration->pg, "SELECT relevo.grant_to($1)", 1, NULL, &grant_to, NULL, NULL, 0);
    bool is_done = PQresultStatus(result) == PGRES_TUPLES_OK;
    if (!is_done)
        migration_say(migration, "granting to %s failed: %.*s", grant_to,
                      line_size(PQresultErrorMessage(result)), PQresultErrorMessage(result));
    PQclear(result);
    return is_done;
}

static enum migrate_result migration_run(struct migration *migration, const char *conninfo, int *applied_r)
{
    *applied_r = 0;
    enum migrate_result result = migration_connect(migration, conninfo);
    if (result == MIGRATE_DONE)
        result = migration_lock(migration);
    if (result == MIGRATE_DONE)
        result = migration_look(migration);
    if (result == MIGRATE_DONE)
        result = migration_apply_all(migration, applied_r);
    return result;
}

/* The lock would go with the session; but a session may outlast its connection by a moment, in which whoever
 * comes next would be told that somebody else is migrating. */
static enum migrate_result migration_end(struct migration *migration, enum migrate_result result,
                                         char **sentence_r)
{
    PQclear(PQexec(migration->pg, UNLOCK_SQL));
    PQfinish(migration->pg);
    *sentence_r =
        result == MIGRATE_DONE ? NULL : alloc_string(migration->sentence, strlen(migration->sentence));
    return result;
}

enum migrate_result migrate_run_files(const char *conninfo, int64_t wait_ms, const struct sql_file *files,
                                      size_t count, int *applied_r, char **sentence_r)
{
    struct migration migration = {.files = files, .count = count, .wait_ms = wait_ms};
    return migration_end(&migration, migration_run(&migration, conninfo, applied_r), sentence_r);
}

enum migrate_result migrate_run(const char *conninfo, const char *grant_to, int64_t wait_ms, int *applied_r,
                                char **sentence_r)
{
    struct migration migration = {.files = sql_migrations, .count = sql_migrations_count, .wait_ms = wait_ms};
    enum migrate_result result = migration_run(&migration, conninfo, applied_r);
    if (result == MIGRATE_DONE && !migration_prepare(&migration, grant_to))
        result = MIGRATE_FAILED;
    return migration_end(&migration, result, sentence_r);
}
