#ifndef RELEVO_RULES_MODEL_H
#define RELEVO_RULES_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/command.h"
#include "core/role.h"

/* The rules once more, written from PROTOCOL.md alone, in the plainest terms: no pending numbers, no clock
 * but an argument. */

#define FOREVER INT64_MAX

/* A conversation as the rules speak of it, in the plainest terms. */
struct model {
    bool exists;
    bool is_open;
    bool is_listed;
    bool has_automation;
    char assignee[8];
    int64_t pause_end_ms; /* 0: none */
    int64_t waiting_since_ms;
    bool waits_for_person;
    bool owes_answer; /* of a person: the contact has written since one answered last */
    int64_t received;
    int64_t sent;
    int64_t unread;
};

/* Makes true what a command has done that was done. */
void model_apply(struct model *model, const struct actor *actor, const struct command *command,
                 int64_t now_ms);

#endif
