#include "core/pause.h"

#include <assert.h>

bool pause_equal(struct pause a, struct pause b)
{
    return a.kind == b.kind && a.for_ms == b.for_ms && a.until_ms == b.until_ms;
}

static bool pause_is_pending(struct pause pause)
{
    return pause.for_ms > 0;
}

/* Both ends count from the same stamp, so the longer one is the later. */
static struct pause pause_lengthen_pending(struct pause running, uint32_t for_ms)
{
    if (running.for_ms < for_ms)
        running.for_ms = for_ms;
    return running;
}

static struct pause pause_lengthen(struct pause running, uint32_t for_ms, int64_t now_ms)
{
    if (running.kind == PAUSE_UNTIL_COMPLETED)
        return running;
    if (pause_is_pending(running))
        return pause_lengthen_pending(running, for_ms);
    if (running.kind == PAUSE_UNTIL && running.until_ms >= now_ms + for_ms)
        return running;
    return (struct pause){.kind = PAUSE_UNTIL, .for_ms = for_ms, .until_ms = running.until_ms};
}

struct pause pause_start(struct pause running, struct pause_wish wish, struct pause_terms terms)
{
    if (wish.kind == PAUSE_WISH_UNTIL_COMPLETED)
        return (struct pause){.kind = PAUSE_UNTIL_COMPLETED};
    int64_t duration_ms = wish.kind == PAUSE_WISH_FOR ? wish.duration_ms : terms.default_ms;
    assert(duration_ms > 0 && duration_ms <= UINT32_MAX);
    uint32_t for_ms = (uint32_t)duration_ms;
    if (wish.kind == PAUSE_WISH_DEFAULT || !terms.may_shorten)
        return pause_lengthen(running, for_ms, terms.now_ms);
    bool is_so = running.kind == PAUSE_UNTIL && running.until_ms == terms.now_ms + for_ms;
    return is_so ? running : (struct pause){.kind = PAUSE_UNTIL, .for_ms = for_ms};
}

int64_t pause_end_ms(struct pause pause)
{
    return pause.kind == PAUSE_UNTIL && !pause_is_pending(pause) ? pause.until_ms : 0;
}

void pause_resolve(struct pause *pause, int64_t at_ms)
{
    if (!pause_is_pending(*pause))
        return;
    int64_t end_ms = at_ms + pause->for_ms;
    if (pause->until_ms < end_ms)
        pause->until_ms = end_ms;
    pause->for_ms = 0;
}
