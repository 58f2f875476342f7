#include <criterion/criterion.h>
#include <string.h>

#include "app/hub/private.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* Answers that cross: in one batch, in two, on two nodes; and commands whose author has seen more of the log
 * than the node that judges them, or another log. */

enum { BACK = 10 };

static void begin(void)
{
    team_begin_with((struct node_limits){.desk_idle_ms = LIMIT_DESK_IDLE_MS,
                                         .lag_back = LIMIT_LAG_BACK,
                                         .roster = {.back = BACK, .completed = 2}});
    team_join(&team.ana);
    team_join(&team.bea);
    team_join(&team.bot);
    team_join(&team.contact);
    team_do(&team.contact, (struct wire_command){.action = "contact_message", .body = "hello"});
}

TestSuite(racing, .init = begin, .fini = team_end);

static struct wire_command answer_to(int64_t seq)
{
    return (struct wire_command){.action = "send_message", .body = "hi", .has_seen = true, .seen = seq};
}

static struct wire_command bots_answer_to(int64_t seq)
{
    return (struct wire_command){.action = "bot_message", .body = "hi", .has_seen = true, .seen = seq};
}

static const struct wire_message *answer_of(struct client *client, struct command_id id)
{
    const struct wire_message *answer = client_answer(client, id);
    cr_assert_not_null(answer);
    return answer;
}

/* The first got through, the second was told of it: where, and on which row. */
static void expect_one(struct client *first, struct command_id first_id, struct client *second,
                       struct command_id second_id)
{
    int64_t seq = answer_of(first, first_id)->seq;
    cr_assert_str_eq(answer_of(first, first_id)->outcome, "done");
    const struct wire_message *refused = answer_of(second, second_id);
    cr_assert_str_eq(refused->reason, "answered");
    cr_assert_eq(refused->since, seq);
    cr_assert_geq(refused->seq, seq);
    cr_assert_eq(team_truth("c1")->sent, 1);
}

Test(racing, of_two_answers_in_one_batch_one_goes_out)
{
    int64_t view = team_seq();
    struct command_id first = team_send(&team.ana, answer_to(view));
    struct command_id second = team_send(&team.bea, answer_to(view));
    settle();
    expect_one(&team.ana, first, &team.bea, second);
    cr_assert_eq(answer_of(&team.bea, second)->rows_count, 1, "the row that it was judged on");
}

Test(racing, of_a_bots_and_a_persons_answer_in_one_batch_one_goes_out)
{
    int64_t view = team_seq();
    struct command_id first = team_send(&team.bot, bots_answer_to(view));
    struct command_id second = team_send(&team.ana, answer_to(view));
    settle();
    expect_one(&team.bot, first, &team.ana, second);
}

Test(racing, of_two_answers_in_two_batches_one_goes_out)
{
    int64_t view = team_seq();
    struct command_id first = team_send(&team.ana, answer_to(view));
    settle();
    struct command_id second = team_send(&team.bea, answer_to(view));
    settle();
    expect_one(&team.ana, first, &team.bea, second);
}

Test(racing, of_two_answers_on_two_nodes_one_goes_out)
{
    int64_t view = team_seq();
    struct command elsewhere = COMMAND(SEND_MESSAGE, .body = BYTES("hi"), .seen = seen(view));
    team_foreign(sol(), elsewhere);
    const struct wire_message *refused = team_do(&team.ana, answer_to(view));
    cr_assert_str_eq(refused->reason, "answered");
    cr_assert_eq(refused->since, view + 1);
    cr_assert_eq(refused->seq, view + 1);
    cr_assert_eq(team_truth("c1")->sent, 1);
}

Test(racing, what_the_contact_writes_in_the_same_batch_stops_the_answer)
{
    int64_t view = team_seq();
    team_send(&team.contact, (struct wire_command){.action = "contact_message", .body = "no, wait"});
    struct command_id id = team_send(&team.ana, answer_to(view));
    settle();
    cr_assert_str_eq(answer_of(&team.ana, id)->reason, "contact_wrote");
    cr_assert_eq(answer_of(&team.ana, id)->since, view + 1);
}

Test(racing, all_the_same_is_a_new_command_that_has_seen_where_the_refusal_was_judged)
{
    int64_t view = team_seq();
    team_send(&team.ana, answer_to(view));
    struct command_id id = team_send(&team.bea, answer_to(view));
    settle();
    int64_t judged = answer_of(&team.bea, id)->seq;
    cr_assert_str_eq(team_do(&team.bea, answer_to(judged))->outcome, "done");
    cr_assert_eq(team_truth("c1")->sent, 2);
}

Test(racing, a_refusal_that_is_sent_again_says_the_same)
{
    int64_t view = team_seq();
    struct wire_command command = answer_to(view);
    command.id = command_id_next();
    command.resend = true;
    team_send(&team.ana, answer_to(view));
    team_send(&team.bea, command);
    settle();
    struct wire_message first = *answer_of(&team.bea, command.id);
    team_do(&team.contact, (struct wire_command){.action = "contact_message", .body = "and?"});
    const struct wire_message *again = team_do(&team.bea, command);
    cr_assert_str_eq(again->reason, "answered");
    cr_assert_eq(again->seq, first.seq);
    cr_assert_eq(again->since, first.since);
    cr_assert_eq(again->rows_count, 0, "the row stands otherwise by now");
}

Test(racing, the_row_of_a_refusal_that_has_changed_since_is_not_shown)
{
    team_do(&team.ana, (struct wire_command){.action = "reopen"});
    struct wire_command stale = {.action = "complete", .has_version = true, .version = 0};
    struct command_id refused = team_send(&team.bea, stale);
    team.bea.is_deaf = true;
    settle();
    team_do(&team.ana, (struct wire_command){.action = "resume_bot"});
    client_listen(&team.bea);
    settle();
    cr_assert_str_eq(answer_of(&team.bea, refused)->reason, "stale");
    cr_assert_eq(answer_of(&team.bea, refused)->rows_count, 0);
}

/* A node that is behind. */

Test(racing, what_was_seen_beyond_this_node_is_judged_when_it_has_read_so_far)
{
    int64_t view = team_seq();
    team_foreign(whatsapp(), COMMAND(CONTACT_MESSAGE, .body = BYTES("on another node")));
    cr_assert_str_eq(team_do(&team.ana, answer_to(view + 1))->outcome, "done");
}

Test(racing, a_version_beyond_this_node_is_judged_when_it_has_read_so_far)
{
    team_foreign(sol(), COMMAND(REOPEN));
    struct wire_command command = {.action = "complete", .has_version = true, .version = 1};
    cr_assert_str_eq(team_do(&team.ana, command)->outcome, "done");
}

Test(racing, what_is_beyond_the_log_itself_is_stale)
{
    int64_t view = team_seq();
    cr_assert_str_eq(team_do(&team.ana, answer_to(view + 1))->reason, "stale");
    struct wire_command command = {.action = "complete", .has_version = true, .version = 9};
    cr_assert_str_eq(team_do(&team.ana, command)->reason, "stale");
}

Test(racing, what_waits_for_the_log_keeps_its_place_before_what_follows_in_the_same_conversation)
{
    int64_t view = team_seq();
    team_foreign(sol(), COMMAND(REOPEN));
    struct wire_command take = {.action = "assign", .agent = "bea", .has_version = true, .version = 1};
    struct command_id first = team_send(&team.bea, take);
    struct command_id second = team_send(&team.ana, (struct wire_command){.action = "complete"});
    struct command_id other = team_send(
        &team.contact,
        (struct wire_command){.action = "contact_message", .body = "hi", .conversation = "another"});
    settle();
    cr_assert_str_eq(answer_of(&team.bea, first)->outcome, "done");
    cr_assert_str_eq(answer_of(&team.ana, second)->reason, "not_holder");
    cr_assert_str_eq(answer_of(&team.ana, second)->holder, "bea");
    cr_assert_str_eq(answer_of(&team.contact, other)->outcome, "done");
    cr_assert_gt(team_seq(), view);
}

Test(racing, what_waits_for_the_log_is_refused_when_the_database_goes_away)
{
    struct command_id id = team_send(&team.ana, answer_to(team_seq() + 1));
    struct command_id behind = team_send(&team.bea, answer_to(team_seq()));
    store_memory_down(team.server.store);
    settle();
    cr_assert_str_eq(answer_of(&team.ana, id)->reason, "unavailable");
    cr_assert_str_eq(answer_of(&team.bea, behind)->reason, "unavailable");
    store_memory_up(team.server.store);
    settle();
    cr_assert_str_eq(team_do(&team.ana, answer_to(team_seq()))->outcome, "done");
}

Test(racing, what_waits_for_the_log_is_refused_where_that_cannot_be_read)
{
    struct command_id id = team_send(&team.ana, answer_to(team_seq() + 1));
    store_memory_arm(team.server.store, STORE_MEMORY_FAIL);
    settle();
    cr_assert_str_eq(answer_of(&team.ana, id)->reason, "internal");
}

/* Pauses. */

Test(racing, a_pause_of_what_was_in_doubt_for_long_lasts_from_its_commit)
{
    struct wire_command command = {.action = "reopen", .pause = MINUTE_MS};
    store_memory_arm(team.server.store, STORE_MEMORY_LOSE_REQUEST);
    struct command_id id = team_send(&team.ana, command);
    wait_ms(5 * MINUTE_MS);
    cr_assert_null(client_answer(&team.ana, id), "the database is away");
    store_memory_up(team.server.store);
    settle();
    const struct conversation *row = team_truth("c1");
    cr_assert_str_eq(answer_of(&team.ana, id)->outcome, "done");
    cr_assert_eq(row->pause.until_ms, team_mark(answer_of(&team.ana, id)->seq) + MINUTE_MS);
    cr_assert_gt(row->pause.until_ms, NOON_MS + 5 * MINUTE_MS);
}

Test(racing, a_bot_that_is_blocked_behind_its_own_open_in_one_batch_is_told_until_when)
{
    team_send(&team.bot, (struct wire_command){.action = "open", .pause = MINUTE_MS});
    struct wire_command says = {.action = "bot_message", .body = "bye", .id = command_id_next()};
    says.resend = true; /* so that it is kept */
    team_send(&team.bot, says);
    settle();
    int64_t until_ms = team_truth("c1")->pause.until_ms;
    cr_assert_str_eq(answer_of(&team.bot, says.id)->reason, "paused");
    cr_assert_eq(answer_of(&team.bot, says.id)->until, until_ms);
    cr_assert_eq(team_do(&team.bot, says)->until, until_ms, "also when it is asked again");
}

Test(racing, of_two_that_keep_it_open_in_one_batch_the_second_changes_nothing)
{
    team_do(&team.ana, (struct wire_command){.action = "reopen"});
    wait_ms(MINUTE_MS);
    struct command_id first = team_send(&team.ana, (struct wire_command){.action = "keep_open"});
    struct command_id second = team_send(&team.bea, (struct wire_command){.action = "keep_open"});
    settle();
    cr_assert_str_eq(answer_of(&team.ana, first)->outcome, "done");
    cr_assert_str_eq(answer_of(&team.bea, second)->outcome, "unchanged");
}

/* The history of what was seen. */

static struct wire_command seen_in(const char *epoch, int64_t seq, int64_t mark)
{
    struct wire_command command = answer_to(seq);
    command.epoch = epoch;
    command.mark = mark;
    return command;
}

Test(racing, a_place_of_this_log_counts_whatever_the_connection)
{
    int64_t view = team_seq();
    struct wire_command command = seen_in(team.ana.wire.epoch, view, team_mark(view));
    cr_assert_str_eq(team_do(&team.ana, command)->outcome, "done");
}

Test(racing, a_place_of_another_log_is_stale)
{
    int64_t view = team_seq();
    int64_t mark = team_mark(view);
    cr_assert_str_eq(team_do(&team.ana, seen_in(team.ana.wire.epoch, view, mark - 1))->reason, "stale");
    cr_assert_str_eq(team_do(&team.ana, seen_in("another", view, mark))->reason, "stale");
    cr_assert_eq(team_truth("c1")->sent, 0);
}

Test(racing, a_place_below_what_the_node_holds_is_looked_up)
{
    int64_t view = team_seq();
    int64_t mark = team_mark(view);
    for (int i = 0; i < 4 * BACK; i++)
        team_do(&team.contact,
                (struct wire_command){.action = "contact_message", .body = "hi", .conversation = "another"});
    struct wire_command command = seen_in(team.ana.wire.epoch, view, mark - 1);
    struct command_id first = team_send(&team.ana, command);
    struct command_id second = team_send(&team.ana, (struct wire_command){.action = "reopen"});
    settle();
    cr_assert_str_eq(answer_of(&team.ana, first)->reason, "stale");
    cr_assert_lt(answer_of(&team.ana, first)->seq, answer_of(&team.ana, second)->seq, "they stay in order");
    command.mark = mark;
    cr_assert_str_eq(team_do(&team.ana, command)->outcome, "done");
}
