#include <criterion/criterion.h>
#include <signal.h>

#include "app/ports/store.h"
#include "support/scene.h"

TestSuite(roster, .init = scene_begin_with_contact, .fini = scene_end);

static struct row *row_of(const struct recency_link *link)
{
    return link == NULL ? NULL : CONTAINER_OF(link, struct row, by_seq);
}

/* A second roster into which what the scene's holds is loaded, as a node that starts would. */
static struct roster other;

static void other_begin(int64_t floor_seq)
{
    roster_init(&other, ROSTER_LIMITS, (struct hash_key){{3, 4}});
    other.seq = scene.roster.seq;
    other.at_ms = scene.roster.at_ms;
    other.floor_seq = floor_seq;
    other.counts = scene.roster.counts;
}

static void other_end(void)
{
    roster_finish(&other);
}

static void other_load(const char *id)
{
    struct conversation copy;
    conversation_copy(scene_find(id), &copy);
    roster_load(&other, &copy);
    cr_assert_null(copy.words, "the strings are taken");
}

/* c1 open, c2 completed, c3 unlisted, c4 open, in the order of their last change. */
static void fill_scene(void)
{
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .conversation = BYTES("c4"), .body = BYTES("hi")));
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .conversation = BYTES("c3"), .body = BYTES("hi")));
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .conversation = BYTES("c2"), .body = BYTES("hi")));
    scene_do(ana(), COMMAND(REOPEN, .conversation = BYTES("c1")));
    scene_do(ana(), COMMAND(COMPLETE, .conversation = BYTES("c2")));
    scene_do(ana(), COMMAND(COMPLETE, .conversation = BYTES("c3")));
    scene_do(ana(), COMMAND(UNLINK, .conversation = BYTES("c3")));
    scene_do(ana(), COMMAND(REOPEN, .conversation = BYTES("c4")));
}

Test(roster, an_applied_transition_shows_in_row_lists_and_seq)
{
    cr_assert_eq(scene.roster.seq, 1);
    cr_assert_eq(scene.roster.counts.open, 0);
    scene_do(ana(), COMMAND(REOPEN));
    cr_assert_eq(scene.roster.seq, 2);
    cr_assert_eq(scene.roster.counts.open, 1);
    scene_do(ana(), COMMAND(COMPLETE));
    cr_assert_eq(scene.roster.counts.open, 0);
    cr_assert_eq(scene.roster.counts.completed, 1);
    scene_do(ana(), COMMAND(UNLINK));
    cr_assert_eq(scene.roster.counts.completed, 0);
    cr_assert_eq(scene.roster.seq, 4);
}

Test(roster, rows_come_in_the_order_of_their_last_change)
{
    fill_scene();
    static const char *const expected[] = {"c1", "c2", "c3", "c4"};
    int64_t seq = 0;
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        const struct row *row = row_of(recency_after(&scene.roster.rows_by_seq, seq, &seq));
        cr_assert(bytes_equal(conversation_id(&row->conversation), bytes_of_string(expected[i])));
        cr_assert_eq(row->conversation.seq, seq);
    }
    cr_assert_null(recency_after(&scene.roster.rows_by_seq, seq, &seq));
}

Test(roster, completed_rows_keep_their_place_while_they_stay_completed)
{
    fill_scene();
    scene_do(ana(), COMMAND(COMPLETE, .conversation = BYTES("c4")));
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .conversation = BYTES("c2"), .body = BYTES("hi")));
    int64_t list_seq = 0;
    const struct recency_link *link = recency_after(&scene.roster.completed_by_list_seq, 0, &list_seq);
    cr_assert_eq(CONTAINER_OF(link, struct row, by_list_seq), roster_find(&scene.roster, BYTES("c2")));
    link = recency_after(&scene.roster.completed_by_list_seq, list_seq, &list_seq);
    cr_assert_eq(CONTAINER_OF(link, struct row, by_list_seq), roster_find(&scene.roster, BYTES("c4")));
    cr_assert_eq(scene.roster.completed_by_list_seq.count, 2);
}

/* PROTOCOL.md, "Self-check"; the value for one row was computed apart from this program. */
Test(roster, the_digest_sums_id_and_seq_of_the_open_list)
{
    cr_assert_eq(scene.roster.digest, 0);
    scene_do(ana(), COMMAND(REOPEN)); /* c1 at seq 2 */
    cr_assert_eq(scene.roster.digest, UINT32_C(0xbbb05ed3));
    fill_scene();
    uint32_t sum = roster_digest_part(scene_find("c1")) + roster_digest_part(scene_find("c4"));
    cr_assert_eq(scene.roster.digest, sum);
    scene_do(ana(), COMMAND(COMPLETE, .conversation = BYTES("c1")));
    scene_do(ana(), COMMAND(COMPLETE, .conversation = BYTES("c4")));
    cr_assert_eq(scene.roster.digest, 0);
}

Test(roster, a_deadline_stands_while_a_pause_with_an_end_does_and_leads_to_its_row)
{
    cr_assert_null(deadlines_first(&scene.roster.dues));
    scene_do(ana(), COMMAND(REOPEN));
    const struct deadline *deadline = deadlines_first(&scene.roster.dues);
    cr_assert_eq(deadline->at_ms, NOON_MS + HOUR_MS);
    const struct row *row = CONTAINER_OF(deadline, struct row, due);
    cr_assert_eq(row, roster_find(&scene.roster, BYTES("c1")));
    scene_do(ana(), COMMAND(REOPEN, .pause = wish_for(5 * HOUR_MS)));
    cr_assert_eq(deadlines_first(&scene.roster.dues)->at_ms, NOON_MS + 5 * HOUR_MS);
    scene_do(ana(), COMMAND(REOPEN, .pause = wish_until_completed()));
    cr_assert_null(deadlines_first(&scene.roster.dues));
}

Test(roster, rows_share_the_names_of_channels_and_people)
{
    scene_do(whatsapp(), COMMAND(CONTACT_MESSAGE, .conversation = BYTES("c2"), .body = BYTES("hi")));
    scene_do(ana(), COMMAND(ASSIGN, .conversation = BYTES("c1"), .assignee = BYTES("ana")));
    scene_do(ana(), COMMAND(ASSIGN, .conversation = BYTES("c2"), .assignee = BYTES("ana")));
    const struct conversation *one = scene_find("c1");
    const struct conversation *another = scene_find("c2");
    cr_assert_eq(one->channel, another->channel);
    cr_assert_eq(one->assignee, another->assignee);
    cr_assert_eq(one->last_by, one->assignee);
}

Test(roster, a_transition_out_of_turn_is_a_bug, .signal = SIGABRT)
{
    struct transition transition = scene.last.transitions[0];
    transition.seq = transition.after.seq = scene.roster.seq + 2;
    roster_apply(&scene.roster, &transition);
}

/* Loading. */

Test(roster, what_is_loaded_in_any_order_is_as_what_was_applied)
{
    fill_scene();
    other_begin(0);
    other_load("c4");
    other_load("c2");
    other_load("c1");
    other_load("c3");
    roster_settle(&other);
    roster_check(&other);
    cr_assert_eq(other.digest, scene.roster.digest);
    cr_assert_eq(other.dues.count, 2);
    int64_t seq = 0;
    int64_t other_seq = 0;
    while (recency_after(&scene.roster.rows_by_seq, seq, &seq) != NULL) {
        cr_assert_not_null(recency_after(&other.rows_by_seq, other_seq, &other_seq));
        cr_assert_eq(other_seq, seq);
    }
    cr_assert_null(recency_after(&other.rows_by_seq, other_seq, &other_seq));
    other_end();
}

Test(roster, of_a_row_that_is_loaded_twice_the_newer_stays)
{
    struct conversation earlier;
    conversation_copy(scene_row(), &earlier);
    fill_scene();
    other_begin(scene.roster.seq);
    struct conversation again;
    conversation_copy(&earlier, &again);
    roster_load(&other, &earlier);
    other_load("c1");
    roster_load(&other, &again);
    cr_assert_eq(roster_find(&other, BYTES("c1"))->conversation.list, LIST_OPEN);
    other_load("c4");
    roster_settle(&other);
    roster_check(&other);
    other_end();
}

Test(roster, what_a_command_named_is_held_but_no_cursor_meets_it_until_it_changes)
{
    fill_scene();
    other_begin(scene.roster.seq);
    other_load("c1");
    other_load("c4");
    roster_settle(&other);

    struct conversation copy;
    conversation_copy(scene_find("c2"), &copy);
    struct row *row = roster_hold(&other, &copy);
    roster_check(&other);
    cr_assert_eq(roster_find(&other, BYTES("c2")), row);
    cr_assert_eq(other.rows_by_seq.count, 2);

    int64_t seq = other.seq;
    scene_do(ana(), COMMAND(MARK_READ, .conversation = BYTES("c2"), .received = 1));
    roster_apply(&other, &scene.last.transitions[0]);
    roster_check(&other);
    cr_assert_eq(row_of(recency_after(&other.rows_by_seq, seq, &seq)), row);
    cr_assert_eq(other.completed_by_list_seq.count, 0, "it did not come into the list just now");

    scene_do(ana(), COMMAND(REOPEN, .conversation = BYTES("c2")));
    roster_apply(&other, &scene.last.transitions[0]);
    scene_do(ana(), COMMAND(COMPLETE, .conversation = BYTES("c2")));
    roster_apply(&other, &scene.last.transitions[0]);
    roster_check(&other);
    cr_assert_eq(other.completed_by_list_seq.count, 1);
    cr_assert_eq(other.counts.completed, scene.roster.counts.completed);
    other_end();
}

Test(roster, holding_what_is_held_keeps_what_is_held)
{
    struct conversation earlier;
    conversation_copy(scene_row(), &earlier);
    scene_do(ana(), COMMAND(REOPEN));
    const struct row *row = roster_hold(&scene.roster, &earlier);
    cr_assert_eq(row->conversation.list, LIST_OPEN);
    cr_assert_null(earlier.words);
}

Test(roster, a_transition_of_a_row_that_is_not_held_brings_the_whole_row)
{
    fill_scene();
    other_begin(scene.roster.seq);
    other_load("c1");
    other_load("c4");
    roster_settle(&other);
    scene_do(ana(), COMMAND(REOPEN, .conversation = BYTES("c2")));
    roster_apply(&other, &scene.last.transitions[0]);
    roster_check(&other);
    cr_assert_eq(roster_find(&other, BYTES("c2"))->conversation.list, LIST_OPEN);
    cr_assert_eq(other.counts.open, scene.roster.counts.open);
    cr_assert_eq(other.counts.completed, 0);
    cr_assert_eq(other.digest, scene.roster.digest);
    other_end();
}

Test(roster, an_open_row_that_is_not_held_is_a_bug, .signal = SIGABRT)
{
    scene_do(ana(), COMMAND(REOPEN));
    other_begin(scene.roster.seq);
    roster_settle(&other);
    scene_do(ana(), COMMAND(COMPLETE));
    roster_apply(&other, &scene.last.transitions[0]);
}

/* Agents. */

Test(roster, agents_share_the_numbering_with_the_rows)
{
    struct text *name = text_create(BYTES("Ana"));
    int64_t seq = scene.roster.seq;
    roster_apply_agent(&scene.roster, seq + 1, NOON_MS, ana().id, name, ROLE_AGENT);
    roster_apply_agent(&scene.roster, seq + 2, NOON_MS, bea().id, NULL, ROLE_AGENT);
    cr_assert_eq(scene.roster.seq, seq + 2);
    roster_check(&scene.roster);
    scene_do(ana(), COMMAND(REOPEN));
    cr_assert_eq(scene_row()->seq, seq + 3);
    const struct agent *agent = roster_find_agent(&scene.roster, BYTES("ana"));
    cr_assert_str_eq(text_string(agent->name), "Ana");
    cr_assert_null(roster_find_agent(&scene.roster, BYTES("eva")));

    roster_apply_agent(&scene.roster, seq + 4, NOON_MS, ana().id, name, ROLE_SUPERVISOR);
    roster_check(&scene.roster);
    cr_assert_eq(roster_find_agent(&scene.roster, BYTES("ana")), agent);
    cr_assert_eq(agent->role, ROLE_SUPERVISOR);
    const struct recency_link *link = recency_after(&scene.roster.agents_by_seq, seq + 2, &seq);
    cr_assert_eq(CONTAINER_OF(link, struct agent, by_seq), agent);
    text_unref(&name);
}

Test(roster, agents_are_loaded_in_any_order)
{
    fill_scene();
    other_begin(scene.roster.seq);
    other_load("c1");
    other_load("c4");
    roster_load_agent(&other, bea().id, NULL, ROLE_AGENT, 7);
    roster_load_agent(&other, ana().id, NULL, ROLE_SUPERVISOR, 3);
    roster_load_agent(&other, bea().id, NULL, ROLE_SUPERVISOR, 5); /* older */
    roster_settle(&other);
    roster_check(&other);
    cr_assert_eq(roster_find_agent(&other, BYTES("bea"))->role, ROLE_AGENT);
    int64_t seq = 0;
    const struct recency_link *link = recency_after(&other.agents_by_seq, 0, &seq);
    cr_assert_str_eq(text_string(CONTAINER_OF(link, struct agent, by_seq)->id), "ana");
    cr_assert_eq(seq, 3);
    other_end();
}

/* What a store says may be wrong: it is asked about before it is believed. */
Test(roster, what_does_not_follow_may_not_be_applied)
{
    fill_scene();
    struct roster *roster = &scene.roster;
    struct transition next = {.seq = roster->seq + 1,
                              .at_ms = roster->at_ms,
                              .action = ACTION_COMPLETE,
                              .from = LIST_OPEN,
                              .before_seq = scene_find("c1")->seq};
    conversation_copy(scene_find("c1"), &next.after);
    next.after.seq = next.seq;
    cr_assert(roster_may_apply(roster, &next));
    next.seq++;
    cr_assert_not(roster_may_apply(roster, &next), "there is a gap");
    next.seq--;
    next.at_ms--;
    cr_assert_not(roster_may_apply(roster, &next), "it was before the last");
    next.at_ms++;
    next.before_seq--;
    cr_assert_not(roster_may_apply(roster, &next), "it was done to another state");
    next.before_seq++;
    next.from = LIST_COMPLETED;
    cr_assert_not(roster_may_apply(roster, &next), "it was in another list");
    conversation_finish(&next.after);
}

Test(roster, what_should_have_been_loaded_may_not_be_read_alone)
{
    fill_scene();
    other_begin(scene.roster.seq - 1);
    struct conversation read = *scene_find("c1");
    cr_assert_not(roster_may_hold(&other, &read), "it is open");
    read.list = LIST_COMPLETED;
    read.seq = other.floor_seq;
    cr_assert(roster_may_hold(&other, &read));
    read.seq = other.floor_seq + 1;
    cr_assert_not(roster_may_hold(&other, &read), "it has changed since the floor");
    other_end();
}

Test(roster, marks_that_do_not_follow_may_not_be_loaded)
{
    fill_scene();
    other_begin(1);
    cr_assert_not(roster_may_load_mark(&other, 0, 0), "below the floor");
    cr_assert_not(roster_may_load_mark(&other, other.seq + 1, other.at_ms), "beyond the end");
    cr_assert(roster_may_load_mark(&other, 1, 5));
    roster_load_mark(&other, 1, 5);
    cr_assert_not(roster_may_load_mark(&other, 3, 5), "there is a gap");
    cr_assert_not(roster_may_load_mark(&other, 2, 4), "it was before the last");
    cr_assert(roster_may_load_mark(&other, 2, 5));
    other_end();
}
