#include "support/builders.h"

#include <assert.h>
#include <string.h>

#include "app/store.h"

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

void scene_init(struct scene *scene)
{
    *scene = (struct scene){
        .circumstances = {.now_ms = NOON_MS,
                          .default_pause_ms = HOUR_MS,
                          .assignee_is_known = true,
                          .next_seq = -1},
    };
    roster_init(&scene->roster, ROSTER_LIMITS, (struct hash_key){{1, 2}});
}

void scene_init_with_contact(struct scene *scene)
{
    scene_init(scene);
    enum verdict verdict = scene_do(scene, whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hello")));
    assert(verdict == VERDICT_DONE);
}

void scene_finish(struct scene *scene)
{
    decision_finish(&scene->last);
    roster_finish(&scene->roster);
}

/* Numbers the last decision's transitions as the store would, and applies them. */
static void scene_commit(struct scene *scene)
{
    int64_t seqs[DECISION_TRANSITIONS_MAX];
    for (int i = 0; i < scene->last.transitions_count; i++)
        seqs[i] = scene->roster.seq + 1 + i;
    for (int i = 0; i < scene->last.transitions_count; i++) {
        struct transition *transition = &scene->last.transitions[i];
        transition_stamp(transition, seqs, scene->circumstances.now_ms);
        conversation_check(&transition->after);
        roster_apply(&scene->roster, transition);
    }
    roster_check(&scene->roster);
}

enum verdict scene_do(struct scene *scene, struct actor actor, struct command command)
{
    command.id = command_id_next();
    if (command.conversation.size == 0)
        command.conversation = BYTES("c1");
    const struct row *row = roster_find(&scene->roster, command.conversation);
    decision_finish(&scene->last);
    scene->circumstances.known_seq = scene->roster.seq;
    conversation_decide(row == NULL ? NULL : &row->conversation, &actor, &command, &scene->circumstances,
                        &scene->last);
    scene_commit(scene);
    return scene->last.verdict;
}

enum reason scene_refuses(struct scene *scene, struct actor actor, struct command command)
{
    return scene_do(scene, actor, command) == VERDICT_REFUSED ? scene->last.reason : REASON_NONE;
}

void scene_wait(struct scene *scene, int64_t ms)
{
    scene->circumstances.now_ms += ms;
}

const struct conversation *scene_find(const struct scene *scene, const char *id)
{
    const struct row *row = roster_find(&scene->roster, bytes_of_string(id));
    return row == NULL ? NULL : &row->conversation;
}

const struct conversation *scene_row(const struct scene *scene)
{
    const struct conversation *conversation = scene_find(scene, "c1");
    assert(conversation != NULL);
    return conversation;
}
