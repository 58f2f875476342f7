#ifndef RELEVO_STORE_NOTICE_H
#define RELEVO_STORE_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* What nodes say to each other with a NOTIFY: lines of text, each of which is one of
 *
 *   12:345       in workspace 12 something has been committed, up to 345
 *   12 words     words about workspace 12
 *   here?        nobody was told what this node has committed up to now; who is there?
 *   here         this node is there
 *
 * Whoever can connect to the database can say anything on any channel: nothing that is read is trusted.
 * notifier.c sends and hears them; what the hub does with one that was heard is in app/hub/listen.c. */

/* PostgreSQL wants the payload shorter than 8000 bytes. */
enum { NOTICE_BYTES_MAX = 7999 };

struct notice {
    uint8_t text[NOTICE_BYTES_MAX];
    size_t size;
};

static inline struct bytes notice_bytes(const struct notice *notice)
{
    return bytes_make(notice->text, notice->size);
}

/* Adds a line. False, and nothing is added, where there is no room for it; in an empty notice there is. The
 * numbers are from 1 to LIMIT_INTEGER; the words are text, with tabs perhaps, 1 to LIMIT_TELL_BYTES of it. */
bool notice_add_hint(struct notice *notice, int64_t workspace_id, int64_t seq);
bool notice_add_words(struct notice *notice, int64_t workspace_id, struct bytes words);

bool notice_add_question(struct notice *notice);
bool notice_add_here(struct notice *notice);

enum notice_line_kind {
    NOTICE_HINT,
    NOTICE_WORDS,
    NOTICE_QUESTION, /* "here?" */
    NOTICE_HERE,
    NOTICE_GARBAGE, /* none of these: another program's, or a later version's */
};

struct notice_line {
    enum notice_line_kind kind;
    int64_t workspace_id; /* of a hint, of words */
    int64_t seq;          /* of a hint */
    struct bytes words;   /* borrowed */
};

/* Takes the first line off the text. False where nothing is left. */
bool notice_take_line(struct bytes *text, struct notice_line *line_r);

#endif
