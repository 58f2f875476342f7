#include "app/session/revocations.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "protocol/limits.h"

struct revocation_kept {
    struct list link;
    struct text *person;
    int64_t at_ms;
};

enum { PERSON_BYTES = LIMIT_WORKSPACE_BYTES + LIMIT_ID_BYTES + 1 };

/* The key is made of the workspace and the id; neither has a line feed. */
static struct bytes person_key(const struct text *workspace, const struct text *id,
                               uint8_t place[PERSON_BYTES])
{
    struct bytes first = text_bytes(workspace);
    struct bytes second = text_bytes(id);
    memcpy(place, first.data, first.size);
    place[first.size] = '\n';
    memcpy(place + first.size + 1, second.data, second.size);
    return bytes_make(place, first.size + 1 + second.size);
}

static struct bytes kept_key(const void *value)
{
    return text_bytes(((const struct revocation_kept *)value)->person);
}

void revocations_init(struct revocations *revocations, struct hash_key random)
{
    *revocations = (struct revocations){.forgotten_at_ms = -1};
    map_init(&revocations->by_person, kept_key, random);
    list_init(&revocations->oldest_first);
}

static void revocations_remove(struct revocations *revocations, struct revocation_kept *kept)
{
    map_remove(&revocations->by_person, kept_key(kept));
    list_remove(&kept->link);
    text_unref(&kept->person);
    free(kept);
}

void revocations_finish(struct revocations *revocations)
{
    LIST_FOR_EACH (link, &revocations->oldest_first)
        revocations_remove(revocations, CONTAINER_OF(link, struct revocation_kept, link));
    map_finish(&revocations->by_person);
}

static void revocations_forget_oldest(struct revocations *revocations)
{
    struct revocation_kept *oldest =
        CONTAINER_OF(revocations->oldest_first.next, struct revocation_kept, link);
    if (revocations->forgotten_at_ms < 0)
        log_warn("revocations_forgotten", "most=%d hint=%s", LIMIT_REVOCATIONS,
                 log_quote("tokens as old as the oldest revocations are void for everybody now"));
    if (oldest->at_ms > revocations->forgotten_at_ms)
        revocations->forgotten_at_ms = oldest->at_ms;
    revocations_remove(revocations, oldest);
}

void revocations_add(struct revocations *revocations, const struct revocation *revocation)
{
    uint8_t place[PERSON_BYTES];
    struct bytes person = person_key(revocation->workspace, revocation->id, place);
    struct revocation_kept *kept = map_get(&revocations->by_person, person);
    if (kept == NULL) {
        kept = alloc_zeroed(sizeof(*kept));
        kept->person = text_create(person);
        list_init(&kept->link);
        map_add(&revocations->by_person, kept);
    }
    if (revocation->at_ms > kept->at_ms)
        kept->at_ms = revocation->at_ms;
    list_remove(&kept->link);
    list_append(&revocations->oldest_first, &kept->link);
    revocations->newest_number = revocation->number;
    if (revocations->by_person.count > LIMIT_REVOCATIONS)
        revocations_forget_oldest(revocations);
}

bool revocations_void(const struct revocations *revocations, const struct identity *identity)
{
    uint8_t place[PERSON_BYTES];
    const struct revocation_kept *kept =
        map_get(&revocations->by_person, person_key(identity->workspace, identity->id, place));
    return identity->issued_ms <= revocations->forgotten_at_ms ||
           (kept != NULL && identity->issued_ms <= kept->at_ms);
}
