#include "app/node/worklist.h"

#include "base/alloc.h"

void worklist_init(struct worklist *worklist)
{
    for (int kind = 0; kind < WORK_COUNT; kind++)
        list_init(&worklist->of_kind[kind]);
}

void worklist_add(struct worklist *worklist, struct work *work)
{
    if (!list_is_linked(&work->link))
        list_append(&worklist->of_kind[work->kind], &work->link);
}

void worklist_run(struct worklist *worklist)
{
    for (int kind = 0; kind < WORK_COUNT; kind++) {
        struct list now;
        struct list *link;
        list_init(&now);
        list_move_all(&now, &worklist->of_kind[kind]);
        while ((link = list_take_first(&now)) != NULL) {
            struct work *work = CONTAINER_OF(link, struct work, link);
            work->run(work);
        }
    }
}

bool worklist_is_empty(const struct worklist *worklist)
{
    for (int kind = 0; kind < WORK_COUNT; kind++) {
        if (!list_is_empty(&worklist->of_kind[kind]))
            return false;
    }
    return true;
}
