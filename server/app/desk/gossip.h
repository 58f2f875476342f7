#ifndef RELEVO_APP_DESK_GOSSIP_H
#define RELEVO_APP_DESK_GOSSIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "core/presence.h"
#include "protocol/limits.h"

/* What nodes tell each other of the people at them (app/ports/store.h, `tell`): texts without control
 * characters, with tabs between:
 *
 *   p  NODE  LASTS_MS  [STATE  AGENT  CONVERSATION]…
 *
 * NODE is a number in hexadecimal; STATE is `o` online (CONVERSATION may be empty), `t` typing in it, `-`
 * gone. What is said lasts for LASTS_MS, unless the node falls silent: whatever it says shows that it is
 * there. With LASTS_MS 0 and nobody it is a question: who is with you? */

struct gossip {
    char text[LIMIT_TELL_BYTES];
    size_t size;
};

void gossip_begin(struct gossip *words, uint64_t node, int64_t lasts_ms);

/* False: there is no room for him. */
bool gossip_add(struct gossip *words, const struct presence_person *person);

/* Reading. */
struct gossip_entry {
    char state;
    struct bytes agent;
    struct bytes conversation;
};

struct gossip_reader {
    struct bytes left;
    uint64_t node;
    int64_t lasts_ms; /* 0: a question */
};

/* Whether these are such words, up to where people begin. They are borrowed. */
bool gossip_read(struct bytes words, struct gossip_reader *reader_r);

/* The next of the people; false at the end, or where it is none. */
bool gossip_next(struct gossip_reader *reader, struct gossip_entry *word_r);

#endif
