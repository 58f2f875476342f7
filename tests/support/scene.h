#ifndef RELEVO_TESTS_SUPPORT_SCENE_H
#define RELEVO_TESTS_SUPPORT_SCENE_H

#include "support/builders.h"

/* A workspace in which commands are decided, committed and applied one after the other, as if the store never
 * failed. After each of them every invariant is asserted. */
struct scene {
    struct roster roster;
    struct circumstances
        circumstances;    /* now_ms, default_pause_ms and assignee_is_known are the test's to change */
    struct decision last; /* what the last command came to, its transitions stamped */
};

/* Each test has a process of its own, so there is one of it; a suite says
 *
 *     TestSuite(name, .init = scene_begin_with_contact, .fini = scene_end);
 *
 * or begins with a function of its own, which calls one of these first. */
extern struct scene scene;

/* An empty workspace at noon with pauses of an hour, which knows every agent. */
void scene_begin(void);

/* The same with the conversation "c1", which the contact has begun on WhatsApp with one message. Only the bot
 * has it. */
void scene_begin_with_contact(void);

/* Gives its memory back; and aborts where memory has leaked, too, as a test's end should. */
void scene_finish(void);
void scene_end(void);

/* Gives a command (to "c1" where it names no conversation) under a new id and makes true what comes of it. */
enum verdict scene_do(struct actor actor, struct command command);

/* As scene_do; the reason why it is refused, or REASON_NONE. */
enum reason scene_refuses(struct actor actor, struct command command);

/* Lets time pass. Nothing else happens: what falls due is not done. */
void scene_wait(int64_t ms);

/* The conversation "c1", which exists; or any. Valid until the next command. */
const struct conversation *scene_row(void);
const struct conversation *scene_find(const char *id);

#endif
