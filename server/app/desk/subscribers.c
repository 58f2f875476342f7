/* A desk's subscribers. */
#include "app/desk/desks_private.h"
#include "app/desk/private.h"

void desk_subscribe(struct desk *desk, struct subscriber *subscriber)
{
    list_append(&desk->subscribers, &subscriber->link);
    desk->subscribers_count++;
}

void desk_unsubscribe(struct desk *desk, struct subscriber *subscriber)
{
    desk_push_leave(desk, subscriber);
    list_remove(&subscriber->link);
    desk->subscribers_count--;
    desk_note_work(desk);
}

struct frame *desk_feed(struct desk *desk, struct subscriber *subscriber)
{
    struct frame *frame = sync_step(&desk->frames, &desk->roster, &subscriber->cursor);
    if (frame != NULL && !cursor_is_behind(&subscriber->cursor, &desk->roster))
        sync_checks_note(&desk->checks, &desk->roster);
    return frame;
}

void desk_give_notice(struct desk *desk, const struct desk_notice *notice)
{
    LIST_FOR_EACH (link, &desk->subscribers) {
        struct subscriber *subscriber = CONTAINER_OF(link, struct subscriber, link);
        desk->desks->notice(subscriber, notice);
    }
}
