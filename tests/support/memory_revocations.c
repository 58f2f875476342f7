#include <stdlib.h>

#include "base/alloc.h"
#include "support/memory_database.h"

/* Revocations, which belong to no workspace's log. */

void store_memory_revoke(struct store_memory_database *database, const char *workspace, const char *id)
{
    size_t count = database->revocations_count + 1;
    database->revocations = alloc_resize(database->revocations, count, sizeof(*database->revocations));
    database->revocations[count - 1] =
        (struct revocation){.workspace = text_create(bytes_of_string(workspace)),
                            .id = text_create(bytes_of_string(id)),
                            .at_ms = store_memory_now_ms(database),
                            .number = (int64_t)count};
    database->revocations_count = count;
}

void store_memory_lose_revocations(struct store_memory_database *database)
{
    for (size_t i = 0; i < database->revocations_count; i++) {
        text_unref(&database->revocations[i].workspace);
        text_unref(&database->revocations[i].id);
    }
    free(database->revocations);
    database->revocations = NULL;
    database->revocations_count = 0;
}

/* Whether a later one is about the same person. */
static bool is_outdated(const struct store_memory_database *database, size_t index)
{
    const struct revocation *each = &database->revocations[index];
    for (size_t i = index + 1; i < database->revocations_count; i++) {
        const struct revocation *later = &database->revocations[i];
        if (text_equal(each->workspace, later->workspace) && text_equal(each->id, later->id))
            return true;
    }
    return false;
}

void memory_database_revocations(struct store_memory_database *database,
                                 struct store_revocations *revocations)
{
    revocations->list = alloc_array(LIMIT_REVOCATIONS_READ, sizeof(*revocations->list));
    for (size_t i = 0; i < database->revocations_count && revocations->count < LIMIT_REVOCATIONS_READ; i++) {
        const struct revocation *each = &database->revocations[i];
        if (each->number <= revocations->after || is_outdated(database, i))
            continue;
        struct revocation *copy = &revocations->list[revocations->count++];
        *copy = *each;
        text_ref(copy->workspace);
        text_ref(copy->id);
    }
}
