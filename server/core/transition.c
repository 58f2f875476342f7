#include "core/transition.h"

#include <assert.h>

#include "core/columns.h"

void transition_erase(struct transition *transition)
{
    struct conversation *after = &transition->after;
    text_unref(&transition->body);
    transition->is_cut = false;
    transition->is_erased = transition_brings_message(transition);
    conversation_set_words(after, conversation_id(after), bytes_make(NULL, 0), bytes_make(NULL, 0));
}

void transition_finish(struct transition *transition)
{
    text_unref(&transition->by);
    text_unref(&transition->body);
    conversation_finish(&transition->after);
    *transition = (struct transition){0};
}

void seq_resolve(int64_t *seq, const int64_t *seqs)
{
    if (seq_is_pending(*seq))
        *seq = seqs[-*seq - 1];
}

static void at_resolve(int64_t *time_ms, int64_t at_ms)
{
    if (*time_ms == AT_PENDING)
        *time_ms = at_ms;
}

/* Of each kind of column (core/columns.h): what a commit resolves in it. The pause resolves its deadline
 * itself. */
#define RESOLVE_SEQ(place)  seq_resolve(&(place), seqs);
#define RESOLVE_TIME(place) at_resolve(&(place), at_ms);
#define RESOLVE_DEADLINE(place)
#define RESOLVE_COUNT(place)
#define RESOLVE_LIST(place)
#define RESOLVE_PAUSE(place)
#define RESOLVE_DELIVERY(place)
#define RESOLVE_ROLE(place)
#define RESOLVE_ACTION(place)
#define RESOLVE_BOOL(place)
#define RESOLVE_TEXT(place)
#define RESOLVE_TEXT_OR_NULL(place)
#define RESOLVE_NAME(place)
#define RESOLVE_PREVIEW(place)
#define RESOLVE_COMMAND(place)

void transition_stamp(struct transition *transition, const int64_t *seqs, int64_t at_ms)
{
    struct conversation *after = &transition->after;
    assert(seq_is_pending(transition->seq));
    assert(after->seq == transition->seq || transition_is_of_agent(transition));
    seq_resolve(&transition->seq, seqs);
    seq_resolve(&after->seq, seqs);
#define X(KIND, name, member) RESOLVE_##KIND(transition->member)
    TRANSITION_COLUMN_LIST(X)
#undef X
#define X(KIND, name, member) RESOLVE_##KIND(after->member)
    CONVERSATION_COLUMN_LIST(X)
#undef X
    pause_resolve(&after->pause, at_ms);
    at_resolve(&transition->at_ms, at_ms);
}
