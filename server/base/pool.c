#include "base/pool.h"

enum { SWEEP_AT_MIN = 64 };

static struct bytes pool_key(const void *value)
{
    return text_bytes(value);
}

void pool_init(struct pool *pool, struct hash_key hash_key)
{
    map_init(&pool->texts, pool_key, hash_key);
    pool->sweep_at = SWEEP_AT_MIN;
}

void pool_finish(struct pool *pool)
{
    struct text *text;
    size_t position = 0;
    while ((text = map_next(&pool->texts, &position)) != NULL)
        text_unref(&text);
    map_finish(&pool->texts);
}

/* At least as many have been added since the last time as stay now, or are few. */
static void pool_sweep(struct pool *pool)
{
    struct map before = pool->texts;
    map_init(&pool->texts, before.key_of, before.hash_key);
    struct text *text;
    size_t position = 0;
    while ((text = map_next(&before, &position)) != NULL) {
        if (text->references > 1)
            map_add(&pool->texts, text);
        else
            text_unref(&text);
    }
    map_finish(&before);
    pool->sweep_at = SWEEP_AT_MIN + 2 * pool->texts.count;
}

void pool_share(struct pool *pool, struct text **place)
{
    if (*place == NULL)
        return;
    struct text *shared = map_get(&pool->texts, text_bytes(*place));
    if (shared != NULL) {
        text_assign(place, shared);
        return;
    }
    if (pool->texts.count >= pool->sweep_at)
        pool_sweep(pool);
    map_add(&pool->texts, text_ref(*place));
}
