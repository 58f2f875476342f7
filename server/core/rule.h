#ifndef RELEVO_CORE_RULE_H
#define RELEVO_CORE_RULE_H

#include <stdbool.h>

#include "core/command.h"
#include "core/conversation.h"
#include "core/decision.h"
#include "core/reason.h"
#include "core/role.h"

/* The rules of the actions: what becomes true, and what has to be true for it. ACTION_LIST says which rule
 * belongs to which action. Only decision.c uses them: it keeps the order of judging, and records the
 * transitions. pause.c says which pause a command leads to. */

/* One command being judged. */
struct judging {
    const struct actor *actor;
    const struct command *command;
    const struct circumstances *circumstances;
    struct text *name;         /* the command's name, cleaned */
    struct text *body;         /* the command's body, cleaned */
    struct conversation now;   /* the state, after dues that have come were carried out */
    struct decision *decision; /* the result; the rules do not touch it */
};

/* Changes *after, a copy of judging->now, to what the command asks for. What only recording can give (seq,
 * list_seq, pause_seq, version, last_…) stays as it was. */
void rule_change(const struct judging *judging, struct conversation *after);

/* Whether there is no change: the command is answered `unchanged`. */
bool rule_is_already_so(const struct judging *judging, const struct conversation *after);

/* Why the command is refused although it would change something: may speak → needs → holder → seen → take.
 * REASON_NONE: it is not refused. For ANSWERED and CONTACT_WROTE *since_r is the seq, which may be pending,
 * of the message that came after what was seen; else 0. */
enum reason rule_refuses(const struct judging *judging, int64_t *since_r);

/* What the step from one state to the other did. */
effect_set rule_effects(const struct conversation *before, const struct conversation *after);

#endif
