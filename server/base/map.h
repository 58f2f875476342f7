#ifndef RELEVO_BASE_MAP_H
#define RELEVO_BASE_MAP_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/hash.h"

/* Values by their key. The map holds pointers only: each value keeps its own key, which `key_of` shows and
 * which may not change while the value is in the map. Open addressing, keyed hash (a client cannot choose
 * collisions), grown and shrunk by itself; one entry costs 21 to 43 bytes, after many have gone up to 85. The
 * map owns no value. */
struct map {
    struct bytes (*key_of)(const void *value);
    struct hash_key hash_key;
    struct map_slot *slots;
    size_t slots_count; /* a power of two, or 0 before the first value */
    size_t count;
};

void map_init(struct map *map, struct bytes (*key_of)(const void *value), struct hash_key hash_key);

/* Frees the table, not the values. */
void map_finish(struct map *map);

/* The value with this key, or NULL. */
void *map_get(const struct map *map, struct bytes key);

/* Adds a value whose key is not in the map yet (asserted). */
void map_add(struct map *map, void *value);

/* Takes the value with this key out and returns it, or NULL where there is none. */
void *map_remove(struct map *map, struct bytes key);

/* Walks all values, in no order: start with *position = 0; NULL at the end. The map may not be changed
 * meanwhile. */
void *map_next(const struct map *map, size_t *position);

#endif
