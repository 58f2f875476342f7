/* The states of a desk, and what exists only in one of them.
 *
 *               desk_create
 *                    │
 *                    ▼       the database is there
 *             DESK_WAITING ─────────────────────────► DESK_LOADING
 *                    ▲  ▲       away, or failed            │
 *                    │  └──────────────────────────────────┤
 *                    │                                     │ loaded
 *                    │   another database                  ▼
 *                    └─────────────────────────────── DESK_READY
 */
#include <assert.h>

#include "app/desk/desks_private.h"
#include "app/desk/private.h"

static void desk_keep_tail(struct desk *desk)
{
    bool is_wanted = desk->state == DESK_READY && desk->followers_count > 0;
    if (is_wanted && !tail_is_kept(&desk->tail))
        tail_start(&desk->tail, desk->roster.seq);
    else if (!is_wanted)
        tail_stop(&desk->tail);
}

void desk_watch_dues(struct desk *desk)
{
    struct alarms *alarms = &desk->node->database_alarms;
    const struct deadline *first = desk->state == DESK_READY ? deadlines_first(&desk->roster.dues) : NULL;
    if (first == NULL)
        alarms_remove(alarms, &desk->due);
    else if (!alarm_is_set(&desk->due) || desk->due.deadline.at_ms != first->at_ms)
        alarms_set(alarms, &desk->due, first->at_ms);
}

void desk_enter_state(struct desk *desk, enum desk_state state)
{
    desk->state = state;
    switch (state) {
    case DESK_WAITING:
        desks_forget_ready(desk->desks, desk);
        desk->hinted_seq = 0;
        sync_cache_finish(&desk->frames);
        sync_checks_finish(&desk->checks);
        tail_stop(&desk->tail);
        desk_push_end(desk);
        discards_add(&desk->desks->discards, &desk->roster);
        desk_watch_dues(desk);
        alarms_set(&desk->node->alarms, &desk->alarm, node_mono_ms(desk->node) + 1000);
        break;
    case DESK_LOADING: alarms_remove(&desk->node->alarms, &desk->alarm); break;
    case DESK_READY:
        desk->asked_head_seq = 0;
        desks_note_ready(desk->desks, desk);
        desk_watch_dues(desk);
        desk_keep_tail(desk);
        desk_presence_begin(desk, 0);
        break;
    }
}

void desk_follow(struct desk *desk)
{
    desk->followers_count++;
    desk_keep_tail(desk);
}

void desk_unfollow(struct desk *desk)
{
    assert(desk->followers_count > 0);
    desk->followers_count--;
    desk_keep_tail(desk);
}
