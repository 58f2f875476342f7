#include "store/append.h"

#include <assert.h>
#include <stdlib.h>

#include "base/map.h"

/* All items about one conversation or one agent. */
struct group {
    struct bytes key;
    int32_t number;         /* from 1 */
    int64_t before_seq;     /* of its first transition */
    bool ends_pause;        /* its first transition is an expire, */
    int64_t pause_until_ms; /* or a later one is, and the pause it ends goes on until then */
    const struct transition *last;
    int32_t last_place;
};

/* The parameters in their places: each block's types, in the order of append_1's arguments. */
static const enum element_type workspace_types[] = {ELEMENT_INT8, ELEMENT_INT8, ELEMENT_TIME};
static const enum element_type group_types[] = {ELEMENT_INT4, ELEMENT_TEXT, ELEMENT_TEXT, ELEMENT_INT8,
                                                ELEMENT_BOOL, ELEMENT_TIME, ELEMENT_INT4};
static const enum element_type item_types[] = {ELEMENT_INT4, ELEMENT_INT4, ELEMENT_UUID, ELEMENT_INT8,
                                               ELEMENT_INT2, ELEMENT_INT2, ELEMENT_INT8, ELEMENT_INT8,
                                               ELEMENT_TIME, ELEMENT_INT8};
static const enum element_type transition_types[] = {
    ELEMENT_INT4, ELEMENT_INT4, ELEMENT_UUID, ELEMENT_INT8,
    ELEMENT_INT8, ELEMENT_INT2, ELEMENT_INT2, /* … role */
    ELEMENT_INT2, ELEMENT_INT2, ELEMENT_TEXT, ELEMENT_TEXT,
    ELEMENT_TEXT, ELEMENT_TEXT, ELEMENT_TEXT, /* … name */
    ELEMENT_INT2, ELEMENT_INT8, ELEMENT_TEXT, ELEMENT_BOOL,
    ELEMENT_INT2, ELEMENT_TIME, ELEMENT_INT8, ELEMENT_INT8, /* … pause_seq */
    ELEMENT_BOOL, ELEMENT_INT8, ELEMENT_INT8, ELEMENT_INT8,
    ELEMENT_INT8, ELEMENT_INT2, ELEMENT_TIME, /* … waiting_since */
    ELEMENT_TEXT, ELEMENT_INT2, ELEMENT_TIME, ELEMENT_INT2,
    ELEMENT_TEXT, ELEMENT_INT2, ELEMENT_TIME, /* … last_at */
    ELEMENT_BOOL, ELEMENT_INT8, ELEMENT_INT8, ELEMENT_INT8,
    ELEMENT_INT8, ELEMENT_INT2, ELEMENT_TEXT,
};
enum {
    PLACE_WORKSPACES = 1,
    PLACE_GROUPS = PLACE_WORKSPACES + ARRAY_COUNT(workspace_types),
    PLACE_ITEMS = PLACE_GROUPS + ARRAY_COUNT(group_types),
    PLACE_TRANSITIONS = PLACE_ITEMS + ARRAY_COUNT(item_types),
};

/* What is being encoded: places count over the whole batch. */
struct encoding {
    struct parameters *parameters;
    int32_t workspace_place;
    int32_t items_count;
    int32_t transitions_count;
    int32_t groups_count;
    int32_t
        transitions_before; /* in front of the append at hand: its transition -1 has the place after these */
    struct group *groups;   /* of the append at hand */
    size_t append_groups_count;
    struct map by_conversation;
    struct map by_agent;
};

static struct bytes group_key(const void *value)
{
    return ((const struct group *)value)->key;
}

/* Encoding. */

/* For what may be nobody or nothing. */
static void push_text_or_null(struct parameters *parameters, int place, struct bytes text)
{
    if (text.size == 0)
        parameters_push_null(parameters, place);
    else
        parameters_push_text(parameters, place, text);
}

/* Pending numbers count in the append; in the batch they count on. */
static void push_seq(const struct encoding *encoding, int place, int64_t seq)
{
    parameters_push_int8(encoding->parameters, place,
                         seq_is_pending(seq) ? seq - encoding->transitions_before : seq);
}

static void push_conversation(const struct encoding *encoding, int place, const struct conversation *c)
{
    struct parameters *p = encoding->parameters;
    parameters_push_text(p, place++, text_bytes(c->channel));
    parameters_push_text(p, place++, conversation_name(c));
    parameters_push_int2(p, place++, c->list);
    push_seq(encoding, place++, c->list_seq);
    push_text_or_null(p, place++, text_bytes(c->assignee));
    parameters_push_bool(p, place++, c->automation_enabled);
    parameters_push_int2(p, place++, c->pause.kind);
    parameters_push_time(p, place++, c->pause.until_ms);
    parameters_push_int8(p, place++, c->pause.for_ms);
    push_seq(encoding, place++, c->pause_seq);
    parameters_push_bool(p, place++, c->bot_blocked);
    parameters_push_int8(p, place++, c->version);
    parameters_push_int8(p, place++, c->received);
    parameters_push_int8(p, place++, c->sent);
    parameters_push_int8(p, place++, c->unread);
    parameters_push_int2(p, place++, c->delivery);
    parameters_push_time(p, place++, c->waiting_since_ms);
    parameters_push_text(p, place++, conversation_preview(c));
    parameters_push_int2(p, place++, c->preview_role);
    parameters_push_time(p, place++, c->preview_at_ms);
    parameters_push_int2(p, place++, c->last_action);
    push_text_or_null(p, place++, text_bytes(c->last_by));
    parameters_push_int2(p, place++, c->last_role);
    parameters_push_time(p, place++, c->last_at_ms);
    parameters_push_bool(p, place++, c->waits_for_person);
    push_seq(encoding, place++, c->contact_seq);
    push_seq(encoding, place++, c->answer_seq);
    push_seq(encoding, place++, c->other_answer_seq);
    push_seq(encoding, place++, c->person_seq);
    parameters_push_int2(p, place++, c->answer_role);
    push_text_or_null(p, place++, text_bytes(c->answer_by));
    assert(place == p->count);
}

static void push_transition(const struct encoding *encoding, const struct group *group,
                            const struct transition *t)
{
    struct parameters *p = encoding->parameters;
    int place = PLACE_TRANSITIONS;
    parameters_push_int4(p, place++, encoding->workspace_place);
    parameters_push_int4(p, place++, group->number);
    parameters_push_id(p, place++, t->command);
    push_seq(encoding, place++, t->before_seq);
    parameters_push_int8(p, place++, t->message);
    parameters_push_int2(p, place++, t->action);
    parameters_push_int2(p, place++, t->role);
    parameters_push_int2(p, place++, t->from);
    parameters_push_int2(p, place++, t->delivery);
    push_text_or_null(p, place++, text_bytes(t->by));
    push_text_or_null(p, place++, conversation_id(&t->after));
    if (transition_brings_message(t))
        parameters_push_text(p, place++, text_bytes(t->body));
    else
        push_text_or_null(p, place++, text_bytes(t->body));
    push_conversation(encoding, place, &t->after);
}

static void push_group(const struct encoding *encoding, const struct group *group, bool is_agent)
{
    struct parameters *p = encoding->parameters;
    int place = PLACE_GROUPS;
    bool has_key = group->key.size > 0;
    parameters_push_int4(p, place++, encoding->workspace_place);
    if (has_key && !is_agent)
        parameters_push_text(p, place++, group->key);
    else
        parameters_push_null(p, place++);
    if (has_key && is_agent)
        parameters_push_text(p, place++, group->key);
    else
        parameters_push_null(p, place++);
    if (group->last != NULL)
        parameters_push_int8(p, place++, group->before_seq);
    else
        parameters_push_null(p, place++);
    parameters_push_bool(p, place++, group->ends_pause);
    parameters_push_time(p, place++, group->pause_until_ms);
    parameters_push_int4(p, place++, group->last_place);
    assert(place == PLACE_ITEMS);
}

static void push_item(const struct encoding *encoding, const struct store_item *item, int32_t group)
{
    struct parameters *p = encoding->parameters;
    int place = PLACE_ITEMS;
    parameters_push_int4(p, place++, encoding->workspace_place);
    parameters_push_int4(p, place++, group);
    parameters_push_id(p, place++, item->id);
    parameters_push_int8(p, place++, (int64_t)item->fingerprint);
    parameters_push_int2(p, place++, item->stored.outcome);
    parameters_push_int2(p, place++, item->stored.reason);
    push_seq(encoding, place++, item->stored.seq);
    if (item->stored.outcome == OUTCOME_REFUSED)
        push_seq(encoding, place++, item->stored.since_seq);
    else
        parameters_push_int8(p, place++, item->stored.message);
    parameters_push_time(p, place++, item->stored.pause.until_ms);
    parameters_push_int8(p, place++, item->stored.pause.for_ms);
    assert(place == PLACE_TRANSITIONS);
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
    group = &encoding->groups[encoding->append_groups_count++];
    *group = (struct group){.key = key, .number = ++encoding->groups_count};
    if (key.size > 0)
        map_add(map, group);
    return group;
}

static void group_add_transition(struct encoding *encoding, struct group *group,
                                 const struct transition *transition)
{
    encoding->transitions_count++;
    assert(transition->seq == encoding->transitions_before - encoding->transitions_count);
    if (group->last == NULL) {
        assert(!seq_is_pending(transition->before_seq));
        group->before_seq = transition->before_seq;
        group->ends_pause = transition->action == ACTION_EXPIRE;
    } else {
        assert(transition->before_seq == group->last->seq);
        if (transition->action == ACTION_EXPIRE && group->last->after.pause.until_ms > group->pause_until_ms)
            group->pause_until_ms = group->last->after.pause.until_ms;
    }
    group->last = transition;
    group->last_place = encoding->transitions_count;
    push_transition(encoding, group, transition);
}

static void encode_append(struct append_batch *batch, struct encoding *encoding,
                          const struct store_append *append)
{
    encoding->workspace_place++;
    encoding->transitions_before = encoding->transitions_count;
    encoding->append_groups_count = 0;
    encoding->groups = alloc_array(append->items_count, sizeof(*encoding->groups));
    map_init(&encoding->by_conversation, group_key, batch->hash_key);
    map_init(&encoding->by_agent, group_key, batch->hash_key);
    parameters_push_int8(encoding->parameters, PLACE_WORKSPACES, append->workspace_id);
    parameters_push_int8(encoding->parameters, PLACE_WORKSPACES + 1, append->known_seq);
    parameters_push_time(encoding->parameters, PLACE_WORKSPACES + 2, append->known_at_ms);
    for (size_t i = 0; i < append->items_count; i++) {
        const struct store_item *item = &append->items[i];
        struct group *group = group_of(encoding, item);
        for (int t = 0; t < item->transitions_count; t++)
            group_add_transition(encoding, group, &item->transitions[t]);
        push_item(encoding, item, group->number);
        batch->item_groups[encoding->items_count++] = group->number;
    }
    for (size_t i = 0; i < encoding->append_groups_count; i++) {
        const struct group *group = &encoding->groups[i];
        push_group(encoding, group, group->last != NULL && transition_is_of_agent(group->last));
    }
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

void append_batch_encode(struct append_batch *batch, struct parameters *append, struct parameters *foreign)
{
    static const enum element_type foreign_types[] = {ELEMENT_INT8, ELEMENT_INT8, ELEMENT_TIME};
    int64_t known_at_ms = INT64_MAX;
    struct encoding encoding = {.parameters = append};
    qsort(batch->appends, batch->count, sizeof(batch->appends[0]), compare_workspaces);
    append_batch_finish(batch);
    batch->item_groups = alloc_array(batch->items_count, sizeof(*batch->item_groups));

    parameters_add_bool(append, batch->is_patient);
    parameters_begin_arrays(append, workspace_types, ARRAY_COUNT(workspace_types));
    parameters_begin_arrays(append, group_types, ARRAY_COUNT(group_types));
    parameters_begin_arrays(append, item_types, ARRAY_COUNT(item_types));
    parameters_begin_arrays(append, transition_types, ARRAY_COUNT(transition_types));
    parameters_begin_arrays(foreign, foreign_types, ARRAY_COUNT(foreign_types));
    for (size_t i = 0; i < batch->count; i++) {
        assert(i == 0 || batch->appends[i - 1]->workspace_id < batch->appends[i]->workspace_id);
        if (batch->appends[i]->items_count > 0)
            encode_append(batch, &encoding, batch->appends[i]);
        parameters_push_int8(foreign, 0, batch->appends[i]->workspace_id);
        parameters_push_int8(foreign, 1, batch->appends[i]->known_seq);
        /* What brings items has been looked at under the lock, and what it has added is there by then. */
        bool is_judged = batch->appends[i]->items_count > 0;
        parameters_push_time(foreign, 2, is_judged ? 0 : batch->appends[i]->known_at_ms);
        if (batch->appends[i]->known_at_ms < known_at_ms)
            known_at_ms = batch->appends[i]->known_at_ms;
    }
    parameters_add_int8(foreign, known_at_ms);
    parameters_add_int8(foreign, LIMIT_LOAD_BACK + 1); /* one more tells that there are too many */
    parameters_add_int4(foreign, LIMIT_LONG_BYTES);
    batch->groups_count = encoding.groups_count;
}

void append_batch_finish(struct append_batch *batch)
{
    free(batch->item_groups);
    batch->item_groups = NULL;
}
