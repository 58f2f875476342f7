#include "store/append.h"

#include <assert.h>
#include <stdlib.h>

#include "base/map.h"
#include "core/columns.h"

/* All items about one conversation or one agent. */
struct group {
    struct bytes key;
    int32_t number;     /* from 1 */
    int64_t before_seq; /* of its first transition */
    const struct transition *last;
};

/* The parameters of append_1, in their places. */
enum {
    PLACE_PATIENT,
    PLACE_WORKSPACES,
    PLACE_KNOWN_SEQS,
    PLACE_KNOWN_ATS,
    PLACE_ITEMS,
    PLACE_TRANSITIONS,
};

/* What is being encoded: places count over the whole batch. */
struct encoding {
    struct parameters *parameters;
    int32_t workspace_place;
    int32_t items_count;
    int32_t transitions_count;
    int32_t groups_count;
    /* In front of the append at hand: its transition -1 has the place after these, and so has its first
     * group. */
    int32_t transitions_before;
    int32_t groups_before;
    struct group *groups; /* of the append at hand */
    struct map by_conversation;
    struct map by_agent;
};

static struct bytes group_key(const void *value)
{
    return ((const struct group *)value)->key;
}

/* Encoding. */

/* Pending numbers count in the append; in the batch they count on. */
static void push_seq(const struct encoding *encoding, int place, int64_t seq)
{
    parameters_push_int8(encoding->parameters, place,
                         seq_is_pending(seq) ? seq - encoding->transitions_before : seq);
}

/* Of each kind of column (core/columns.h): how it is pushed. */
#define PUSH_SEQ(value)          push_seq(encoding, PLACE_TRANSITIONS, value);
#define PUSH_COUNT(value)        parameters_push_int8(p, PLACE_TRANSITIONS, value);
#define PUSH_TIME(value)         parameters_push_time(p, PLACE_TRANSITIONS, value);
#define PUSH_DEADLINE(value)     parameters_push_time(p, PLACE_TRANSITIONS, value);
#define PUSH_LIST(value)         parameters_push_int2(p, PLACE_TRANSITIONS, value);
#define PUSH_PAUSE(value)        parameters_push_int2(p, PLACE_TRANSITIONS, value);
#define PUSH_DELIVERY(value)     parameters_push_int2(p, PLACE_TRANSITIONS, value);
#define PUSH_ROLE(value)         parameters_push_int2(p, PLACE_TRANSITIONS, value);
#define PUSH_ACTION(value)       parameters_push_int2(p, PLACE_TRANSITIONS, value);
#define PUSH_BOOL(value)         parameters_push_bool(p, PLACE_TRANSITIONS, value);
#define PUSH_TEXT(value)         parameters_push_text(p, PLACE_TRANSITIONS, text_bytes(value));
#define PUSH_TEXT_OR_NULL(value) parameters_push_text_or_null(p, PLACE_TRANSITIONS, text_bytes(value));
#define PUSH_COMMAND(value)      parameters_push_id(p, PLACE_TRANSITIONS, value);
#define PUSH_NAME(value)         parameters_push_text(p, PLACE_TRANSITIONS, conversation_name(c));
#define PUSH_PREVIEW(value)      parameters_push_text(p, PLACE_TRANSITIONS, conversation_preview(c));

static void push_transition(const struct encoding *encoding, const struct group *group,
                            const struct transition *t)
{
    struct parameters *p = encoding->parameters;
    const struct conversation *c = &t->after;
    parameters_begin_row(p, PLACE_TRANSITIONS);
    parameters_push_int4(p, PLACE_TRANSITIONS, encoding->workspace_place);
    parameters_push_int4(p, PLACE_TRANSITIONS, group->number);
    parameters_push_int8(p, PLACE_TRANSITIONS, c->pause.for_ms);
    parameters_push_time(p, PLACE_TRANSITIONS, t->due_ms);
    if (t == group->last)
        parameters_push_int8(p, PLACE_TRANSITIONS, group->before_seq);
    else
        parameters_push_null(p, PLACE_TRANSITIONS, ELEMENT_INT8);
    parameters_push_text_or_null(p, PLACE_TRANSITIONS, conversation_id(c));
    if (transition_brings_message(t))
        parameters_push_text(p, PLACE_TRANSITIONS, text_bytes(t->body));
    else
        parameters_push_text_or_null(p, PLACE_TRANSITIONS, text_bytes(t->body));
#define X(KIND, name, member) PUSH_##KIND(t->member)
    TRANSITION_COLUMN_LIST(X)
#undef X
#define X(KIND, name, member) PUSH_##KIND(c->member)
    CONVERSATION_COLUMN_LIST(X)
#undef X
    parameters_end_row(p, PLACE_TRANSITIONS);
}

static void push_item(const struct encoding *encoding, const struct store_item *item, int32_t group)
{
    struct parameters *p = encoding->parameters;
    parameters_begin_row(p, PLACE_ITEMS);
    parameters_push_int4(p, PLACE_ITEMS, encoding->workspace_place);
    parameters_push_int4(p, PLACE_ITEMS, group);
    if (item->is_told_by_row)
        parameters_push_null(p, PLACE_ITEMS, ELEMENT_UUID);
    else
        parameters_push_id(p, PLACE_ITEMS, item->id);
    parameters_push_int8(p, PLACE_ITEMS, (int64_t)item->fingerprint);
    parameters_push_int2(p, PLACE_ITEMS, item->stored.outcome);
    parameters_push_int2(p, PLACE_ITEMS, item->stored.reason);
    push_seq(encoding, PLACE_ITEMS, item->stored.seq);
    if (item->stored.outcome == OUTCOME_REFUSED)
        push_seq(encoding, PLACE_ITEMS, item->stored.since_seq);
    else
        parameters_push_int8(p, PLACE_ITEMS, item->stored.message);
    parameters_push_time(p, PLACE_ITEMS, item->stored.pause.until_ms);
    parameters_push_int8(p, PLACE_ITEMS, item->stored.pause.for_ms);
    parameters_end_row(p, PLACE_ITEMS);
}

/* The group that the item belongs to; a new one where it is the first. */
static struct group *group_of(struct encoding *encoding, const struct store_item *item)
{
    bool is_agent = item->conversation.size == 0;
    struct bytes key = !is_agent                     ? item->conversation
                       : item->transitions_count > 0 ? text_bytes(item->transitions[0].by)
                                                     : bytes_make(NULL, 0);
    struct map *map = is_agent ? &encoding->by_agent : &encoding->by_conversation;
    struct group *group = key.size == 0 ? NULL : map_get(map, key);
    if (group != NULL)
        return group;
    group = &encoding->groups[encoding->groups_count - encoding->groups_before];
    *group = (struct group){.key = key, .number = ++encoding->groups_count};
    if (key.size > 0)
        map_add(map, group);
    return group;
}

static void group_add_transition(struct group *group, const struct transition *transition)
{
    if (group->last == NULL) {
        assert(!seq_is_pending(transition->before_seq));
        group->before_seq = transition->before_seq;
    } else {
        assert(transition->before_seq == group->last->seq);
    }
    group->last = transition;
}

/* Which items belong together, and so which transition is the last about its conversation. */
static void gather_groups(struct encoding *encoding, const struct store_append *append, int32_t *item_groups)
{
    encoding->groups_before = encoding->groups_count;
    for (size_t i = 0; i < append->items_count; i++) {
        const struct store_item *item = &append->items[i];
        struct group *group = group_of(encoding, item);
        for (int t = 0; t < item->transitions_count; t++)
            group_add_transition(group, &item->transitions[t]);
        item_groups[i] = group->number;
    }
}

static void push_items(struct encoding *encoding, const struct store_append *append,
                       const int32_t *item_groups)
{
    encoding->transitions_before = encoding->transitions_count;
    for (size_t i = 0; i < append->items_count; i++) {
        const struct store_item *item = &append->items[i];
        const struct group *group = &encoding->groups[item_groups[i] - encoding->groups_before - 1];
        for (int t = 0; t < item->transitions_count; t++) {
            encoding->transitions_count++;
            assert(item->transitions[t].seq == encoding->transitions_before - encoding->transitions_count);
            push_transition(encoding, group, &item->transitions[t]);
        }
        push_item(encoding, item, group->number);
    }
}

static void encode_append(struct append_batch *batch, struct encoding *encoding,
                          const struct store_append *append)
{
    int32_t *item_groups = batch->item_groups + encoding->items_count;
    encoding->workspace_place++;
    encoding->groups = alloc_array(append->items_count, sizeof(*encoding->groups));
    map_init(&encoding->by_conversation, group_key, batch->hash_key);
    map_init(&encoding->by_agent, group_key, batch->hash_key);
    parameters_push_int8(encoding->parameters, PLACE_WORKSPACES, append->workspace_id);
    parameters_push_int8(encoding->parameters, PLACE_KNOWN_SEQS, append->known_seq);
    parameters_push_time(encoding->parameters, PLACE_KNOWN_ATS, append->known_at_ms);
    gather_groups(encoding, append, item_groups);
    push_items(encoding, append, item_groups);
    encoding->items_count += (int32_t)append->items_count;
    map_finish(&encoding->by_conversation);
    map_finish(&encoding->by_agent);
    free(encoding->groups);
}

static int compare_workspaces(const void *a, const void *b)
{
    int64_t left = (*(struct store_append *const *)a)->workspace_id;
    int64_t right = (*(struct store_append *const *)b)->workspace_id;
    return (left > right) - (left < right);
}

void append_batch_begin(struct append_batch *batch)
{
    qsort(batch->appends, batch->count, sizeof(batch->appends[0]), compare_workspaces);
    for (size_t i = 0; i < batch->count; i++) {
        struct store_append *append = batch->appends[i];
        assert(i == 0 || batch->appends[i - 1]->workspace_id < append->workspace_id);
        store_request_finish(&append->request); /* the results of an attempt whose answer was lost */
        append->request.outcome = STORE_OK;
        append->at_ms = 0;
        batch->read_to[i] = append->items_count == 0 ? LIMIT_INTEGER : 0;
    }
}

bool append_batch_reads(const struct append_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->read_to[i] != 0)
            return true;
    }
    return false;
}

void append_batch_encode(struct append_batch *batch, struct parameters *parameters)
{
    static const enum element_type known_types[] = {ELEMENT_INT8, ELEMENT_INT8, ELEMENT_TIME};
    struct encoding encoding = {.parameters = parameters};
    append_batch_finish(batch);
    batch->item_groups = alloc_array(batch->items_count, sizeof(*batch->item_groups));
    parameters_add_bool(parameters, batch->is_patient);
    parameters_begin_arrays(parameters, known_types, ARRAY_COUNT(known_types));
    parameters_begin_rows(parameters, ROW_ITEM);
    parameters_begin_rows(parameters, ROW_TRANSITION);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->appends[i]->items_count > 0)
            encode_append(batch, &encoding, batch->appends[i]);
    }
    batch->groups_count = encoding.groups_count;
}

void append_batch_finish(struct append_batch *batch)
{
    free(batch->item_groups);
    batch->item_groups = NULL;
}
