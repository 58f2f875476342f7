#include "net/turn.h"

#include "net/net_private.h"
#include "net/ws.h"

/* Does nothing: the loop has woken up, and the turn does the rest. */
static void turn_on_deadline(uv_timer_t *timer)
{
    struct net *net = timer->data;
    net->turn.deadline_us = INT64_MAX;
}

static void turn_on_unfinished(uv_idle_t *idle)
{
    (void)idle;
}

static void turn_set_deadline(struct net *net)
{
    struct turn *turn = &net->turn;
    int64_t deadline_us = hub_deadline_us(net->options.hub);
    if (deadline_us == turn->deadline_us)
        return;
    turn->deadline_us = deadline_us;
    if (deadline_us == INT64_MAX) {
        uv_timer_stop(&turn->deadline);
        return;
    }
    /* Rounded up: woken too early, the hub would have nothing to do, and we would be here again at once. */
    uv_update_time(net->options.loop);
    int64_t left_ms = (deadline_us + 999) / 1000 - (int64_t)uv_now(net->options.loop);
    uv_timer_start(&turn->deadline, turn_on_deadline, left_ms > 0 ? (uint64_t)left_ms : 0, 0);
}

static void turn_run(struct net *net)
{
    hub_advance(net->options.hub, net_now());
    hub_work(net->options.hub);
    bool finished = ws_flush(net);
    if (hub_waits_for_writing(net->options.hub))
        hub_note_written(net->options.hub, net_now().mono_us);
    turn_set_deadline(net);
    if (finished)
        uv_idle_stop(&net->turn.unfinished);
    else
        uv_idle_start(&net->turn.unfinished, turn_on_unfinished);
    if (net->must_wake) {
        net->must_wake = false;
        lws_cancel_service(net->context);
    }
}

void turn_hear(struct net *net)
{
    if (!net->turn.has_heard)
        hub_tell_time(net->options.hub, net_now().mono_us);
    net->turn.has_heard = true;
}

static void turn_before_wait(uv_prepare_t *prepare)
{
    struct net *net = prepare->data;
    struct turn *turn = &net->turn;
    turn_run(net);
    turn->has_heard = false;
    uv_update_time(net->options.loop); /* the wait is reckoned from here */
    if (turn->woke_ms != 0)
        histogram_add(&turn->busy_us, (int64_t)(uv_now(net->options.loop) - turn->woke_ms) * 1000);
}

/* The loop has just looked at its clock. */
static void turn_after_wait(uv_check_t *check)
{
    struct net *net = check->data;
    net->turn.has_heard = true; /* the hub is told anew */
    net->turn.woke_ms = uv_now(net->options.loop);
    turn_run(net);
}

void turn_start(struct net *net)
{
    struct turn *turn = &net->turn;
    uv_loop_t *loop = net->options.loop;
    uv_prepare_init(loop, &turn->before_wait);
    uv_check_init(loop, &turn->after_wait);
    uv_idle_init(loop, &turn->unfinished);
    uv_timer_init(loop, &turn->deadline);
    turn->before_wait.data = net;
    turn->after_wait.data = net;
    turn->deadline.data = net;
    turn->deadline_us = INT64_MAX;
    uv_prepare_start(&turn->before_wait, turn_before_wait);
    uv_check_start(&turn->after_wait, turn_after_wait);
}

void turn_stop(struct net *net)
{
    uv_close((uv_handle_t *)&net->turn.before_wait, NULL);
    uv_close((uv_handle_t *)&net->turn.after_wait, NULL);
    uv_close((uv_handle_t *)&net->turn.unfinished, NULL);
    uv_close((uv_handle_t *)&net->turn.deadline, NULL);
}
