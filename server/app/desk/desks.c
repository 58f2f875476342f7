#include "app/desk/desks_private.h"

#include <stdlib.h>

#include "app/desk/private.h"
#include "app/ports/credential.h"
#include "base/alloc.h"
#include "base/log.h"
#include "protocol/limits.h"

/* How many desks are unloaded in one turn, at most. */
enum { UNLOADS_A_TURN = 16 };

static struct bytes desk_key(const void *value)
{
    const struct desk *desk = value;
    return text_bytes(desk->workspace);
}

/* Finding desks. */

static struct desk *desks_of(struct desks *desks, struct bytes workspace)
{
    struct desk *desk = map_get(&desks->all, workspace);
    if (desk == NULL) {
        desk = desk_create(desks, workspace);
        map_add(&desks->all, desk);
        desk_note_work(desk);
    }
    return desk;
}

struct desk *desks_of_identity(struct desks *desks, const struct identity *identity)
{
    return desks_of(desks, text_bytes(identity->workspace));
}

struct desk *desks_of_due(struct desks *desks, const struct store_due *due, size_t index)
{
    return desks_of(desks, text_bytes(due->workspaces[index]));
}

struct desk *desks_find_full(struct desks *desks, const struct identity *identity)
{
    struct desk *desk = map_get(&desks->all, text_bytes(identity->workspace));
    bool is_full = desk != NULL && desk->subscribers_count >= desks->node->options.quotas.connections;
    return is_full ? desk : NULL;
}

struct desk *desks_find_id(const struct desks *desks, int64_t workspace_id)
{
    return map_get(&desks->by_id, bytes_make((const uint8_t *)&workspace_id, sizeof(workspace_id)));
}

struct desk *desks_next(const struct desks *desks, size_t *position)
{
    return map_next(&desks->all, position);
}

void desks_hint(struct desks *desks, int64_t workspace_id, int64_t seq)
{
    struct desk *desk = desks_find_id(desks, workspace_id);
    if (desk != NULL && node_can_ask(desks->node))
        desk_hint(desk, seq);
}

void desks_take_head(struct desks *desks, int64_t workspace_id, int64_t seq, int64_t mark_ms)
{
    struct desk *desk = desks_find_id(desks, workspace_id);
    if (desk != NULL && node_can_ask(desks->node))
        desk_take_head(desk, seq, mark_ms);
}

static const struct desk *desks_ready_of(const struct list *link)
{
    return CONTAINER_OF(link, struct desk, ready_link);
}

const struct desk *desks_first_ready(const struct desks *desks)
{
    return list_is_empty(&desks->ready) ? NULL : desks_ready_of(desks->ready.next);
}

size_t desks_list_ready(const struct desks *desks, int64_t *ids)
{
    size_t count = 0;
    LIST_FOR_EACH (link, &desks->ready) {
        if (count == LIMIT_HEADS)
            break;
        ids[count++] = desks_ready_of(link)->workspace_id;
    }
    return count;
}

size_t desks_take_turn(struct desks *desks, int64_t *ids)
{
    struct list asked;
    struct list *link;
    size_t count = 0;
    list_init(&asked);
    while (count < LIMIT_HEADS && (link = list_take_first(&desks->ready)) != NULL) {
        struct desk *desk = CONTAINER_OF(link, struct desk, ready_link);
        desk->asked_head_seq = desk->roster.seq;
        ids[count++] = desk->workspace_id;
        list_append(&asked, link);
    }
    list_move_all(&desks->ready, &asked);
    return count;
}

void desks_heal_presence(struct desks *desks)
{
    LIST_FOR_EACH (link, &desks->ready)
        desk_presence_begin(CONTAINER_OF(link, struct desk, ready_link), LIMIT_PRESENCE_HEAL_MS);
}

bool desks_are_settled(const struct desks *desks)
{
    size_t position = 0;
    const struct desk *desk;
    while ((desk = desks_next(desks, &position)) != NULL) {
        if (!desk_is_settled(desk))
            return false;
    }
    return true;
}

/* Unloading. A desk is never unloaded while the database is away, as it could not be loaded again. */

static void desks_unload(struct desks *desks, struct desk *desk)
{
    log_info("desk_unloaded", "workspace=%s", log_quote(text_string(desk->workspace)));
    desks->node->stats.desks_unloaded++;
    map_remove(&desks->all, text_bytes(desk->workspace));
    desk_destroy(&desk);
}

static void desks_unload_idle(struct alarm *alarm)
{
    struct desks *desks = CONTAINER_OF(alarm, struct desks, unload);
    for (int i = 0; i < UNLOADS_A_TURN && node_can_ask(desks->node) && !list_is_empty(&desks->idle) &&
                    desks_unload_ms(desks, desks->idle.next) <= node_mono_ms(desks->node);
         i++) {
        struct desk *desk = CONTAINER_OF(list_take_first(&desks->idle), struct desk, idle_link);
        if (desk_is_wanted(desk))
            continue;
        if (desk_may_go(desk))
            desks_unload(desks, desk);
        else
            desks_note_idle(desks, desk);
    }
    desks_watch_idle(desks);
}

/* The registry. */

struct desks *desks_create(struct node *node)
{
    struct desks *desks = alloc_zeroed(sizeof(*desks));
    desks->node = node;
    map_init(&desks->all, desk_key, node->options.random);
    map_init(&desks->by_id, desks_id_key, node->options.random);
    list_init(&desks->ready);
    list_init(&desks->idle);
    alarm_init(&desks->unload, desks_unload_idle);
    discards_init(&desks->discards, &node->worklist);
    return desks;
}

void desks_set_notice(struct desks *desks,
                      void (*notice)(struct subscriber *subscriber, const struct desk_notice *notice))
{
    desks->notice = notice;
}

void desks_destroy(struct desks **place)
{
    struct desks *desks = *place;
    size_t position = 0;
    struct desk *desk;
    while ((desk = desks_next(desks, &position)) != NULL)
        desk_destroy(&desk);
    alarms_remove(&desks->node->alarms, &desks->unload);
    discards_finish(&desks->discards);
    map_finish(&desks->all);
    map_finish(&desks->by_id);
    free(desks);
    *place = NULL;
}

size_t desks_count(const struct desks *desks)
{
    return desks->all.count;
}

size_t desks_count_ready(const struct desks *desks)
{
    return desks->by_id.count;
}
