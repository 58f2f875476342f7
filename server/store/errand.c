#include "store/errand_private.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/conninfo.h"
#include "store/fitness.h"
#include "store/hosts.h"

enum {
    PATIENCE_MS = 10000, /* with the connect, */
    HOST_MS = 5000,      /* and with one host: then the next one, where there are several */
};

enum errand_result errand_say(struct errand *errand, enum errand_result result, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(errand->sentence, sizeof(errand->sentence), format, arguments);
    va_end(arguments);
    return result;
}

static int64_t mono_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

/* Not by PQconnectdb: only here can errors be made verbose before there are any, to see their SQLSTATE.
 * Returns what libpq waits for where it has taken too long. */
static PostgresPollingStatusType
errand_shake_hands(struct errand *errand, const struct errand_options *options, const struct hosts *hosts)
{
    const char *const keywords[] = {"tcp_user_timeout",
                                    "gssencmode",
                                    "target_session_attrs",
                                    "fallback_application_name",
                                    "dbname",
                                    "host",
                                    "hostaddr",
                                    "port",
                                    "client_encoding",
                                    NULL};
    const char *const values[] = {"8000",
                                  "disable",
                                  options->only_reads ? NULL : "read-write",
                                  options->name,
                                  options->conninfo,
                                  hosts->host,
                                  hosts->hostaddr,
                                  hosts->port,
                                  "UTF8",
                                  NULL};
    int64_t until_ms = mono_ms() + HOST_MS;
    errand->pg = PQconnectStartParams(keywords, values, 1);
    if (PQstatus(errand->pg) == CONNECTION_BAD)
        return PGRES_POLLING_FAILED;
    PQsetErrorVerbosity(errand->pg, PQERRORS_VERBOSE);
    PQsetNoticeProcessor(errand->pg, ignore_notice, NULL);
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
        struct pollfd watched = {.fd = PQsocket(errand->pg),
                                 .events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT};
        int64_t left_ms = until_ms - mono_ms();
        if (left_ms <= 0 || poll(&watched, 1, (int)left_ms) == 0)
            return next;
        next = PQconnectPoll(errand->pg);
    }
    return next;
}

static PostgresPollingStatusType errand_connect(struct errand *errand, const struct errand_options *options)
{
    struct hosts hosts = {.host = NULL};
    PostgresPollingStatusType end = PGRES_POLLING_FAILED;
    for (int64_t until_ms = mono_ms() + PATIENCE_MS; mono_ms() < until_ms;) {
        errand_end(errand);
        end = errand_shake_hands(errand, options, &hosts);
        if (end == PGRES_POLLING_OK || end == PGRES_POLLING_FAILED)
            break;
        hosts_pass_over(&hosts, errand->pg);
    }
    hosts_finish(&hosts);
    return end;
}

/* As with a server: what one of several hosts has against us is not there to stay. */
static enum errand_result errand_fail_to_connect(struct errand *errand)
{
    char message[ERRAND_SENTENCE_SIZE];
    char sqlstate[6] = "";
    if (hosts_describe_trouble(errand->pg, message, sizeof(message)) == 1) {
        if (fitness_lacks_password(errand->pg, errand->sentence, sizeof(errand->sentence)))
            return ERRAND_REFUSED;
        fitness_find_sqlstate(message, sqlstate);
    }
    if (fitness_judge_error(sqlstate, message, errand->sentence, sizeof(errand->sentence)) != FITNESS_FIT)
        return ERRAND_REFUSED;
    bool is_read_only =
        strstr(message, "read-only") != NULL; /* in libpq's own words, which have no SQLSTATE */
    return errand_say(errand, ERRAND_FAILED, "the database cannot be %s: %s%s",
                      is_read_only ? "written to" : "reached", message,
                      is_read_only ? ": it is a standby, or default_transaction_read_only is on" : "");
}

/* Without what stands before and after it. */
static const char *message_of(const PGresult *result)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return message == NULL ? PQresultErrorMessage(result) : message;
}

enum errand_result errand_fail(struct errand *errand, const char *what, const PGresult *result)
{
    const char *message = message_of(result);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    snprintf(errand->sqlstate, sizeof(errand->sqlstate), "%s", sqlstate == NULL ? "" : sqlstate);
    return errand_say(errand, ERRAND_FAILED, "%s failed: %.*s", what, (int)strcspn(message, "\n"), message);
}

enum errand_result errand_judge(struct errand *errand, const char *what, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return ERRAND_DONE;
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (sqlstate != NULL && fitness_judge_error(sqlstate, message_of(result), errand->sentence,
                                                sizeof(errand->sentence)) != FITNESS_FIT)
        return ERRAND_REFUSED;
    return errand_fail(errand, what, result);
}

/* Nothing is in between where libpq has been told of the same backend that we talk to. */
static bool errand_is_direct(struct errand *errand)
{
    PGresult *result = PQexec(errand->pg, "SELECT pg_backend_pid()");
    bool is_direct = PQresultStatus(result) == PGRES_TUPLES_OK &&
                     (int)strtol(PQgetvalue(result, 0, 0), NULL, 10) == PQbackendPID(errand->pg);
    PQclear(result);
    return is_direct;
}

enum errand_result errand_begin(struct errand *errand, const struct errand_options *options)
{
    *errand = (struct errand){.pg = NULL};
    if (!conninfo_is_readable(options->conninfo))
        return errand_say(errand, ERRAND_REFUSED, "%s", CONNINFO_SENTENCE);
    PostgresPollingStatusType end = errand_connect(errand, options);
    if (end == PGRES_POLLING_FAILED)
        return errand_fail_to_connect(errand);
    if (end != PGRES_POLLING_OK)
        return errand_say(errand, ERRAND_FAILED, "the database did not answer within %d s",
                          PATIENCE_MS / 1000);
    PQsetErrorVerbosity(errand->pg, PQERRORS_DEFAULT);
    enum errand_result begun = errand_set_up(errand, options);
    if (begun != ERRAND_DONE || options->is_unproven || errand_is_direct(errand))
        return begun;
    return errand_prove_session(errand, options);
}

char *errand_sentence(const struct errand *errand, enum errand_result result)
{
    return result == ERRAND_DONE ? NULL : alloc_string(errand->sentence, strlen(errand->sentence));
}

void errand_end(struct errand *errand)
{
    PQfinish(errand->pg);
    errand->pg = NULL;
}
