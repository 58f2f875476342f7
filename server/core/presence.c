#include "core/presence.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

/* What one source says of one person. */
struct hold {
    struct list link; /* in the person's holds */
    struct presence *presence;
    struct presence_person *person;
    struct presence_source source;
    struct text *conversation;
    bool is_typing;
    int64_t typing_ms;
    int64_t end_ms;
    struct deadline end; /* the nearer of the two */
};

static struct hold *hold_of(struct list *link)
{
    return CONTAINER_OF(link, struct hold, link);
}

static struct bytes person_key(const void *value)
{
    const struct presence_person *person = value;
    return text_bytes(person->id);
}

void presence_init(struct presence *presence, struct hash_key hash_key)
{
    *presence = (struct presence){.hash_key = hash_key};
    map_init(&presence->people, person_key, hash_key);
    recency_init(&presence->by_version);
    recency_init(&presence->by_own_version);
    deadlines_init(&presence->ends);
}

static void hold_destroy(struct hold *hold)
{
    list_remove(&hold->link);
    deadlines_remove(&hold->presence->ends, &hold->end);
    text_unref(&hold->conversation);
    free(hold);
}

static void person_destroy(struct presence_person *person)
{
    LIST_FOR_EACH (link, &person->holds)
        hold_destroy(hold_of(link));
    text_unref(&person->view.conversation);
    text_unref(&person->own_view.conversation);
    text_unref(&person->id);
    free(person);
}

void presence_finish(struct presence *presence)
{
    size_t position = 0;
    struct presence_person *person;
    while ((person = map_next(&presence->people, &position)) != NULL)
        person_destroy(person);
    map_finish(&presence->people);
    recency_finish(&presence->by_version);
    recency_finish(&presence->by_own_version);
    deadlines_finish(&presence->ends);
}

/* What others see of the person, by the newest statement, which is the first one. The conversation is
 * borrowed. */
static struct presence_view person_look(const struct presence_person *person, bool own_only)
{
    LIST_FOR_EACH (link, &person->holds) {
        const struct hold *hold = hold_of(link);
        if (!own_only || hold->source.is_own)
            return (struct presence_view){
                .is_online = true, .conversation = hold->conversation, .is_typing = hold->is_typing};
    }
    return (struct presence_view){.is_online = false};
}

static bool view_update(struct presence_view *view, struct presence_view now)
{
    if (view->is_online == now.is_online && view->is_typing == now.is_typing &&
        text_equal(view->conversation, now.conversation))
        return false;
    text_assign(&view->conversation, now.conversation);
    view->is_online = now.is_online;
    view->is_typing = now.is_typing;
    return true;
}

static void person_update(struct presence *presence, struct presence_person *person)
{
    if (view_update(&person->view, person_look(person, false)))
        recency_move_to_end(&presence->by_version, &person->by_version, ++presence->version);
    if (view_update(&person->own_view, person_look(person, true)))
        recency_move_to_end(&presence->by_own_version, &person->by_own_version, ++presence->version);
}

static struct presence_person *presence_person(struct presence *presence, struct text *id)
{
    struct presence_person *person = map_get(&presence->people, text_bytes(id));
    if (person != NULL)
        return person;
    person = alloc_zeroed(sizeof(*person));
    person->id = text_ref(id);
    list_init(&person->holds);
    recency_link_init(&person->by_version);
    recency_link_init(&person->by_own_version);
    map_add(&presence->people, person);
    return person;
}

static struct hold *person_hold(const struct presence_person *person, struct presence_source source)
{
    LIST_FOR_EACH (link, &person->holds) {
        if (hold_of(link)->source.number == source.number && hold_of(link)->source.is_own == source.is_own)
            return hold_of(link);
    }
    return NULL;
}

static void hold_set_end(struct hold *hold)
{
    int64_t end_ms = hold->is_typing && hold->typing_ms < hold->end_ms ? hold->typing_ms : hold->end_ms;
    if (end_ms == INT64_MAX)
        deadlines_remove(&hold->presence->ends, &hold->end);
    else
        deadlines_set(&hold->presence->ends, &hold->end, end_ms);
}

/* Whether a statement is more than a repetition. If so, it becomes the newest. */
static bool hold_differs(const struct hold *hold, const struct presence_statement *statement)
{
    return hold->is_typing != statement->is_typing ||
           !text_equal(hold->conversation, statement->conversation);
}

void presence_say(struct presence *presence, struct text *id, struct presence_source source,
                  const struct presence_statement *statement)
{
    struct presence_person *person = presence_person(presence, id);
    struct hold *hold = person_hold(person, source);
    bool is_news = hold == NULL || hold_differs(hold, statement);
    if (hold == NULL) {
        hold = alloc_zeroed(sizeof(*hold));
        hold->presence = presence;
        hold->person = person;
        hold->source = source;
        list_init(&hold->link);
        deadline_init(&hold->end);
        list_append(&person->holds, &hold->link);
    }
    text_assign(&hold->conversation, statement->conversation);
    hold->is_typing = statement->is_typing;
    hold->typing_ms = statement->typing_ms;
    hold->end_ms = statement->end_ms;
    hold_set_end(hold);
    if (is_news) {
        list_remove(&hold->link);
        list_append(person->holds.next, &hold->link); /* before the first */
    }
    person_update(presence, person);
}

void presence_take_back(struct presence *presence, struct bytes id, struct presence_source source)
{
    struct presence_person *person = map_get(&presence->people, id);
    struct hold *hold = person == NULL ? NULL : person_hold(person, source);
    if (hold == NULL)
        return;
    hold_destroy(hold);
    person_update(presence, person);
}

void presence_take_back_all(struct presence *presence, struct presence_source source)
{
    size_t position = 0;
    const struct presence_person *person;
    while ((person = map_next(&presence->people, &position)) != NULL)
        presence_take_back(presence, text_bytes(person->id), source);
}

void presence_advance(struct presence *presence, int64_t now_ms)
{
    struct deadline *first;
    while ((first = deadlines_first(&presence->ends)) != NULL && first->at_ms <= now_ms) {
        struct hold *hold = CONTAINER_OF(first, struct hold, end);
        struct presence_person *person = hold->person;
        if (hold->end_ms <= now_ms) {
            hold_destroy(hold);
        } else {
            hold->is_typing = false;
            hold_set_end(hold);
        }
        person_update(presence, person);
    }
}

int64_t presence_end_ms(const struct presence *presence)
{
    const struct deadline *first = deadlines_first(&presence->ends);
    return first == NULL ? INT64_MAX : first->at_ms;
}

const struct presence_person *presence_after(const struct presence *presence, int64_t version,
                                             int64_t *version_r)
{
    struct recency_link *link = recency_after(&presence->by_version, version, version_r);
    return link == NULL ? NULL : CONTAINER_OF(link, struct presence_person, by_version);
}

const struct presence_person *presence_own_after(const struct presence *presence, int64_t version,
                                                 int64_t *version_r)
{
    struct recency_link *link = recency_after(&presence->by_own_version, version, version_r);
    return link == NULL ? NULL : CONTAINER_OF(link, struct presence_person, by_own_version);
}

static void person_check(const struct presence_person *person)
{
    struct presence_view view = person_look(person, false);
    struct presence_view own_view = person_look(person, true);
    assert(view.is_online == person->view.is_online && view.is_typing == person->view.is_typing);
    assert(text_equal(view.conversation, person->view.conversation));
    assert(own_view.is_online == person->own_view.is_online);
    assert(own_view.is_typing == person->own_view.is_typing);
    assert(text_equal(own_view.conversation, person->own_view.conversation));
    LIST_FOR_EACH (link, &person->holds)
        assert(hold_of(link)->person == person);
}

void presence_check(const struct presence *presence)
{
    size_t position = 0;
    const struct presence_person *person;
    while ((person = map_next(&presence->people, &position)) != NULL)
        person_check(person);
    recency_check(&presence->by_version);
    recency_check(&presence->by_own_version);
    deadlines_check(&presence->ends);
}
