#include "suite.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* The tests of the suite that are about consumers. */

static struct store_consume run(struct world *world, int node, struct store_consume consume)
{
    consume.request.kind = STORE_CONSUME;
    world_ask(world, node, &consume.request);
    return consume;
}

/* The mark of that seq; 1 where the log has not got there. */
static int64_t mark_of(struct world *world, int64_t workspace_id, int64_t seq)
{
    if (seq <= 0)
        return 0;
    struct draft *log = world_read_log(world, 0, workspace_id, 0);
    int64_t mark_ms = seq <= (int64_t)log->append.foreign_count ? log->append.foreign[seq - 1].at_ms : 1;
    draft_destroy(&log);
    return mark_ms;
}

static struct store_consume attach_at(struct world *world, int node, int64_t workspace_id, const char *name,
                                      int64_t seq, int64_t mark_ms)
{
    return run(world, node,
               (struct store_consume){.request = {.kind = STORE_CONSUME},
                                      .workspace_id = workspace_id,
                                      .role = ROLE_AUTOMATION,
                                      .owner = bytes_of_string("flows"),
                                      .name = bytes_of_string(name),
                                      .seq = seq,
                                      .mark_ms = mark_ms});
}

static struct store_consume attach(struct world *world, int node, int64_t workspace_id, const char *name,
                                   int64_t seq)
{
    return attach_at(world, node, workspace_id, name, seq, mark_of(world, workspace_id, seq));
}

/* Who acknowledges knows the log up to there. */
static struct store_consume acknowledge_at(struct world *world, int node, int64_t workspace_id,
                                           const char *name, int64_t generation, int64_t seq,
                                           int64_t known_seq, int64_t known_mark_ms)
{
    return run(world, node,
               (struct store_consume){.request = {.kind = STORE_CONSUME},
                                      .workspace_id = workspace_id,
                                      .role = ROLE_AUTOMATION,
                                      .owner = bytes_of_string("flows"),
                                      .name = bytes_of_string(name),
                                      .generation = generation,
                                      .seq = seq,
                                      .known_seq = known_seq,
                                      .known_mark_ms = known_mark_ms});
}

static struct store_consume acknowledge(struct world *world, int node, int64_t workspace_id, const char *name,
                                        int64_t generation, int64_t seq)
{
    return acknowledge_at(world, node, workspace_id, name, generation, seq, seq,
                          mark_of(world, workspace_id, seq));
}

static void assert_attached(struct store_consume consume, int64_t generation, int64_t acked_seq)
{
    cr_assert_eq(consume.result, CONSUME_OK);
    cr_assert_eq(consume.generation_r, generation);
    cr_assert_eq(consume.acked_seq_r, acked_seq);
}

static int64_t begin_with_log(struct world *world, int count)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    for (int i = 0; i < count; i++) {
        char id[16];
        snprintf(id, sizeof(id), "c%d", i);
        draft_move(draft, id, NULL, LIST_OPEN);
    }
    draft_commit(draft, 0);
    draft_destroy(&draft);
    return workspace_id;
}

void suite_keeps_a_consumers_place(struct world *world)
{
    int64_t workspace_id = begin_with_log(world, 10);
    assert_attached(attach(world, 0, workspace_id, "main", -1), 1, 10);
    assert_attached(attach(world, 0, workspace_id, "from-the-begin", 0), 1, 0);
    assert_attached(acknowledge(world, 0, workspace_id, "from-the-begin", 1, 7), 1, 7);
    assert_attached(attach(world, 1, workspace_id, "from-the-begin", -1), 2, 7);
    assert_attached(attach(world, 1, workspace_id, "from-the-begin", 3), 3, 3);
    assert_attached(attach(world, 1, workspace_id, "main", -1), 2, 10);
}

void suite_never_moves_a_consumer_back_or_beyond_the_log(struct world *world)
{
    int64_t workspace_id = begin_with_log(world, 10);
    assert_attached(attach(world, 0, workspace_id, "main", 0), 1, 0);
    assert_attached(acknowledge(world, 0, workspace_id, "main", 1, 7), 1, 7);
    assert_attached(acknowledge(world, 0, workspace_id, "main", 1, 5), 1, 7);
    cr_assert_eq(acknowledge(world, 0, workspace_id, "main", 1, 99).result, CONSUME_OTHER_LOG);
    assert_attached(attach(world, 0, workspace_id, "main", 99), 2, 7);
}

void suite_says_the_mark_of_a_consumers_place(struct world *world)
{
    int64_t workspace_id = begin_with_log(world, 4);
    struct conversation state = draft_begin(world, workspace_id, "later", LIST_OPEN);
    int64_t end_ms = mark_of(world, workspace_id, 5);
    struct store_consume new = attach(world, 0, workspace_id, "main", -1);
    assert_attached(new, 1, 5);
    cr_assert_eq(new.acked_mark_r, end_ms);
    cr_assert_not(new.is_resumed_r, "there was nothing to go on from");
    struct store_consume back = attach(world, 0, workspace_id, "main", 2);
    assert_attached(back, 2, 2);
    cr_assert_eq(back.acked_mark_r, mark_of(world, workspace_id, 2));
    cr_assert(back.is_resumed_r);
    /* Whether whoever acknowledges knows the mark or not. */
    struct store_consume acked = acknowledge_at(world, 0, workspace_id, "main", 2, 3, 5, end_ms);
    cr_assert_eq(acked.acked_mark_r, mark_of(world, workspace_id, 3));
    struct store_consume kept = attach(world, 1, workspace_id, "main", -1);
    assert_attached(kept, 3, 3);
    cr_assert_eq(kept.acked_mark_r, mark_of(world, workspace_id, 3));
    cr_assert(kept.is_resumed_r);
    conversation_finish(&state);
}

void suite_begins_where_it_was_where_a_consumers_place_is_another_logs(struct world *world)
{
    int64_t workspace_id = begin_with_log(world, 10);
    int64_t mark_ms = mark_of(world, workspace_id, 7);
    struct store_consume unknown = attach_at(world, 0, workspace_id, "unknown", 7, mark_ms + 1);
    assert_attached(unknown, 1, 0);
    cr_assert_not(unknown.is_resumed_r, "it gets all that there is");
    attach(world, 0, workspace_id, "main", 4);
    struct store_consume astray = attach_at(world, 0, workspace_id, "main", 7, mark_ms + 1);
    assert_attached(astray, 2, 4);
    cr_assert_not(astray.is_resumed_r);
    assert_attached(attach_at(world, 0, workspace_id, "main", 7, mark_ms), 3, 7);
    assert_attached(attach_at(world, 0, workspace_id, "main", 0, 1), 4, 7);
    world->forget(world, "w", 8);
    struct store_consume old = attach_at(world, 0, workspace_id, "main", 5, 1);
    assert_attached(old, 5, 5);
    cr_assert(old.is_resumed_r, "nobody can tell any more; that something is lost is said by the log");
}

void suite_acknowledges_nothing_that_is_of_another_log(struct world *world)
{
    int64_t workspace_id = begin_with_log(world, 10);
    int64_t mark_ms = mark_of(world, workspace_id, 10);
    attach(world, 0, workspace_id, "main", 0);
    for (int64_t known_seq = 9; known_seq <= 11; known_seq++)
        cr_assert_eq(acknowledge_at(world, 0, workspace_id, "main", 1, 9, known_seq, mark_ms + 1).result,
                     CONSUME_OTHER_LOG);
    struct store_consume kept = attach(world, 0, workspace_id, "main", -1);
    assert_attached(kept, 2, 0);
    cr_assert(kept.is_resumed_r);
}

void suite_tells_a_consumer_that_it_has_been_replaced(struct world *world)
{
    int64_t workspace_id = begin_with_log(world, 10);
    attach(world, 0, workspace_id, "main", 2);
    attach(world, 1, workspace_id, "main", -1);
    struct store_consume old = acknowledge(world, 0, workspace_id, "main", 1, 9);
    cr_assert_eq(old.result, CONSUME_REPLACED);
    assert_attached(acknowledge(world, 1, workspace_id, "main", 2, 2), 2, 2);
    cr_assert_eq(acknowledge(world, 1, workspace_id, "nobody", 1, 2).result, CONSUME_REPLACED);
}

void suite_tells_consumers_apart_by_role_owner_name_and_workspace(struct world *world)
{
    int64_t workspace_id = begin_with_log(world, 3);
    struct store_consume consume = {.request = {.kind = STORE_CONSUME},
                                    .workspace_id = workspace_id,
                                    .role = ROLE_AUTOMATION,
                                    .owner = bytes_of_string("flows"),
                                    .name = bytes_of_string("main")};
    assert_attached(run(world, 0, consume), 1, 0);
    consume.role = ROLE_CHANNEL;
    assert_attached(run(world, 0, consume), 1, 0);
    consume.owner = bytes_of_string("web");
    assert_attached(run(world, 0, consume), 1, 0);
    consume.name = bytes_of_string("second");
    assert_attached(run(world, 0, consume), 1, 0);
    consume.workspace_id = world_workspace(world, "other");
    assert_attached(run(world, 0, consume), 1, 0);
    assert_attached(run(world, 0, consume), 2, 0);
}

void suite_keeps_consumers_with_the_longest_names(struct world *world)
{
    int64_t workspace_id = begin_with_log(world, 3);
    static uint8_t longest[LIMIT_ID_BYTES];
    memset(longest, 'x', sizeof(longest));
    struct store_consume consume = {.request = {.kind = STORE_CONSUME},
                                    .workspace_id = workspace_id,
                                    .role = ROLE_CHANNEL,
                                    .owner = bytes_make(longest, sizeof(longest)),
                                    .name = bytes_make(longest, sizeof(longest))};
    assert_attached(run(world, 0, consume), 1, 0);
    assert_attached(run(world, 1, consume), 2, 0);
}

void suite_refuses_too_many_consumers(struct world *world)
{
    int64_t workspace_id = begin_with_log(world, 1);
    for (int i = 0; i < LIMIT_CONSUMERS; i++) {
        char name[16];
        snprintf(name, sizeof(name), "c%d", i);
        assert_attached(attach(world, i % WORLD_NODES, workspace_id, name, 0), 1, 0);
    }
    cr_assert_eq(attach(world, 0, workspace_id, "more", 0).result, CONSUME_TOO_MANY);
    assert_attached(attach(world, 0, workspace_id, "c7", 0), 2, 0);
    assert_attached(attach(world, 0, world_workspace(world, "other"), "more", 0), 1, 0);
}

void suite_serves_the_newest_of_two_that_attach_at_once(struct world *world)
{
    int64_t workspace_id = begin_with_log(world, 1);
    struct store_consume consumes[WORLD_NODES];
    for (int node = 0; node < WORLD_NODES; node++) {
        consumes[node] = (struct store_consume){.request = {.kind = STORE_CONSUME},
                                                .workspace_id = workspace_id,
                                                .role = ROLE_AUTOMATION,
                                                .owner = bytes_of_string("flows"),
                                                .name = bytes_of_string("main")};
        world_send(world, node, &consumes[node].request);
    }
    world_run(world);
    int64_t sum = 0;
    for (int node = 0; node < WORLD_NODES; node++) {
        cr_assert_eq(consumes[node].result, CONSUME_OK);
        sum += consumes[node].generation_r;
    }
    cr_assert_eq(sum, 1 + 2);
}
