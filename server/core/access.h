#ifndef RELEVO_CORE_ACCESS_H
#define RELEVO_CORE_ACCESS_H

#include <stdbool.h>

#include "core/action.h"
#include "core/role.h"

/* Role × action: the whole of who may do what, as one table (PROTOCOL.md, "Commands"). Whether an
 * agent must also be the holder is conversation_decide's to say. */
bool access_allows(enum role role, enum action action);

#endif
