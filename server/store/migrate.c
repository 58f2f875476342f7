/* Migrations, one after the other.
 *
 * When all goes well: a connection that blocks; is it a database that may be migrated? A lock that nobody
 * else has (another who migrates); what has been carried out before, compared with what the binary has, file
 * by file; then what is missing, each file with its record in one transaction; at last the partitions, how
 * long the log is kept, and what the serving role may do.
 *
 * What may fail: the database is of a newer server, has another file under a number, or is none for us:
 * REFUSED, and nothing is changed. Somebody else is migrating, or holds a table: it is tried again for as
 * long as there is patience, then FAILED. A file fails: it is rolled back, FAILED; what came before it stays,
 * and the next run goes on from there. */
#include "store/migrate.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/fitness.h"
#include "store/job_private.h"
#include "store/sql.h"

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
    struct job job;
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
    PGresult *result = PQexec(migration->job.pg, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return result;
    (void)job_fail(&migration->job, what, result);
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

/* The oldest server that can still serve the schema after this file, from a first line "-- min_code: 3". By
 * default the file's own: a change that older servers do not notice has to say so. */
static int min_code_of(const struct sql_file *file)
{
    int min_code;
    return sscanf(file->text, "-- min_code: %d", &min_code) == 1 ? min_code : sql_version_of(file);
}

/* In hexadecimal, as the server reckons it. */
static bool migration_hash(struct migration *migration, const struct sql_file *file,
                           char hex_r[SHA256_HEX_SIZE + 1])
{
    const char *values[] = {file->text};
    const int lengths[] = {(int)file->size};
    const int formats[] = {1};
    PGresult *result = PQexecParams(migration->job.pg, "SELECT encode(sha256($1::bytea), 'hex')", 1, NULL,
                                    values, lengths, formats, 0);
    bool is_done = PQresultStatus(result) == PGRES_TUPLES_OK;
    if (is_done)
        snprintf(hex_r, SHA256_HEX_SIZE + 1, "%s", PQgetvalue(result, 0, 0));
    else
        (void)job_fail(&migration->job, "reckoning a checksum", result);
    PQclear(result);
    return is_done;
}

/* Steps. */

static enum job_result migration_connect(struct migration *migration, const char *conninfo)
{
    struct job *job = &migration->job;
    enum job_result begun =
        job_begin(job, &(struct job_options){.conninfo = conninfo, .name = "relevo migrate"});
    if (begun != JOB_DONE)
        return begun;
    const char *encoding = PQparameterStatus(job->pg, "server_encoding");
    struct fitness fitness = {.server_version = PQserverVersion(job->pg),
                              .encoding =
                                  text_create(bytes_of_string(encoding == NULL ? "unknown" : encoding))};
    bool is_fit = fitness_judge_aspect(&fitness, FITNESS_VERSION, job->sentence, sizeof(job->sentence)) &&
                  fitness_judge_aspect(&fitness, FITNESS_ENCODING, job->sentence, sizeof(job->sentence));
    fitness_finish(&fitness);
    if (!is_fit)
        return JOB_REFUSED;
    /* A migration that waits for a table's lock holds up all who come after it: rather give way, and try
     * again. */
    return migration_do(migration, "setting up the session", "SET lock_timeout = '2s'") ? JOB_DONE
                                                                                        : JOB_FAILED;
}

static enum job_result migration_lock(struct migration *migration)
{
    do {
        PGresult *result = migration_query(migration, "taking the lock for migrations", LOCK_SQL);
        if (result == NULL)
            return JOB_FAILED;
        bool is_locked = *PQgetvalue(result, 0, 0) == 't';
        PQclear(result);
        if (is_locked)
            return JOB_DONE;
    } while (migration_wait(migration));
    return job_say(&migration->job, JOB_FAILED,
                   "somebody else is migrating this database: try again when that is done");
}

static enum job_result migration_compare(struct migration *migration, const PGresult *recorded)
{
    for (int row = 0; row < PQntuples(recorded); row++) {
        int version = (int)strtol(PQgetvalue(recorded, row, 0), NULL, 10);
        const char *name = PQgetvalue(recorded, row, 1);
        char hex[SHA256_HEX_SIZE + 1];
        if (version > (int)migration->count)
            return job_say(
                &migration->job, JOB_REFUSED,
                "the database has migration %s, which this server does not know (it knows %zu): it "
                "has been migrated by a newer one, so migrate with that",
                name, migration->count);
        if (version != row + 1)
            return job_say(&migration->job, JOB_REFUSED,
                           "the database has migration %s but not number %d: restore the table "
                           "relevo.schema_version",
                           name, row + 1);
        if (!migration_hash(migration, &migration->files[row], hex))
            return JOB_FAILED;
        if (strcmp(hex, PQgetvalue(recorded, row, 2)) != 0)
            return job_say(
                &migration->job, JOB_REFUSED,
                "migration %s is not the one that the database has had (%s): migrations are never "
                "changed, new ones are added; run the server that it was migrated with, or one that "
                "follows it",
                migration->files[row].name, name);
    }
    migration->applied = (size_t)PQntuples(recorded);
    return JOB_DONE;
}

static enum job_result migration_look(struct migration *migration)
{
    if (!migration_do(migration, "creating relevo.schema_version", sql_statement("migrate_begin")))
        return JOB_FAILED;
    PGresult *recorded = migration_query(
        migration, "reading relevo.schema_version",
        "SELECT version, name, encode(sha256, 'hex') FROM relevo.schema_version ORDER BY version");
    if (recorded == NULL)
        return JOB_FAILED;
    enum job_result result = migration_compare(migration, recorded);
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
    snprintf(version, sizeof(version), "%d", sql_version_of(file));
    snprintf(min_code, sizeof(min_code), "%d", min_code_of(file));
    const char *values[] = {version, file->name, hex, min_code};
    PGresult *result = PQexecParams(migration->job.pg,
                                    "INSERT INTO relevo.schema_version (version, name, sha256, min_code) "
                                    "VALUES ($1::integer, $2, decode($3, 'hex'), $4::integer)",
                                    4, NULL, values, NULL, NULL, 0);
    bool is_done = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (!is_done)
        (void)job_fail(&migration->job, "recording it", result);
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
    PQclear(PQexec(migration->job.pg, "ROLLBACK"));
    return false;
}

static enum job_result migration_apply_all(struct migration *migration, int *applied_r)
{
    while (migration->applied < migration->count) {
        const struct sql_file *file = &migration->files[migration->applied];
        assert(sql_version_of(file) == (int)migration->applied + 1);
        if (migration_apply(migration, file)) {
            migration->applied++;
            ++*applied_r;
        } else if (strcmp(migration->job.sqlstate, LOCK_NOT_AVAILABLE) != 0 || !migration_wait(migration)) {
            return JOB_FAILED;
        }
    }
    return JOB_DONE;
}

/* As migration_do, with one parameter. */
static bool migration_tell(struct migration *migration, const char *what, const char *sql,
                           const char *parameter)
{
    PGresult *result = PQexecParams(migration->job.pg, sql, 1, NULL, &parameter, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    bool is_done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!is_done)
        (void)job_fail(&migration->job, what, result);
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

static enum job_result migration_run(struct migration *migration, const char *conninfo, int *applied_r)
{
    *applied_r = 0;
    enum job_result result = migration_connect(migration, conninfo);
    if (result == JOB_DONE)
        result = migration_lock(migration);
    if (result == JOB_DONE)
        result = migration_look(migration);
    if (result == JOB_DONE)
        result = migration_apply_all(migration, applied_r);
    return result;
}

/* The lock would go with the session; but a session may outlast its connection by a moment, in which whoever
 * comes next would be told that somebody else is migrating. */
static enum job_result migration_end(struct migration *migration, enum job_result result, char **sentence_r)
{
    PQclear(PQexec(migration->job.pg, UNLOCK_SQL));
    *sentence_r = job_sentence(&migration->job, result);
    job_end(&migration->job);
    return result;
}

enum job_result migrate_run_files(const char *conninfo, int64_t wait_ms, const struct sql_file *files,
                                  size_t count, int *applied_r, char **sentence_r)
{
    struct migration migration = {.files = files, .count = count, .wait_ms = wait_ms};
    return migration_end(&migration, migration_run(&migration, conninfo, applied_r), sentence_r);
}

enum job_result migrate_run(const struct migrate_options *options, int *applied_r, char **sentence_r)
{
    struct migration migration = {
        .files = sql_migrations, .count = sql_migrations_count, .wait_ms = options->wait_ms};
    enum job_result result = migration_run(&migration, options->conninfo, applied_r);
    if (result == JOB_DONE && !migration_prepare(&migration, options))
        result = JOB_FAILED;
    return migration_end(&migration, result, sentence_r);
}
