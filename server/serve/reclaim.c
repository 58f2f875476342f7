#include "serve/reclaim.h"

#include "base/log.h"
#include "serve/process.h"

enum {
    LOOK_EVERY_MS = 5 * 1000,
    GROWN_BYTES = 8 * 1024 * 1024, /* below which it does not pay */
};

bool reclaim_is_due(struct reclaim *reclaim, uint64_t resident_bytes)
{
    if (resident_bytes < reclaim->resident_bytes)
        reclaim->resident_bytes = resident_bytes;
    return resident_bytes >= reclaim->resident_bytes + GROWN_BYTES;
}

static void reclaim_look(uv_timer_t *timer)
{
    struct reclaim *reclaim = timer->data;
    uint64_t before_bytes = process_resident_bytes();
    if (!reclaim_is_due(reclaim, before_bytes))
        return;
    process_reclaim_memory();
    reclaim->resident_bytes = process_resident_bytes();
    log_debug("memory_reclaimed", "before_bytes=%llu after_bytes=%llu", (unsigned long long)before_bytes,
              (unsigned long long)reclaim->resident_bytes);
}

void reclaim_start(struct reclaim *reclaim, uv_loop_t *loop)
{
    reclaim->resident_bytes = process_resident_bytes();
    uv_timer_init(loop, &reclaim->timer);
    reclaim->timer.data = reclaim;
    uv_timer_start(&reclaim->timer, reclaim_look, LOOK_EVERY_MS, LOOK_EVERY_MS);
}

void reclaim_stop(struct reclaim *reclaim)
{
    uv_close((uv_handle_t *)&reclaim->timer, NULL);
}
