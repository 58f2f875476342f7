#ifndef RELEVO_APP_DESK_GOSSIP_H
#define RELEVO_APP_DESK_GOSSIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "core/presence.h"
#include "protocol/limits.h"

/* What nodes tell each other of the people at them (app/ports/store.h, `tell`). Each message is a text
 * without control characters, but with tabs between the fields:
 *
 *   p  NODE  LASTS_MS  [STATE  AGENT  CONVERSATION]…
 *
 * NODE is a number in hexadecimal. STATE is `o` (online; CONVERSATION may be empty), `t` (types in it) or `-`
 * (gone). What is said holds for LASTS_MS milliseconds, unless the node falls silent; every message shows
 * that the node is there. With LASTS_MS 0 and nobody it is a question: who is with you? */

struct gossip {
    char text[LIMIT_TELL_BYTES];
    size_t size;
};

/* Begins a message of this node. */
void gossip_begin(struct gossip *words, uint64_t node, int64_t lasts_ms);

/* Adds a person. False: there is no room for the person in this message. */
bool gossip_add(struct gossip *words, const struct presence_person *person);

/* Reading a message. */
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

/* Reads a message up to its first person. False: it is not well formed. The reader borrows the words. */
bool gossip_read(struct bytes words, struct gossip_reader *reader_r);

/* Reads the next person, borrowed; false at the end, or where the rest is not well formed. */
bool gossip_next(struct gossip_reader *reader, struct gossip_entry *entry_r);

#endif
