#include "store/backlog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "protocol/limits.h"

enum {
    HINTS_MAX = LIMIT_HEADS,
    TOLD_BYTES_MAX = 1024 * 1024, /* thousands of people of one node, told in one moment */
};

struct hint {
    struct list link;
    int64_t workspace_id;
    int64_t seq;
};

struct told {
    struct list link;
    int64_t workspace_id;
    size_t size;
    uint8_t words[];
};

static struct hint *hint_of(struct list *link)
{
    return CONTAINER_OF(link, struct hint, link);
}

static struct told *told_of(struct list *link)
{
    return CONTAINER_OF(link, struct told, link);
}

static struct bytes hint_key(const void *value)
{
    const struct hint *hint = value;
    return bytes_make(&hint->workspace_id, sizeof(hint->workspace_id));
}

void backlog_init(struct backlog *backlog, struct hash_key hash_key)
{
    *backlog = (struct backlog){.told_bytes = 0};
    list_init(&backlog->hints);
    list_init(&backlog->told);
    map_init(&backlog->hints_by_id, hint_key, hash_key);
}

static void backlog_drop_hint(struct backlog *backlog, struct hint *hint)
{
    map_remove(&backlog->hints_by_id, hint_key(hint));
    list_remove(&hint->link);
    free(hint);
}

static void backlog_drop_told(struct backlog *backlog, struct told *told)
{
    backlog->told_bytes -= told->size;
    list_remove(&told->link);
    free(told);
}

void backlog_drop(struct backlog *backlog)
{
    LIST_FOR_EACH (link, &backlog->hints)
        backlog_drop_hint(backlog, hint_of(link));
    LIST_FOR_EACH (link, &backlog->told)
        backlog_drop_told(backlog, told_of(link));
}

void backlog_finish(struct backlog *backlog)
{
    backlog_drop(backlog);
    map_finish(&backlog->hints_by_id);
}

void backlog_add_hint(struct backlog *backlog, int64_t workspace_id, int64_t seq)
{
    struct hint *hint = map_get(&backlog->hints_by_id, bytes_make(&workspace_id, sizeof(workspace_id)));
    if (hint == NULL && backlog->hints_by_id.count == HINTS_MAX)
        return;
    if (hint == NULL) {
        hint = alloc_zeroed(sizeof(*hint));
        hint->workspace_id = workspace_id;
        map_add(&backlog->hints_by_id, hint);
        list_append(&backlog->hints, &hint->link);
    }
    hint->seq = seq;
}

void backlog_add_words(struct backlog *backlog, int64_t workspace_id, struct bytes words)
{
    assert(words.size > 0 && words.size <= LIMIT_TELL_BYTES);
    if (words.size > TOLD_BYTES_MAX - backlog->told_bytes)
        return;
    struct told *told = alloc_zeroed(sizeof(*told) + words.size);
    told->workspace_id = workspace_id;
    told->size = words.size;
    memcpy(told->words, words.data, words.size);
    backlog->told_bytes += words.size;
    list_append(&backlog->told, &told->link);
}

void backlog_take(struct backlog *backlog, struct notice *notice)
{
    LIST_FOR_EACH (link, &backlog->hints) {
        struct hint *hint = hint_of(link);
        if (!notice_add_hint(notice, hint->workspace_id, hint->seq))
            return;
        backlog_drop_hint(backlog, hint);
    }
    LIST_FOR_EACH (link, &backlog->told) {
        struct told *told = told_of(link);
        if (!notice_add_words(notice, told->workspace_id, bytes_make(told->words, told->size)))
            return;
        backlog_drop_told(backlog, told);
    }
}
