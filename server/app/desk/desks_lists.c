/* The two lists of the registry: the READY desks, and the desks that nobody wants. */
#include "app/desk/desks_private.h"
#include "app/desk/private.h"

struct bytes desks_id_key(const void *value)
{
    const struct desk *desk = value;
    return bytes_make((const uint8_t *)&desk->workspace_id, sizeof(desk->workspace_id));
}

/* Two workspaces may get the same id from two databases: the later one replaces the earlier one. */
void desks_note_ready(struct desks *desks, struct desk *desk)
{
    map_remove(&desks->by_id, desks_id_key(desk));
    map_add(&desks->by_id, desk);
    list_append(&desks->ready, &desk->ready_link);
    peers_set_beat(&desks->node->peers);
}

void desks_forget_ready(struct desks *desks, struct desk *desk)
{
    if (map_get(&desks->by_id, desks_id_key(desk)) == desk)
        map_remove(&desks->by_id, desks_id_key(desk));
    list_remove(&desk->ready_link);
}

int64_t desks_unload_ms(const struct desks *desks, const struct list *link)
{
    const struct desk *desk = CONTAINER_OF(link, struct desk, idle_link);
    return desk->idle_since_ms + desks->node->options.limits.desk_idle_ms;
}

/* The alarm is not moved when a desk becomes wanted; it then finds nothing to unload. */
void desks_watch_idle(struct desks *desks)
{
    if (node_can_ask(desks->node) && !list_is_empty(&desks->idle))
        alarms_set(&desks->node->alarms, &desks->unload, desks_unload_ms(desks, desks->idle.next));
}

void desks_note_idle(struct desks *desks, struct desk *desk)
{
    desk->idle_since_ms = node_mono_ms(desks->node);
    list_append(&desks->idle, &desk->idle_link);
    if (!alarm_is_set(&desks->unload))
        desks_watch_idle(desks);
}
