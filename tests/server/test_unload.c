#include <criterion/criterion.h>
#include <stdio.h>

#include "app/desk/desk.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/random.h"
#include "support/team.h"

/* Desks come and go: one that nobody wants is given up, and is loaded again for whoever does. */

TestSuite(unload, .init = team_begin, .fini = team_end);

static size_t desks(void)
{
    return hub_stats(team.server.hub).desks;
}

static struct wire_command first_message(void)
{
    return (struct wire_command){.action = "send_message", .body = "hi", .channel = "webchat"};
}

static void come_and_go(struct client *client)
{
    team_join(client);
    client_leave(client);
}

Test(unload, a_desk_that_nobody_wants_goes_after_a_while_and_not_before)
{
    come_and_go(&team.ana);
    wait_ms(LIMIT_DESK_IDLE_MS - 1);
    cr_assert_eq(desks(), 1);
    wait_ms(1);
    cr_assert_eq(desks(), 0);
}

Test(unload, whoever_has_it_keeps_it)
{
    team_join(&team.ana);
    wait_ms(10 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 1);
    come_and_go(&team.bea);
    wait_ms(10 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 1);
}

Test(unload, who_comes_at_the_last_moment_keeps_it_and_the_while_begins_anew)
{
    come_and_go(&team.ana);
    wait_ms(LIMIT_DESK_IDLE_MS - 1);
    store_memory_advance(team.database, 1000);
    team_hello(&team.bea, false); /* in the very turn in which it would go */
    settle();
    cr_assert_eq(desks(), 1);
    cr_assert(team.bea.wire.has_welcome);
    client_leave(&team.bea);
    wait_ms(LIMIT_DESK_IDLE_MS - 1);
    cr_assert_eq(desks(), 1);
    wait_ms(1);
    cr_assert_eq(desks(), 0);
}

Test(unload, what_has_gone_is_loaded_again_and_a_resume_is_still_exact)
{
    team_join(&team.bea);
    team_do(&team.bea, first_message());
    come_and_go(&team.ana);
    team_do(&team.bea, (struct wire_command){.action = "complete"});
    client_leave(&team.bea);
    wait_ms(LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 0);
    team_foreign(sol(), COMMAND(REOPEN));
    team_resume(&team.ana);
    cr_assert_eq(desks(), 1);
    cr_assert(client_last(&team.ana, WIRE_WELCOME)->resumed);
    team_expect_in_sync(&team.ana);
}

Test(unload, a_command_under_way_keeps_it_though_its_sender_has_gone)
{
    team_join(&team.ana);
    wait_ms(1);
    store_memory_set_delay_ms(team.server.store, 2 * LIMIT_DESK_IDLE_MS, 2 * LIMIT_DESK_IDLE_MS);
    team_send(&team.ana, first_message());
    hub_work(team.server.hub);
    client_leave(&team.ana);
    wait_ms(2 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 1);
    store_memory_set_delay_ms(team.server.store, 0, 0);
    wait_ms(20 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(team_truth("c1")->list, LIST_OPEN);
    cr_assert_eq(desks(), 0);
}

Test(unload, a_load_that_takes_longer_is_waited_for)
{
    store_memory_set_delay_ms(team.server.store, LIMIT_DESK_IDLE_MS, LIMIT_DESK_IDLE_MS);
    team_hello(&team.ana, false);
    hub_work(team.server.hub);
    client_leave(&team.ana);
    wait_ms(2 * LIMIT_DESK_IDLE_MS - 1);
    cr_assert_eq(desks(), 1);
    wait_ms(2 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 0);
}

Test(unload, a_pause_that_ends_soon_keeps_it_and_a_later_one_ends_in_time)
{
    team_join(&team.ana);
    team_do(&team.ana, first_message());
    client_leave(&team.ana);
    wait_ms(2 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 0, "an hour is long");
    wait_ms(HOUR_MS - 2 * LIMIT_DESK_IDLE_MS - 1);
    cr_assert_eq(desks(), 1, "the end is near");
    cr_assert_neq(team_truth("c1")->pause.kind, PAUSE_NONE);
    wait_ms(100);
    cr_assert_eq(team_truth("c1")->pause.kind, PAUSE_NONE);

    team_resume(&team.ana);
    team_do(&team.ana, (struct wire_command){.action = "keep_open",
                                             .pause = LIMIT_DESK_IDLE_MS + LIMIT_DESK_NEAR_MS - 1000});
    client_leave(&team.ana);
    wait_ms(LIMIT_DESK_IDLE_MS + 1000);
    cr_assert_eq(desks(), 1, "loading it again would be for nothing");
    wait_ms(2 * LIMIT_DESK_IDLE_MS + LIMIT_DESK_NEAR_MS);
    cr_assert_eq(desks(), 0);
    cr_assert_eq(team_truth("c1")->pause.kind, PAUSE_NONE);
}

Test(unload, nothing_is_given_up_while_the_database_is_away)
{
    come_and_go(&team.ana);
    store_memory_down(team.server.store);
    wait_ms(3 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 1);
    store_memory_up(team.server.store);
    settle();
    cr_assert_eq(desks(), 0);
}

Test(unload, a_desk_that_could_never_be_loaded_goes_too)
{
    for (int i = 0; i < 60; i++)
        store_memory_arm(team.server.store, STORE_MEMORY_FAIL_READS);
    team_hello(&team.ana, false);
    wait_ms(1500);
    client_leave(&team.ana);
    cr_assert_eq(desks(), 1);
    wait_ms(LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 0);
}

Test(unload, hints_and_heads_that_speak_of_it_afterwards_find_nobody)
{
    come_and_go(&team.ana);
    store_memory_set_delay_ms(team.server.store, 3000, 3000);
    wait_ms(LIMIT_DESK_IDLE_MS - 1);
    cr_assert_gt(store_memory_pending(team.server.store), 0, "its head is being looked at");
    team_foreign(ana(), COMMAND(SEND_MESSAGE, .channel = BYTES("web"), .body = BYTES("hi")));
    wait_ms(1);
    cr_assert_eq(desks(), 0);
    team.server.store->listener.hint(team.server.hub, 1, team_seq());
    wait_ms(10000);
    cr_assert_eq(desks(), 0);
}

/* Every desk that is there has its turn, however many others come and go meanwhile. */
Test(unload, the_look_at_the_heads_passes_nobody_over)
{
    enum { OTHERS = 40 };
    static struct client others[OTHERS];
    struct random random = {.state = 5};
    team_join(&team.ana);
    team_do(&team.ana, first_message());
    for (int round = 0; round < 200; round++) {
        struct client *client = &others[random_below(&random, OTHERS)];
        if (client->session != NULL) {
            client_leave(client);
        } else {
            struct wire_frame frame;
            char workspace[16];
            snprintf(workspace, sizeof(workspace), "w%u", (unsigned)(client - others));
            client_connect(client, &team.server);
            wire_hello(&frame, client_token(workspace, "eva", "agent", 0), "", -1);
            client_send(client, &frame);
        }
        team_foreign(webchat(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hello")));
        wait_ms(random_below(&random, 2 * LIMIT_DESK_IDLE_MS / 10));
        if (round % 10 == 0) {
            wait_ms(LIMIT_HEADS_POLL_MS);
            cr_assert_eq(team.ana.wire.seq, team_seq());
        }
    }
    for (int i = 0; i < OTHERS; i++)
        client_finish(&others[i]);
    wait_ms(2 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 1);
}

static void (*ask)(struct store *store, struct store_request *request);
static int due_asked;

static void count_due(struct store *store, struct store_request *request)
{
    due_asked += request->kind == STORE_DUE;
    ask(store, request);
}

/* What is loaded watches its pauses itself, however many they are: it is not looked for again and again. */
Test(unload, many_pauses_that_end_soon_are_looked_for_no_oftener_than_few)
{
    static struct client people[LIMIT_DUE_WORKSPACES];
    struct store_ops counted = *team.server.store->ops;
    for (int i = 0; i < LIMIT_DUE_WORKSPACES; i++) {
        char workspace[16];
        snprintf(workspace, sizeof(workspace), "w%d", i);
        join_in(workspace, &people[i], "eva", "agent");
        struct wire_command open = first_message();
        open.pause = 65 * 1000;
        team_do(&people[i], open);
    }
    wait_ms(65 * 1000 - LIMIT_DUE_POLL_MS);
    ask = counted.ask;
    counted.ask = count_due;
    team.server.store->ops = &counted;
    wait_ms(LIMIT_DUE_POLL_MS - 1);
    cr_assert_leq(due_asked, 1);
    for (int i = 0; i < LIMIT_DUE_WORKSPACES; i++) {
        client_leave(&people[i]);
        client_finish(&people[i]);
    }
}
