#include <criterion/criterion.h>

#include "support/team.h"

/* The places that a dashboard is told: each goes on from the one before, and has its mark. */

TestSuite(told_places, .init = team_begin, .fini = team_end);

Test(told_places, each_sync_goes_on_where_the_one_before_ended_whatever_nobody_was_told_of_in_between)
{
    team_join(&team.ana);
    team_join(&team.bot);
    open_c1();
    int64_t to = client_last(&team.ana, WIRE_SYNC)->to;
    for (int i = 0; i < 3; i++)
        team_do(&team.bot,
                (struct wire_command){
                    .action = "bot_message", .body = "hi", .channel = "web", .conversation = "the bot's"});
    cr_assert_eq(client_last(&team.ana, WIRE_SYNC)->to, to, "that is in neither list");
    team_do(&team.ana, (struct wire_command){.action = "complete"});
    cr_assert_eq(client_last(&team.ana, WIRE_SYNC)->from, to);
    cr_assert_gt(client_last(&team.ana, WIRE_SYNC)->to, to + 3);
    team_expect_in_sync(&team.ana);
}

Test(told_places, a_resume_with_another_mark_starts_afresh)
{
    team_join(&team.ana);
    open_c1();
    client_leave(&team.ana);
    team.ana.wire.mark--;
    team_resume(&team.ana);
    cr_assert_not(client_last(&team.ana, WIRE_WELCOME)->resumed);
    team_expect_in_sync(&team.ana);
}

Test(told_places, every_place_that_a_client_is_told_has_its_mark)
{
    team_join(&team.ana);
    team_join(&team.bot);
    for (int i = 0; i < 5; i++) {
        const char *id = i % 2 == 0 ? "c1" : "c2";
        team_do(&team.bot,
                (struct wire_command){.action = "open", .conversation = id, .channel = "whatsapp"});
        wait_ms(1000);
    }
    size_t told = 0;
    for (size_t i = 0; i < team.ana.heard_count; i++) {
        const struct wire_message *heard = &team.ana.heard[i];
        if (heard->type == WIRE_SYNC)
            cr_assert_eq(heard->mark, team_mark(heard->to));
        told += heard->type == WIRE_SYNC;
    }
    cr_assert_gt(told, 2);
}
