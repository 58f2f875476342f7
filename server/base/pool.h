#ifndef RELEVO_BASE_POOL_H
#define RELEVO_BASE_POOL_H

#include <stddef.h>

#include "base/map.h"
#include "base/text.h"

/* Texts of which very many are equal, each kept once: a million conversations are with a few channels and a
 * few people. */
struct pool {
    struct map texts;
    size_t sweep_at; /* so many texts: then those that nobody but the pool holds go */
};

void pool_init(struct pool *pool, struct hash_key hash_key);
void pool_finish(struct pool *pool);

/* Makes *place hold the pool's text with the same bytes; where there is none, it is the pool's from now on.
 * O(1) on the average. */
void pool_share(struct pool *pool, struct text **place);

#endif
