#ifndef RELEVO_APP_SESSION_CONSUMER_PRIVATE_H
#define RELEVO_APP_SESSION_CONSUMER_PRIVATE_H

#include "app/session/private.h"

/* What the files of a consumer share. */

/* A page of the log from the store. */
struct log_page {
    struct query query;
    struct store_log log;
    struct log_place after; /* it begins after this place */
    size_t sent_count;      /* how many of its transitions have been sent */
};

/* Whether the store keeps its place, or may have begun to. */
bool consumer_has_asked(const struct consumer *consumer);

/* Drops a request for the place that only waits. What has been acknowledged and not stored is stored out of
 * turn, without the consumer. */
void consumer_leave_place(struct consumer *consumer);

/* The rings of its alarms. consumer_store_place stores what was acknowledged, or asks again for the place.
 * consumer_tell_end: the log has grown for a while with nothing for the consumer, and it is told how far. */
void consumer_store_place(struct alarm *alarm);
void consumer_tell_end(struct alarm *quiet_end);

#endif
