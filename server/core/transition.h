#ifndef RELEVO_CORE_TRANSITION_H
#define RELEVO_CORE_TRANSITION_H

#include <stdint.h>

#include "base/ids.h"
#include "base/text.h"
#include "core/action.h"
#include "core/conversation.h"
#include "core/role.h"

/* One step of the log: what was done and how the conversation stands after it. */
struct transition {
    int64_t seq;   /* pending until the commit */
    int64_t at_ms; /* AT_PENDING until the commit; never before the workspace's previous transition */
    struct command_id command; /* of the command that brought it; reserved ids are the server's own */
    enum action action;
    enum role role;              /* of who did it */
    struct text *by;             /* NULL: the server */
    enum conversation_list from; /* the list before */
    int64_t before_seq;          /* conversation.seq before: what the store checks; 0: it did not exist */
    struct conversation after;
    struct text *body;      /* of a message; why a delivery failed; else NULL */
    bool is_erased;         /* it has brought a message, which an erase has wiped; else one may be empty */
    bool is_cut;            /* its body is in the store alone */
    int64_t message;        /* the number of the message that it brings or speaks of; else 0 */
    enum delivery delivery; /* message_status */
    int64_t due_ms;         /* while it is appended: what it carries out (core/due.h) is not due sooner */
};

/* Whether it brings a message, which has a body even where that is empty. */
static inline bool transition_brings_message(const struct transition *transition)
{
    return action_does(transition->action, DOES_BRING_MESSAGE);
}

/* Whether it is about an agent, `by`, and about no conversation. */
static inline bool transition_is_of_agent(const struct transition *transition)
{
    return action_does(transition->action, DOES_SIGN_IN);
}

/* Wipes what was said in it. */
void transition_erase(struct transition *transition);

void transition_finish(struct transition *transition);

/* A number that is pending is the one that its transition was given, seqs[n - 1] for -n. */
void seq_resolve(int64_t *seq, const int64_t *seqs);

/* Resolves what was pending: `seqs[n - 1]` is the seq given to the transition numbered -n in its batch. The
 * transition's own seq becomes its number, pending times become at_ms. */
void transition_stamp(struct transition *transition, const int64_t *seqs, int64_t at_ms);

#endif
