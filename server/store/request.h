#ifndef RELEVO_STORE_REQUEST_H
#define RELEVO_STORE_REQUEST_H

#include "app/store.h"

/* Lists of what has been asked of the store and is not answered yet. */

static inline struct store_request *request_of(struct list *link)
{
    return CONTAINER_OF(link, struct store_request, link);
}

/* Answers all that are on the list now. */
void request_answer_all(struct list *requests, enum store_outcome outcome);

/* Lets go of all that are on the list; nobody hears of it. */
void request_forget_all(struct list *requests);

#endif
