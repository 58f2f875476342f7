#include <criterion/criterion.h>

#include "support/house.h"
#include "support/leak.h"

/* The places that a dashboard is told: each goes on from the one before, and has its mark. */

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

TestSuite(told_places, .init = begin, .fini = end);

static void open_c1(void)
{
    house_do(&house.ana,
             (struct wire_command){.action = "send_message", .body = "hi", .channel = "whatsapp"});
}

Test(told_places, each_sync_goes_on_where_the_one_before_ended_whatever_nobody_was_told_of_in_between)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bot);
    open_c1();
    int64_t to = peer_last(&house.ana, WIRE_SYNC)->to;
    for (int i = 0; i < 3; i++)
        house_do(&house.bot,
                 (struct wire_command){
                     .action = "bot_message", .body = "hi", .channel = "web", .conversation = "the bot's"});
    cr_assert_eq(peer_last(&house.ana, WIRE_SYNC)->to, to, "that is in neither list");
    house_do(&house.ana, (struct wire_command){.action = "complete"});
    cr_assert_eq(peer_last(&house.ana, WIRE_SYNC)->from, to);
    cr_assert_gt(peer_last(&house.ana, WIRE_SYNC)->to, to + 3);
    house_expect_in_sync(&house, &house.ana);
}

Test(told_places, a_resume_with_another_mark_starts_afresh)
{
    house_join(&house, &house.ana);
    open_c1();
    peer_leave(&house.ana);
    house.ana.client.mark--;
    house_resume(&house, &house.ana);
    cr_assert_not(peer_last(&house.ana, WIRE_WELCOME)->resumed);
    house_expect_in_sync(&house, &house.ana);
}

Test(told_places, every_place_that_a_client_is_told_has_its_mark)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bot);
    for (int i = 0; i < 5; i++) {
        const char *id = i % 2 == 0 ? "c1" : "c2";
        house_do(&house.bot,
                 (struct wire_command){.action = "open", .conversation = id, .channel = "whatsapp"});
        node_wait(&house.node, 1000);
    }
    size_t told = 0;
    for (size_t i = 0; i < house.ana.heard_count; i++) {
        const struct wire_message *heard = &house.ana.heard[i];
        if (heard->type == WIRE_SYNC)
            cr_assert_eq(heard->mark, house_mark(&house, heard->to));
        told += heard->type == WIRE_SYNC;
    }
    cr_assert_gt(told, 2);
}
