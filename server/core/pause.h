#ifndef RELEVO_CORE_PAUSE_H
#define RELEVO_CORE_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

/* Stored; the numbers never change. */
enum pause_kind {
    PAUSE_NONE = 0,
    PAUSE_UNTIL = 1,           /* until pause.until_ms */
    PAUSE_UNTIL_COMPLETED = 2, /* until somebody completes, unlinks or resumes */
};

struct pause {
    enum pause_kind kind;
    int64_t until_ms; /* Unix milliseconds by the database's clock; 0 but for PAUSE_UNTIL */
};

/* How long a command that starts a pause wants it to be. */
enum pause_wish_kind {
    PAUSE_WISH_DEFAULT,         /* nothing said: the workspace's default; never shortens a running pause */
    PAUSE_WISH_FOR,             /* for duration_ms from now; may shorten */
    PAUSE_WISH_UNTIL_COMPLETED, /* until somebody completes, unlinks or resumes */
};

struct pause_wish {
    enum pause_wish_kind kind;
    int64_t duration_ms; /* PAUSE_WISH_FOR: PAUSE_MIN_MS to PAUSE_MAX_MS, which the decoder has checked */
};

bool pause_equal(struct pause a, struct pause b);

/* The pause that stands after one "starts" (PROTOCOL.md, "Commands"): what was wished, counted from now. An
 * explicit wish always counts; the default never shortens what runs: the later end wins, and "until
 * completed" is later than any time. */
struct pause pause_start(struct pause running, struct pause_wish wish, int64_t now_ms, int64_t default_ms);

/* Whether it had an end and that has come. It stands nonetheless, until an `expire` ends it in the log. */
bool pause_has_run_out(struct pause pause, int64_t now_ms);

#endif
