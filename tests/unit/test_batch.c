#include "app/desk/batch.h"

#include <criterion/criterion.h>

#include "protocol/decode.h"
#include "support/scene.h"
#include "support/wire_client.h"

/* What one append is made of: each command is decided on the committed state plus what the batch has decided
 * already. */

enum { ROOM = 16 };

static struct batch batch;

static void begin(void)
{
    scene_begin_with_contact();
    scene.roster.default_pause_ms = HOUR_MS;
    batch_init(&batch, ROOM, (struct hash_key){{1, 2}});
}

static void end(void)
{
    struct list *link;
    while ((link = list_take_first(&batch.tasks)) != NULL) {
        struct task *task = CONTAINER_OF(link, struct task, link);
        task_destroy(&task);
    }
    batch_finish(&batch);
    scene_end();
}

TestSuite(batch, .init = begin, .fini = end);

/* A task as the session makes it. */
static struct task *task_of(struct actor actor, struct wire_command command)
{
    struct wire_frame frame;
    if (command_id_is_reserved(command.id))
        command.id = command_id_next();
    if (command.conversation == NULL)
        command.conversation = "c1";
    wire_command(&frame, &command);
    struct task *task = task_create(wire_frame_bytes(&frame));
    struct message message;
    struct decode_error error;
    cr_assert_eq(decode_message(bytes_make(task->frame, frame.size), &message, &error), DECODE_OK);
    task->command = message.command;
    task->actor = (struct actor){.role = actor.role, .id = text_ref(actor.id)};
    return task;
}

static struct task *judge(struct actor actor, struct wire_command command)
{
    struct task *task = task_of(actor, command);
    cr_assert_eq(batch_ground(&batch, &scene.roster, task), GROUND_HERE);
    batch_judge(&batch, &scene.roster, task, NOON_MS);
    return task;
}

static enum batch_ground ground_of(struct actor actor, struct wire_command command)
{
    struct task *task = task_of(actor, command);
    enum batch_ground ground = batch_ground(&batch, &scene.roster, task);
    task_destroy(&task);
    return ground;
}

/* Where the state can be had. */

Test(batch, what_the_roster_holds_can_be_judged_and_what_nobody_knows_must_be_read)
{
    cr_assert_eq(ground_of(ana(), (struct wire_command){.action = "reopen"}), GROUND_HERE);
    cr_assert_eq(ground_of(ana(), (struct wire_command){.action = "reopen", .conversation = "x"}),
                 GROUND_UNKNOWN);
}

Test(batch, what_the_store_does_not_have_can_be_judged)
{
    struct task *task = task_of(ana(), (struct wire_command){.action = "reopen", .conversation = "x"});
    task->absent_seq = 0;
    cr_assert_eq(batch_ground(&batch, &scene.roster, task), GROUND_HERE);
    batch_judge(&batch, &scene.roster, task, NOON_MS);
    cr_assert_eq(task->decision.reason, REASON_UNKNOWN_CONVERSATION);
}

Test(batch, what_the_batch_itself_creates_can_be_judged)
{
    struct task *task = task_of(
        ana(),
        (struct wire_command){.action = "send_message", .body = "hi", .channel = "web", .conversation = "x"});
    task->absent_seq = 0;
    batch_judge(&batch, &scene.roster, task, NOON_MS);
    cr_assert_eq(ground_of(ana(), (struct wire_command){.action = "complete", .conversation = "x"}),
                 GROUND_HERE);
    cr_assert_eq(
        judge(ana(), (struct wire_command){.action = "complete", .conversation = "x"})->decision.verdict,
        VERDICT_DONE);
}

Test(batch, an_agent_is_recorded_once_in_a_batch)
{
    struct task *first = task_create_agent_seen(command_id_next(), ana().id, ana().id, ROLE_AGENT);
    batch_judge(&batch, &scene.roster, first, NOON_MS);
    cr_assert_eq(first->decision.verdict, VERDICT_DONE);
    struct task *second = task_create_agent_seen(command_id_next(), ana().id, ana().id, ROLE_AGENT);
    cr_assert_eq(batch_ground(&batch, &scene.roster, second), GROUND_NEXT_ONE);
    task_destroy(&second);
    struct task *other = task_create_agent_seen(command_id_next(), bea().id, bea().id, ROLE_AGENT);
    cr_assert_eq(batch_ground(&batch, &scene.roster, other), GROUND_HERE);
    task_destroy(&other);
}

Test(batch, an_agent_who_is_known_by_this_name_and_role_needs_no_recording)
{
    roster_apply_agent(&scene.roster, scene.roster.seq + 1, NOON_MS, ana().id, ana().id, ROLE_AGENT);
    struct task *same = task_create_agent_seen(command_id_next(), ana().id, ana().id, ROLE_AGENT);
    batch_judge(&batch, &scene.roster, same, NOON_MS);
    cr_assert_eq(same->item, -1);
    struct task *risen = task_create_agent_seen(command_id_next(), ana().id, ana().id, ROLE_SUPERVISOR);
    batch_judge(&batch, &scene.roster, risen, NOON_MS);
    cr_assert_eq(risen->item, 0);
    cr_assert_eq(risen->decision.transitions[0].before_seq, scene.roster.seq);
}

/* Judging. */

Test(batch, each_command_is_judged_on_what_those_before_it_decided)
{
    cr_assert_eq(judge(ana(), (struct wire_command){.action = "reopen"})->decision.verdict, VERDICT_DONE);
    cr_assert_eq(judge(bea(), (struct wire_command){.action = "reopen"})->decision.verdict,
                 VERDICT_UNCHANGED);
    struct task *bot_message = judge(bot(), (struct wire_command){.action = "bot_message", .body = "hi"});
    cr_assert_eq(bot_message->decision.reason, REASON_PAUSED);
    judge(ana(), (struct wire_command){.action = "complete"});
    cr_assert_eq(judge(bot(), (struct wire_command){.action = "bot_message", .body = "hi"})->decision.verdict,
                 VERDICT_DONE);
}

Test(batch, it_changes_nothing_that_is_committed)
{
    int64_t seq = scene.roster.seq;
    judge(ana(), (struct wire_command){.action = "reopen"});
    judge(ana(), (struct wire_command){.action = "complete"});
    cr_assert_eq(scene.roster.seq, seq);
    cr_assert_eq(scene_row()->list, LIST_NONE);
    roster_check(&scene.roster);
}

Test(batch, transitions_are_numbered_in_order_over_all_items)
{
    judge(ana(), (struct wire_command){.action = "reopen"});
    judge(bot(), (struct wire_command){.action = "bot_message", .body = "hi"});
    judge(ana(), (struct wire_command){.action = "complete"});
    cr_assert_eq(batch.items_count, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(batch.items[i].transitions_count, 1);
        cr_assert_eq(batch.items[i].transitions[0].seq, -(int64_t)i - 1);
    }
    cr_assert_eq(batch.items[0].transitions[0].before_seq, scene.roster.seq);
    cr_assert_eq(batch.items[1].transitions[0].before_seq, -1);
    cr_assert_eq(batch.items[2].transitions[0].before_seq, -2);
}

Test(batch, the_end_of_a_pause_goes_in_front_of_what_finds_it_over)
{
    scene_do(ana(), COMMAND(REOPEN));
    struct task *task = task_of(bot(), (struct wire_command){.action = "bot_message", .body = "hi"});
    batch_judge(&batch, &scene.roster, task, NOON_MS + HOUR_MS);
    cr_assert_eq(batch.items_count, 1);
    cr_assert_eq(batch.items[0].transitions_count, 2);
    cr_assert_eq(batch.items[0].transitions[0].action, ACTION_EXPIRE);
    cr_assert_eq(batch.transitions_count, 2);
    cr_assert_eq(batch.items[0].stored.message, 1, "what is kept is the command's, not the pause's");
}

/* What goes to the store, and what is only answered. */

Test(batch, a_refusal_stands_alone_unless_the_batch_bears_on_it)
{
    struct task *alone = judge(ana(), (struct wire_command){.action = "keep_open"});
    cr_assert(batch_task_stands_alone(alone));
    judge(ana(), (struct wire_command){.action = "reopen"});
    judge(ana(), (struct wire_command){.action = "complete"});
    struct task *bound = judge(ana(), (struct wire_command){.action = "keep_open"});
    cr_assert_eq(bound->item, -1);
    cr_assert_not(batch_task_stands_alone(bound));
    cr_assert_eq(bound->chain->first_item, 0);
}

Test(batch, what_a_resend_comes_to_is_kept_whatever_it_is)
{
    struct task *refused = judge(ana(), (struct wire_command){.action = "keep_open", .resend = true});
    struct task *unchanged = judge(ana(), (struct wire_command){.action = "resume_bot", .resend = true});
    cr_assert_eq(refused->item, 0);
    cr_assert_eq(unchanged->item, 1);
    cr_assert_eq(batch.items[0].stored.outcome, OUTCOME_REFUSED);
    cr_assert_eq(batch.items[0].stored.reason, REASON_NOT_OPEN);
    cr_assert_eq(batch.items[1].stored.outcome, OUTCOME_UNCHANGED);
    cr_assert_eq(batch.items[0].transitions_count + batch.items[1].transitions_count, 0);
}

Test(batch, a_task_can_be_judged_again)
{
    struct task *task = judge(ana(), (struct wire_command){.action = "reopen"});
    list_remove(&task->link);
    batch_finish(&batch);
    batch_init(&batch, ROOM, (struct hash_key){{1, 2}});
    scene_do(bea(), COMMAND(REOPEN));
    batch_judge(&batch, &scene.roster, task, NOON_MS);
    cr_assert_eq(task->decision.verdict, VERDICT_UNCHANGED);
    cr_assert_eq(task->item, -1);
    cr_assert_null(task->chain);
}
