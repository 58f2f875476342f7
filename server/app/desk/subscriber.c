#include "app/desk/subscriber.h"

void subscriber_init(struct subscriber *subscriber, struct list *ready,
                     void (*notice)(struct subscriber *subscriber, const struct desk_notice *notice))
{
    *subscriber = (struct subscriber){.ready = ready, .notice = notice};
    list_init(&subscriber->link);
    list_init(&subscriber->ready_link);
}

void subscriber_set_ready(struct subscriber *subscriber)
{
    if (!list_is_linked(&subscriber->ready_link))
        list_append(subscriber->ready, &subscriber->ready_link);
}
