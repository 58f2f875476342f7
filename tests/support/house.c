#include "support/house.h"

#include <criterion/criterion.h>
#include <string.h>

#include "support/builders.h"

void house_init_with(struct house *house, struct hub_limits limits)
{
    *house = (struct house){.database = store_memory_database_create(NOON_MS)};
    node_start_with(&house->node, house->database, 0, limits);
    store_memory_up(house->node.store);
    node_settle(&house->node);
}

void house_init(struct house *house)
{
    house_init_with(house, HUB_LIMITS);
}

void house_finish(struct house *house)
{
    node_stop(&house->node);
    struct peer *peers[] = {&house->ana, &house->bea, &house->sol, &house->bot, &house->contact};
    for (size_t i = 0; i < ARRAY_COUNT(peers); i++) {
        cr_assert_str_empty(peers[i]->client.fault, "%s", peers[i]->client.fault);
        peer_finish(peers[i]);
    }
    store_memory_check(house->database);
    store_memory_database_destroy(&house->database);
}

static const char *token_of(const struct house *house, const struct peer *peer)
{
    if (peer == &house->ana)
        return peer_token(HOUSE_WORKSPACE, "ana", "agent", 0);
    if (peer == &house->bea)
        return peer_token(HOUSE_WORKSPACE, "bea", "agent", 0);
    if (peer == &house->sol)
        return peer_token(HOUSE_WORKSPACE, "sol", "supervisor", 0);
    if (peer == &house->bot)
        return peer_token(HOUSE_WORKSPACE, "bot", "automation", 0);
    return peer_token(HOUSE_WORKSPACE, "whatsapp", "channel", 0);
}

void house_hello(struct house *house, struct peer *peer, bool resume)
{
    struct wire_frame frame;
    peer_connect(peer, &house->node);
    if (resume)
        wire_hello_again(&frame, token_of(house, peer), &peer->client);
    else
        wire_hello(&frame, token_of(house, peer), NULL, -1);
    peer_send(peer, &frame);
}

void house_join(struct house *house, struct peer *peer)
{
    house_hello(house, peer, false);
    node_settle(&house->node);
}

void house_resume(struct house *house, struct peer *peer)
{
    house_hello(house, peer, true);
    node_settle(&house->node);
}

struct command_id house_send(struct peer *peer, struct wire_command command)
{
    struct wire_frame frame;
    if (command_id_is_reserved(command.id))
        command.id = command_id_next();
    if (command.conversation == NULL)
        command.conversation = "c1";
    wire_command(&frame, &command);
    peer_send(peer, &frame);
    return command.id;
}

const struct wire_message *house_do(struct peer *peer, struct wire_command command)
{
    struct command_id id = house_send(peer, command);
    node_settle(peer->node);
    const struct wire_message *answer = peer_answer(peer, id);
    cr_assert_not_null(answer, "no answer");
    return answer;
}

void house_foreign(struct house *house, struct actor actor, struct command command)
{
    command.id = command_id_next();
    if (command.conversation.size == 0)
        command.conversation = BYTES("c1");
    cr_assert_eq(store_memory_foreign(house->database, HOUSE_WORKSPACE, &actor, &command), VERDICT_DONE);
}

const struct conversation *house_truth(const struct house *house, const char *id)
{
    return store_memory_find(house->database, HOUSE_WORKSPACE, bytes_of_string(id));
}

int64_t house_seq(const struct house *house)
{
    size_t count;
    store_memory_log(house->database, HOUSE_WORKSPACE, &count);
    return (int64_t)count;
}

int64_t house_mark(const struct house *house, int64_t seq)
{
    size_t count;
    const struct transition *log = store_memory_log(house->database, HOUSE_WORKSPACE, &count);
    cr_assert(seq <= (int64_t)count);
    return seq == 0 ? 0 : log[seq - 1].at_ms;
}

void house_put_at(const struct house *house, struct peer *peer, int64_t seq)
{
    peer->client.seq = seq;
    peer->client.mark = house_mark(house, seq);
}

void house_expect_in_sync(const struct house *house, const struct peer *peer)
{
    cr_assert_str_empty(peer->client.fault, "%s", peer->client.fault);
    for (size_t i = 0; i < peer->client.rows_count; i++) {
        const struct wire_row *shown = &peer->client.rows[i];
        struct wire_row truth = wire_row_of(house_truth(house, shown->id));
        cr_assert(wire_row_equal(shown, &truth) || (shown->list == LIST_NONE && truth.list == LIST_NONE),
                  "%s is not as it is", shown->id);
    }
    cr_assert_eq(wire_client_count(&peer->client, LIST_OPEN),
                 store_memory_counts(house->database, HOUSE_WORKSPACE).open);
    cr_assert_eq(hub_stats(house->node.hub).resyncs, 0);
}
