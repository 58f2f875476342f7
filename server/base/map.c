#include "base/map.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

/* Linear probing. A value that is taken out is filled up from behind, so there are no tombstones and a search
 * ends at the first free slot. The hashes are kept so that growing does not touch the values, and few wrong
 * keys are compared. The greater the hash, the later the slot: so growing copies from front to back, and the
 * number of slots can be any. */

enum { SLOTS_COUNT_MIN = 8 };

void map_init(struct map *map, struct bytes (*key_of)(const void *value), struct hash_key hash_key)
{
    *map = (struct map){.key_of = key_of, .hash_key = hash_key};
}

void map_finish(struct map *map)
{
    free(map->hashes);
    free(map->values);
    map_init(map, map->key_of, map->hash_key);
}

static uint32_t map_hash(const struct map *map, struct bytes key)
{
    uint32_t hash = (uint32_t)hash_sip(map->hash_key, key);
    return hash == 0 ? 1 : hash;
}

static size_t map_home(const struct map *map, uint32_t hash)
{
    return (size_t)((uint64_t)hash * map->slots_count >> 32);
}

static size_t map_slot_after(const struct map *map, size_t index)
{
    return index + 1 == map->slots_count ? 0 : index + 1;
}

/* How many slots after `from` the slot `to` comes. */
static size_t map_distance(const struct map *map, size_t from, size_t to)
{
    return to >= from ? to - from : to + map->slots_count - from;
}

/* The slot that holds the key, or else the free one where it would go. */
static size_t map_seek(const struct map *map, struct bytes key, uint32_t hash)
{
    size_t index = map_home(map, hash);
    while (map->hashes[index] != 0) {
        if (map->hashes[index] == hash && bytes_equal(map->key_of(map->values[index]), key))
            break;
        index = map_slot_after(map, index);
    }
    return index;
}

static void map_put(struct map *map, size_t index, uint32_t hash, void *value)
{
    map->hashes[index] = hash;
    map->values[index] = value;
}

static void map_resize(struct map *map, size_t slots_count)
{
    struct map old = *map;
    assert(slots_count <= UINT32_MAX);
    map->hashes = alloc_array(slots_count, sizeof(*map->hashes));
    map->values = alloc_array(slots_count, sizeof(*map->values));
    map->slots_count = slots_count;
    for (size_t i = 0; i < old.slots_count; i++) {
        if (old.hashes[i] == 0)
            continue;
        size_t index = map_home(map, old.hashes[i]);
        while (map->hashes[index] != 0)
            index = map_slot_after(map, index);
        map_put(map, index, old.hashes[i], old.values[i]);
    }
    free(old.hashes);
    free(old.values);
}

void *map_get(const struct map *map, struct bytes key)
{
    if (map->count == 0)
        return NULL;
    return map->values[map_seek(map, key, map_hash(map, key))];
}

void map_add(struct map *map, void *value)
{
    assert(value != NULL);
    /* Never more than seven eighths full: there is always a free slot to end at. */
    if ((map->count + 1) * 8 > map->slots_count * 7)
        map_resize(map, SLOTS_COUNT_MIN + map->slots_count + map->slots_count / 4);

    struct bytes key = map->key_of(value);
    uint32_t hash = map_hash(map, key);
    size_t index = map_seek(map, key, hash);
    assert(map->hashes[index] == 0);
    map_put(map, index, hash, value);
    map->count++;
}

/* Moves what follows the hole at `index` up, as far as its own home allows. */
static void map_fill_hole(struct map *map, size_t index)
{
    for (size_t at = map_slot_after(map, index); map->hashes[at] != 0; at = map_slot_after(map, at)) {
        size_t home = map_home(map, map->hashes[at]);
        if (map_distance(map, home, at) >= map_distance(map, index, at)) {
            map_put(map, index, map->hashes[at], map->values[at]);
            index = at;
        }
    }
    map_put(map, index, 0, NULL);
}

void *map_remove(struct map *map, struct bytes key)
{
    if (map->count == 0)
        return NULL;
    size_t index = map_seek(map, key, map_hash(map, key));
    void *value = map->values[index];
    if (value == NULL)
        return NULL;
    map_fill_hole(map, index);
    map->count--;
    /* Far enough below what made it grow that a value coming and going does not resize it each time. */
    if (map->slots_count > 2 * SLOTS_COUNT_MIN && map->count * 16 < map->slots_count * 3)
        map_resize(map, map->slots_count / 2);
    return value;
}

void *map_next(const struct map *map, size_t *position)
{
    while (*position < map->slots_count) {
        void *value = map->values[(*position)++];
        if (value != NULL)
            return value;
    }
    return NULL;
}
