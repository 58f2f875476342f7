#ifndef RELEVO_CORE_ROLE_H
#define RELEVO_CORE_ROLE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/text.h"

/* Who may speak to the server. The numbers are stored and travel; they never change. */
#define ROLE_LIST(X)                                                                                         \
    X(1, AGENT, "agent")           /* a person answering customers */                                        \
    X(2, SUPERVISOR, "supervisor") /* an agent who may also complete and unlink what others hold */          \
    X(3, AUTOMATION, "automation") /* the bot platform; obeys the pause */                                   \
    X(4, CHANNEL, "channel")       /* the adapter to the customer's side */                                  \
    X(5, SERVER, "server")         /* this server itself: the end of a pause */

enum role {
#define X(number, NAME, name) ROLE_##NAME = number,
    ROLE_LIST(X)
#undef X
};

/* Of an array by role; [0] is none of them. */
enum {
#define X(number, ...) +1
    ROLE_COUNT = 1 ROLE_LIST(X)
#undef X
};

/* "agent" … */
const char *role_name(enum role role);

/* The role with this name; the server's own is not to be had. False where there is none. */
bool role_parse(struct bytes name, enum role *role_r);

/* The role with this number, as stored. False where there is none. */
bool role_from_number(int64_t number, enum role *role_r);

/* Agents and supervisors: who has a dashboard and can be assigned to. */
static inline bool role_is_person(enum role role)
{
    return role == ROLE_AGENT || role == ROLE_SUPERVISOR;
}

/* Who acts, as the credential said. Borrows the id. */
struct actor {
    enum role role;
    struct text *id;
};

#endif
