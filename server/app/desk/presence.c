#include "app/desk/presence.h"

#include "app/desk/gossip.h"
#include "app/desk/private.h"
#include "protocol/encode.h"
#include "protocol/limits.h"

static struct presence_source source_of(const struct subscriber *subscriber)
{
    return (struct presence_source){.number = (uint64_t)(uintptr_t)subscriber, .is_own = true};
}

void desk_presence_finish(struct desk *desk)
{
    alarms_remove(&desk->node->alarms, &desk->presence.alarm);
    frame_unref(&desk->presence.frame);
    presence_finish(&desk->presence.people);
}

/* The more people there are to tell, the longer changes are collected. */
static int64_t desk_gather_ms(const struct desk *desk)
{
    return LIMIT_PRESENCE_GATHER_MS + (int64_t)desk->presence.people.people.count / 4;
}

/* What this node says holds long enough to survive one lost refresh. */
enum { STATEMENT_LASTS_MS = LIMIT_PRESENCE_REFRESH_MS * 5 / 2 };

static void desk_set_alarm(struct desk *desk)
{
    struct desk_presence *presence = &desk->presence;
    int64_t at_ms = presence_end_ms(&presence->people);
    bool is_changed = presence->people.version > presence->shown_version;
    if (is_changed && presence->shown_ms + desk_gather_ms(desk) < at_ms)
        at_ms = presence->shown_ms + desk_gather_ms(desk);
    if (!list_is_empty(&desk->subscribers) && presence->next_refresh_ms < at_ms)
        at_ms = presence->next_refresh_ms;
    if (at_ms == INT64_MAX)
        alarms_remove(&desk->node->alarms, &presence->alarm);
    else
        alarms_set(&desk->node->alarms, &presence->alarm, at_ms);
}

/* Telling other nodes. */

static void desk_tell_words(struct desk *desk, const struct gossip *words)
{
    struct store *store = desk->node->options.store;
    if (desk->node->store_is_up && desk->state == DESK_READY)
        store->ops->tell(store, desk->workspace_id, bytes_make((const uint8_t *)words->text, words->size));
}

/* Tells other nodes of the people here who have changed after the version; with version 0, of all who are
 * online. */
static void desk_tell(struct desk *desk, int64_t version)
{
    bool all = version == 0;
    bool has_people = false;
    struct gossip words;
    const struct presence_person *person;
    gossip_begin(&words, desk->node->number, STATEMENT_LASTS_MS);
    while ((person = presence_own_after(&desk->presence.people, version, &version)) != NULL) {
        if (all && !person->own_view.is_online)
            continue;
        if (!gossip_add(&words, person)) {
            desk_tell_words(desk, &words);
            gossip_begin(&words, desk->node->number, STATEMENT_LASTS_MS);
            gossip_add(&words, person);
        }
        has_people = true;
    }
    if (has_people)
        desk_tell_words(desk, &words);
}

static void desk_ask(struct desk *desk)
{
    struct gossip question;
    gossip_begin(&question, desk->node->number, 0);
    desk_tell_words(desk, &question);
    desk->presence.wants_answers = false;
}

/* Each desk has its own moment, so that they do not all tell at once. */
static int64_t desk_turn_ms(const struct desk *desk, int64_t within_ms)
{
    uint64_t turn = hash_sip(desk->node->options.random, text_bytes(desk->workspace));
    return within_ms == 0 ? 0 : (int64_t)(turn % (uint64_t)within_ms);
}

void desk_presence_begin(struct desk *desk, int64_t within_ms)
{
    desk->presence.next_refresh_ms = node_mono_ms(desk->node) + desk_turn_ms(desk, within_ms);
    desk->presence.wants_answers = true;
    desk_set_alarm(desk);
}

/* Changes. */

void desk_presence_say(struct desk *desk, const struct subscriber *subscriber, struct text *agent,
                       struct bytes conversation, bool is_typing)
{
    struct text *text = text_create(conversation);
    struct presence_statement statement = {
        .conversation = text,
        .is_typing = is_typing && text != NULL,
        .typing_ms = node_mono_ms(desk->node) + LIMIT_TYPING_MS,
        .end_ms = INT64_MAX,
    };
    presence_say(&desk->presence.people, agent, source_of(subscriber), &statement);
    text_unref(&text);
    desk_set_alarm(desk);
}

void desk_presence_leave(struct desk *desk, const struct subscriber *subscriber, struct bytes agent)
{
    presence_take_back(&desk->presence.people, agent, source_of(subscriber));
    desk_set_alarm(desk);
}

static void desk_hear_of(struct desk *desk, struct presence_source source, int64_t lasts_ms,
                         const struct gossip_entry *entry)
{
    struct presence *people = &desk->presence.people;
    int64_t now_ms = node_mono_ms(desk->node);
    if (entry->state == '-') {
        presence_take_back(people, entry->agent, source);
        return;
    }
    if (people->people.count >= LIMIT_AGENTS && map_get(&people->people, entry->agent) == NULL)
        return;
    struct text *agent = text_create(entry->agent);
    struct text *conversation = text_create(entry->conversation);
    struct presence_statement statement = {
        .conversation = conversation,
        .is_typing = entry->state == 't' && conversation != NULL,
        .typing_ms = now_ms + lasts_ms, /* the other node says when the typing ends */
        .end_ms = now_ms + lasts_ms,
    };
    presence_say(people, agent, source, &statement);
    text_unref(&agent);
    text_unref(&conversation);
}

void desk_presence_hear(struct desk *desk, struct gossip_reader *reader)
{
    struct gossip_entry entry;
    if (reader->lasts_ms == 0)
        desk->presence.next_refresh_ms = node_mono_ms(desk->node);
    while (reader->lasts_ms > 0 && gossip_next(reader, &entry))
        desk_hear_of(desk, (struct presence_source){.number = reader->node}, reader->lasts_ms, &entry);
    desk_set_alarm(desk);
}

void desk_presence_lose(struct desk *desk, uint64_t node)
{
    presence_take_back_all(&desk->presence.people, (struct presence_source){.number = node});
    desk_set_alarm(desk);
}

static void desk_show(struct desk *desk)
{
    desk->presence.shown_version = desk->presence.people.version;
    desk->presence.shown_ms = node_mono_ms(desk->node);
    LIST_FOR_EACH (link, &desk->subscribers)
        subscriber_set_ready(CONTAINER_OF(link, struct subscriber, link), &desk->node->ready);
}

static void desk_presence_ring(struct alarm *alarm)
{
    struct desk *desk = CONTAINER_OF(alarm, struct desk, presence.alarm);
    struct desk_presence *presence = &desk->presence;
    int64_t now_ms = node_mono_ms(desk->node);
    presence_advance(&presence->people, now_ms);
    bool is_time = now_ms >= presence->shown_ms + desk_gather_ms(desk);
    if (presence->people.version > presence->shown_version && is_time) {
        desk_show(desk);
        desk_tell(desk, presence->told_version);
        presence->told_version = presence->people.version;
    }
    if (now_ms >= presence->next_refresh_ms) {
        if (presence->wants_answers)
            desk_ask(desk);
        desk_tell(desk, 0);
        presence->next_refresh_ms =
            now_ms + LIMIT_PRESENCE_REFRESH_MS - desk_turn_ms(desk, LIMIT_PRESENCE_REFRESH_MS / 4);
    }
    desk_set_alarm(desk);
}

void desk_presence_init(struct desk *desk)
{
    presence_init(&desk->presence.people, desk->node->options.random);
    alarm_init(&desk->presence.alarm, desk_presence_ring);
}

/* Telling dashboards. */

static struct frame *desk_encode_people(const struct desk *desk, int64_t from, int64_t *to_r)
{
    const struct desk_presence *presence = &desk->presence;
    struct person each[LIMIT_SYNC_ROWS];
    struct people people = {.fresh = from == 0, .each = each};
    const struct presence_person *person;
    int64_t version = from;
    *to_r = from;
    while ((person = presence_after(&presence->people, version, &version)) != NULL &&
           version <= presence->shown_version && people.count < LIMIT_SYNC_ROWS) {
        *to_r = version;
        if (from == 0 && !person->view.is_online)
            continue;
        each[people.count++] = (struct person){.id = person->id,
                                               .is_online = person->view.is_online,
                                               .conversation = person->view.conversation,
                                               .is_typing = person->view.is_typing};
    }
    if (people.count < LIMIT_SYNC_ROWS)
        *to_r = presence->shown_version;
    return people.fresh || people.count > 0 ? encode_presence(&people) : NULL;
}

bool desk_presence_is_news(const struct desk *desk, int64_t seen_version)
{
    return seen_version < desk->presence.shown_version;
}

struct frame *desk_presence_step(struct desk *desk, int64_t *seen_version)
{
    struct desk_presence *presence = &desk->presence;
    bool is_made = presence->frame != NULL && presence->frame_from == *seen_version &&
                   (presence->frame_to == presence->shown_version);
    if (!is_made) {
        frame_unref(&presence->frame);
        presence->frame_from = *seen_version;
        presence->frame = desk_encode_people(desk, *seen_version, &presence->frame_to);
    }
    *seen_version = presence->frame_to;
    return presence->frame == NULL ? NULL : frame_ref(presence->frame);
}
