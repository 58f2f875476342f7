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

#endif
