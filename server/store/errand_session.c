/* The session of an errand: set up as a server's, and known to be one. */
#include "store/errand_private.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "store/fitness.h"
#include "store/pooler.h"
#include "store/session.h"
#include "store/statement.h"

enum {
    HEARING_MS = 3000, /* what is notified comes within milliseconds */
};

/* As with a server's connections: what stands in the messages of either is the same. */
static PGresult *errand_ask(struct errand *errand, const char *sql, const char *parameter)
{
    return PQexecParams(errand->pg, sql, parameter != NULL, NULL, &parameter, NULL, NULL, 1);
}

enum errand_result errand_set_up(struct errand *errand, const struct errand_options *options)
{
    const char *timeout = options->statement_timeout;
    struct session_options session = {.isolation = "read committed",
                                      .waits_for_standbys = true,
                                      .statement_timeout = timeout == NULL ? "0" : timeout};
    struct session_step steps[SESSION_STEPS_COUNT];
    enum errand_result result = ERRAND_DONE;
    session_plan(&session, steps);
    for (int i = 0; i < SESSION_STEPS_COUNT && result == ERRAND_DONE; i++) {
        PGresult *answer = PQexecParams(errand->pg, steps[i].sql, steps[i].values_count, NULL,
                                        steps[i].values, NULL, NULL, 0);
        result = errand_judge(errand, "setting up the session", answer);
        PQclear(answer);
    }
    return result;
}

/* What we listen to, and nobody else: a name that the session has made up. */
static enum errand_result errand_listen(struct errand *errand, char channel_r[64])
{
    char sql[128];
    struct fitness fitness = {.backend_pid = 0};
    PGresult *asked = errand_ask(errand, statement_sql("fitness"), NULL);
    PGresult *still = errand_ask(errand, statement_sql("still"), NULL);
    enum errand_result result = errand_judge(errand, "asking who the session is", asked);
    if (result == ERRAND_DONE)
        result = errand_judge(errand, "asking who the session is", still);
    if (result == ERRAND_DONE) {
        fitness_read(asked, NULL, &fitness);
        if (!pooler_keeps_session(&fitness, still, errand->sentence, sizeof(errand->sentence)))
            result = ERRAND_REFUSED;
        snprintf(channel_r, 64, "relevo_%s", text_string(fitness.session_key));
    }
    PQclear(asked);
    PQclear(still);
    fitness_finish(&fitness);
    if (result != ERRAND_DONE)
        return result;
    snprintf(sql, sizeof(sql), "LISTEN \"%s\"", channel_r);
    PGresult *listening = errand_ask(errand, sql, NULL);
    result = errand_judge(errand, "listening", listening);
    PQclear(listening);
    return result;
}

static enum errand_result errand_notify(struct errand *errand, const struct errand_options *options,
                                        const char *channel)
{
    struct errand other;
    struct errand_options unproven = *options;
    unproven.is_unproven = true;
    enum errand_result result = errand_begin(&other, &unproven);
    if (result == ERRAND_DONE) {
        PGresult *notified =
            errand_ask(&other, "SELECT pg_catalog.pg_notify($1::pg_catalog.text, '')", channel);
        result = errand_judge(&other, "notifying", notified);
        PQclear(notified);
    }
    if (result != ERRAND_DONE)
        snprintf(errand->sentence, sizeof(errand->sentence), "%s", other.sentence);
    errand_end(&other);
    return result;
}

/* Asks nothing meanwhile: for that, a pooler would give us a session, perhaps the one that has heard. */
static bool errand_hears(struct errand *errand, const char *channel)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t until_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000 + HEARING_MS;
    for (;;) {
        PGnotify *notify = PQnotifies(errand->pg);
        if (notify != NULL) {
            bool is_it = strcmp(notify->relname, channel) == 0;
            PQfreemem(notify);
            if (is_it)
                return true;
            continue;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        int64_t left_ms = until_ms - (now.tv_sec * 1000 + now.tv_nsec / 1000000);
        struct pollfd wait = {.fd = PQsocket(errand->pg), .events = POLLIN};
        if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) <= 0 || PQconsumeInput(errand->pg) != 1)
            return false;
    }
}

enum errand_result errand_prove_session(struct errand *errand, const struct errand_options *options)
{
    char channel[64];
    enum errand_result result = errand_listen(errand, channel);
    if (result == ERRAND_DONE)
        result = errand_notify(errand, options, channel);
    if (result == ERRAND_DONE && !errand_hears(errand, channel)) {
        pooler_describe(POOLER_IS_DEAF, errand->sentence, sizeof(errand->sentence));
        result = ERRAND_REFUSED;
    }
    return result;
}
