#include "app/nodes.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "protocol/limits.h"

struct node {
    struct list link;
    uint64_t number;
    struct deadline silence;
};

static struct node *node_of(struct list *link)
{
    return CONTAINER_OF(link, struct node, link);
}

void nodes_init(struct nodes *nodes)
{
    *nodes = (struct nodes){.count = 0};
    list_init(&nodes->each);
    deadlines_init(&nodes->silences);
}

static void node_remove(struct nodes *nodes, struct node *node)
{
    list_remove(&node->link);
    deadlines_remove(&nodes->silences, &node->silence);
    nodes->count--;
    free(node);
}

void nodes_finish(struct nodes *nodes)
{
    LIST_FOR_EACH (link, &nodes->each)
        node_remove(nodes, node_of(link));
    deadlines_finish(&nodes->silences);
}

static struct node *nodes_find(const struct nodes *nodes, uint64_t number)
{
    LIST_FOR_EACH (link, &nodes->each) {
        if (node_of(link)->number == number)
            return node_of(link);
    }
    return NULL;
}

bool nodes_hear(struct nodes *nodes, uint64_t number, int64_t now_ms)
{
    struct node *node = nodes_find(nodes, number);
    if (node == NULL && nodes->count == LIMIT_NODES)
        return false;
    if (node == NULL) {
        node = alloc_zeroed(sizeof(*node));
        node->number = number;
        deadline_init(&node->silence);
        list_append(&nodes->each, &node->link);
        nodes->count++;
    }
    deadlines_set(&nodes->silences, &node->silence, now_ms + LIMIT_NODE_SILENT_MS);
    return true;
}

bool nodes_take_silent(struct nodes *nodes, int64_t now_ms, uint64_t *number_r)
{
    struct deadline *first = deadlines_first(&nodes->silences);
    if (first == NULL || first->at_ms > now_ms)
        return false;
    struct node *node = CONTAINER_OF(first, struct node, silence);
    *number_r = node->number;
    node_remove(nodes, node);
    return true;
}

int64_t nodes_silence_ms(const struct nodes *nodes)
{
    const struct deadline *first = deadlines_first(&nodes->silences);
    return first == NULL ? INT64_MAX : first->at_ms;
}
