#ifndef RELEVO_CORE_PRESENCE_H
#define RELEVO_CORE_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "base/text.h"
#include "core/deadlines.h"
#include "core/recency.h"

/* Who of a workspace is online, what they have in front of them, and who types (PROTOCOL.md, "presence"). Of
 * somebody who is there several times the newest statement counts. Nothing here is kept anywhere, and what is
 * not said again goes by itself. Pure: told the time. */

/* As others see somebody. */
struct presence_view {
    bool is_online;
    struct text *conversation; /* NULL: none */
    bool is_typing;
};

struct presence_person {
    struct text *id;
    struct presence_view view;     /* of all that was said of him */
    struct presence_view own_view; /* of what was said by connections to this node */
    struct recency_link by_version;
    struct recency_link by_own_version;
    struct list holds; /* who said what; the newest statement first */
};

struct presence {
    struct map people; /* struct presence_person by id; also those that have gone, so that it can be told */
    struct recency by_version;
    struct recency by_own_version;
    int64_t version; /* grows with each change of a view */
    struct deadlines ends;
    struct hash_key hash_key;
};

void presence_init(struct presence *presence, struct hash_key hash_key);
void presence_finish(struct presence *presence);

/* Who says something: a connection to this node, or another node. Each has one statement about a person. */
struct presence_source {
    uint64_t number;
    bool is_own;
};

/* The person is online and has this conversation (NULL: none) in front of him. Typing ends at typing_ms, and
 * all of it at end_ms, unless it is said again; INT64_MAX: when it is taken back. */
struct presence_statement {
    struct text *conversation;
    bool is_typing;
    int64_t typing_ms;
    int64_t end_ms;
};
void presence_say(struct presence *presence, struct text *id, struct presence_source source,
                  const struct presence_statement *statement);

/* Takes back what the source has said of the person. Harmless where that is nothing. */
void presence_take_back(struct presence *presence, struct bytes id, struct presence_source source);

/* Takes back what the source has said of anybody. O(people). */
void presence_take_back_all(struct presence *presence, struct presence_source source);

/* Ends what is to end by now. */
void presence_advance(struct presence *presence, int64_t now_ms);

/* When presence_advance has something to do; INT64_MAX: never. */
int64_t presence_end_ms(const struct presence *presence);

/* The first person whose view (or own view) has changed after this version, its version in *version_r; NULL
 * where there is none. */
const struct presence_person *presence_after(const struct presence *presence, int64_t version,
                                             int64_t *version_r);
const struct presence_person *presence_own_after(const struct presence *presence, int64_t version,
                                                 int64_t *version_r);

/* Asserts every invariant. */
void presence_check(const struct presence *presence);

#endif
