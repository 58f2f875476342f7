#include "app/desk/push.h"

#include "app/desk/private.h"

enum { OF_NO_ROUND = 0 }; /* else subscriber->push_round is the round's index plus one */

static void push_finish_round(struct desk *desk, int place)
{
    struct pushes *pushes = &desk->pushes;
    struct push_round *round = &pushes->rounds[place];
    struct timings *timings = &desk->node->timings;
    if (round->is_told)
        timings_note(timings, &timings->stats.push_us, round->since_us);
    *round = (struct push_round){0};
    if (place == pushes->current && pushes->rounds[!place].owed > 0)
        pushes->current = !place;
}

static void push_leave(struct desk *desk, struct subscriber *subscriber, bool is_told)
{
    if (subscriber->push_round == OF_NO_ROUND)
        return;
    int place = subscriber->push_round - 1;
    struct push_round *round = &desk->pushes.rounds[place];
    subscriber->push_round = OF_NO_ROUND;
    round->is_told |= is_told;
    if (--round->owed == 0)
        push_finish_round(desk, place);
}

static bool push_has_all(const struct subscriber *subscriber, int64_t seq)
{
    return subscriber->is_fed && subscriber->cursor.seq == seq && !subscriber->cursor.is_fresh;
}

void desk_wake_subscribers(struct desk *desk, int64_t seq_before)
{
    struct pushes *pushes = &desk->pushes;
    int place = pushes->rounds[pushes->current].owed == 0 ? pushes->current : !pushes->current;
    struct push_round *round = &pushes->rounds[place];
    if (round->owed == 0)
        round->since_us = desk->node->timings.present_us;
    LIST_FOR_EACH (link, &desk->subscribers) {
        struct subscriber *subscriber = CONTAINER_OF(link, struct subscriber, link);
        subscriber_set_ready(subscriber, &desk->node->ready);
        if (subscriber->push_round == OF_NO_ROUND && push_has_all(subscriber, seq_before)) {
            subscriber->push_round = (uint8_t)(place + 1);
            round->owed++;
        }
    }
}

void desk_push_reached(struct desk *desk, struct subscriber *subscriber, bool is_told)
{
    push_leave(desk, subscriber, is_told);
}

void desk_push_leave(struct desk *desk, struct subscriber *subscriber)
{
    push_leave(desk, subscriber, false);
}

void desk_push_end(struct desk *desk)
{
    LIST_FOR_EACH (link, &desk->subscribers)
        CONTAINER_OF(link, struct subscriber, link)->push_round = OF_NO_ROUND;
    desk->pushes = (struct pushes){.current = 0};
}
