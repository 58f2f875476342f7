/* The connection over which nodes tell each other.
 *
 * When all goes well: it listens, hears another session of its node once, which proves that nothing in
 * between keeps what is said from it, and tells its listener that hints may have been lost until now. It asks
 * who is there. While nobody answers, that was all: it is alone, and what is to be said is dropped
 * (store/company). Else what is to be said gathers for some milliseconds and goes out as one notification.
 * What is heard is read line by line and handed on.
 *
 * What may fail: it is lost, and with it what was to be said, and what others say meanwhile. It has asked by
 * the time that it says anything again, and who is asked looks at the heads, as it does itself. The same
 * where the database refuses a notification. It may not listen: it tries again, and the node serves all the
 * same. It hears nothing: then a pooler is in between, and the connection is rejected. What it hears may be
 * anybody's: lines that are none of ours are passed over, and are no company.
 *
 *           connected            listens            hears another          says what waits
 *   AWAY ─────────────► ENTERING ──────────► PROVING ─────────────► FREE ◄─────────────────► SENT
 *    ▲                    │ ▲  │                │                    │        answered        │
 *    │                    └─┘ fails             │ or does not        │                        │
 *    └────────────────────┴─────────────────────┴────────────────────┴────────────────────────┘ lost
 *
 * A commit that notifies holds a lock on the whole cluster, up to its flush: so nothing is notified by the
 * transaction that it tells of, but afterwards, from here, in a transaction that writes nothing, and few
 * times a second. Between the commit and the hint the node may die: then the heads tell. */
#include "store/notifier.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/pooler.h"
#include "store/sqlstate.h"

enum {
    PACE_MS = 5,     /* from one notification to the next, at least */
    AGAIN_MS = 1000, /* after one that failed; and until it tries to listen again */
    PROVE_AGAIN_MS = 500,
    PROOF_TRIES = 8,
};

#define PROOF_CHANNEL "relevo_proof"

static const char *const notifier_statements[] = {"listen", "listen_proof", "notify", NULL};

static void notifier_enter_state(struct notifier *notifier, enum notifier_state state)
{
    notifier->state = state;
}

/* Saying it. */

void notifier_hint(struct notifier *notifier, int64_t workspace_id, int64_t seq)
{
    if (!company_is_alone(&notifier->company))
        backlog_add_hint(&notifier->backlog, workspace_id, seq);
}

void notifier_tell(struct notifier *notifier, int64_t workspace_id, struct bytes words)
{
    if (!company_is_alone(&notifier->company))
        backlog_add_words(&notifier->backlog, workspace_id, words);
}

static int64_t notifier_now_ms(const struct notifier *notifier)
{
    return (int64_t)uv_now(notifier->connection.loop);
}

static void on_company_timer(uv_timer_t *timer);

static void notifier_set_company_timer(struct notifier *notifier)
{
    int64_t next_ms = company_next_ms(&notifier->company);
    int64_t wait_ms = next_ms - notifier_now_ms(notifier);
    if (next_ms == INT64_MAX)
        uv_timer_stop(notifier->company_timer);
    else
        uv_timer_start(notifier->company_timer, on_company_timer, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

static void notifier_send(struct notifier *notifier)
{
    int64_t now_ms = notifier_now_ms(notifier);
    struct notice notice = {.size = 0};
    struct parameters parameters;
    switch (company_take_call(&notifier->company, now_ms)) {
    case CALL_NONE: break;
    case CALL_HERE: notice_add_here(&notice); break;
    case CALL_QUESTION: notice_add_question(&notice); break;
    }
    notifier_set_company_timer(notifier);
    backlog_take(&notifier->backlog, &notice);
    parameters_init(&parameters);
    parameters_add_text(&parameters, notice_bytes(&notice));
    connection_add(&notifier->connection, "notify", &parameters);
    parameters_finish(&parameters);
    notifier->next_ms = now_ms + PACE_MS;
    notifier_enter_state(notifier, NOTIFIER_SENT);
    connection_send(&notifier->connection);
}

static void on_timer(uv_timer_t *timer);

static void notifier_enter(struct notifier *notifier)
{
    struct parameters none;
    parameters_init(&none);
    connection_add(&notifier->connection, "listen", &none);
    connection_add(&notifier->connection, "listen_proof", &none);
    notifier_enter_state(notifier, NOTIFIER_ENTERING);
    connection_send(&notifier->connection);
}

/* Proving. It says nothing itself meanwhile: a pooler would give it a session for that, perhaps the one that
 * has heard. */

static void notifier_changed(struct notifier *notifier)
{
    notifier->options.changed(notifier->options.context, &notifier->connection);
}

static void notifier_begin_to_prove(struct notifier *notifier)
{
    uint64_t words[2];
    uv_random(NULL, NULL, words, sizeof(words), 0, NULL);
    snprintf(notifier->proof, sizeof(notifier->proof), "%016" PRIx64 "%016" PRIx64, words[0], words[1]);
    notifier->proof_tries = 0;
    notifier->wants_telling = true;
    notifier_enter_state(notifier, NOTIFIER_PROVING);
}

void notifier_was_told(struct notifier *notifier)
{
    assert(notifier->state == NOTIFIER_PROVING);
    notifier->wants_telling = false;
    uv_timer_start(notifier->timer, on_timer, PROVE_AGAIN_MS, 0);
}

static void notifier_try_again(struct notifier *notifier)
{
    char sentence[POOLER_SENTENCE_SIZE];
    if (++notifier->proof_tries < PROOF_TRIES) {
        notifier->wants_telling = true;
        notifier_changed(notifier);
        return;
    }
    notifier->hears_nothing = true;
    pooler_describe(POOLER_IS_DEAF, sentence, sizeof(sentence));
    connection_reject(&notifier->connection, sentence);
}

static void notifier_prove(struct notifier *notifier)
{
    const struct store_listener *listener = notifier->options.listener;
    notifier->hears_nothing = false;
    notifier->wants_telling = false;
    uv_timer_stop(notifier->timer);
    notifier_enter_state(notifier, NOTIFIER_FREE);
    company_begin(&notifier->company);
    listener->hints_lost(listener->context); /* what was said before it listened */
    notifier_changed(notifier);
}

static void on_timer(uv_timer_t *timer)
{
    struct notifier *notifier = timer->data;
    if (notifier->state == NOTIFIER_PROVING)
        notifier_try_again(notifier);
    else if (notifier->state == NOTIFIER_ENTERING && notifier->connection.state == CONNECTION_IDLE)
        notifier_enter(notifier);
    else
        notifier_pump(notifier);
}

void notifier_pump(struct notifier *notifier)
{
    bool has_something = notifier->company.call != CALL_NONE || !backlog_is_empty(&notifier->backlog);
    if (notifier->state != NOTIFIER_FREE || !has_something)
        return;
    int64_t early_ms = notifier->next_ms - notifier_now_ms(notifier);
    if (early_ms > 0)
        uv_timer_start(notifier->timer, on_timer, (uint64_t)early_ms, 0);
    else
        notifier_send(notifier);
}

/* Company. */

static void on_company_timer(uv_timer_t *timer)
{
    struct notifier *notifier = timer->data;
    company_advance(&notifier->company, notifier_now_ms(notifier));
    if (company_is_alone(&notifier->company))
        backlog_drop(&notifier->backlog);
    notifier_set_company_timer(notifier);
    notifier_pump(notifier);
}

/* The connection's. */

static void notifier_fail_to_say(struct notifier *notifier)
{
    notifier_enter_state(notifier, NOTIFIER_FREE);
    company_lose_call(&notifier->company);
    notifier->next_ms = notifier_now_ms(notifier) + AGAIN_MS;
}

static void notifier_fail(struct notifier *notifier, const struct pipeline *pipeline)
{
    if (log_ration_allows(&notifier->failures, "notify_failed"))
        log_warn("notify_failed", "sqlstate=%s reason=%s", log_quote(pipeline->sqlstate),
                 log_quote(pipeline->message));
    if (sqlstate_class_of(pipeline->sqlstate) == SQLSTATE_SESSION ||
        sqlstate_class_of(pipeline->sqlstate) == SQLSTATE_READ_ONLY)
        connection_restart(&notifier->connection, pipeline->message);
    else if (notifier->state == NOTIFIER_ENTERING)
        uv_timer_start(notifier->timer, on_timer, AGAIN_MS, 0);
    else
        notifier_fail_to_say(notifier);
}

static void on_finished(void *context, const struct pipeline *pipeline)
{
    struct notifier *notifier = context;
    bool has_entered = notifier->state == NOTIFIER_ENTERING && pipeline->is_committed;
    if (has_entered)
        notifier_begin_to_prove(notifier);
    else if (pipeline->is_committed)
        notifier_enter_state(notifier, NOTIFIER_FREE);
    else
        notifier_fail(notifier, pipeline);
    notifier_changed(notifier);
}

/* True: the heads are to be looked at (company_hear). */
static bool notifier_hear(struct notifier *notifier, const struct notice_line *line)
{
    const struct store_listener *listener = notifier->options.listener;
    switch (line->kind) {
    case NOTICE_HINT: listener->hint(listener->context, line->workspace_id, line->seq); break;
    case NOTICE_WORDS:
        if (listener->told != NULL)
            listener->told(listener->context, line->workspace_id, line->words);
        break;
    case NOTICE_QUESTION:
    case NOTICE_HERE: break;
    case NOTICE_GARBAGE:
        if (log_ration_allows(&notifier->garbage, "notice_ignored"))
            log_warn("notice_ignored", "reason=%s",
                     log_quote("another program notifies on the channel relevo, or a later version"));
        return false;
    }
    return company_hear(&notifier->company, line->kind == NOTICE_QUESTION, notifier_now_ms(notifier));
}

/* The listener looks once for all lines, and when what it tells then is no longer dropped. */
static void notifier_hear_all(struct notifier *notifier, struct bytes lines)
{
    const struct store_listener *listener = notifier->options.listener;
    struct notice_line line;
    bool has_to_look = false;
    while (notice_take_line(&lines, &line))
        has_to_look |= notifier_hear(notifier, &line);
    if (!has_to_look)
        return;
    notifier_set_company_timer(notifier);
    listener->hints_lost(listener->context);
    notifier_changed(notifier); /* something is owed */
}

static void on_notified(void *context, const char *channel, struct bytes payload, int64_t backend_pid)
{
    struct notifier *notifier = context;
    if (backend_pid == notifier->connection.fitness.backend_pid)
        return;
    if (strcmp(channel, PROOF_CHANNEL) == 0) {
        if (notifier->state == NOTIFIER_PROVING && bytes_equal(payload, bytes_of_string(notifier->proof)))
            notifier_prove(notifier);
        return;
    }
    notifier_hear_all(notifier, payload);
}

static void on_ready(void *context)
{
    struct notifier *notifier = context;
    notifier_enter(notifier);
    notifier_changed(notifier);
}

static void on_lost(void *context)
{
    struct notifier *notifier = context;
    const struct store_listener *listener = notifier->options.listener;
    notifier->wants_telling = false;
    notifier_enter_state(notifier, NOTIFIER_AWAY);
    company_end(&notifier->company);
    notifier_set_company_timer(notifier);
    backlog_drop(&notifier->backlog);
    listener->hints_lost(listener->context);
    notifier_changed(notifier);
}

static void on_unfit(void *context, const char *sentence)
{
    struct notifier *notifier = context;
    notifier->options.unfit(notifier->options.context, sentence);
}

/* The owner's. */

void notifier_init(struct notifier *notifier, uv_loop_t *loop, const struct connection_options *connection,
                   const struct notifier_options *options)
{
    struct connection_options own = *connection;
    *notifier = (struct notifier){.options = *options};
    backlog_init(&notifier->backlog, options->hash_key);
    company_init(&notifier->company, options->silent_ms);
    own.isolation = "read committed";
    own.statements = notifier_statements;
    own.context = notifier;
    own.handler = (struct connection_handler){.ready = on_ready,
                                              .finished = on_finished,
                                              .notified = on_notified,
                                              .lost = on_lost,
                                              .unfit = on_unfit};
    connection_init(&notifier->connection, loop, &own);
}

void notifier_finish(struct notifier *notifier)
{
    connection_finish(&notifier->connection);
    backlog_finish(&notifier->backlog);
}

static uv_timer_t *notifier_create_timer(struct notifier *notifier)
{
    uv_timer_t *timer = alloc_zeroed(sizeof(*timer));
    timer->data = notifier;
    uv_timer_init(notifier->connection.loop, timer);
    return timer;
}

void notifier_start(struct notifier *notifier)
{
    notifier->timer = notifier_create_timer(notifier);
    notifier->company_timer = notifier_create_timer(notifier);
    connection_start(&notifier->connection);
}

static void free_timer(uv_handle_t *handle)
{
    free(handle);
}

/* There is none where it was not started. */
static void notifier_close_timer(uv_timer_t **timer)
{
    if (*timer != NULL)
        uv_close((uv_handle_t *)*timer, free_timer);
    *timer = NULL;
}

void notifier_stop(struct notifier *notifier)
{
    connection_stop(&notifier->connection);
    notifier_enter_state(notifier, NOTIFIER_AWAY);
    company_end(&notifier->company);
    notifier_close_timer(&notifier->timer);
    notifier_close_timer(&notifier->company_timer);
}
