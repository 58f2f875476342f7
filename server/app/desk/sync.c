#include "app/desk/sync.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "protocol/encode.h"
#include "protocol/limits.h"

/* How many rows are looked at for one frame, sent or not, so that a walk over many rows that concern nobody
 * stays short. */
enum { SYNC_VISITS = 16 * LIMIT_SYNC_ROWS };

struct cursor cursor_fresh(const struct roster *roster)
{
    return (struct cursor){
        .seq = 0,
        .base_seq = roster->seq,
        .completed_from =
            recency_number_from_end(&roster->completed_by_list_seq, (size_t)roster->limits.completed),
        .is_fresh = true,
        .wants_tail = true,
    };
}

struct cursor cursor_resumed(int64_t seq)
{
    return (struct cursor){.seq = seq, .told_seq = seq};
}

static bool cursor_equal(const struct cursor *a, const struct cursor *b)
{
    return a->seq == b->seq && a->told_seq == b->told_seq && a->base_seq == b->base_seq &&
           a->completed_from == b->completed_from && a->is_fresh == b->is_fresh &&
           a->wants_tail == b->wants_tail;
}

static bool row_concerns(const struct conversation *row, const struct cursor *cursor)
{
    switch (row->list) {
    case LIST_OPEN: return true;
    case LIST_COMPLETED: return row->seq > cursor->base_seq || row->list_seq >= cursor->completed_from;
    case LIST_NONE:
        /* The row left its list after the client may have seen it there. That may lie before the cursor, if
         * the row has changed once more. */
        return row->list_seq > cursor->base_seq;
    }
    assert(false);
    return false;
}

/* Collects the rows of one piece. Returns the seq up to which the piece goes. */
static int64_t sync_collect_rows(const struct roster *roster, const struct cursor *cursor,
                                 const struct row **rows, size_t *count_r)
{
    size_t position = recency_position(&roster->rows_by_seq, cursor->seq);
    size_t count = 0;
    int64_t to = cursor->seq;
    for (int visits = 0; visits < SYNC_VISITS && count < LIMIT_SYNC_ROWS; visits++) {
        struct recency_link *link = recency_walk(&roster->rows_by_seq, &position, &to);
        if (link == NULL) {
            *count_r = count;
            return roster->seq;
        }
        const struct row *row = CONTAINER_OF(link, struct row, by_seq);
        if (row_concerns(&row->conversation, cursor))
            rows[count++] = row;
    }
    *count_r = count;
    return to;
}

/* Agents are few, and each is sent at its own seq. So a piece ends early where it would have too many
 * agents. */
static int64_t sync_collect_agents(const struct roster *roster, int64_t after, int64_t to,
                                   const struct agent **agents, size_t *count_r)
{
    size_t position = recency_position(&roster->agents_by_seq, after);
    size_t count = 0;
    int64_t seq;
    struct recency_link *link;
    while ((link = recency_walk(&roster->agents_by_seq, &position, &seq)) != NULL && seq <= to) {
        if (count == LIMIT_SYNC_ROWS) {
            to = seq - 1;
            break;
        }
        agents[count++] = CONTAINER_OF(link, struct agent, by_seq);
    }
    *count_r = count;
    return to;
}

static struct frame *sync_encode(const struct roster *roster, const struct cursor *cursor, int64_t *to_r)
{
    const struct row *rows[LIMIT_SYNC_ROWS];
    const struct agent *agents[LIMIT_SYNC_ROWS];
    struct sync sync = {.from = cursor->told_seq, .fresh = cursor->is_fresh, .rows = rows, .agents = agents};
    int64_t rows_to = sync_collect_rows(roster, cursor, rows, &sync.rows_count);
    sync.to = sync_collect_agents(roster, cursor->seq, rows_to, agents, &sync.agents_count);
    while (sync.rows_count > 0 && rows[sync.rows_count - 1]->conversation.seq > sync.to)
        sync.rows_count--;
    *to_r = sync.to;
    sync.mark_ms = roster_mark_ms(roster, sync.to);
    sync.at_tail = sync.to == roster->seq;
    bool is_owed = cursor->is_fresh || (cursor->wants_tail && sync.at_tail);
    if (sync.rows_count == 0 && sync.agents_count == 0 && !is_owed)
        return NULL;
    sync.counts = roster->counts;
    sync.digest = roster->digest;
    return encode_sync(&sync);
}

void sync_cache_finish(struct sync_cache *cache)
{
    for (int i = 0; i < SYNC_CACHE_SIZE; i++) {
        frame_unref(&cache->entries[i].frame);
        cache->entries[i].is_used = false;
    }
    cache->next = 0;
}

struct frame *sync_step(struct sync_cache *cache, const struct roster *roster, struct cursor *cursor)
{
    if (cache->roster_seq != roster->seq) {
        sync_cache_finish(cache);
        cache->roster_seq = roster->seq;
    }
    int found = 0;
    while (found < SYNC_CACHE_SIZE &&
           !(cache->entries[found].is_used && cursor_equal(&cache->entries[found].from, cursor)))
        found++;
    if (found == SYNC_CACHE_SIZE) {
        found = cache->next;
        cache->next = (cache->next + 1) % SYNC_CACHE_SIZE;
        frame_unref(&cache->entries[found].frame);
        cache->entries[found].is_used = true;
        cache->entries[found].from = *cursor;
        cache->entries[found].frame = sync_encode(roster, cursor, &cache->entries[found].to);
    }
    cursor->seq = cache->entries[found].to;
    if (cursor->seq == roster->seq) {
        /* At the roster's seq all cursors are alike, however they began. */
        cursor->base_seq = cursor->seq;
        cursor->completed_from = 0;
    }
    if (cache->entries[found].frame == NULL)
        return NULL;
    cursor->told_seq = cursor->seq;
    cursor->is_fresh = false;
    cursor->wants_tail = cursor->seq < roster->seq;
    return frame_ref(cache->entries[found].frame);
}

/* Checks of counts and digest. */

void sync_checks_finish(struct sync_checks *checks)
{
    free(checks->ring);
    *checks = (struct sync_checks){.ring = NULL};
}

void sync_checks_note(struct sync_checks *checks, const struct roster *roster)
{
    if (checks->ring == NULL)
        checks->ring = alloc_array(SYNC_CHECKS, sizeof(*checks->ring));
    if (checks->count > 0 && checks->ring[(checks->count - 1) % SYNC_CHECKS].seq == roster->seq)
        return;
    checks->ring[checks->count++ % SYNC_CHECKS] =
        (struct sync_check){.seq = roster->seq, .counts = roster->counts, .digest = roster->digest};
}

const struct sync_check *sync_checks_find(const struct sync_checks *checks, int64_t seq)
{
    for (size_t i = 0; i < checks->count && i < SYNC_CHECKS; i++) {
        if (checks->ring[i].seq == seq)
            return &checks->ring[i];
    }
    return NULL;
}
