#include "app/session/principal.h"

#include <assert.h>
#include <stdlib.h>

#include "app/desk/desks.h"
#include "app/node/node.h"
#include "app/session/sessions_private.h"
#include "base/alloc.h"
#include "protocol/limits.h"

enum { KEY_BYTES = LIMIT_WORKSPACE_BYTES + LIMIT_ID_BYTES + 2 };

struct bytes principal_key(const void *principal)
{
    return text_bytes(((const struct principal *)principal)->key);
}

void principal_note_command(struct principal *principal)
{
    struct node *node = principal->node;
    meter_count(&principal->commands_of_late, node->now.mono_us);
    principal->commanded_us = node->now.mono_us;
    list_remove(&principal->busy_link);
    list_append(&principal->sessions->busy, &principal->busy_link);
}

struct bytes principal_workspace(const struct principal *principal)
{
    struct bytes key = principal_key(principal);
    const uint8_t *end = memchr(key.data, '\n', key.size);
    return bytes_make(key.data, (size_t)(end - key.data));
}

enum role principal_role(const struct principal *principal)
{
    return (enum role)principal_key(principal).data[principal_workspace(principal).size + 1];
}

struct bytes principal_id(const struct principal *principal)
{
    struct bytes key = principal_key(principal);
    size_t begin = principal_workspace(principal).size + 2;
    return bytes_make(key.data + begin, key.size - begin);
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

/* Frees the principal, which is no longer in the map. */
static void principal_destroy(struct principal *principal)
{
    assert(principal->sessions_count == 0 && list_is_empty(&principal->lookups.items));
    alarms_remove(&principal->node->alarms, &principal->forget);
    list_remove(&principal->busy_link);
    text_unref(&principal->key);
    free(principal);
}

/* It has had no connection for long enough, so nothing has to be remembered. */
static void principal_forget(struct principal *principal)
{
    map_remove(&principal->sessions->principals, principal_key(principal));
    principal_destroy(principal);
}

static void principal_ring(struct alarm *alarm)
{
    principal_forget(CONTAINER_OF(alarm, struct principal, forget));
}

static struct principal *principal_create(struct sessions *sessions, struct bytes key, enum role role)
{
    static const struct rate_limit of_people = {LIMIT_PERSON_COMMANDS_PER_S, LIMIT_PERSON_COMMANDS_BURST};
    static const struct rate_limit of_programs = {LIMIT_PROGRAM_COMMANDS_PER_S, LIMIT_PROGRAM_COMMANDS_BURST};
    static const struct rate_limit lookups_of_people = {LIMIT_PERSON_LOOKUPS_PER_S,
                                                        LIMIT_PERSON_LOOKUPS_BURST};
    static const struct rate_limit lookups_of_programs = {LIMIT_PROGRAM_LOOKUPS_PER_S,
                                                          LIMIT_PROGRAM_LOOKUPS_BURST};
    struct principal *principal = alloc_zeroed(sizeof(*principal));
    principal->sessions = sessions;
    principal->node = sessions->node;
    principal->key = text_create(key);
    principal->limit = role_is_person(role) ? of_people : of_programs;
    rate_init(&principal->commands);
    share_init(&principal->share);
    rate_init(&principal->refusals);
    fair_source_init(&principal->arrivals, (struct rate_limit){LIMIT_SIGN_INS_PER_S, LIMIT_SIGN_INS_BURST});
    fair_source_init(&principal->lookups, role_is_person(role) ? lookups_of_people : lookups_of_programs);
    alarm_init(&principal->forget, principal_ring);
    list_init(&principal->busy_link);
    map_add(&sessions->principals, principal);
    return principal;
}

struct principal *principal_find(const struct sessions *sessions, const struct identity *identity)
{
    uint8_t place[KEY_BYTES];
    return map_get(&sessions->principals, key_make(identity, place));
}

struct principal *principal_join(struct sessions *sessions, const struct identity *identity)
{
    uint8_t place[KEY_BYTES];
    struct bytes key = key_make(identity, place);
    struct principal *principal = map_get(&sessions->principals, key);
    if (principal == NULL)
        principal = principal_create(sessions, key, identity->role);
    if (principal->sessions_count >= LIMIT_CONNECTIONS_OF_PERSON)
        return NULL;
    alarms_remove(&principal->node->alarms, &principal->forget);
    principal->sessions_count++;
    return principal;
}

void principal_leave(struct principal **place)
{
    struct principal *principal = *place;
    *place = NULL;
    if (principal == NULL || --principal->sessions_count > 0)
        return;
    int64_t full_us = rate_full_us(&principal->commands, principal->limit);
    if (full_us < share_full_us(&principal->share))
        full_us = share_full_us(&principal->share);
    int64_t lookups_full_us = rate_full_us(&principal->lookups.rate, principal->lookups.limit);
    if (lookups_full_us > full_us)
        full_us = lookups_full_us;
    int64_t arrivals_full_us = rate_full_us(&principal->arrivals.rate, principal->arrivals.limit);
    if (arrivals_full_us > full_us)
        full_us = arrivals_full_us;
    if (full_us <= principal->node->now.mono_us)
        principal_forget(principal);
    else
        alarms_set(&principal->node->alarms, &principal->forget, full_us / 1000 + 1);
}

static struct rate_limit workspace_limit(const struct node *node)
{
    int64_t per_s = node->options.quotas.commands_per_s;
    return (struct rate_limit){.per_s = per_s, .burst = per_s};
}

/* What a long command costs beyond the one that every command costs. */
static int64_t count_more(size_t bytes)
{
    if (bytes <= LIMIT_COMMAND_BYTES)
        return 0;
    return ((int64_t)bytes - LIMIT_COMMAND_BYTES + LIMIT_COMMAND_MORE_BYTES - 1) / LIMIT_COMMAND_MORE_BYTES;
}

/* Charges both rates; a negative number is given back. */
static void principal_charge(struct principal *principal, struct desk *desk, int64_t more)
{
    rate_charge(&principal->commands, principal->limit, more);
    rate_charge(&desk_quota(desk)->whole, workspace_limit(principal->node), more);
}

bool principal_may_command(struct principal *principal, struct desk *desk, size_t bytes)
{
    struct node *node = principal->node;
    if (!rate_spend(&principal->commands, principal->limit, node->now.mono_us))
        return false;
    if (share_spend(desk_quota(desk), &principal->share, workspace_limit(node), node->now.mono_us)) {
        principal_charge(principal, desk, count_more(bytes));
        return true;
    }
    rate_give_back(&principal->commands, principal->limit);
    desk_refuse_for_quota(desk, QUOTA_COMMANDS);
    return false;
}

void principal_note_refusal(struct principal *principal, struct desk *desk, enum reason reason, size_t bytes)
{
    if (reason_is_temporary(reason))
        principal_charge(principal, desk, -count_more(bytes));
}

static void principal_give_back(struct principal *principal, struct desk *desk)
{
    const struct node *node = principal->node;
    rate_give_back(&principal->commands, principal->limit);
    share_give_back(desk_quota(desk), &principal->share, workspace_limit(node), node->now.mono_us);
}

/* How long until a command will be allowed at both rates; the rates reserve that moment for it. */
static int64_t principal_promise_ms(struct principal *principal, struct desk *desk)
{
    const struct node *node = principal->node;
    int64_t now_us = node->now.mono_us, most_us = LIMIT_RETRY_TOO_FAST_MS * INT64_C(1000);
    int64_t own_us = rate_promise(&principal->commands, principal->limit, most_us, now_us);
    int64_t share_us =
        share_promise(desk_quota(desk), &principal->share, workspace_limit(node), most_us, now_us);
    int64_t wait_us = own_us > share_us ? own_us : share_us;
    return wait_us > 0 ? (wait_us + 999) / 1000 : 1;
}

int64_t principal_spread_ms(const struct principal *principal, int64_t least_ms)
{
    uint64_t spread = hash_sip(principal->node->options.random, principal_key(principal));
    return least_ms + (int64_t)(spread % (uint64_t)least_ms);
}

int64_t principal_retry_ms(struct principal *principal, struct desk *desk, enum reason reason)
{
    switch (reason) {
    case REASON_TOO_MANY: return LIMIT_RETRY_TOO_MANY_MS;
    case REASON_TOO_FAST: return principal_promise_ms(principal, desk);
    case REASON_BUSY:
        principal_give_back(principal, desk);
        return principal_spread_ms(principal, LIMIT_RETRY_BUSY_MS);
    case REASON_WORKSPACE_FULL: return principal_spread_ms(principal, LIMIT_RETRY_FULL_MS);
    case REASON_UNAVAILABLE:
        principal_give_back(principal, desk);
        return principal_spread_ms(principal, LIMIT_RETRY_UNAVAILABLE_MS);
    default: break;
    }
    assert(false);
    return 0;
}

void principals_forget_all(struct sessions *sessions)
{
    size_t position = 0;
    struct principal *principal;
    while ((principal = map_next(&sessions->principals, &position)) != NULL)
        principal_destroy(principal);
}
