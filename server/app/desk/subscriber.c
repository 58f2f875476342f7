#include "app/desk/subscriber.h"

void subscriber_init(struct subscriber *subscriber)
{
    *subscriber = (struct subscriber){.is_fed = false};
    list_init(&subscriber->link);
    list_init(&subscriber->ready_link);
}

void subscriber_set_ready(struct subscriber *subscriber, struct list *ready)
{
    if (!list_is_linked(&subscriber->ready_link))
        list_append(ready, &subscriber->ready_link);
}
