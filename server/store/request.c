#include "store/request.h"

void request_answer_all(struct list *requests, enum store_outcome outcome)
{
    struct list taken;
    list_init(&taken);
    list_move_all(&taken, requests);
    while (!list_is_empty(&taken))
        store_request_answer(request_of(taken.next), outcome);
}

void request_forget_all(struct list *requests)
{
    while (!list_is_empty(requests))
        list_take_first(requests);
}
