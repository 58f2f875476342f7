#ifndef RELEVO_BASE_MAP_H
#define RELEVO_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/hash.h"

/* Values by their key. The map holds pointers only: each value keeps its own key, which `key_of` shows and
 * which may not change while the value is in the map. Open addressing, keyed hash (a client cannot choose
 * collisions), grown by a quarter and shrunk by itself; one entry costs 14 to 18 bytes, after many have gone
 * up to 64. The map owns no value. */
struct map {
    struct bytes (*key_of)(const void *value);
    struct hash_key hash_key;
    uint32_t *hashes; /* of each slot's value; 0: free. Apart from the values, as most looks are at these */
    void **values;
    size_t slots_count;
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
