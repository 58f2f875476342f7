#ifndef RELEVO_CORE_PAUSE_H
#define RELEVO_CORE_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/* The time in which the bot may not speak. A pause ends when somebody completes, unlinks or resumes, or
 * switches the automation off. A person's explicit wish replaces it. A pause with a time also ends by itself:
 * it is a due (core/due.h), which desk_carry_out_dues (app/desk/desk.c) carries out. The numbers are stored
 * and never change. */
enum pause_kind {
    PAUSE_NONE = 0,
    PAUSE_UNTIL = 1,           /* until pause.until_ms */
    PAUSE_UNTIL_COMPLETED = 2, /* it has no end by itself */
};

/* A pause begins at the time of its commit, which a decision does not know yet. Until the commit its end is
 * *pending*: for_ms after the commit's time, but not before until_ms (0: no such bound). */
struct pause {
    enum pause_kind kind;
    uint32_t for_ms;  /* PAUSE_UNTIL while its end is pending, else 0 */
    int64_t until_ms; /* Unix milliseconds by the database's clock; 0 but for PAUSE_UNTIL */
};

/* How long a command that starts a pause wants it to be. */
enum pause_wish_kind {
    PAUSE_WISH_DEFAULT,         /* the workspace's default; it never shortens a running pause */
    PAUSE_WISH_FOR,             /* for duration_ms from the commit on */
    PAUSE_WISH_UNTIL_COMPLETED, /* without an end by itself */
};

struct pause_wish {
    enum pause_wish_kind kind;
    int64_t duration_ms; /* PAUSE_WISH_FOR: PAUSE_MIN_MS to PAUSE_MAX_MS, which the decoder has checked */
};

bool pause_equal(struct pause a, struct pause b);

/* What pause_start goes by, besides the running pause and the wish. */
struct pause_terms {
    bool may_shorten;   /* whether an explicit wish may end a running pause sooner: a person's wish may */
    int64_t now_ms;     /* the database's clock, as estimated: it decides whether the end changes */
    int64_t default_ms; /* the workspace's */
};

/* The pause that stands after a command "starts" one (PROTOCOL.md, "Commands"). If its end is a new one, it
 * is pending. Neither a default nor a wish without may_shorten shortens the running pause: the later end
 * wins, and "until completed" is later than any time. */
struct pause pause_start(struct pause running, struct pause_wish wish, struct pause_terms terms);

/* When the pause ends by itself. 0: it does not, or its end is pending. */
int64_t pause_end_ms(struct pause pause);

/* Computes a pending end: the commit's time is at_ms. Does nothing where the end is not pending. */
void pause_resolve(struct pause *pause, int64_t at_ms);

#endif
