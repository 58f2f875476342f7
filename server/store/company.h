#ifndef RELEVO_STORE_COMPANY_H
#define RELEVO_STORE_COMPANY_H

#include <stdbool.h>
#include <stdint.h>

/* Whether anybody hears what this node tells. Mostly there is one node, and a notification costs PostgreSQL
 * as much as a small commit: so a node that is alone tells nothing. It is alone unless another session has
 * said something of late that a node says (store/notice.h). Which one that was does not matter.
 *
 * What keeps commits from going unnoticed: who was alone asks ("here?") as soon as he is so no more, and
 * whoever hears a question looks for himself, at all heads, once more. So what was committed before the
 * question is found by that look, and what comes after it is told.
 *
 * There is no connection here, and time is an argument: milliseconds of the notifier's clock. The state
 * diagram is in company.c. */

enum company_state {
    COMPANY_ALONE,
    COMPANY_ACCOMPANIED, /* somebody hears, or did a moment ago */
};

/* What is owed to the others beside hints and words. A question is also a sign of life. */
enum company_call {
    CALL_NONE,
    CALL_HERE,
    CALL_QUESTION,
};

struct company {
    enum company_state state;
    enum company_call call; /* to be said next */
    int64_t silent_ms;      /* who was not heard for so long is gone */
    int64_t heard_ms;       /* when another was heard last */
    int64_t said_ms;        /* when something was said last, whatever it was */
};

/* `silent_ms` 0: LIMIT_NODE_SILENT_MS. */
void company_init(struct company *company, int64_t silent_ms);

/* The session is new, and is known to hear: it asks who is there. */
void company_begin(struct company *company);

/* The session is lost. */
void company_end(struct company *company);

/* Another session has said something that a node says. True: commits of others may not have been told, or
 * this node's people not to them: it has to look and to tell anew. */
bool company_hear(struct company *company, bool is_question, int64_t now_ms);

/* When the time is to be told, at the latest; INT64_MAX: not until something is heard. */
int64_t company_next_ms(const struct company *company);
void company_advance(struct company *company, int64_t now_ms);

/* Something is being said: what has to be said with it. Nothing more is owed. */
enum company_call company_take_call(struct company *company, int64_t now_ms);

/* What was said last was perhaps heard by nobody. */
void company_lose_call(struct company *company);

static inline bool company_is_alone(const struct company *company)
{
    return company->state == COMPANY_ALONE;
}

#endif
