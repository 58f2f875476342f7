#include "support/scene.h"

#include <assert.h>

#include "app/ports/store.h"
#include "support/leak.h"

struct scene scene;

void scene_begin(void)
{
    scene = (struct scene){
        .circumstances = {.now_ms = NOON_MS,
                          .default_pause_ms = HOUR_MS,
                          .assignee_is_known = true,
                          .next_seq = -1},
    };
    roster_init(&scene.roster, ROSTER_LIMITS, (struct hash_key){{1, 2}});
}

void scene_begin_with_contact(void)
{
    scene_begin();
    enum verdict verdict = scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hello")));
    assert(verdict == VERDICT_DONE);
}

void scene_finish(void)
{
    decision_finish(&scene.last);
    roster_finish(&scene.roster);
}

void scene_end(void)
{
    scene_finish();
    assert_no_leak();
}

/* Numbers the last decision's transitions as the store would, and applies them. */
static void commit(void)
{
    int64_t seqs[DECISION_TRANSITIONS_MAX];
    for (int i = 0; i < scene.last.transitions_count; i++)
        seqs[i] = scene.roster.seq + 1 + i;
    for (int i = 0; i < scene.last.transitions_count; i++) {
        struct transition *transition = &scene.last.transitions[i];
        transition_stamp(transition, seqs, scene.circumstances.now_ms);
        conversation_check(&transition->after);
        roster_apply(&scene.roster, transition);
    }
    roster_check(&scene.roster);
}

enum verdict scene_do(struct actor actor, struct command command)
{
    command.id = command_id_next();
    if (command.conversation.size == 0)
        command.conversation = BYTES("c1");
    const struct row *row = roster_find(&scene.roster, command.conversation);
    decision_finish(&scene.last);
    scene.circumstances.known_seq = scene.roster.seq;
    conversation_decide(row == NULL ? NULL : &row->conversation, &actor, &command, &scene.circumstances,
                        &scene.last);
    commit();
    return scene.last.verdict;
}

enum reason scene_refuses(struct actor actor, struct command command)
{
    return scene_do(actor, command) == VERDICT_REFUSED ? scene.last.reason : REASON_NONE;
}

void scene_wait(int64_t ms)
{
    scene.circumstances.now_ms += ms;
}

const struct conversation *scene_find(const char *id)
{
    const struct row *row = roster_find(&scene.roster, bytes_of_string(id));
    return row == NULL ? NULL : &row->conversation;
}

const struct conversation *scene_row(void)
{
    const struct conversation *conversation = scene_find("c1");
    assert(conversation != NULL);
    return conversation;
}
