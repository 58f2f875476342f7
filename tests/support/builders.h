#ifndef RELEVO_TESTS_SUPPORT_BUILDERS_H
#define RELEVO_TESTS_SUPPORT_BUILDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/decision.h"
#include "core/roster.h"

/* What tests of the rules are made of. */

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   INT64_C(3600000)
#define NOON_MS   INT64_C(1763812800000) /* when every scene begins: 2025-11-22, 12:00 UTC */

/* The cast. Their ids live as long as the process. */
struct actor actor_make(enum role role, const char *id);
struct actor ana(void);        /* an agent */
struct actor bea(void);        /* another */
struct actor sol(void);        /* a supervisor */
struct actor bot(void);        /* the automation */
struct actor whatsapp(void);   /* the channel of the scene's conversation */
struct actor webchat(void);    /* another channel */
struct actor the_server(void); /* the server itself */

/* COMMAND(REOPEN) or COMMAND(ASSIGN, .assignee = BYTES("ana")): a command without id and conversation, which
 * scene_do adds. */
#define COMMAND(NAME, ...) ((struct command){.action = ACTION_##NAME, __VA_ARGS__})
#define BYTES(string)      bytes_make("" string, sizeof(string) - 1)

struct pause_wish wish_for(int64_t duration_ms);
struct pause_wish wish_until_completed(void);

/* Seen up to there. */
struct seen seen(int64_t seq);

/* A command id that no other call has given, and that is not reserved. */
struct command_id command_id_next(void);

/* A workspace in which commands are decided, committed and applied one after the other, as if the store never
 * failed. After each of them every invariant is asserted. */
struct scene {
    struct roster roster;
    struct circumstances
        circumstances;    /* now_ms, default_pause_ms and assignee_is_known are the test's to change */
    struct decision last; /* what the last command came to, its transitions stamped */
};

/* An empty workspace at noon with pauses of an hour, which knows every agent. */
void scene_init(struct scene *scene);

/* The same with the conversation "c1", which the contact has begun on WhatsApp with one message. Only the bot
 * has it. */
void scene_init_with_contact(struct scene *scene);

void scene_finish(struct scene *scene);

/* Gives a command (to "c1" where it names no conversation) under a new id and makes true what comes of it. */
enum verdict scene_do(struct scene *scene, struct actor actor, struct command command);

/* As scene_do; the reason why it is refused, or REASON_NONE. */
enum reason scene_refuses(struct scene *scene, struct actor actor, struct command command);

/* Lets time pass. Nothing else happens: what falls due is not done. */
void scene_wait(struct scene *scene, int64_t ms);

/* The conversation "c1", which exists; or any. Valid until the next command. */
const struct conversation *scene_row(const struct scene *scene);
const struct conversation *scene_find(const struct scene *scene, const char *id);

#endif
