#ifndef RELEVO_STORE_BACKLOG_H
#define RELEVO_STORE_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "store/notice.h"

/* What a notifier is to say to other nodes, until it can: hints, of which the newest of each workspace
 * counts, and words, in their order. Both are bounded. What is too much is lost, as all of it may be. */
struct backlog {
    struct list hints;      /* of struct hint, in the order of their coming */
    struct map hints_by_id; /* the same, by workspace */
    struct list told;       /* of struct told, in order */
    size_t told_bytes;      /* of their words */
};

void backlog_init(struct backlog *backlog, struct hash_key hash_key);
void backlog_finish(struct backlog *backlog);

/* As notifier_hint and notifier_tell say. */
void backlog_add_hint(struct backlog *backlog, int64_t workspace_id, int64_t seq);
void backlog_add_words(struct backlog *backlog, int64_t workspace_id, struct bytes words);

static inline bool backlog_is_empty(const struct backlog *backlog)
{
    return list_is_empty(&backlog->hints) && list_is_empty(&backlog->told);
}

/* Moves into the notice as much as it has room for. */
void backlog_take(struct backlog *backlog, struct notice *notice);

/* Gives up all of it. */
void backlog_drop(struct backlog *backlog);

#endif
