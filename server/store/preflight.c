#include "store/preflight.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/fitness.h"
#include "store/job_private.h"
#include "store/row.h"
#include "store/sql.h"

enum {
    CLOCKS_APART_MS = 2000,
    SENTENCE_SIZE = 1024,
};

struct preflight {
    const struct preflight_options *options;
    struct job job;
};

static void preflight_say(const struct preflight *preflight, enum preflight_grade grade, const char *about,
                          const char *format, ...) __attribute__((format(printf, 4, 5)));

static void preflight_say(const struct preflight *preflight, enum preflight_grade grade, const char *about,
                          const char *format, ...)
{
    char sentence[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    preflight->options->say(preflight->options->context, grade, about, sentence);
}

/* Says what a job has come to that was not done. */
static void preflight_say_trouble(const struct preflight *preflight, const char *about,
                                  enum job_result result)
{
    preflight_say(preflight, result == JOB_REFUSED ? PREFLIGHT_UNFIT : PREFLIGHT_FAILED, about, "%s",
                  preflight->job.sentence);
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct job_options preflight_job(const struct preflight *preflight)
{
    return (struct job_options){.conninfo = preflight->options->conninfo,
                                .name = "relevo check",
                                .is_unproven = true,
                                .statement_timeout = "5s"};
}

static bool preflight_connect(struct preflight *preflight)
{
    const char *about = "database";
    struct job_options options = preflight_job(preflight);
    enum job_result begun = job_begin(&preflight->job, &options);
    if (begun != JOB_DONE) {
        preflight_say_trouble(preflight, about, begun);
        return false;
    }
    const PGconn *pg = preflight->job.pg;
    preflight_say(preflight, PREFLIGHT_OK, about, "%s as %s at %s port %s", PQdb(pg), PQuser(pg), PQhost(pg),
                  PQport(pg));
    return true;
}

/* Runs one of sql/statements. NULL, and it has been said why, where it failed; else to be cleared. */
static PGresult *preflight_query(struct preflight *preflight, const char *about, const char *statement)
{
    PGresult *result =
        PQexecParams(preflight->job.pg, sql_statement(statement), 0, NULL, NULL, NULL, NULL, 1);
    enum job_result asked = job_judge(&preflight->job, "asking", result);
    if (asked == JOB_DONE)
        return result;
    preflight_say_trouble(preflight, about, asked);
    PQclear(result);
    return NULL;
}

static void preflight_judge(const struct preflight *preflight, const struct fitness *fitness,
                            enum fitness_aspect aspect, const char *about, const char *when_fit)
{
    char sentence[SENTENCE_SIZE];
    bool is_bearable = aspect == FITNESS_DURABILITY && preflight->options->allow_unsafe;
    if (fitness_judge_aspect(fitness, aspect, sentence, sizeof(sentence)))
        preflight_say(preflight, PREFLIGHT_OK, about, "%s", when_fit);
    else
        preflight_say(preflight, is_bearable ? PREFLIGHT_WARNING : PREFLIGHT_UNFIT, about, "%s", sentence);
}

static void preflight_compare_clocks(const struct preflight *preflight, int64_t theirs_ms, int64_t ours_ms)
{
    int64_t apart_ms = theirs_ms - ours_ms;
    bool is_close = llabs(apart_ms) < CLOCKS_APART_MS;
    preflight_say(preflight, is_close ? PREFLIGHT_OK : PREFLIGHT_WARNING, "clock",
                  "the database's is %lld ms %s this machine's%s", llabs(apart_ms),
                  apart_ms < 0 ? "behind" : "ahead of",
                  is_close ? "" : ": pauses end by the first, tokens by the second; let NTP set both");
}

static void preflight_judge_server(struct preflight *preflight)
{
    struct fitness fitness;
    char version[64], schema[64];
    int64_t before_ms = clock_ms(CLOCK_REALTIME);
    PGresult *server = preflight_query(preflight, "version", "fitness");
    int64_t after_ms = clock_ms(CLOCK_REALTIME);
    if (server == NULL)
        return;
    fitness_read(server, NULL, &fitness);
    snprintf(version, sizeof(version), "PostgreSQL %d.%d", (int)(fitness.server_version / 10000),
             (int)(fitness.server_version % 10000));
    preflight_judge(preflight, &fitness, FITNESS_VERSION, "version", version);
    preflight_judge(preflight, &fitness, FITNESS_ENCODING, "encoding", "UTF8");
    preflight_judge(preflight, &fitness, FITNESS_DURABILITY, "durability",
                    "fsync, full_page_writes and synchronous_commit are on");
    preflight_compare_clocks(preflight, fitness.now_ms, before_ms + (after_ms - before_ms) / 2);
    fitness_finish(&fitness);

    PGresult *migrated = preflight_query(preflight, "schema", "schema");
    if (migrated != NULL) {
        fitness_read(server, migrated, &fitness);
        snprintf(schema, sizeof(schema), "at version %d; this server is made for %d",
                 (int)fitness.schema_version, sql_schema_version());
        preflight_judge(preflight, &fitness, FITNESS_SCHEMA, "schema", schema);
        preflight_judge(preflight, &fitness, FITNESS_PARTITIONS, "partitions", "there are some for today");
        fitness_finish(&fitness);
    }
    PQclear(migrated);
    PQclear(server);
}

static void preflight_judge_logging(struct preflight *preflight)
{
    const char *about = "logging";
    PGresult *logged = preflight_query(preflight, about, "logging");
    if (logged == NULL)
        return;
    if (PQgetisnull(logged, 0, 0))
        preflight_say(preflight, PREFLIGHT_OK, about,
                      "PostgreSQL's log gets no parameters, and so no messages");
    else
        preflight_say(preflight, PREFLIGHT_WARNING, about,
                      "PostgreSQL may write messages into its log, by %.*s: ALTER ROLE %s SET "
                      "log_parameter_max_length = 0, as a superuser",
                      PQgetlength(logged, 0, 0), PQgetvalue(logged, 0, 0), PQuser(preflight->job.pg));
    PQclear(logged);
}

static void preflight_count_connections(struct preflight *preflight)
{
    PGresult *room = preflight_query(preflight, "connections", "room");
    if (room == NULL)
        return;
    struct fields fields = fields_of(room, 0);
    int64_t left = fields_take_int(&fields) + 1; /* this one ends */
    int needed = preflight->options->connections;
    PQclear(room);
    if (left >= needed)
        preflight_say(preflight, PREFLIGHT_OK, "connections", "%d needed, %lld left", needed,
                      (long long)left);
    else
        preflight_say(
            preflight, PREFLIGHT_FAILED, "connections",
            "%d needed, %lld left: raise max_connections (or the role's or the database's CONNECTION "
            "LIMIT), or say fewer --lanes",
            needed, (long long)left);
}

/* Last, as its second connection may be counted for a while when it has ended. */
static void preflight_prove_session(struct preflight *preflight)
{
    const char *about = "session";
    struct job_options options = preflight_job(preflight);
    enum job_result proven = job_prove_session(&preflight->job, &options);
    if (proven == JOB_DONE)
        preflight_say(preflight, PREFLIGHT_OK, about, "kept for each connection, between transactions too");
    else
        preflight_say_trouble(preflight, about, proven);
}

void preflight_run(const struct preflight_options *options)
{
    struct preflight preflight = {.options = options};
    if (preflight_connect(&preflight)) {
        preflight_judge_server(&preflight);
        preflight_judge_logging(&preflight);
        preflight_count_connections(&preflight);
        preflight_prove_session(&preflight);
    }
    job_end(&preflight.job);
}
