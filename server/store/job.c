/* An operator's session: set up as a server's, and known to be one. */
#include "store/job_private.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/fitness.h"
#include "store/pooler.h"
#include "store/sql.h"

enum {
    HEARING_MS = 3000, /* what is notified comes within milliseconds */
};

/* As with a server's connections: what stands in the messages of either is the same. */
static PGresult *job_ask(struct job *job, const char *sql, const char *parameter)
{
    return PQexecParams(job->pg, sql, parameter != NULL, NULL, &parameter, NULL, NULL, 1);
}

static enum job_result job_set_up(struct job *job, const struct job_options *options)
{
    const char *timeout = options->statement_timeout;
    struct sql_session session = {.isolation = "read committed",
                                  .waits_for_standbys = true,
                                  .statement_timeout = timeout == NULL ? "0" : timeout};
    struct sql_step steps[SQL_STEPS_COUNT];
    enum job_result result = JOB_DONE;
    sql_plan_session(&session, steps);
    for (int i = 0; i < SQL_STEPS_COUNT && result == JOB_DONE; i++) {
        PGresult *answer =
            PQexecParams(job->pg, steps[i].text, steps[i].values_count, NULL, steps[i].values, NULL, NULL, 0);
        result = job_judge(job, "setting up the session", answer);
        PQclear(answer);
    }
    return result;
}

/* What we listen to, and nobody else: a name that the session has made up. */
static enum job_result job_listen(struct job *job, char channel_r[64])
{
    char sql[128];
    struct fitness fitness = {.backend_pid = 0};
    PGresult *asked = job_ask(job, sql_statement("fitness"), NULL);
    PGresult *still = job_ask(job, sql_statement("still"), NULL);
    enum job_result result = job_judge(job, "asking who the session is", asked);
    if (result == JOB_DONE)
        result = job_judge(job, "asking who the session is", still);
    if (result == JOB_DONE) {
        fitness_read(asked, NULL, &fitness);
        if (!pooler_keeps_session(&fitness, still, job->sentence, sizeof(job->sentence)))
            result = JOB_REFUSED;
        snprintf(channel_r, 64, "relevo_%s", text_string(fitness.session_key));
    }
    PQclear(asked);
    PQclear(still);
    fitness_finish(&fitness);
    if (result != JOB_DONE)
        return result;
    snprintf(sql, sizeof(sql), "LISTEN \"%s\"", channel_r);
    PGresult *listening = job_ask(job, sql, NULL);
    result = job_judge(job, "listening", listening);
    PQclear(listening);
    return result;
}

static enum job_result job_notify(struct job *job, const struct job_options *options, const char *channel)
{
    struct job other;
    enum job_result result = job_connect(&other, options);
    if (result == JOB_DONE)
        result = job_set_up(&other, options);
    if (result == JOB_DONE) {
        PGresult *notified = job_ask(&other, "SELECT pg_catalog.pg_notify($1::pg_catalog.text, '')", channel);
        result = job_judge(&other, "notifying", notified);
        PQclear(notified);
    }
    if (result != JOB_DONE)
        snprintf(job->sentence, sizeof(job->sentence), "%s", other.sentence);
    job_end(&other);
    return result;
}

/* Asks nothing meanwhile: for that, a pooler would give us a session, perhaps the one that has heard. */
static bool job_hears(struct job *job, const char *channel)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t until_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000 + HEARING_MS;
    for (;;) {
        PGnotify *notify = PQnotifies(job->pg);
        if (notify != NULL) {
            bool is_it = strcmp(notify->relname, channel) == 0;
            PQfreemem(notify);
            if (is_it)
                return true;
            continue;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        int64_t left_ms = until_ms - (now.tv_sec * 1000 + now.tv_nsec / 1000000);
        struct pollfd wait = {.fd = PQsocket(job->pg), .events = POLLIN};
        if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) <= 0 || PQconsumeInput(job->pg) != 1)
            return false;
    }
}

enum job_result job_prove_session(struct job *job, const struct job_options *options)
{
    char channel[64];
    enum job_result result = job_listen(job, channel);
    if (result == JOB_DONE)
        result = job_notify(job, options, channel);
    if (result == JOB_DONE && !job_hears(job, channel)) {
        pooler_describe(POOLER_IS_DEAF, job->sentence, sizeof(job->sentence));
        result = JOB_REFUSED;
    }
    return result;
}

/* Nothing is in between where libpq has been told of the same backend that we talk to. */
static bool job_is_direct(struct job *job)
{
    PGresult *result = PQexec(job->pg, "SELECT pg_backend_pid()");
    bool is_direct = PQresultStatus(result) == PGRES_TUPLES_OK &&
                     (int)strtol(PQgetvalue(result, 0, 0), NULL, 10) == PQbackendPID(job->pg);
    PQclear(result);
    return is_direct;
}

enum job_result job_begin(struct job *job, const struct job_options *options)
{
    enum job_result begun = job_connect(job, options);
    if (begun == JOB_DONE)
        begun = job_set_up(job, options);
    if (begun != JOB_DONE || options->is_unproven || job_is_direct(job))
        return begun;
    return job_prove_session(job, options);
}
