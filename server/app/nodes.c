#include "app/nodes.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "protocol/limits.h"

struct node {
    struct list link;
    uint64_t number;
    struct nodes *nodes;
    struct alarm silence;
};

static struct node *node_of(struct list *link)
{
    return CONTAINER_OF(link, struct node, link);
}

void nodes_init(struct nodes *nodes, struct alarms *alarms,
                void (*lose)(struct nodes *nodes, uint64_t number))
{
    *nodes = (struct nodes){.alarms = alarms, .lose = lose};
    list_init(&nodes->each);
}

static void node_remove(struct node *node)
{
    list_remove(&node->link);
    alarms_remove(node->nodes->alarms, &node->silence);
    node->nodes->count--;
    free(node);
}

static void node_fall_silent(struct alarm *alarm)
{
    struct node *node = CONTAINER_OF(alarm, struct node, silence);
    struct nodes *nodes = node->nodes;
    uint64_t number = node->number;
    node_remove(node);
    nodes->lose(nodes, number);
}

void nodes_finish(struct nodes *nodes)
{
    LIST_FOR_EACH (link, &nodes->each)
        node_remove(node_of(link));
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
        node->nodes = nodes;
        alarm_init(&node->silence, node_fall_silent);
        list_append(&nodes->each, &node->link);
        nodes->count++;
    }
    alarms_set(nodes->alarms, &node->silence, now_ms + LIMIT_NODE_SILENT_MS);
    return true;
}
