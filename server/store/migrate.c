#include "store/migrate.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/errand_private.h"
#include "store/fitness.h"
#include "store/sql_embedded.h"
#include "store/statement.h"

enum {
    POLL_MS = 100,
    SHA256_HEX_SIZE = 64,
};

/* What two servers that migrate one database meet at: "relevo", as a number. The session's lock is tried for,
 * never waited for: a waiting statement would hold a snapshot, on which some migrations wait in turn. */
#define LOCK_SQL           "SELECT pg_try_advisory_lock(125762721474159)"
#define LOCK_NOT_AVAILABLE "55P03"
#define UNLOCK_SQL         "SELECT pg_advisory_unlock_all()"

struct migration {
    struct errand errand;
    const struct sql_file *files;
    size_t count;
    int64_t wait_ms; /* left */
    size_t applied;  /* of the files, before and now */
};

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
    PGresult *result = PQexec(migration->errand.pg, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return result;
    (void)errand_fail(&migration->errand, what, result);
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
    PGresult *result = PQexecParams(migration->errand.pg, "SELECT encode(sha256($1::bytea), 'hex')", 1, NULL,
                                    values, lengths, formats, 0);
    bool is_done = PQresultStatus(result) == PGRES_TUPLES_OK;
    if (is_done)
        snprintf(hex_r, SHA256_HEX_SIZE + 1, "%s", PQgetvalue(result, 0, 0));
    else
        (void)errand_fail(&migration->errand, "reckoning a checksum", result);
    PQclear(result);
    return is_done;
}

/* Steps. */

static enum errand_result migration_connect(struct migration *migration, const char *conninfo)
{
    struct errand *errand = &migration->errand;
    enum errand_result begun =
        errand_begin(errand, &(struct errand_options){.conninfo = conninfo, .name = "relevo migrate"});
    if (begun != ERRAND_DONE)
        return begun;
    const char *encoding = PQparameterStatus(errand->pg, "server_encoding");
    struct fitness fitness = {.server_version = PQserverVersion(errand->pg),
                              .encoding =
                                  text_create(bytes_of_string(encoding == NULL ? "unknown" : encoding))};
    bool is_fit =
        fitness_judge_aspect(&fitness, FITNESS_VERSION, errand->sentence, sizeof(errand->sentence)) &&
        fitness_judge_aspect(&fitness, FITNESS_ENCODING, errand->sentence, sizeof(errand->sentence));
    fitness_finish(&fitness);
    if (!is_fit)
        return ERRAND_REFUSED;
    /* A migration that waits for a table's lock holds up all who come after it: rather give way, and try
     * again. */
    return migration_do(migration, "setting up the session", "SET lock_timeout = '2s'") ? ERRAND_DONE
                                                                                        : ERRAND_FAILED;
}

static enum errand_result migration_lock(struct migration *migration)
{
    do {
        PGresult *result = migration_query(migration, "taking the lock for migrations", LOCK_SQL);
        if (result == NULL)
            return ERRAND_FAILED;
        bool is_locked = *PQgetvalue(result, 0, 0) == 't';
        PQclear(result);
        if (is_locked)
            return ERRAND_DONE;
    } while (migration_wait(migration));
    return errand_say(&migration->errand, ERRAND_FAILED,
                      "somebody else is migrating this database: try again when that is done");
}

static enum errand_result migration_compare(struct migration *migration, const PGresult *recorded)
{
    for (int row = 0; row < PQntuples(recorded); row++) {
        int version = (int)strtol(PQgetvalue(recorded, row, 0), NULL, 10);
        const char *name = PQgetvalue(recorded, row, 1);
        char hex[SHA256_HEX_SIZE + 1];
        if (version > (int)migration->count)
            return errand_say(
                &migration->errand, ERRAND_REFUSED,
                "the database has migration %s, which this server does not know (it knows %zu): it "
                "has been migrated by a newer one, so migrate with that",
                name, migration->count);
        if (version != row + 1)
            return errand_say(&migration->errand, ERRAND_REFUSED,
                              "the database has migration %s but not number %d: restore the table "
                              "relevo.schema_version",
                              name, row + 1);
        if (!migration_hash(migration, &migration->files[row], hex))
            return ERRAND_FAILED;
        if (strcmp(hex, PQgetvalue(recorded, row, 2)) != 0)
            return errand_say(
                &migration->errand, ERRAND_REFUSED,
                "migration %s is not the one that the database has had (%s): migrations are never "
                "changed, new ones are added; run the server that it was migrated with, or one that "
                "follows it",
                migration->files[row].name, name);
    }
    migration->applied = (size_t)PQntuples(recorded);
    return ERRAND_DONE;
}

static enum errand_result migration_look(struct migration *migration)
{
    if (!migration_do(migration, "creating relevo.schema_version", statement_sql("migrate_begin")))
        return ERRAND_FAILED;
    PGresult *recorded = migration_query(
        migration, "reading relevo.schema_version",
        "SELECT version, name, encode(sha256, 'hex') FROM relevo.schema_version ORDER BY version");
    if (recorded == NULL)
        return ERRAND_FAILED;
    enum errand_result result = migration_compare(migration, recorded);
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
    PGresult *result = PQexecParams(migration->errand.pg,
                                    "INSERT INTO relevo.schema_version (version, name, sha256, min_code) "
                                    "VALUES ($1::integer, $2, decode($3, 'hex'), $4::integer)",
                                    4, NULL, values, NULL, NULL, 0);
    bool is_done = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!is_done)
        (void)errand_fail(&migration->errand, "recording it", result);
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
    PQclear(PQexec(migration->errand.pg, "ROLLBACK"));
    return false;
}

static enum errand_result migration_apply_all(struct migration *migration, int *applied_r)
{
    while (migration->applied < migration->count) {
        const struct sql_file *file = &migration->files[migration->applied];
        assert(version_of(file) == (int)migration->applied + 1);
        if (migration_apply(migration, file)) {
            migration->applied++;
            ++*applied_r;
        } else if (strcmp(migration->errand.sqlstate, LOCK_NOT_AVAILABLE) != 0 ||
                   !migration_wait(migration)) {
            return ERRAND_FAILED;
        }
    }
    return ERRAND_DONE;
}

/* As migration_do, with one parameter. */
static bool migration_tell(struct migration *migration, const char *what, const char *sql,
                           const char *parameter)
{
    PGresult *result = PQexecParams(migration->errand.pg, sql, 1, NULL, &parameter, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    bool is_done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!is_done)
        (void)errand_fail(&migration->errand, what, result);
    PQclear(result);
    return is_done;
}

/* The schema is what this server needs: now it is made ready to be served. */
static bool migration_prepare(struct migration *migration, const struct migrate_options *options)
{
    char days[16];
    snprintf(days, sizeof(days), "%d", options->retain_days);
    return migration_do(migration, "making partitions", "SELECT relevo.partitions_make()") &&
           migration_tell(migration, "saying how long the log is kept",
                          "UPDATE relevo.retention SET log_days = nullif($1::integer, 0)", days) &&
           (options->grant_to == NULL ||
            migration_tell(migration, "granting", "SELECT relevo.grant_to($1)", options->grant_to));
}

static enum errand_result migration_run(struct migration *migration, const char *conninfo, int *applied_r)
{
    *applied_r = 0;
    enum errand_result result = migration_connect(migration, conninfo);
    if (result == ERRAND_DONE)
        result = migration_lock(migration);
    if (result == ERRAND_DONE)
        result = migration_look(migration);
    if (result == ERRAND_DONE)
        result = migration_apply_all(migration, applied_r);
    return result;
}

/* The lock would go with the session; but a session may outlast its connection by a moment, in which whoever
 * comes next would be told that somebody else is migrating. */
static enum errand_result migration_end(struct migration *migration, enum errand_result result,
                                        char **sentence_r)
{
    PQclear(PQexec(migration->errand.pg, UNLOCK_SQL));
    *sentence_r = errand_sentence(&migration->errand, result);
    errand_end(&migration->errand);
    return result;
}

enum errand_result migrate_run_files(const char *conninfo, int64_t wait_ms, const struct sql_file *files,
                                     size_t count, int *applied_r, char **sentence_r)
{
    struct migration migration = {.files = files, .count = count, .wait_ms = wait_ms};
    return migration_end(&migration, migration_run(&migration, conninfo, applied_r), sentence_r);
}

enum errand_result migrate_run(const struct migrate_options *options, int *applied_r, char **sentence_r)
{
    struct migration migration = {
        .files = sql_migrations, .count = sql_migrations_count, .wait_ms = options->wait_ms};
    enum errand_result result = migration_run(&migration, options->conninfo, applied_r);
    if (result == ERRAND_DONE && !migration_prepare(&migration, options))
        result = ERRAND_FAILED;
    return migration_end(&migration, result, sentence_r);
}
