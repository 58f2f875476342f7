#include "base/map.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

/* Linear probing. A value that is taken out is filled up from behind, so there are no tombstones and a search
 * ends at the first free slot. The hash is kept so that growing does not touch the values, and few wrong keys
 * are compared. */
struct map_slot {
    uint64_t hash;
    void *value; /* NULL: free */
};

enum { SLOTS_COUNT_MIN = 8 };

void map_init(struct map *map, struct bytes (*key_of)(const void *value), struct hash_key hash_key)
{
    *map = (struct map){.key_of = key_of, .hash_key = hash_key};
}

void map_finish(struct map *map)
{
    free(map->slots);
    map->slots = NULL;
    map->slots_count = 0;
    map->count = 0;
}

static size_t map_home(const struct map *map, uint64_t hash)
{
    return (size_t)hash & (map->slots_count - 1);
}

static size_t map_slot_after(const struct map *map, size_t index)
{
    return (index + 1) & (map->slots_count - 1);
}

/* The slot that holds the key, or else the free one where it would go. */
static size_t map_seek(const struct map *map, struct bytes key, uint64_t hash)
{
    size_t index = map_home(map, hash);
    while (map->slots[index].value != NULL) {
        const struct map_slot *slot = &map->slots[index];
        if (slot->hash == hash && bytes_equal(map->key_of(slot->value), key))
            break;
        index = map_slot_after(map, index);
    }
    return index;
}

static void map_resize(struct map *map, size_t slots_count)
{
    struct map_slot *old = map->slots;
    size_t old_count = map->slots_count;
    map->slots = alloc_array(slots_count, sizeof(*map->slots));
    map->slots_count = slots_count;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].value == NULL)
            continue;
        size_t index = map_home(map, old[i].hash);
        while (map->slots[index].value != NULL)
            index = map_slot_after(map, index);
        map->slots[index] = old[i];
    }
    free(old);
}

void *map_get(const struct map *map, struct bytes key)
{
    if (map->count == 0)
        return NULL;
    return map->slots[map_seek(map, key, hash_sip(map->hash_key, key))].value;
}

void map_add(struct map *map, void *value)
{
    assert(value != NULL);
    if ((map->count + 1) * 4 > map->slots_count * 3)
        map_resize(map, map->slots_count == 0 ? SLOTS_COUNT_MIN : map->slots_count * 2);

    struct bytes key = map->key_of(value);
    uint64_t hash = hash_sip(map->hash_key, key);
    struct map_slot *slot = &map->slots[map_seek(map, key, hash)];
    assert(slot->value == NULL);
    *slot = (struct map_slot){.hash = hash, .value = value};
    map->count++;
}

/* Moves what follows the hole at `index` up, as far as its own home allows. */
static void map_fill_hole(struct map *map, size_t index)
{
    size_t mask = map->slots_count - 1;
    for (size_t at = map_slot_after(map, index); map->slots[at].value != NULL; at = map_slot_after(map, at)) {
        size_t distance_from_home = (at - map_home(map, map->slots[at].hash)) & mask;
        size_t distance_from_hole = (at - index) & mask;
        if (distance_from_home >= distance_from_hole) {
            map->slots[index] = map->slots[at];
            index = at;
        }
    }
    map->slots[index].value = NULL;
}

void *map_remove(struct map *map, struct bytes key)
{
    if (map->count == 0)
        return NULL;
    size_t index = map_seek(map, key, hash_sip(map->hash_key, key));
    void *value = map->slots[index].value;
    if (value == NULL)
        return NULL;
    map_fill_hole(map, index);
    map->count--;
    /* Far enough below what made it grow that a value coming and going does not resize it each time. */
    if (map->slots_count > SLOTS_COUNT_MIN && map->count * 16 < map->slots_count * 3)
        map_resize(map, map->slots_count / 2);
    return value;
}

void *map_next(const struct map *map, size_t *position)
{
    while (*position < map->slots_count) {
        void *value = map->slots[(*position)++].value;
        if (value != NULL)
            return value;
    }
    return NULL;
}
