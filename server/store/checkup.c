#include "store/checkup.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/errand_private.h"
#include "store/fitness.h"
#include "store/migrate.h"
#include "store/row.h"
#include "store/statement.h"

enum {
    CLOCKS_APART_MS = 2000,
    SENTENCE_SIZE = 1024,
};

struct checkup {
    const struct checkup_options *options;
    struct errand errand;
};

static void checkup_say(const struct checkup *checkup, enum checkup_grade grade, const char *about,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

static void checkup_say(const struct checkup *checkup, enum checkup_grade grade, const char *about,
                        const char *format, ...)
{
    char sentence[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    checkup->options->say(checkup->options->context, grade, about, sentence);
}

/* Says what an errand has come to that was not done. */
static void checkup_say_trouble(const struct checkup *checkup, const char *about, enum errand_result result)
{
    checkup_say(checkup, result == ERRAND_REFUSED ? CHECKUP_UNFIT : CHECKUP_FAILED, about, "%s",
                checkup->errand.sentence);
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct errand_options checkup_errand(const struct checkup *checkup)
{
    return (struct errand_options){.conninfo = checkup->options->conninfo,
                                   .name = "relevo check",
                                   .is_unproven = true,
                                   .statement_timeout = "5s"};
}

static bool checkup_connect(struct checkup *checkup)
{
    const char *about = "database";
    struct errand_options options = checkup_errand(checkup);
    enum errand_result begun = errand_begin(&checkup->errand, &options);
    if (begun != ERRAND_DONE) {
        checkup_say_trouble(checkup, about, begun);
        return false;
    }
    const PGconn *pg = checkup->errand.pg;
    checkup_say(checkup, CHECKUP_OK, about, "%s as %s at %s port %s", PQdb(pg), PQuser(pg), PQhost(pg),
                PQport(pg));
    return true;
}

/* Runs one of sql/statements. NULL, and it has been said why, where it failed; else to be cleared. */
static PGresult *checkup_query(struct checkup *checkup, const char *about, const char *statement)
{
    PGresult *result =
        PQexecParams(checkup->errand.pg, statement_sql(statement), 0, NULL, NULL, NULL, NULL, 1);
    enum errand_result asked = errand_judge(&checkup->errand, "asking", result);
    if (asked == ERRAND_DONE)
        return result;
    checkup_say_trouble(checkup, about, asked);
    PQclear(result);
    return NULL;
}

static void checkup_judge(const struct checkup *checkup, const struct fitness *fitness,
                          enum fitness_aspect aspect, const char *about, const char *when_fit)
{
    char sentence[SENTENCE_SIZE];
    bool is_bearable = aspect == FITNESS_DURABILITY && checkup->options->allow_unsafe;
    if (fitness_judge_aspect(fitness, aspect, sentence, sizeof(sentence)))
        checkup_say(checkup, CHECKUP_OK, about, "%s", when_fit);
    else
        checkup_say(checkup, is_bearable ? CHECKUP_WARNING : CHECKUP_UNFIT, about, "%s", sentence);
}

static void checkup_compare_clocks(const struct checkup *checkup, int64_t theirs_ms, int64_t ours_ms)
{
    int64_t apart_ms = theirs_ms - ours_ms;
    bool is_close = llabs(apart_ms) < CLOCKS_APART_MS;
    checkup_say(checkup, is_close ? CHECKUP_OK : CHECKUP_WARNING, "clock",
                "the database's is %lld ms %s this machine's%s", llabs(apart_ms),
                apart_ms < 0 ? "behind" : "ahead of",
                is_close ? "" : ": pauses end by the first, tokens by the second; let NTP set both");
}

static void checkup_judge_server(struct checkup *checkup)
{
    struct fitness fitness;
    char version[64], schema[64];
    int64_t before_ms = clock_ms(CLOCK_REALTIME);
    PGresult *server = checkup_query(checkup, "version", "fitness");
    int64_t after_ms = clock_ms(CLOCK_REALTIME);
    if (server == NULL)
        return;
    fitness_read(server, NULL, &fitness);
    snprintf(version, sizeof(version), "PostgreSQL %d.%d", (int)(fitness.server_version / 10000),
             (int)(fitness.server_version % 10000));
    checkup_judge(checkup, &fitness, FITNESS_VERSION, "version", version);
    checkup_judge(checkup, &fitness, FITNESS_ENCODING, "encoding", "UTF8");
    checkup_judge(checkup, &fitness, FITNESS_DURABILITY, "durability",
                  "fsync, full_page_writes and synchronous_commit are on");
    checkup_compare_clocks(checkup, fitness.now_ms, before_ms + (after_ms - before_ms) / 2);
    fitness_finish(&fitness);

    PGresult *migrated = checkup_query(checkup, "schema", "schema");
    if (migrated != NULL) {
        fitness_read(server, migrated, &fitness);
        snprintf(schema, sizeof(schema), "at version %d; this server is made for %d",
                 (int)fitness.schema_version, migrate_version());
        checkup_judge(checkup, &fitness, FITNESS_SCHEMA, "schema", schema);
        checkup_judge(checkup, &fitness, FITNESS_PARTITIONS, "partitions", "there are some for today");
        fitness_finish(&fitness);
    }
    PQclear(migrated);
    PQclear(server);
}

static void checkup_judge_logging(struct checkup *checkup)
{
    const char *about = "logging";
    PGresult *logged = checkup_query(checkup, about, "logging");
    if (logged == NULL)
        return;
    if (PQgetisnull(logged, 0, 0))
        checkup_say(checkup, CHECKUP_OK, about, "PostgreSQL's log gets no parameters, and so no messages");
    else
        checkup_say(checkup, CHECKUP_WARNING, about,
                    "PostgreSQL may write messages into its log, by %.*s: ALTER ROLE %s SET "
                    "log_parameter_max_length = 0, as a superuser",
                    PQgetlength(logged, 0, 0), PQgetvalue(logged, 0, 0), PQuser(checkup->errand.pg));
    PQclear(logged);
}

static void checkup_count_connections(struct checkup *checkup)
{
    PGresult *room = checkup_query(checkup, "connections", "room");
    if (room == NULL)
        return;
    struct fields fields = fields_of(room, 0);
    int64_t left = fields_take_int(&fields) + 1; /* this one ends */
    int needed = checkup->options->connections;
    PQclear(room);
    if (left >= needed)
        checkup_say(checkup, CHECKUP_OK, "connections", "%d needed, %lld left", needed, (long long)left);
    else
        checkup_say(checkup, CHECKUP_FAILED, "connections",
                    "%d needed, %lld left: raise max_connections (or the role's or the database's CONNECTION "
                    "LIMIT), or say fewer --lanes",
                    needed, (long long)left);
}

/* Last, as its second connection may be counted for a while when it has ended. */
static void checkup_prove_session(struct checkup *checkup)
{
    const char *about = "session";
    struct errand_options options = checkup_errand(checkup);
    enum errand_result proven = errand_prove_session(&checkup->errand, &options);
    if (proven == ERRAND_DONE)
        checkup_say(checkup, CHECKUP_OK, about, "kept for each connection, between transactions too");
    else
        checkup_say_trouble(checkup, about, proven);
}

void checkup_run(const struct checkup_options *options)
{
    struct checkup checkup = {.options = options};
    if (checkup_connect(&checkup)) {
        checkup_judge_server(&checkup);
        checkup_judge_logging(&checkup);
        checkup_count_connections(&checkup);
        checkup_prove_session(&checkup);
    }
    errand_end(&checkup.errand);
}
