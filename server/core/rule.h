#ifndef RELEVO_CORE_RULE_H
#define RELEVO_CORE_RULE_H

#include <stdbool.h>

#include "core/command.h"
#include "core/conversation.h"
#include "core/decision.h"
#include "core/reason.h"
#include "core/role.h"

/* The rules, action by action: what becomes true, and what has to be true for it; ACTION_LIST says which is
 * whose. For decision.c alone, which keeps the order of judging and records what comes of it. Which pause a
 * command leads to is pause.c's to say. */

/* One command being judged. */
struct judging {
    const struct actor *actor;
    const struct command *command;
    const struct circumstances *circumstances;
    struct text *name;         /* the command's, cleaned */
    struct text *body;         /* likewise */
    struct conversation now;   /* as it is; what was due has been carried out */
    struct decision *decision; /* what it comes to; no business of the rules */
};

/* Makes *after, a copy of judging->now, what the command asks for. Numbers that only the record can give
 * (seq, list_seq, pause_seq, version, last_…) are left as they were. */
void rule_change(const struct judging *judging, struct conversation *after);

/* Whether the change is none: the command is answered `unchanged`. */
bool rule_is_already_so(const struct judging *judging, const struct conversation *after);

/* Why the command is refused although it would change something: may speak → needs → holder → seen → take.
 * REASON_NONE where it is not. *since_r: ANSWERED, CONTACT_WROTE: the seq (it may be pending) of the message
 * that came since what was seen; else 0. */
enum reason rule_refuses(const struct judging *judging, int64_t *since_r);

/* What the step from one state to the other comes to. */
effect_set rule_effects(const struct conversation *before, const struct conversation *after);

#endif
