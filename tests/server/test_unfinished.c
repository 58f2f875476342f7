#include <criterion/criterion.h>
#include <stdio.h>

#include "app/hub/private.h"
#include "app/session/session.h"
#include "app/session/sessions_private.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/team.h"

/* What is kept of messages that have not come whole. */

static struct wire_frame frame;

TestSuite(unfinished, .init = team_begin, .fini = team_end);

enum { WHOLE = LIMIT_FRAME_BYTES };
enum { CONNECTIONS = LIMIT_UNFINISHED_PERSON_BYTES / WHOLE + 1 };

static void connect_as(struct client *client, const char *id)
{
    join_as(client, id, "agent");
    cr_assert_eq(client->closed, CLOSE_NONE);
}

static size_t held(void)
{
    return team.server.hub->sessions->unfinished_bytes;
}

Test(unfinished, messages_of_a_person_are_bounded_over_all_his_connections)
{
    struct client own[CONNECTIONS] = {0};
    struct client other = {0};
    connect_as(&other, "bruno");
    for (int i = 0; i < CONNECTIONS; i++)
        connect_as(&own[i], "ana");
    for (int i = 0; i < CONNECTIONS - 1; i++)
        cr_assert(session_hold_bytes(own[i].session, WHOLE));
    cr_assert_not(session_hold_bytes(own[CONNECTIONS - 1].session, 1));
    cr_assert(session_hold_bytes(other.session, WHOLE));
    settle();
    cr_assert_eq(own[CONNECTIONS - 1].closed, CLOSE_TOO_FAST);
    cr_assert_eq(own[0].closed, CLOSE_NONE);
    cr_assert_eq(held(), (size_t)LIMIT_UNFINISHED_PERSON_BYTES + WHOLE);

    session_release_bytes(own[0].session);
    cr_assert(session_hold_bytes(own[1].session, WHOLE));
    for (int i = 0; i < CONNECTIONS; i++)
        client_finish(&own[i]);
    client_finish(&other);
    cr_assert_eq(held(), 0);
}

Test(unfinished, messages_of_strangers_leave_room_for_everybody_else)
{
    enum { STRANGERS = LIMIT_UNFINISHED_STRANGERS_BYTES / LIMIT_HELLO_BYTES + 1 };
    static struct client strangers[STRANGERS];
    struct client ana = {0};
    connect_as(&ana, "ana");
    for (int i = 0; i < STRANGERS; i++) {
        client_connect(&strangers[i], &team.server);
        cr_assert_eq(session_message_bytes(strangers[i].session), LIMIT_HELLO_BYTES);
        cr_assert_eq(session_hold_bytes(strangers[i].session, LIMIT_HELLO_BYTES), i < STRANGERS - 1);
    }
    settle();
    cr_assert_eq(strangers[STRANGERS - 1].closed, CLOSE_TRY_LATER);
    cr_assert_eq(session_message_bytes(ana.session), LIMIT_FRAME_BYTES);
    cr_assert(session_hold_bytes(ana.session, WHOLE));
    for (int i = 0; i < STRANGERS; i++)
        client_finish(&strangers[i]);
    client_finish(&ana);
    cr_assert_eq(held(), 0);
}

Test(unfinished, messages_of_all_are_bounded)
{
    enum { PEOPLE = LIMIT_UNFINISHED_BYTES / WHOLE + 1 };
    static struct client people[PEOPLE];
    for (int i = 0; i < PEOPLE; i++) {
        char id[16];
        snprintf(id, sizeof(id), "agent-%d", i);
        connect_as(&people[i], id);
        cr_assert_eq(session_hold_bytes(people[i].session, WHOLE), i < PEOPLE - 1);
    }
    settle();
    cr_assert_eq(people[PEOPLE - 1].closed, CLOSE_TRY_LATER);
    for (int i = 0; i < PEOPLE; i++)
        client_finish(&people[i]);
    cr_assert_eq(held(), 0);
}

Test(unfinished, messages_of_a_session_that_closes_are_not_kept)
{
    struct client ana = {0};
    connect_as(&ana, "ana");
    session_fail(ana.session, CLOSE_TOO_BIG);
    cr_assert_not(session_hold_bytes(ana.session, 1));
    cr_assert_not(session_pay_frame(ana.session));
    client_finish(&ana);
}

Test(unfinished, messages_are_paid_for_by_each_of_their_frames)
{
    struct client ana = {0};
    connect_as(&ana, "ana");
    for (int i = 0; i < LIMIT_FRAMES_PER_S - 2; i++)
        cr_assert(session_pay_frame(ana.session), "%d", i);
    for (int i = 0; i < LIMIT_FRAMES_PER_S && session_pay_frame(ana.session); i++)
        ;
    settle();
    cr_assert_eq(ana.closed, CLOSE_TOO_FAST);
    client_finish(&ana);
}

Test(unfinished, bytes_that_nobody_saw_are_forgiven_slowly)
{
    struct client ana = {0};
    connect_as(&ana, "ana");
    session_pay_unseen(ana.session, LIMIT_UNSEEN_BYTES);
    for (int second = 0; second < 100; second++) {
        wait_ms(1000);
        session_pay_unseen(ana.session, LIMIT_UNSEEN_BYTES_PER_S);
    }
    settle();
    cr_assert_eq(ana.closed, CLOSE_NONE);
    session_pay_unseen(ana.session, 1);
    settle();
    cr_assert_eq(ana.closed, CLOSE_TOO_FAST);
    client_finish(&ana);
}

Test(unfinished, renewals_of_a_token_are_a_few_a_minute)
{
    struct client ana = {0};
    connect_as(&ana, "ana");
    for (int minute = 0; minute < 2; minute++) {
        for (int i = 0; i < LIMIT_RENEWALS; i++) {
            wire_hello(&frame, client_token(TEAM_WORKSPACE, "ana", "agent", 0), NULL, -1);
            client_send(&ana, &frame);
        }
        settle();
        cr_assert_eq(ana.closed, CLOSE_NONE);
        wait_ms(LIMIT_RENEWALS_MS);
    }
    for (int i = 0; i <= LIMIT_RENEWALS; i++) {
        wire_hello(&frame, client_token(TEAM_WORKSPACE, "ana", "agent", 0), NULL, -1);
        client_send(&ana, &frame);
    }
    settle();
    cr_assert_eq(ana.closed, CLOSE_TOO_FAST);
    client_finish(&ana);
}
