#include "net/liveness.h"

#include "base/alloc.h"
#include "protocol/limits.h"

enum { LOOK_MS = 1000 };

/* The first pulse of a list, if it has been silent for so long; off the list. */
static struct pulse *take_silent(struct list *pulses, uint64_t now_ms, uint64_t silence_ms)
{
    if (list_is_empty(pulses))
        return NULL;
    struct pulse *pulse = CONTAINER_OF(pulses->next, struct pulse, link);
    if (now_ms - pulse->heard_ms < silence_ms)
        return NULL;
    list_remove(&pulse->link);
    return pulse;
}

static void liveness_on_look(uv_timer_t *look)
{
    struct liveness *liveness = CONTAINER_OF(look, struct liveness, look);
    uint64_t now_ms = uv_now(look->loop);
    struct pulse *pulse;
    while ((pulse = take_silent(&liveness->pinged, now_ms, LIMIT_IDLE_S * UINT64_C(1000))) != NULL)
        liveness->give_up(pulse);
    while ((pulse = take_silent(&liveness->heard, now_ms, LIMIT_PING_S * UINT64_C(1000))) != NULL) {
        list_append(&liveness->pinged, &pulse->link);
        liveness->ping(pulse);
    }
}

void liveness_start(struct liveness *liveness, uv_loop_t *loop, void (*ping)(struct pulse *pulse),
                    void (*give_up)(struct pulse *pulse))
{
    list_init(&liveness->heard);
    list_init(&liveness->pinged);
    liveness->ping = ping;
    liveness->give_up = give_up;
    uv_timer_init(loop, &liveness->look);
    uv_timer_start(&liveness->look, liveness_on_look, LOOK_MS, LOOK_MS);
}

void liveness_stop(struct liveness *liveness)
{
    uv_close((uv_handle_t *)&liveness->look, NULL);
}

void liveness_hear(struct liveness *liveness, struct pulse *pulse)
{
    pulse->heard_ms = uv_now(liveness->look.loop);
    list_remove(&pulse->link);
    list_append(&liveness->heard, &pulse->link);
}

void liveness_forget(struct pulse *pulse)
{
    list_remove(&pulse->link);
}
