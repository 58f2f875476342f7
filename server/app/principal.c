#include "app/principal.h"

#include <assert.h>
#include <stdlib.h>

#include "app/hub_private.h"
#include "base/alloc.h"
#include "protocol/limits.h"

enum { KEY_BYTES = LIMIT_WORKSPACE_BYTES + LIMIT_ID_BYTES + 2 };

struct bytes principal_key(const void *principal)
{
    return text_bytes(((const struct principal *)principal)->key);
}

/* The role is one byte; a workspace's name holds no line feed. */
static struct bytes key_make(const struct identity *identity, uint8_t place[KEY_BYTES])
{
    struct bytes workspace = text_bytes(identity->workspace);
    struct bytes id = text_bytes(identity->id);
    assert(workspace.size + id.size + 2 <= KEY_BYTES);
    memcpy(place, workspace.data, workspace.size);
    place[workspace.size] = '\n';
    place[workspace.size + 1] = (uint8_t)identity->role;
    memcpy(place + workspace.size + 2, id.data, id.size);
    return bytes_make(place, workspace.size + 2 + id.size);
}

static struct principal *principal_create(struct hub *hub, struct bytes key, enum role role)
{
    static const struct rate_limit of_people = {LIMIT_PERSON_COMMANDS_PER_S, LIMIT_PERSON_COMMANDS_BURST};
    static const struct rate_limit of_programs = {LIMIT_PROGRAM_COMMANDS_PER_S, LIMIT_PROGRAM_COMMANDS_BURST};
    struct principal *principal = alloc_zeroed(sizeof(*principal));
    principal->hub = hub;
    principal->key = text_create(key);
    principal->limit = role_is_person(role) ? of_people : of_programs;
    rate_init(&principal->commands);
    deadline_init(&principal->forget);
    map_add(&hub->principals, principal);
    return principal;
}

struct principal *principal_join(struct hub *hub, const struct identity *identity)
{
    uint8_t place[KEY_BYTES];
    struct bytes key = key_make(identity, place);
    struct principal *principal = map_get(&hub->principals, key);
    if (principal == NULL)
        principal = principal_create(hub, key, identity->role);
    if (principal->sessions >= LIMIT_CONNECTIONS_OF_PERSON)
        return NULL;
    deadlines_remove(&hub->principal_alarms, &principal->forget);
    principal->sessions++;
    return principal;
}

void principal_leave(struct principal **place)
{
    struct principal *principal = *place;
    *place = NULL;
    if (principal == NULL || --principal->sessions > 0)
        return;
    int64_t full_us = rate_full_us(&principal->commands, principal->limit);
    if (full_us <= principal->hub->now.mono_us)
        principal_forget(principal);
    else
        deadlines_set(&principal->hub->principal_alarms, &principal->forget, full_us / 1000 + 1);
}

bool principal_may_command(struct principal *principal)
{
    return rate_spend(&principal->commands, principal->limit, principal->hub->now.mono_us);
}

int64_t principal_spread_ms(const struct principal *principal, int64_t least_ms)
{
    uint64_t spread = hash_sip(principal->hub->options.random, principal_key(principal));
    return least_ms + (int64_t)(spread % (uint64_t)least_ms);
}

int64_t principal_retry_ms(struct principal *principal, enum reason reason)
{
    switch (reason) {
    case REASON_TOO_MANY: return LIMIT_RETRY_TOO_MANY_MS;
    case REASON_TOO_FAST: {
        int64_t most_us = LIMIT_RETRY_TOO_FAST_MS * INT64_C(1000);
        int64_t now_us = principal->hub->now.mono_us;
        return (rate_promise(&principal->commands, principal->limit, most_us, now_us) + 999) / 1000;
    }
    case REASON_BUSY:
        rate_give_back(&principal->commands, principal->limit);
        return principal_spread_ms(principal, LIMIT_RETRY_BUSY_MS);
    case REASON_UNAVAILABLE:
        rate_give_back(&principal->commands, principal->limit);
        return principal_spread_ms(principal, LIMIT_RETRY_UNAVAILABLE_MS);
    default: break;
    }
    assert(false);
    return 0;
}

void principal_forget(struct principal *principal)
{
    assert(principal->sessions == 0);
    deadlines_remove(&principal->hub->principal_alarms, &principal->forget);
    map_remove(&principal->hub->principals, principal_key(principal));
    text_unref(&principal->key);
    free(principal);
}
