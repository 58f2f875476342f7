#include "store/checkup.h"

#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

#include "base/alloc.h"
#include "store/conninfo.h"
#include "store/fitness.h"
#include "store/hosts.h"
#include "store/migrate.h"
#include "store/row.h"
#include "store/statement.h"

enum {
    PATIENCE_MS = 10000, /* with the connect; statements have half of it */
    CLOCKS_APART_MS = 2000,
    SENTENCE_SIZE = 1024,
};

struct checkup {
    const struct checkup_options *options;
    PGconn *pg;
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

/* An error of the server's or of libpq's, of which the first line is told. */
static void checkup_say_error(const struct checkup *checkup, const char *about, const char *sqlstate,
                              const char *message)
{
    char line[SENTENCE_SIZE];
    char sentence[SENTENCE_SIZE];
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(message, "\n"), message);
    if (fitness_is_hopeless(sqlstate, line, sentence, sizeof(sentence)))
        checkup_say(checkup, CHECKUP_UNFIT, about, "%s", sentence);
    else
        checkup_say(checkup, CHECKUP_FAILED, about, "%s", line);
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

/* Not by PQconnectdb: only here can errors be made verbose before there are any, to see their SQLSTATE. */
static PostgresPollingStatusType checkup_shake_hands(struct checkup *checkup)
{
    const char *const keywords[] = {
        "tcp_user_timeout", "gssencmode", "target_session_attrs", "fallback_application_name", "dbname",
        "client_encoding",  NULL};
    const char *const values[] = {"8000", "disable", "read-write", "relevo check", checkup->options->conninfo,
                                  "UTF8", NULL};
    int64_t until_ms = clock_ms(CLOCK_MONOTONIC) + PATIENCE_MS;
    checkup->pg = PQconnectStartParams(keywords, values, 1);
    if (PQstatus(checkup->pg) == CONNECTION_BAD)
        return PGRES_POLLING_FAILED;
    PQsetErrorVerbosity(checkup->pg, PQERRORS_VERBOSE);
    PQsetNoticeProcessor(checkup->pg, ignore_notice, NULL);
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
        struct pollfd watched = {.fd = PQsocket(checkup->pg),
                                 .events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT};
        int64_t left_ms = until_ms - clock_ms(CLOCK_MONOTONIC);
        if (left_ms <= 0 || poll(&watched, 1, (int)left_ms) == 0)
            return next; /* it has taken too long */
        next = PQconnectPoll(checkup->pg);
    }
    return next;
}

static bool checkup_connect(struct checkup *checkup)
{
    const char *about = "database";
    char sqlstate[6] = "";
    if (!conninfo_is_readable(checkup->options->conninfo)) {
        checkup_say(checkup, CHECKUP_UNFIT, about, "%s", CONNINFO_SENTENCE);
        return false;
    }
    PostgresPollingStatusType end = checkup_shake_hands(checkup);
    if (end == PGRES_POLLING_FAILED) {
        char message[SENTENCE_SIZE];
        /* As with a server: what one of several hosts has against us is not there to stay. */
        if (hosts_describe_trouble(checkup->pg, message, sizeof(message)) == 1)
            fitness_find_sqlstate(message, sqlstate);
        checkup_say_error(checkup, about, sqlstate, message);
        return false;
    }
    if (end != PGRES_POLLING_OK) {
        checkup_say(checkup, CHECKUP_FAILED, about, "it did not answer within %d s", PATIENCE_MS / 1000);
        return false;
    }
    PQsetErrorVerbosity(checkup->pg, PQERRORS_DEFAULT);
    PQclear(PQexec(checkup->pg, "SET statement_timeout = '5s'"));
    checkup_say(checkup, CHECKUP_OK, about, "%s as %s at %s port %s", PQdb(checkup->pg), PQuser(checkup->pg),
                PQhost(checkup->pg), PQport(checkup->pg));
    return true;
}

/* Runs one of sql/statements. NULL, and it has been said why, where it failed; else to be cleared. */
static PGresult *checkup_query(const struct checkup *checkup, const char *about, const char *statement)
{
    PGresult *result = PQexecParams(checkup->pg, statement_sql(statement), 0, NULL, NULL, NULL, NULL, 1);
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        return result;
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    checkup_say_error(checkup, about, sqlstate == NULL ? "" : sqlstate, PQresultErrorMessage(result));
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

static void checkup_judge_server(const struct checkup *checkup)
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

static void checkup_count_connections(const struct checkup *checkup)
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

void checkup_run(const struct checkup_options *options)
{
    struct checkup checkup = {.options = options};
    if (checkup_connect(&checkup)) {
        checkup_judge_server(&checkup);
        checkup_count_connections(&checkup);
    }
    PQfinish(checkup.pg);
}
