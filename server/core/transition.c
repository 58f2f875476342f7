#include "core/transition.h"

#include <assert.h>

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

void transition_stamp(struct transition *transition, const int64_t *seqs, int64_t at_ms)
{
    struct conversation *after = &transition->after;
    assert(seq_is_pending(transition->seq));
    assert(after->seq == transition->seq || transition_is_of_agent(transition));
    seq_resolve(&transition->seq, seqs);
    seq_resolve(&transition->before_seq, seqs);
    seq_resolve(&after->seq, seqs);
    seq_resolve(&after->list_seq, seqs);
    seq_resolve(&after->pause_seq, seqs);
    seq_resolve(&after->contact_seq, seqs);
    seq_resolve(&after->answer_seq, seqs);
    seq_resolve(&after->other_answer_seq, seqs);
    seq_resolve(&after->person_seq, seqs);
    pause_resolve(&after->pause, at_ms);
    at_resolve(&transition->at_ms, at_ms);
    at_resolve(&after->waiting_since_ms, at_ms);
    at_resolve(&after->preview_at_ms, at_ms);
    at_resolve(&after->last_at_ms, at_ms);
}
