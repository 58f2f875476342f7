#ifndef RELEVO_APP_SESSION_CONSUMER_PRIVATE_H
#define RELEVO_APP_SESSION_CONSUMER_PRIVATE_H

#include "app/session/private.h"

/* Between the files of a consumer. */

/* A page of the log, as the store gives it. */
struct log_page {
    struct query query;
    struct store_log log;
    struct log_place after;
    size_t sent_count; /* so many of its transitions have been sent */
};

/* The store keeps its place, or may have begun to. */
bool consumer_has_asked(const struct consumer *consumer);

/* What only waits is dropped; but what has been acknowledged is stored, out of turn, though the consumer
 * goes. */
void consumer_leave_place(struct consumer *consumer);

/* Rings of its alarms: it is time to store what was acknowledged, or to ask anew for the place; and the log
 * has gone on for a while with nothing for it. */
void consumer_store_place(struct alarm *alarm);
void consumer_tell_end(struct alarm *quiet_end);

#endif
