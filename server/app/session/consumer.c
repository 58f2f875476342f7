#include "app/session/consumer_private.h"

#include <stdlib.h>

#include "base/alloc.h"

void consumer_create(struct session *session, const struct consumer_wish *wish,
                     void (*attached)(struct session *session))
{
    struct consumer *consumer = alloc_zeroed(sizeof(*consumer));
    consumer->session = session;
    consumer->attached = attached;
    consumer->name = text_create(wish->name);
    consumer->wanted.seq = wish->has_after ? wish->after : -1;
    consumer->wanted.mark_ms = wish->mark_ms;
    alarm_init(&consumer->alarm, consumer_store_place);
    alarm_init(&consumer->quiet_end, consumer_tell_end);
    session->consumer = consumer;
    list_append(&session->sessions->consumers, &consumer->all_link);
    desk_follow(session->desk);
}

void consumer_end(struct session *session)
{
    struct consumer *consumer = session->consumer;
    if (consumer == NULL || !consumer_has_asked(consumer))
        return;
    consumer->acked.seq = consumer->stored_seq;
    session_close(session, CLOSE_TRY_LATER, "the log is another database's now", 0);
}

void consumer_destroy(struct session *session)
{
    struct consumer *consumer = session->consumer;
    if (consumer == NULL)
        return;
    consumer_leave_place(consumer);
    consumer_drop_page(consumer);
    list_remove(&consumer->all_link);
    alarms_remove(&session_node(session)->alarms, &consumer->alarm);
    alarms_remove(&session_node(session)->alarms, &consumer->quiet_end);
    desk_unfollow(session->desk);
    text_unref(&consumer->name);
    free(consumer);
    session->consumer = NULL;
}
