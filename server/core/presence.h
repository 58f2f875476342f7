#ifndef RELEVO_CORE_PRESENCE_H
#define RELEVO_CORE_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "base/text.h"
#include "core/deadlines.h"
#include "core/recency.h"

/* Who of a workspace is online, which conversation each has open, and who types (PROTOCOL.md, "presence").
 * Where several sources tell about one person, the newest statement counts. Nothing of this is stored; a
 * statement that is not repeated ends by itself. Time is an argument. */

/* What others see of a person. */
struct presence_view {
    bool is_online;
    struct text *conversation; /* NULL: none */
    bool is_typing;
};

struct presence_person {
    struct text *id;
    struct presence_view view;     /* from all statements about the person */
    struct presence_view own_view; /* from the statements of connections to this node */
    struct recency_link by_version;
    struct recency_link by_own_version;
    struct list holds; /* the statements, the newest first */
};

struct presence {
    struct map people; /* struct presence_person by id; those who have gone offline stay, so that others can
                          be told */
    struct recency by_version;
    struct recency by_own_version;
    int64_t version;       /* grows with each change of a view */
    struct deadlines ends; /* when statements, or the typing in them, end */
    struct hash_key hash_key;
};

void presence_init(struct presence *presence, struct hash_key hash_key);
void presence_finish(struct presence *presence);

/* Who makes a statement: a connection to this node, or another node. Each has one statement about a
 * person. */
struct presence_source {
    uint64_t number;
    bool is_own; /* a connection to this node */
};

/* The person is online and has this conversation open (NULL: none). Typing ends at typing_ms and the whole
 * statement at end_ms, unless it is repeated; INT64_MAX: it ends when it is taken back. */
struct presence_statement {
    struct text *conversation;
    bool is_typing;
    int64_t typing_ms;
    int64_t end_ms;
};
void presence_say(struct presence *presence, struct text *id, struct presence_source source,
                  const struct presence_statement *statement);

/* Takes back the source's statement about the person. Does nothing where there is none. */
void presence_take_back(struct presence *presence, struct bytes id, struct presence_source source);

/* Takes back all statements of the source. O(people). */
void presence_take_back_all(struct presence *presence, struct presence_source source);

/* Ends the statements, and the typing, whose time has come. */
void presence_advance(struct presence *presence, int64_t now_ms);

/* When presence_advance has something to do; INT64_MAX: never. */
int64_t presence_end_ms(const struct presence *presence);

/* The first person whose view (or own view) has changed after this version; *version_r is the version of that
 * change. NULL: there is none. */
const struct presence_person *presence_after(const struct presence *presence, int64_t version,
                                             int64_t *version_r);
const struct presence_person *presence_own_after(const struct presence *presence, int64_t version,
                                                 int64_t *version_r);

/* Asserts every invariant. */
void presence_check(const struct presence *presence);

#endif
