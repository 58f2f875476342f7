#include <criterion/criterion.h>
#include <stdio.h>

#include "app/desk.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"
#include "support/random.h"

/* Desks come and go: one that nobody wants is given up, and is loaded again for whoever does. */

static struct house house;

static void begin(void)
{
    house_init(&house);
}

static void end(void)
{
    house_finish(&house);
    assert_no_leak();
}

TestSuite(unload, .init = begin, .fini = end);

static size_t desks(void)
{
    return hub_stats(house.node.hub).desks;
}

static struct wire_command open_c1(void)
{
    return (struct wire_command){.action = "send_message", .body = "hi", .channel = "webchat"};
}

static void come_and_go(struct peer *peer)
{
    house_join(&house, peer);
    peer_leave(peer);
}

Test(unload, a_desk_that_nobody_wants_goes_after_a_while_and_not_before)
{
    come_and_go(&house.ana);
    node_wait(&house.node, LIMIT_DESK_IDLE_MS - 1);
    cr_assert_eq(desks(), 1);
    node_wait(&house.node, 1);
    cr_assert_eq(desks(), 0);
}

Test(unload, whoever_has_it_keeps_it)
{
    house_join(&house, &house.ana);
    node_wait(&house.node, 10 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 1);
    come_and_go(&house.bea);
    node_wait(&house.node, 10 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 1);
}

Test(unload, who_comes_at_the_last_moment_keeps_it_and_the_while_begins_anew)
{
    come_and_go(&house.ana);
    node_wait(&house.node, LIMIT_DESK_IDLE_MS - 1);
    store_memory_advance(house.database, 1000);
    house_hello(&house, &house.bea, false); /* in the very turn in which it would go */
    node_settle(&house.node);
    cr_assert_eq(desks(), 1);
    cr_assert(house.bea.client.has_welcome);
    peer_leave(&house.bea);
    node_wait(&house.node, LIMIT_DESK_IDLE_MS - 1);
    cr_assert_eq(desks(), 1);
    node_wait(&house.node, 1);
    cr_assert_eq(desks(), 0);
}

Test(unload, what_has_gone_is_loaded_again_and_a_resume_is_still_exact)
{
    house_join(&house, &house.bea);
    house_do(&house.bea, open_c1());
    come_and_go(&house.ana);
    house_do(&house.bea, (struct wire_command){.action = "complete"});
    peer_leave(&house.bea);
    node_wait(&house.node, LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 0);
    house_foreign(&house, sol(), COMMAND(REOPEN));
    house_resume(&house, &house.ana);
    cr_assert_eq(desks(), 1);
    cr_assert(peer_last(&house.ana, WIRE_WELCOME)->resumed);
    house_expect_in_sync(&house, &house.ana);
}

Test(unload, a_command_under_way_keeps_it_though_its_sender_has_gone)
{
    house_join(&house, &house.ana);
    node_wait(&house.node, 1);
    store_memory_set_delay_ms(house.node.store, 2 * LIMIT_DESK_IDLE_MS, 2 * LIMIT_DESK_IDLE_MS);
    house_send(&house.ana, open_c1());
    hub_work(house.node.hub);
    peer_leave(&house.ana);
    node_wait(&house.node, 2 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 1);
    store_memory_set_delay_ms(house.node.store, 0, 0);
    node_wait(&house.node, 20 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(house_truth(&house, "c1")->list, LIST_OPEN);
    cr_assert_eq(desks(), 0);
}

Test(unload, a_load_that_takes_longer_is_waited_for)
{
    store_memory_set_delay_ms(house.node.store, LIMIT_DESK_IDLE_MS, LIMIT_DESK_IDLE_MS);
    house_hello(&house, &house.ana, false);
    hub_work(house.node.hub);
    peer_leave(&house.ana);
    node_wait(&house.node, 2 * LIMIT_DESK_IDLE_MS - 1);
    cr_assert_eq(desks(), 1);
    node_wait(&house.node, 2 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 0);
}

Test(unload, a_pause_that_ends_soon_keeps_it_and_a_later_one_ends_in_time)
{
    house_join(&house, &house.ana);
    house_do(&house.ana, open_c1());
    peer_leave(&house.ana);
    node_wait(&house.node, 2 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 0, "an hour is long");
    node_wait(&house.node, HOUR_MS - 2 * LIMIT_DESK_IDLE_MS - 1);
    cr_assert_eq(desks(), 1, "the end is near");
    cr_assert_neq(house_truth(&house, "c1")->pause.kind, PAUSE_NONE);
    node_wait(&house.node, 100);
    cr_assert_eq(house_truth(&house, "c1")->pause.kind, PAUSE_NONE);

    house_resume(&house, &house.ana);
    house_do(&house.ana, (struct wire_command){.action = "keep_open",
                                               .pause = LIMIT_DESK_IDLE_MS + LIMIT_DESK_NEAR_MS - 1000});
    peer_leave(&house.ana);
    node_wait(&house.node, LIMIT_DESK_IDLE_MS + 1000);
    cr_assert_eq(desks(), 1, "loading it again would be for nothing");
    node_wait(&house.node, 2 * LIMIT_DESK_IDLE_MS + LIMIT_DESK_NEAR_MS);
    cr_assert_eq(desks(), 0);
    cr_assert_eq(house_truth(&house, "c1")->pause.kind, PAUSE_NONE);
}

Test(unload, nothing_is_given_up_while_the_database_is_away)
{
    come_and_go(&house.ana);
    store_memory_down(house.node.store);
    node_wait(&house.node, 3 * LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 1);
    store_memory_up(house.node.store);
    node_settle(&house.node);
    cr_assert_eq(desks(), 0);
}

Test(unload, a_desk_that_could_never_be_loaded_goes_too)
{
    for (int i = 0; i < 60; i++)
        store_memory_arm(house.node.store, STORE_MEMORY_FAIL_READS);
    house_hello(&house, &house.ana, false);
    node_wait(&house.node, 1500);
    peer_leave(&house.ana);
    cr_assert_eq(desks(), 1);
    node_wait(&house.node, LIMIT_DESK_IDLE_MS);
    cr_assert_eq(desks(), 0);
}

Test(unload, hints_and_heads_that_speak_of_it_afterwards_find_nobody)
{
    come_and_go(&house.ana);
    store_memory_set_delay_ms(house.node.store, 3000, 3000);
    node_wait(&house.node, LIMIT_DESK_IDLE_MS - 1);
    cr_assert_gt(store_memory_pending(house.node.store), 0, "its head is being looked at");
    house_foreign(&house, ana(), COMMAND(SEND_MESSAGE, .channel = BYTES("web"), .body = BYTES("hi")));
    node_wait(&house.node, 1);
    cr_assert_eq(desks(), 0);
    house.node.store->listener.hint(house.node.hub, 1, house_seq(&house));
    node_wait(&house.node, 10000);
    cr_assert_eq(desks(), 0);
}

/* Every desk that is there has its turn, however many others come and go meanwhile. */
Test(unload, the_look_at_the_heads_passes_nobody_over)
{
    enum { OTHERS = 40 };
    static struct peer others[OTHERS];
    struct random random = {.state = 5};
    house_join(&house, &house.ana);
    house_do(&house.ana, open_c1());
    for (int round = 0; round < 200; round++) {
        struct peer *peer = &others[random_below(&random, OTHERS)];
        if (peer->session != NULL) {
            peer_leave(peer);
        } else {
            struct wire_frame frame;
            char workspace[16];
            snprintf(workspace, sizeof(workspace), "w%u", (unsigned)(peer - others));
            peer_connect(peer, &house.node);
            wire_hello(&frame, peer_token(workspace, "eva", "agent", 0), "", -1);
            peer_send(peer, &frame);
        }
        house_foreign(&house, webchat(), COMMAND(CONTACT_MESSAGE, .body = BYTES("hello")));
        node_wait(&house.node, random_below(&random, 2 * LIMIT_DESK_IDLE_MS / 10));
        if (round % 10 == 0) {
            node_wait(&house.node, LIMIT_HEADS_POLL_MS);
            cr_assert_eq(house.ana.client.seq, house_seq(&house));
        }
    }
    for (int i = 0; i < OTHERS; i++)
        peer_finish(&others[i]);
    node_wait(&house.node, 2 * LIMIT_DESK_IDLE_MS);
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
    static struct peer people[LIMIT_DUE_WORKSPACES];
    struct store_ops counted = *house.node.store->ops;
    struct wire_frame frame;
    for (int i = 0; i < LIMIT_DUE_WORKSPACES; i++) {
        char workspace[16];
        snprintf(workspace, sizeof(workspace), "w%d", i);
        peer_connect(&people[i], &house.node);
        wire_hello(&frame, peer_token(workspace, "eva", "agent", 0), "", -1);
        peer_send(&people[i], &frame);
        node_settle(&house.node);
        struct wire_command open = open_c1();
        open.pause = 65 * 1000;
        house_do(&people[i], open);
    }
    node_wait(&house.node, 65 * 1000 - LIMIT_DUE_POLL_MS);
    ask = counted.ask;
    counted.ask = count_due;
    house.node.store->ops = &counted;
    node_wait(&house.node, LIMIT_DUE_POLL_MS - 1);
    cr_assert_leq(due_asked, 1);
    for (int i = 0; i < LIMIT_DUE_WORKSPACES; i++) {
        peer_leave(&people[i]);
        peer_finish(&people[i]);
    }
}
