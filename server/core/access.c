#include "core/access.h"

#include <assert.h>
#include <stddef.h>

#include "base/alloc.h"

enum {
    A = 1 << ROLE_AGENT,
    S = 1 << ROLE_SUPERVISOR,
    B = 1 << ROLE_AUTOMATION, /* the bot */
    C = 1 << ROLE_CHANNEL,
    T = 1 << ROLE_SERVER, /* by its timers */
};

static const unsigned char allowed_roles[] = {
    [ACTION_REOPEN] = A | S,
    [ACTION_ASSIGN] = A | S | B,
    [ACTION_SEND_MESSAGE] = A | S,
    [ACTION_OPEN] = B,
    [ACTION_KEEP_OPEN] = A | S,
    [ACTION_RESUME_BOT] = A | S,
    [ACTION_COMPLETE] = A | S | B,
    [ACTION_UNLINK] = A | S | B,
    [ACTION_SET_AUTOMATION] = A | S,
    [ACTION_CONTACT_MESSAGE] = C,
    [ACTION_BOT_MESSAGE] = B,
    [ACTION_MARK_READ] = A | S,
    [ACTION_MESSAGE_STATUS] = C,
    [ACTION_ERASE] = S,
    [ACTION_EXPIRE] = T,
    /* These are only ever recorded, by the server; nobody can ask for them. */
    [ACTION_BOT_BLOCKED] = 0,
    [ACTION_AGENT_SEEN] = 0,
};

bool access_allows(enum role role, enum action action)
{
    assert((size_t)action < ARRAY_COUNT(allowed_roles));
    return (allowed_roles[action] & 1 << role) != 0;
}
