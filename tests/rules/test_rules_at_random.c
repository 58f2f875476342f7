#include <criterion/criterion.h>
#include <string.h>

#include "core/action.h"
#include "support/model.h"
#include "support/random.h"
#include "support/scene.h"

/* Thousands of random commands by everybody, decided in batches on top of each other, stamped and applied;
 * held against a model that was written from the rules alone. */

enum { CONVERSATIONS_COUNT = 5, BATCH_MAX = 4, BATCHES_COUNT = 4000 };

static const char *const ids[CONVERSATIONS_COUNT] = {"c0", "c1", "c2", "c3", "c4"};
static struct model models[CONVERSATIONS_COUNT];
static struct random random_state;

/* All that has been written in each conversation: by the contact, or to him. */
enum { MESSAGES_MAX = 16384 };
struct written {
    int64_t seq; /* pending until the commit */
    enum role role;
    const struct text *by; /* ids live as long as the process */
};
static struct written written[CONVERSATIONS_COUNT][MESSAGES_MAX];
static int written_count[CONVERSATIONS_COUNT];
static int refused_by_seen_count[2];

static struct decision batch[BATCH_MAX];
static int batch_count;
static int verdicts_count[3];
static int expires_in_front_count;
static int blocked_count;

/* What is asked for. */

static bool is_allowed_to_somebody(enum action action)
{
    for (int role = 1; role < ROLE_COUNT; role++)
        if (action_is_allowed(action, (enum role)role))
            return true;
    return false;
}

/* What wipes everything comes half as often. */
static enum action some_action(void)
{
    enum action action;
    do
        action = (enum action)(1 + random_below(&random_state, ACTION_COUNT - 1));
    while (!is_allowed_to_somebody(action) ||
           (action_does(action, DOES_ERASE) && random_once_in(&random_state, 2)));
    return action;
}

static struct actor some_actor(enum action action)
{
    /* Mostly somebody who may. */
    struct actor actors[] = {ana(), bea(), sol(), bot(), whatsapp(), webchat(), the_server()};
    for (int tries = 0; tries < 20; tries++) {
        struct actor actor = actors[random_below(&random_state, ARRAY_COUNT(actors))];
        if (action_is_allowed(action, actor.role))
            return actor;
    }
    return actors[random_below(&random_state, ARRAY_COUNT(actors))];
}

static struct pause_wish some_wish(void)
{
    switch (random_below(&random_state, 12)) {
    case 0: return wish_until_completed();
    case 1:
    case 2: return wish_for((1 + random_below(&random_state, 180)) * MINUTE_MS);
    default: return (struct pause_wish){.kind = PAUSE_WISH_DEFAULT};
    }
}

static struct seen some_seen(void)
{
    int64_t seq = scene.roster.seq - random_below(&random_state, 12);
    return (struct seen){(enum seen_kind)random_below(&random_state, 3), seq < 0 ? 0 : seq};
}

static struct command some_command(enum action action, const struct conversation *before)
{
    static const char *const agents[] = {"", "ana", "bea", "sol"};
    struct command command = {.action = action, .id = command_id_next(), .body = BYTES("words")};
    int64_t received = before == NULL ? 0 : before->received;
    int64_t sent = before == NULL ? 0 : before->sent;
    command.channel = random_once_in(&random_state, 4) ? BYTES("") : BYTES("whatsapp");
    command.assignee = bytes_of_string(agents[random_below(&random_state, 4)]);
    command.pause = some_wish();
    command.enabled = !random_once_in(&random_state, 3);
    command.has_version = random_once_in(&random_state, 3);
    command.version = before == NULL ? 0 : before->version - random_once_in(&random_state, 3);
    if (action == ACTION_SEND_MESSAGE || action == ACTION_BOT_MESSAGE || action == ACTION_COMPLETE ||
        action == ACTION_UNLINK)
        command.seen = some_seen();
    command.take = random_once_in(&random_state, 3);
    command.received = (int64_t)random_below(&random_state, (uint32_t)received + 2);
    command.message = (int64_t)random_below(&random_state, (uint32_t)sent + 2);
    command.delivery = (enum delivery)(1 + random_below(&random_state, 3));
    command.due_seq = before == NULL ? 1 : before->pause_seq;
    return command;
}

/* What has to be true of the answer. */

static bool model_bot_may_speak(const struct model *model, int64_t now_ms)
{
    return !model->exists || (model->has_automation && model->pause_end_ms <= now_ms);
}

static void expect_expire_in_front(struct model *model, const struct decision *decision,
                                   const struct command *command, int64_t now_ms)
{
    bool is_in_front = command->action != ACTION_EXPIRE && decision->transitions_count > 0 &&
                       decision->transitions[0].action == ACTION_EXPIRE;
    bool has_run_out = model->pause_end_ms != 0 && model->pause_end_ms <= now_ms;
    if (is_in_front) {
        cr_assert(has_run_out, "a pause is never ended early");
        model->pause_end_ms = 0;
        expires_in_front_count++;
    } else if (has_run_out && command->action != ACTION_EXPIRE) {
        cr_assert_eq(decision->verdict, VERDICT_REFUSED, "what got past the version has ended the pause");
    }
}

static void expect_promises(const struct model *before, const struct model *after,
                            const struct decision *decision, const struct command *command, int64_t now_ms)
{
    if (command->action == ACTION_BOT_MESSAGE && decision->verdict == VERDICT_DONE)
        cr_assert(model_bot_may_speak(before, now_ms), "the bot never talks over a person");
    if (decision->reason == REASON_PAUSED || decision->reason == REASON_AUTOMATION_OFF)
        cr_assert_not(model_bot_may_speak(before, now_ms), "nor is it silenced without cause");

    bool is_opening = command->action == ACTION_REOPEN || command->action == ACTION_SEND_MESSAGE ||
                      command->action == ACTION_KEEP_OPEN || command->action == ACTION_OPEN;
    if (is_opening && decision->verdict == VERDICT_DONE) {
        cr_assert(after->is_open);
        cr_assert_eq(after->has_automation, after->pause_end_ms > now_ms, "open means paused");
        if (command->pause.kind == PAUSE_WISH_DEFAULT)
            cr_assert_geq(after->pause_end_ms, before->pause_end_ms, "a default never shortens");
    }
}

static bool is_same_writer(const struct written *message, const struct actor *actor)
{
    bool is_same_kind = (message->role == ROLE_AUTOMATION) == (actor->role == ROLE_AUTOMATION);
    return is_same_kind && text_equal(message->by, actor->id);
}

/* What had been written after what was seen, by somebody else. */
static enum reason model_seen(uint32_t which, const struct actor *actor, const struct command *command)
{
    bool contact_wrote = false;
    for (int i = 0; command->seen.kind == SEEN_UP_TO && i < written_count[which]; i++) {
        const struct written *message = &written[which][i];
        if (message->seq > 0 && message->seq <= command->seen.seq)
            continue;
        if (message->role != ROLE_CHANNEL && !is_same_writer(message, actor))
            return REASON_ANSWERED;
        contact_wrote |= message->role == ROLE_CHANNEL;
    }
    return contact_wrote ? REASON_CONTACT_WROTE : REASON_NONE;
}

static void model_note_message(uint32_t which, const struct actor *actor, const struct command *command,
                               const struct decision *decision)
{
    if (decision->verdict != VERDICT_DONE ||
        (command->action != ACTION_SEND_MESSAGE && command->action != ACTION_BOT_MESSAGE &&
         command->action != ACTION_CONTACT_MESSAGE))
        return;
    cr_assert_lt(written_count[which], MESSAGES_MAX);
    written[which][written_count[which]++] =
        (struct written){.seq = decision->transitions[decision->transitions_count - 1].seq,
                         .role = actor->role,
                         .by = actor->id};
}

/* Nobody answers unknowingly, and nobody is stopped without cause. */
static void expect_seen_is_judged(uint32_t which, const struct actor *actor, const struct command *command,
                                  const struct decision *decision)
{
    enum reason expected = model_seen(which, actor, command);
    bool is_by_seen = decision->reason == REASON_ANSWERED || decision->reason == REASON_CONTACT_WROTE;
    if (decision->verdict == VERDICT_DONE)
        cr_assert_eq(expected, REASON_NONE, "%s", action_name(command->action));
    if (!is_by_seen)
        return;
    cr_assert_eq(decision->reason, expected);
    cr_assert_neq(decision->since_seq, 0);
    refused_by_seen_count[decision->reason == REASON_ANSWERED]++;
}

static void expect_same(const struct model *model, const struct conversation *row, int64_t now_ms)
{
    cr_assert_eq(row->list == LIST_OPEN, model->is_open);
    cr_assert_eq(row->list != LIST_NONE, model->is_listed);
    cr_assert_eq(row->automation_enabled, model->has_automation);
    cr_assert_str_eq(text_string(row->assignee), model->assignee);
    struct pause pause = row->pause;
    pause_resolve(&pause, now_ms);
    int64_t pause_end_ms = pause.kind == PAUSE_UNTIL_COMPLETED ? FOREVER : pause.until_ms;
    cr_assert_eq(pause_end_ms, model->pause_end_ms);
    cr_assert_eq(row->waits_for_person, model->waits_for_person);
    int64_t waiting_since_ms = row->waiting_since_ms == AT_PENDING ? now_ms : row->waiting_since_ms;
    cr_assert_eq(waiting_since_ms, model->waiting_since_ms);
    cr_assert_eq(row->received, model->received);
    cr_assert_eq(row->sent, model->sent);
    cr_assert_eq(row->unread, model->unread);
}

static bool shows_the_same(const struct model *a, const struct model *b)
{
    return a->is_open == b->is_open && a->is_listed == b->is_listed &&
           a->has_automation == b->has_automation && a->pause_end_ms == b->pause_end_ms &&
           a->received == b->received && a->sent == b->sent && a->unread == b->unread &&
           strcmp(a->assignee, b->assignee) == 0;
}

/* Driving. */

/* The conversation as the batch has left it so far. */
static const struct conversation *find_latest(const char *id)
{
    for (int i = batch_count - 1; i >= 0; i--) {
        for (int j = batch[i].transitions_count - 1; j >= 0; j--) {
            const struct conversation *after = &batch[i].transitions[j].after;
            if (bytes_equal(conversation_id(after), bytes_of_string(id)))
                return after;
        }
    }
    return scene_find(id);
}

static void expect_steps(const struct conversation *before, const struct decision *decision)
{
    int64_t version = before == NULL ? 0 : before->version;
    int64_t seq = before == NULL ? 0 : before->seq;
    for (int i = 0; i < decision->transitions_count; i++) {
        const struct transition *transition = &decision->transitions[i];
        cr_assert_eq(transition->before_seq, seq);
        cr_assert_geq(transition->after.version, version);
        cr_assert_leq(transition->after.version, version + 1);
        version = transition->after.version;
        seq = transition->seq;
    }
}

static void decide_one(int64_t next_seq)
{
    uint32_t which = random_below(&random_state, CONVERSATIONS_COUNT);
    struct model *model = &models[which];
    const struct conversation *before = find_latest(ids[which]);
    int64_t now_ms = scene.circumstances.now_ms;
    enum action action = some_action();
    struct actor actor = some_actor(action);
    struct command command = some_command(action, before);
    command.conversation = bytes_of_string(ids[which]);
    scene.circumstances.next_seq = next_seq;
    scene.circumstances.known_seq = scene.roster.seq;
    scene.circumstances.assignee_is_known = !random_once_in(&random_state, 10);

    struct decision *decision = &batch[batch_count];
    conversation_decide(before, &actor, &command, &scene.circumstances, decision);
    verdicts_count[decision->verdict]++;
    expect_steps(before, decision);
    expect_expire_in_front(model, decision, &command, now_ms);

    expect_seen_is_judged(which, &actor, &command, decision);
    model_note_message(which, &actor, &command, decision);
    struct model model_before = *model;
    struct model model_after = *model;
    if (decision->verdict != VERDICT_REFUSED && action != ACTION_EXPIRE)
        model_apply(&model_after, &actor, &command, now_ms);
    else if (decision->verdict == VERDICT_DONE)
        model_after.pause_end_ms = 0;
    if (decision->verdict == VERDICT_UNCHANGED)
        cr_assert(shows_the_same(&model_before, &model_after), "%s was not so already", action_name(action));
    if (decision->verdict == VERDICT_DONE)
        *model = model_after;
    blocked_count += decision->reason == REASON_PAUSED && decision->transitions_count > 0;
    expect_promises(&model_before, model, decision, &command, now_ms);
    batch_count++;
    const struct conversation *after = find_latest(ids[which]);
    cr_assert_eq(after != NULL, model->exists);
    if (after != NULL)
        expect_same(model, after, now_ms);
}

static void commit_batch(void)
{
    int64_t seqs[BATCH_MAX * DECISION_TRANSITIONS_MAX];
    for (size_t i = 0; i < ARRAY_COUNT(seqs); i++)
        seqs[i] = scene.roster.seq + 1 + (int64_t)i;
    for (int i = 0; i < batch_count; i++) {
        for (int j = 0; j < batch[i].transitions_count; j++) {
            struct transition *transition = &batch[i].transitions[j];
            transition_stamp(transition, seqs, scene.circumstances.now_ms);
            conversation_check(&transition->after);
            roster_apply(&scene.roster, transition);
            roster_check(&scene.roster);
        }
        decision_finish(&batch[i]);
    }
    for (int i = 0; i < CONVERSATIONS_COUNT; i++) {
        for (int j = written_count[i] - 1; j >= 0 && seq_is_pending(written[i][j].seq); j--)
            seq_resolve(&written[i][j].seq, seqs);
    }
    batch_count = 0;
    for (int i = 0; i < CONVERSATIONS_COUNT; i++) {
        const struct conversation *row = scene_find(ids[i]);
        if (row != NULL)
            expect_same(&models[i], row, scene.circumstances.now_ms);
    }
}

static void run(uint64_t seed)
{
    random_state.state = seed;
    scene_begin();
    for (int i = 0; i < BATCHES_COUNT; i++) {
        int64_t next_seq = -1;
        int size = 1 + (int)random_below(&random_state, BATCH_MAX);
        for (int j = 0; j < size; j++) {
            decide_one(next_seq);
            next_seq -= batch[batch_count - 1].transitions_count;
        }
        commit_batch();
        scene_wait(random_below(&random_state, 20) * MINUTE_MS);
    }
    scene_end();
    cr_assert_gt(verdicts_count[VERDICT_DONE], 1000);
    cr_assert_gt(verdicts_count[VERDICT_UNCHANGED], 300);
    cr_assert_gt(verdicts_count[VERDICT_REFUSED], 1000);
    cr_assert_gt(expires_in_front_count, 50);
    cr_assert_gt(blocked_count, 50);
    cr_assert_gt(refused_by_seen_count[0], 5);
    cr_assert_gt(refused_by_seen_count[1], 50);
}

Test(rules_at_random, agree_with_the_model_seed_1)
{
    run(1);
}

Test(rules_at_random, agree_with_the_model_seed_2)
{
    run(2);
}

Test(rules_at_random, agree_with_the_model_seed_3)
{
    run(3);
}
