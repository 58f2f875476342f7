#include <criterion/criterion.h>
#include <stdio.h>

#include "app/hub_private.h"
#include "protocol/limits.h"
#include "support/builders.h"
#include "support/house.h"
#include "support/leak.h"

/* What one workspace may take of a node, so that the others have theirs. */

enum { PEERS = 16 };

static struct house house;
static struct wire_frame frame;
static struct peer peers[PEERS];

static void begin(void)
{
    house_init(&house);
}

static void end(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(peers); i++)
        peer_finish(&peers[i]);
    house_finish(&house);
    assert_no_leak();
}

TestSuite(quotas, .init = begin, .fini = end);

static void connect_with(struct peer *peer, const char *workspace, const char *id, const char *role)
{
    peer_connect(peer, &house.node);
    wire_hello(&frame, peer_token(workspace, id, role, 0), NULL, -1);
    peer_send(peer, &frame);
    node_settle(&house.node);
}

/* So many people, each by one connection. */
static void fill(int count)
{
    char id[16];
    for (int i = 0; i < count; i++) {
        snprintf(id, sizeof(id), "p%d", i);
        connect_with(&peers[i], HOUSE_WORKSPACE, id, "agent");
    }
}

static uint64_t refused(enum quota quota)
{
    return hub_stats(house.node.hub).quota_refusals[quota];
}

Test(quotas, close_one_connection_more_than_the_workspace_may_have)
{
    hub_set_quotas(house.node.hub, &(struct quotas){.connections = 3});
    fill(4);
    cr_assert_eq(peers[2].closed, CLOSE_NONE);
    cr_assert_eq(peers[3].closed, CLOSE_TOO_MANY_CONNECTIONS);
    cr_assert_eq(refused(QUOTA_CONNECTIONS), 1);
}

Test(quotas, leave_the_connections_of_other_workspaces_alone)
{
    hub_set_quotas(house.node.hub, &(struct quotas){.connections = 3});
    fill(3);
    connect_with(&peers[3], "other", "ana", "agent");
    cr_assert_eq(peers[3].closed, CLOSE_NONE);
}

Test(quotas, make_room_for_a_connection_when_one_goes)
{
    hub_set_quotas(house.node.hub, &(struct quotas){.connections = 3});
    fill(4);
    peer_finish(&peers[3]);
    peer_finish(&peers[0]);
    connect_with(&peers[0], HOUSE_WORKSPACE, "zoe", "agent");
    cr_assert_eq(peers[0].closed, CLOSE_NONE);
}

Test(quotas, that_are_lowered_close_nobody_who_is_connected)
{
    fill(3);
    hub_set_quotas(house.node.hub, &(struct quotas){.connections = 1});
    connect_with(&peers[3], HOUSE_WORKSPACE, "zoe", "agent");
    cr_assert_eq(peers[3].closed, CLOSE_TOO_MANY_CONNECTIONS);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(peers[i].closed, CLOSE_NONE, "%d", i);
    hub_set_quotas(house.node.hub, &QUOTAS);
    connect_with(&peers[4], HOUSE_WORKSPACE, "zoe", "agent");
    cr_assert_eq(peers[4].closed, CLOSE_NONE);
}
