#include "app/node/lookup.h"

#include "app/node/node.h"
#include "base/alloc.h"

void lookup_init(struct lookup *lookup, struct turns *turns, struct store_request *request,
                 const struct lookup_ops *ops)
{
    fair_item_init(&lookup->item);
    lookup->turns = turns;
    lookup->request = request;
    lookup->ops = ops;
}

void lookup_wait(struct lookup *lookup, struct fair_group *workspace, struct fair_source *source)
{
    turns_wait(lookup->turns, workspace, source, &lookup->item);
}

static void on_answer(struct store_request *request)
{
    struct lookup *lookup = request->context;
    turns_end(lookup->turns, &lookup->item);
    lookup->ops->done(lookup);
}

static void lookup_ask(struct lookup *lookup)
{
    struct store *store = lookup->turns->node->options.store;
    struct store_request *request = lookup->request;
    bool can_be_asked = lookup->ops->ask(lookup);
    request->done = on_answer;
    request->context = lookup;
    if (can_be_asked) {
        store->ops->ask(store, request);
    } else {
        request->outcome = STORE_AWAY;
        on_answer(request);
    }
}

void lookup_ask_at_once(struct lookup *lookup, struct fair_group *workspace)
{
    fair_queue_take_at_once(&lookup->turns->queue, workspace, &lookup->item);
    lookup_ask(lookup);
}

bool lookup_leave(struct lookup *lookup)
{
    if (lookup->item.state == FAIR_WAITING)
        fair_queue_remove(&lookup->turns->queue, &lookup->item);
    return lookup_is_asked(lookup);
}

void lookup_take(struct fair_item *item)
{
    lookup_ask(CONTAINER_OF(item, struct lookup, item));
}
