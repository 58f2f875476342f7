#ifndef RELEVO_CORE_PAUSE_H
#define RELEVO_CORE_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/* Stored; the numbers never change. */
enum pause_kind {
    PAUSE_NONE = 0,
    PAUSE_UNTIL = 1,           /* until pause.until_ms */
    PAUSE_UNTIL_COMPLETED = 2, /* until a command ends it: complete, unlink, resume_bot, automation off */
};

/* A pause lasts from the commit's stamp on, which a decision does not know yet. Until the commit its end is
 * *pending*: for_ms after the stamp, but not before until_ms (0: whenever that is). */
struct pause {
    enum pause_kind kind;
    uint32_t for_ms;  /* PAUSE_UNTIL while its end is pending, else 0 */
    int64_t until_ms; /* Unix milliseconds by the database's clock; 0 but for PAUSE_UNTIL */
};

/* How long a command that starts a pause wants it to be. */
enum pause_wish_kind {
    PAUSE_WISH_DEFAULT,         /* nothing said: the workspace's default; never shortens a running pause */
    PAUSE_WISH_FOR,             /* for duration_ms from the commit on */
    PAUSE_WISH_UNTIL_COMPLETED, /* until somebody completes, unlinks or resumes */
};

struct pause_wish {
    enum pause_wish_kind kind;
    int64_t duration_ms; /* PAUSE_WISH_FOR: LIMIT_PAUSE_MIN_MS to LIMIT_PAUSE_MAX_MS, which the decoder has
                            checked */
};

bool pause_equal(struct pause a, struct pause b);

/* What a pause that starts rests on. */
struct pause_terms {
    bool may_shorten;   /* whether an explicit wish may end a running pause sooner: a person's may */
    int64_t now_ms;     /* the database's clock, as estimated: by it is judged whether anything changes */
    int64_t default_ms; /* the workspace's */
};

/* The pause that stands after one "starts" (PROTOCOL.md, "Commands"), with a pending end where it has one and
 * that is another. A default never shortens what runs, nor does a wish that may not: the later end wins, and
 * "until completed" is later than any time. */
struct pause pause_start(struct pause running, struct pause_wish wish, struct pause_terms terms);

/* When it ends by itself (core/due.h). 0: it does not, or its end is pending. */
int64_t pause_end_ms(struct pause pause);

/* Its end is pending no more: the commit was stamped at_ms. */
void pause_resolve(struct pause *pause, int64_t at_ms);

#endif
