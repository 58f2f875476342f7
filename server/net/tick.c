#include "net/tick.h"

#include <time.h>

/* Does nothing: the loop has woken up, and the tick does the rest. */
static void tick_on_deadline(uv_timer_t *timer)
{
    struct tick *tick = timer->data;
    tick->deadline_us = INT64_MAX;
}

static void tick_on_unfinished(uv_idle_t *idle)
{
    (void)idle;
}

static void tick_set_deadline(struct tick *tick)
{
    int64_t deadline_us = hub_deadline_us(tick->hub);
    if (deadline_us == tick->deadline_us)
        return;
    tick->deadline_us = deadline_us;
    if (deadline_us == INT64_MAX) {
        uv_timer_stop(&tick->deadline);
        return;
    }
    /* Rounded up: woken too early, the hub would have nothing to do, and we would be here again at once. */
    uv_update_time(tick->loop);
    int64_t left_ms = (deadline_us + 999) / 1000 - (int64_t)uv_now(tick->loop);
    uv_timer_start(&tick->deadline, tick_on_deadline, left_ms > 0 ? (uint64_t)left_ms : 0, 0);
}

static void tick_run(struct tick *tick)
{
    hub_advance(tick->hub, tick_now());
    hub_work(tick->hub);
    bool finished = tick->flush(tick->context);
    if (hub_waits_for_writing(tick->hub))
        hub_note_written(tick->hub, tick_now().mono_us);
    tick_set_deadline(tick);
    if (finished)
        uv_idle_stop(&tick->unfinished);
    else
        uv_idle_start(&tick->unfinished, tick_on_unfinished);
}

void tick_hear(struct tick *tick)
{
    if (!tick->has_heard)
        hub_tell_time(tick->hub, tick_now().mono_us);
    tick->has_heard = true;
}

static void tick_before_wait(uv_prepare_t *prepare)
{
    struct tick *tick = prepare->data;
    tick_run(tick);
    tick->has_heard = false;
    uv_update_time(tick->loop); /* the wait is reckoned from here */
    if (tick->woke_ms != 0)
        histogram_add(&tick->busy_us, (int64_t)(uv_now(tick->loop) - tick->woke_ms) * 1000);
}

/* The loop has just looked at its clock. */
static void tick_after_wait(uv_check_t *check)
{
    struct tick *tick = check->data;
    tick->has_heard = true; /* the hub is told anew */
    tick->woke_ms = uv_now(tick->loop);
    tick_run(tick);
}

void tick_start(struct tick *tick)
{
    uv_prepare_init(tick->loop, &tick->before_wait);
    uv_check_init(tick->loop, &tick->after_wait);
    uv_idle_init(tick->loop, &tick->unfinished);
    uv_timer_init(tick->loop, &tick->deadline);
    tick->before_wait.data = tick;
    tick->after_wait.data = tick;
    tick->deadline.data = tick;
    tick->deadline_us = INT64_MAX;
    uv_prepare_start(&tick->before_wait, tick_before_wait);
    uv_check_start(&tick->after_wait, tick_after_wait);
}

void tick_stop(struct tick *tick)
{
    uv_close((uv_handle_t *)&tick->before_wait, NULL);
    uv_close((uv_handle_t *)&tick->after_wait, NULL);
    uv_close((uv_handle_t *)&tick->unfinished, NULL);
    uv_close((uv_handle_t *)&tick->deadline, NULL);
}

struct moment tick_now(void)
{
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    return (struct moment){.mono_us = (int64_t)(uv_hrtime() / 1000),
                           .wall_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000};
}
