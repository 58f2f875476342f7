#include <criterion/criterion.h>
#include <stdio.h>

#include "app/revocations.h"
#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* What is known of revocations. */

static struct revocations known;

static void add(const char *workspace, const char *id, int64_t at_ms)
{
    struct revocation revocation = {.workspace = text_create(bytes_of_string(workspace)),
                                    .id = text_create(bytes_of_string(id)),
                                    .at_ms = at_ms,
                                    .number = known.newest_number + 1};
    revocations_add(&known, &revocation);
    text_unref(&revocation.workspace);
    text_unref(&revocation.id);
}

static bool is_void(const char *workspace, const char *id, int64_t issued_ms)
{
    struct identity identity = {.workspace = text_create(bytes_of_string(workspace)),
                                .id = text_create(bytes_of_string(id)),
                                .issued_ms = issued_ms};
    bool answer = revocations_void(&known, &identity);
    identity_finish(&identity);
    return answer;
}

static void begin_known(void)
{
    revocations_init(&known, (struct hash_key){{1, 2}});
}

static void end_known(void)
{
    revocations_finish(&known);
    assert_no_leak();
}

TestSuite(revocations, .init = begin_known, .fini = end_known);

Test(revocations, concern_one_person_of_one_workspace)
{
    cr_assert_not(is_void("demo", "ana", 0), "nobody's at first, also where a token does not say when");
    add("demo", "ana", 5000);
    cr_assert(is_void("demo", "ana", 0));
    cr_assert(is_void("demo", "ana", 5000));
    cr_assert_not(is_void("demo", "ana", 5001));
    cr_assert_not(is_void("demo", "bea", 0));
    cr_assert_not(is_void("other", "ana", 0));
    cr_assert_not(is_void("dem", "oana", 0));
}

Test(revocations, of_one_person_come_to_the_latest)
{
    add("demo", "ana", 5000);
    add("demo", "ana", 9000);
    add("demo", "ana", 7000);
    cr_assert(is_void("demo", "ana", 9000));
    cr_assert_eq(known.by_person.count, 1);
    cr_assert_eq(known.newest_number, 3);
}

Test(revocations, that_are_too_many_void_all_tokens_as_old_as_those_that_were_forgotten)
{
    char id[16];
    for (int i = 0; i < LIMIT_REVOCATIONS + 2; i++) {
        snprintf(id, sizeof(id), "agent%d", i);
        add("demo", id, 1000 + i);
        cr_assert_eq(is_void("demo", "ana", 1000), i >= LIMIT_REVOCATIONS);
    }
    cr_assert_eq(known.by_person.count, LIMIT_REVOCATIONS);
    cr_assert(is_void("demo", "agent0", 1000));
    cr_assert(is_void("demo", "agent1", 1001));
    cr_assert(is_void("demo", "agent2", 1002));
    cr_assert(is_void("other", "ana", 1001));
    cr_assert_not(is_void("other", "ana", 1002));
}

/* What the server does about them. */

static struct house house;
static struct wire_frame frame;

static void begin(void)
{
    house_init(&house);
}

static void end(void)
{
    house_finish(&house);
    assert_no_leak();
}

TestSuite(revoking, .init = begin, .fini = end);

static void assert_revoked(const struct peer *peer)
{
    cr_assert_eq(peer->closed, CLOSE_BAD_TOKEN);
    cr_assert_str_eq(peer->close_detail, "the token has been revoked");
}

static void connect_with(struct peer *peer, const char *token)
{
    peer_connect(peer, &house.node);
    wire_hello(&frame, token, NULL, -1);
    peer_send(peer, &frame);
    node_settle(&house.node);
}

Test(revoking, closes_who_is_connected_and_nobody_else)
{
    house_join(&house, &house.ana);
    house_join(&house, &house.bea);
    store_memory_revoke(house.database, HOUSE_WORKSPACE, "ana");
    store_memory_revoke(house.database, "other", "bea");
    node_wait(&house.node, LIMIT_REVOCATIONS_POLL_MS);
    assert_revoked(&house.ana);
    cr_assert_eq(house.bea.closed, CLOSE_NONE);
}

Test(revoking, refuses_a_hello_with_a_token_from_before_and_takes_a_newer_one)
{
    store_memory_revoke(house.database, HOUSE_WORKSPACE, "ana");
    node_wait(&house.node, LIMIT_REVOCATIONS_POLL_MS);
    connect_with(&house.ana, peer_token_issued(HOUSE_WORKSPACE, "ana", "agent", NOON_MS - 1));
    assert_revoked(&house.ana);
    connect_with(&house.ana, peer_token_issued(HOUSE_WORKSPACE, "ana", "agent", NOON_MS + 1000));
    cr_assert_eq(house.ana.closed, CLOSE_NONE);
    cr_assert_not_null(peer_last(&house.ana, WIRE_WELCOME));
}

Test(revoking, refuses_to_renew_with_a_token_from_before)
{
    connect_with(&house.ana, peer_token_issued(HOUSE_WORKSPACE, "ana", "agent", NOON_MS + 1000));
    store_memory_revoke(house.database, HOUSE_WORKSPACE, "ana");
    node_wait(&house.node, LIMIT_REVOCATIONS_POLL_MS);
    cr_assert_eq(house.ana.closed, CLOSE_NONE);
    wire_hello(&frame, peer_token_issued(HOUSE_WORKSPACE, "ana", "agent", NOON_MS), NULL, -1);
    peer_send(&house.ana, &frame);
    node_settle(&house.node);
    assert_revoked(&house.ana);
}

Test(revoking, works_for_automation_and_channels)
{
    house_join(&house, &house.bot);
    house_join(&house, &house.contact);
    store_memory_revoke(house.database, HOUSE_WORKSPACE, "bot");
    store_memory_revoke(house.database, HOUSE_WORKSPACE, "whatsapp");
    node_wait(&house.node, LIMIT_REVOCATIONS_POLL_MS);
    assert_revoked(&house.bot);
    assert_revoked(&house.contact);
}

Test(revoking, a_secret_that_is_gone_closes_whoever_came_by_it_and_nobody_else)
{
    connect_with(&house.ana, peer_token_issued(HOUSE_WORKSPACE, "ana", "agent", NOON_MS - 1));
    connect_with(&house.bea, peer_token_issued(HOUSE_WORKSPACE, "bea", "agent", NOON_MS - 2));
    connect_with(&house.bot, peer_token_issued(HOUSE_WORKSPACE, "bot", "automation", NOON_MS - 1));
    peer_connect(&house.contact, &house.node); /* and says nothing yet */
    wire_hello(&frame, peer_token_issued(HOUSE_WORKSPACE, "bea", "agent", NOON_MS - 3), NULL, -1);
    peer_send(&house.bea, &frame); /* a renewed token is what counts */
    node_settle(&house.node);
    cr_assert_eq(hub_check_trust(house.node.hub), 0);
    house.node.distrusted = NOON_MS - 2;
    cr_assert_eq(hub_check_trust(house.node.hub), 0);
    house.node.distrusted = NOON_MS - 1;
    cr_assert_eq(hub_check_trust(house.node.hub), 2);
    cr_assert_eq(hub_check_trust(house.node.hub), 0, "once");
    node_settle(&house.node);
    cr_assert_eq(house.ana.closed, CLOSE_BAD_TOKEN);
    cr_assert_str_eq(house.ana.close_detail, "the token's secret is not in use any more");
    cr_assert_eq(house.bot.closed, CLOSE_BAD_TOKEN);
    cr_assert_eq(house.bea.closed, CLOSE_NONE);
    cr_assert_eq(house.contact.closed, CLOSE_NONE);
}

Test(revoking, lets_nobody_join_before_all_revocations_are_known)
{
    struct node second;
    struct peer ana = {0};
    char id[16];
    house_join(&house, &house.ana); /* so that she is recorded, and could be welcomed at once */
    peer_leave(&house.ana);
    for (int i = 0; i < LIMIT_REVOCATIONS_READ; i++) {
        snprintf(id, sizeof(id), "agent%d", i);
        store_memory_revoke(house.database, HOUSE_WORKSPACE, id);
    }
    store_memory_revoke(house.database, HOUSE_WORKSPACE, "ana");
    node_start(&second, house.database, 0);
    peer_connect(&ana, &second);
    wire_hello(&frame, peer_token(HOUSE_WORKSPACE, "ana", "agent", 0), NULL, -1);
    peer_send(&ana, &frame);

    store_memory_up(second.store);
    node_settle(&second);

    assert_revoked(&ana);
    cr_assert_null(peer_last(&ana, WIRE_WELCOME));
    peer_finish(&ana);
    node_stop(&second);
}
