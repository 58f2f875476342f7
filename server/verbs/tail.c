/* relevo tail: the log of a workspace, as it comes, for a person to read. */
#include "verbs/verbs.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "store/job_tail.h"

enum { LOOK_MS = 2000 }; /* should nobody tell that there is something new */

/* Somebody has had enough: what has been begun is printed, and the connection closed as it should be. */
static volatile sig_atomic_t is_over;

static void end_tail(int number)
{
    (void)number;
    is_over = 1;
}

/* The second signal of a kind ends it at once. */
static void listen_for_the_end(void)
{
    const struct sigaction action = {.sa_handler = end_tail, .sa_flags = (int)SA_RESETHAND};
    const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++)
        sigaction(numbers[i], &action, NULL);
}

static void print_time(int64_t at_ms)
{
    time_t second = (time_t)(at_ms / 1000);
    struct tm utc;
    char text[32];
    gmtime_r(&second, &utc);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    fputs(text, stdout);
}

/* Whether the row shows who has it, and until when the bot is away. */
static void print_state(const struct conversation *after)
{
    static const char *const lists[] = {
        [LIST_NONE] = "in no list", [LIST_OPEN] = "open", [LIST_COMPLETED] = "completed"};
    printf("  %s", lists[after->list]);
    if (after->assignee != NULL)
        printf(", %s has it", log_quote(text_string(after->assignee)));
    switch (after->pause.kind) {
    case PAUSE_NONE: break;
    case PAUSE_UNTIL:
        fputs(", paused until ", stdout);
        print_time(after->pause.until_ms);
        break;
    case PAUSE_UNTIL_COMPLETED: fputs(", paused until completed", stdout); break;
    }
    if (!after->automation_enabled)
        fputs(", automation off", stdout);
}

/* Bodies are private: their size says enough, unless they are asked for. */
static void print_message(const struct transition *transition, bool with_bodies)
{
    if (transition->message > 0)
        printf(" #%" PRId64, transition->message);
    if (transition->body == NULL || transition_is_of_agent(transition))
        return;
    if (with_bodies)
        printf(" %s", log_quote(text_string(transition->body)));
    else
        printf(" (%u bytes)", (unsigned)transition->body->size);
}

/* 2026-11-22T20:39:09Z 456 whatsapp/wa-34600111222 ana (agent): assign  open, "ana" has it, paused until … */
static void print_transition(const struct transition *transition, bool with_bodies)
{
    print_time(transition->at_ms);
    printf(" %" PRId64, transition->seq);
    struct text *conversation = text_create(conversation_id(&transition->after));
    if (conversation != NULL)
        printf(" %s", log_quote(text_string(conversation)));
    text_unref(&conversation);
    printf(" %s", transition->by == NULL ? "server" : log_quote(text_string(transition->by)));
    if (transition->by != NULL)
        printf(" (%s)", role_name(transition->role));
    printf(": %s", action_name(transition->action));
    print_message(transition, with_bodies);
    if (transition->after.words != NULL)
        print_state(&transition->after);
    putchar('\n');
}

/* Prints what has come after *seq and moves it on. False where there was nothing more. */
static enum job_result print_page(const struct config *config, struct job_tail *tail, int64_t *seq,
                                  bool *more_r, char **sentence_r)
{
    struct store_log log = {.after_seq = *seq};
    enum job_result result = job_tail_read(tail, &log, sentence_r);
    if (log.too_old)
        printf("(what came before %" PRId64 " is kept no more)\n", log.to_seq + 1);
    for (size_t i = 0; i < log.transitions_count; i++)
        print_transition(&log.transitions[i], config->bodies);
    *more_r = result == JOB_DONE && log.to_seq > *seq;
    if (result == JOB_DONE)
        *seq = log.to_seq;
    store_request_finish(&log.request);
    return fflush(stdout) == 0 ? result : JOB_FAILED;
}

int verb_tail(const struct config *config)
{
    struct job_tail *tail = NULL;
    char *sentence = NULL;
    int64_t last_seq = 0;
    bool more = true;
    listen_for_the_end();
    enum job_result result = job_tail_open(config->database == NULL ? "" : config->database,
                                           config->workspace, &tail, &last_seq, &sentence);
    int64_t seq = config->has_after ? config->after_seq : last_seq;
    while (result == JOB_DONE && (more || !config->once) && !is_over) {
        if (!more)
            job_tail_wait(tail, LOOK_MS);
        result = print_page(config, tail, &seq, &more, &sentence);
    }
    job_tail_close(&tail);
    return exit_after(result, &sentence); /* without a sentence where nobody reads any more */
}
