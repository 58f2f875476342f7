/* An operator's connection: made, with the patience of some seconds, judged, and ended. */
#include "store/job_private.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "store/conninfo.h"
#include "store/fitness.h"
#include "store/hosts.h"
#include "store/sqlstate.h"

enum {
    PATIENCE_MS = 10000, /* with the connect, */
    HOST_MS = 5000,      /* and with one host: then the next one, where there are several */
};

enum job_result job_say(struct job *job, enum job_result result, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(job->sentence, sizeof(job->sentence), format, arguments);
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
static PostgresPollingStatusType job_shake_hands(struct job *job, const struct job_options *options,
                                                 const struct hosts *hosts)
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
    job->pg = PQconnectStartParams(keywords, values, 1);
    if (PQstatus(job->pg) == CONNECTION_BAD)
        return PGRES_POLLING_FAILED;
    PQsetErrorVerbosity(job->pg, PQERRORS_VERBOSE);
    PQsetNoticeProcessor(job->pg, ignore_notice, NULL);
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
        struct pollfd watched = {.fd = PQsocket(job->pg),
                                 .events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT};
        int64_t left_ms = until_ms - mono_ms();
        if (left_ms <= 0 || poll(&watched, 1, (int)left_ms) == 0)
            return next;
        next = PQconnectPoll(job->pg);
    }
    return next;
}

static PostgresPollingStatusType job_try_hosts(struct job *job, const struct job_options *options)
{
    struct hosts hosts = {.host = NULL};
    PostgresPollingStatusType end = PGRES_POLLING_FAILED;
    for (int64_t until_ms = mono_ms() + PATIENCE_MS; mono_ms() < until_ms;) {
        job_end(job);
        end = job_shake_hands(job, options, &hosts);
        if (end == PGRES_POLLING_OK || end == PGRES_POLLING_FAILED)
            break;
        hosts_pass_over(&hosts, job->pg);
    }
    hosts_finish(&hosts);
    return end;
}

/* As with a server: what one of several hosts has against us is not there to stay. */
static enum job_result job_fail_to_connect(struct job *job)
{
    char message[JOB_SENTENCE_SIZE];
    char sqlstate[6] = "";
    if (hosts_describe_trouble(job->pg, message, sizeof(message)) == 1) {
        if (fitness_lacks_password(job->pg, job->sentence, sizeof(job->sentence)))
            return JOB_REFUSED;
        sqlstate_find(message, sqlstate);
    }
    if (sqlstate_judge(sqlstate, message, job->sentence, sizeof(job->sentence)) != FITNESS_FIT)
        return JOB_REFUSED;
    bool is_read_only =
        strstr(message, "read-only") != NULL; /* in libpq's own words, which have no SQLSTATE */
    return job_say(job, JOB_FAILED, "the database cannot be %s: %s%s",
                   is_read_only ? "written to" : "reached", message,
                   is_read_only ? ": it is a standby, or default_transaction_read_only is on" : "");
}

enum job_result job_connect(struct job *job, const struct job_options *options)
{
    *job = (struct job){.pg = NULL};
    if (!conninfo_is_readable(options->conninfo))
        return job_say(job, JOB_REFUSED, "%s", CONNINFO_SENTENCE);
    PostgresPollingStatusType end = job_try_hosts(job, options);
    if (end == PGRES_POLLING_FAILED)
        return job_fail_to_connect(job);
    if (end != PGRES_POLLING_OK)
        return job_say(job, JOB_FAILED, "the database did not answer within %d s", PATIENCE_MS / 1000);
    PQsetErrorVerbosity(job->pg, PQERRORS_DEFAULT);
    return JOB_DONE;
}

/* Without what stands before and after it. */
static const char *message_of(const PGresult *result)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    return message == NULL ? PQresultErrorMessage(result) : message;
}

enum job_result job_fail(struct job *job, const char *what, const PGresult *result)
{
    const char *message = message_of(result);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    snprintf(job->sqlstate, sizeof(job->sqlstate), "%s", sqlstate == NULL ? "" : sqlstate);
    return job_say(job, JOB_FAILED, "%s failed: %.*s", what, (int)strcspn(message, "\n"), message);
}

enum job_result job_judge(struct job *job, const char *what, const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return JOB_DONE;
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (sqlstate != NULL &&
        sqlstate_judge(sqlstate, message_of(result), job->sentence, sizeof(job->sentence)) != FITNESS_FIT)
        return JOB_REFUSED;
    return job_fail(job, what, result);
}

char *job_sentence(const struct job *job, enum job_result result)
{
    return result == JOB_DONE ? NULL : alloc_string(job->sentence, strlen(job->sentence));
}

void job_end(struct job *job)
{
    PQfinish(job->pg);
    job->pg = NULL;
}
