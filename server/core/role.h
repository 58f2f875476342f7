#ifndef RELEVO_CORE_ROLE_H
#define RELEVO_CORE_ROLE_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/text.h"

/* Who acts. The numbers are stored and sent to clients; they never change. */
#define ROLE_LIST(X)                                                                                         \
    X(1, AGENT, "agent")           /* a person answering customers */                                        \
    X(2, SUPERVISOR, "supervisor") /* an agent who may also complete and unlink what others hold */          \
    X(3, AUTOMATION, "automation") /* the bot platform; obeys the pause */                                   \
    X(4, CHANNEL, "channel")       /* the adapter to the customer's side */                                  \
    X(5, SERVER, "server")         /* the server itself, when it carries out a due */

enum role {
#define X(number, NAME, name) ROLE_##NAME = number,
    ROLE_LIST(X)
#undef X
};

/* The size of an array that is indexed by role; [0] is no role. */
enum {
#define X(number, ...) +1
    ROLE_COUNT = 1 ROLE_LIST(X)
#undef X
};

/* The role's name, such as "agent". */
const char *role_name(enum role role);

/* Finds the role with this name. False: there is none, or it is the server's own, which no client can
 * have. */
bool role_parse(struct bytes name, enum role *role_r);

/* Finds the role with this number, as stored. False: there is none. */
bool role_from_number(int64_t number, enum role *role_r);

/* Whether it is an agent or a supervisor: they have dashboards, and conversations are assigned to them. */
static inline bool role_is_person(enum role role)
{
    return role == ROLE_AGENT || role == ROLE_SUPERVISOR;
}

/* Who acts, as the credential said. The id is borrowed. */
struct actor {
    enum role role;
    struct text *id;
};

#endif
