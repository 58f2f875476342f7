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
    struct command_id command; /* the id of the command that brought it; reserved ids are the server's own */
    enum action action;
    enum role role;              /* of who did it */
    struct text *by;             /* NULL: the server */
    enum conversation_list from; /* the list before */
    int64_t before_seq;          /* conversation.seq before: what the store checks; 0: it did not exist */
    struct conversation after;
    struct text *body;      /* of a message; why a delivery failed; else NULL */
    bool is_erased;         /* it brought a message that an erase has wiped; else a message may be empty */
    bool is_cut;            /* its body is only in the store */
    int64_t message;        /* the number of the message that it brings or is about; else 0 */
    enum delivery delivery; /* message_status */
    int64_t due_ms; /* while it is appended: the time of the due that it carries out (core/due.h); else 0 */
};

/* Whether it brings a message. A message has a body, which may be empty. */
static inline bool transition_brings_message(const struct transition *transition)
{
    return action_does(transition->action, DOES_BRING_MESSAGE);
}

/* Whether it is about an agent, `by`, and about no conversation. */
static inline bool transition_is_of_agent(const struct transition *transition)
{
    return action_does(transition->action, DOES_SIGN_IN);
}

/* Wipes the transition's body and the conversation's name and preview in it. */
void transition_erase(struct transition *transition);

void transition_finish(struct transition *transition);

/* Replaces a pending seq, -n, by the one that its transition was given, seqs[n - 1]. */
void seq_resolve(int64_t *seq, const int64_t *seqs);

/* Replaces every placeholder: a seq -n becomes seqs[n - 1], which the commit gave to the batch's n-th
 * transition; a pending time becomes at_ms. */
void transition_stamp(struct transition *transition, const int64_t *seqs, int64_t at_ms);

#endif
