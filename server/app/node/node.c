#include "app/node/node.h"

#include <assert.h>

#include "app/node/lookup.h"

/* Reads are also taken while the database is away: the commands that wait for them are refused then. */
static void node_init_turns(struct node *node)
{
    static const struct rate_limit no_limit = {0, 0};
    fair_queue_init(&node->arrivals.queue, SIZE_MAX, SIZE_MAX, no_limit);
    fair_queue_init(&node->lookups.queue, LIMIT_LOOKUPS_AT_ONCE, LIMIT_LOOKUPS_OF_WORKSPACE_AT_ONCE,
                    no_limit);
    fair_queue_init(&node->reads.queue, LIMIT_READS_AT_ONCE, LIMIT_READS_OF_WORKSPACE_AT_ONCE, no_limit);
    turns_init(&node->lookups, node, WORK_LOOKUPS, lookup_take);
    node->lookups.needs_store = true;
    turns_init(&node->reads, node, WORK_READS, lookup_take);
}

void node_init(struct node *node, const struct node_options *options)
{
    *node = (struct node){.options = *options, .now = options->now};
    node->number = hash_sip(options->random, bytes_of_string("node"));
    timings_tell(&node->timings, options->now.mono_us);
    alarms_init(&node->alarms);
    alarms_init(&node->database_alarms);
    worklist_init(&node->worklist);
    list_init(&node->ready);
    node_init_turns(node);
    node_set_quotas(node, &options->quotas);
}

void node_finish(struct node *node)
{
    fair_queue_finish(&node->arrivals.queue);
    fair_queue_finish(&node->lookups.queue);
    fair_queue_finish(&node->reads.queue);
    peers_finish(&node->peers);
    alarms_finish(&node->alarms);
    alarms_finish(&node->database_alarms);
    text_unref(&node->epoch);
}

void node_set_quotas(struct node *node, const struct quotas *quotas)
{
    node->options.quotas = *quotas;
    node->lookups.queue.of_group = (struct rate_limit){quotas->lookups_per_s, 2 * quotas->lookups_per_s};
}

/* While the database commits nothing, dues cannot be carried out; they wait until it commits again. */
static bool node_can_carry_out_dues(const struct node *node)
{
    return node_can_commit(node) && node->clock.is_known;
}

void node_advance(struct node *node, struct moment now)
{
    assert(now.mono_us >= node->now.mono_us);
    node->now = now;
    timings_tell(&node->timings, now.mono_us);
    alarms_ring(&node->alarms, node_mono_ms(node));
    if (node_can_carry_out_dues(node))
        alarms_ring(&node->database_alarms, node_now_ms(node));
}

int64_t node_deadline_us(const struct node *node)
{
    int64_t first_ms = alarms_first_ms(&node->alarms);
    int64_t due_ms = node_can_carry_out_dues(node) ? alarms_first_ms(&node->database_alarms) : INT64_MAX;
    int64_t first_us = first_ms == INT64_MAX ? INT64_MAX : first_ms * 1000;
    int64_t due_us = due_ms == INT64_MAX ? INT64_MAX : clock_mono_us(&node->clock, due_ms);
    if (!worklist_is_empty(&node->worklist))
        return node->now.mono_us;
    return first_us < due_us ? first_us : due_us;
}

int64_t node_now_ms(const struct node *node)
{
    return node->clock.is_known ? clock_ms(&node->clock, node->now.mono_us) : node->now.wall_ms;
}

struct command_id node_make_id(struct node *node)
{
    struct command_id id;
    do {
        uint8_t counter[9] = {0};
        store_be64(counter, ++node->ids_made);
        store_be64(id.bytes, hash_sip(node->options.random, bytes_make(counter, sizeof(counter))));
        counter[8] = 1;
        store_be64(id.bytes + 8, hash_sip(node->options.random, bytes_make(counter, sizeof(counter))));
    } while (command_id_is_reserved(id));
    return id;
}
