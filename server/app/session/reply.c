#include "app/session/reply.h"

#include <stdlib.h>

#include "app/session/private.h"
#include "base/alloc.h"

void replies_init(struct replies *replies)
{
    list_init(&replies->answers);
    list_init(&replies->others);
}

void owed_answer_destroy(struct owed_answer *owed)
{
    list_remove(&owed->link);
    text_unref(&owed->conversation);
    text_unref(&owed->answer.holder);
    free(owed);
}

void replies_finish(struct replies *replies)
{
    LIST_FOR_EACH (link, &replies->answers)
        owed_answer_destroy(CONTAINER_OF(link, struct owed_answer, link));
    LIST_FOR_EACH (link, &replies->others) {
        struct reply *reply = CONTAINER_OF(link, struct reply, link);
        list_remove(link);
        if (reply->kind == REPLY_TIME)
            free(CONTAINER_OF(reply, struct time_reply, reply));
    }
}

void replies_void_answers(struct replies *replies)
{
    LIST_FOR_EACH (link, &replies->answers) {
        struct owed_answer *owed = CONTAINER_OF(link, struct owed_answer, link);
        owed->gate_seq = 0;
        if (owed->answer.outcome == OUTCOME_DONE) {
            owed->answer.outcome = OUTCOME_UNKNOWN;
            owed->answer.seq = 0;
            owed->answer.message = 0;
        }
    }
}

void session_answer(struct session *session, const struct answer *answer, struct text *conversation,
                    int64_t gate_seq, int64_t heard_us)
{
    struct owed_answer *owed = alloc_zeroed(sizeof(*owed));
    owed->gate_seq = gate_seq;
    owed->heard_us = heard_us;
    owed->settled_us = session_node(session)->timings.present_us;
    owed->answer = *answer;
    if (answer->outcome == OUTCOME_REFUSED && reason_is_temporary(answer->reason))
        owed->answer.retry_ms = principal_retry_ms(session->principal, session->desk, answer->reason);
    text_ref(owed->answer.holder);
    owed->conversation = text_ref(conversation);
    list_append(&session->replies.answers, &owed->link);
    session_set_ready(session);
}

void session_owe(struct session *session, struct reply *reply)
{
    list_append(&session->replies.others, &reply->link);
    session_set_ready(session);
}

void session_owe_time(struct session *session, int64_t ref)
{
    struct time_reply *time = alloc_zeroed(sizeof(*time));
    time->reply.kind = REPLY_TIME;
    time->ref = ref;
    session_owe(session, &time->reply);
}
