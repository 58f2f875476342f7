#include "core/pause.h"

#include <assert.h>

static bool pause_ends_later(struct pause a, struct pause b)
{
    if (a.kind == PAUSE_UNTIL && b.kind == PAUSE_UNTIL)
        return a.until_ms > b.until_ms;
    return a.kind > b.kind;
}

bool pause_equal(struct pause a, struct pause b)
{
    return a.kind == b.kind && a.until_ms == b.until_ms;
}

struct pause pause_start(struct pause running, struct pause_wish wish, int64_t now_ms, int64_t default_ms)
{
    struct pause pause = {.kind = PAUSE_UNTIL};
    switch (wish.kind) {
    case PAUSE_WISH_DEFAULT:
        pause.until_ms = now_ms + default_ms;
        return pause_ends_later(running, pause) ? running : pause;
    case PAUSE_WISH_FOR:
        assert(wish.duration_ms > 0);
        pause.until_ms = now_ms + wish.duration_ms;
        return pause;
    case PAUSE_WISH_UNTIL_COMPLETED: pause.kind = PAUSE_UNTIL_COMPLETED; return pause;
    }
    assert(false && "a pause wish of no kind");
    return running;
}

bool pause_has_run_out(struct pause pause, int64_t now_ms)
{
    return pause.kind == PAUSE_UNTIL && pause.until_ms <= now_ms;
}
