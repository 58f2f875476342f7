#include "support/builders.h"

#include <assert.h>
#include <string.h>

enum { ACTORS_MAX = 64 };

/* Kept, so that an actor can be a plain value and nothing counts as lost. */
static struct text *actor_ids[ACTORS_MAX];

struct actor actor_make(enum role role, const char *id)
{
    int i = 0;
    while (actor_ids[i] != NULL && strcmp(text_string(actor_ids[i]), id) != 0)
        i++;
    assert(i + 1 < ACTORS_MAX);
    if (actor_ids[i] == NULL)
        actor_ids[i] = text_create(bytes_of_string(id));
    return (struct actor){.role = role, .id = actor_ids[i]};
}

struct actor ana(void)
{
    return actor_make(ROLE_AGENT, "ana");
}

struct actor bea(void)
{
    return actor_make(ROLE_AGENT, "bea");
}

struct actor sol(void)
{
    return actor_make(ROLE_SUPERVISOR, "sol");
}

struct actor bot(void)
{
    return actor_make(ROLE_AUTOMATION, "bot");
}

struct actor whatsapp(void)
{
    return actor_make(ROLE_CHANNEL, "whatsapp");
}

struct actor webchat(void)
{
    return actor_make(ROLE_CHANNEL, "webchat");
}

struct actor the_server(void)
{
    return (struct actor){.role = ROLE_SERVER};
}

struct pause_wish wish_for(int64_t duration_ms)
{
    return (struct pause_wish){.kind = PAUSE_WISH_FOR, .duration_ms = duration_ms};
}

struct seen seen(int64_t seq)
{
    return (struct seen){.kind = SEEN_UP_TO, .seq = seq};
}

struct pause_wish wish_until_completed(void)
{
    return (struct pause_wish){.kind = PAUSE_WISH_UNTIL_COMPLETED};
}

struct command_id command_id_next(void)
{
    static uint64_t given;
    struct command_id id = {.bytes = {0xC0}};
    store_be64(id.bytes + 8, ++given);
    return id;
}
