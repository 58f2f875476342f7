#include "support/team.h"

#include <criterion/criterion.h>
#include <string.h>

#include "support/builders.h"

void team_init_with(struct team *team, struct hub_limits limits)
{
    *team = (struct team){.database = store_memory_database_create(NOON_MS)};
    server_start_with(&team->server, team->database, 0, limits);
    store_memory_up(team->server.store);
    server_settle(&team->server);
}

void team_init(struct team *team)
{
    team_init_with(team, HUB_LIMITS);
}

void team_finish(struct team *team)
{
    server_stop(&team->server);
    struct client *clients[] = {&team->ana, &team->bea, &team->sol, &team->bot, &team->contact};
    for (size_t i = 0; i < ARRAY_COUNT(clients); i++) {
        cr_assert_str_empty(clients[i]->wire.fault, "%s", clients[i]->wire.fault);
        client_finish(clients[i]);
    }
    store_memory_check(team->database);
    store_memory_database_destroy(&team->database);
}

static const char *token_of(const struct team *team, const struct client *client)
{
    if (client == &team->ana)
        return client_token(TEAM_WORKSPACE, "ana", "agent", 0);
    if (client == &team->bea)
        return client_token(TEAM_WORKSPACE, "bea", "agent", 0);
    if (client == &team->sol)
        return client_token(TEAM_WORKSPACE, "sol", "supervisor", 0);
    if (client == &team->bot)
        return client_token(TEAM_WORKSPACE, "bot", "automation", 0);
    return client_token(TEAM_WORKSPACE, "whatsapp", "channel", 0);
}

void team_hello(struct team *team, struct client *client, bool resume)
{
    struct wire_frame frame;
    client_connect(client, &team->server);
    if (resume)
        wire_hello_again(&frame, token_of(team, client), &client->wire);
    else
        wire_hello(&frame, token_of(team, client), NULL, -1);
    client_send(client, &frame);
}

void team_join(struct team *team, struct client *client)
{
    team_hello(team, client, false);
    server_settle(&team->server);
}

void team_resume(struct team *team, struct client *client)
{
    team_hello(team, client, true);
    server_settle(&team->server);
}

struct command_id team_send(struct client *client, struct wire_command command)
{
    struct wire_frame frame;
    if (command_id_is_reserved(command.id))
        command.id = command_id_next();
    if (command.conversation == NULL)
        command.conversation = "c1";
    wire_command(&frame, &command);
    client_send(client, &frame);
    return command.id;
}

const struct wire_message *team_do(struct client *client, struct wire_command command)
{
    struct command_id id = team_send(client, command);
    server_settle(client->server);
    const struct wire_message *answer = client_answer(client, id);
    cr_assert_not_null(answer, "no answer");
    return answer;
}

void team_foreign(struct team *team, struct actor actor, struct command command)
{
    command.id = command_id_next();
    if (command.conversation.size == 0)
        command.conversation = BYTES("c1");
    cr_assert_eq(store_memory_foreign(team->database, TEAM_WORKSPACE, &actor, &command), VERDICT_DONE);
}

const struct conversation *team_truth(const struct team *team, const char *id)
{
    return store_memory_find(team->database, TEAM_WORKSPACE, bytes_of_string(id));
}

int64_t team_seq(const struct team *team)
{
    size_t count;
    store_memory_log(team->database, TEAM_WORKSPACE, &count);
    return (int64_t)count;
}

int64_t team_mark(const struct team *team, int64_t seq)
{
    size_t count;
    const struct transition *log = store_memory_log(team->database, TEAM_WORKSPACE, &count);
    cr_assert(seq <= (int64_t)count);
    return seq == 0 ? 0 : log[seq - 1].at_ms;
}

void team_put_at(const struct team *team, struct client *client, int64_t seq)
{
    client->wire.seq = seq;
    client->wire.mark = team_mark(team, seq);
}

void team_expect_in_sync(const struct team *team, const struct client *client)
{
    cr_assert_str_empty(client->wire.fault, "%s", client->wire.fault);
    for (size_t i = 0; i < client->wire.rows_count; i++) {
        const struct wire_row *shown = &client->wire.rows[i];
        struct wire_row truth = wire_row_of(team_truth(team, shown->id));
        cr_assert(wire_row_equal(shown, &truth) || (shown->list == LIST_NONE && truth.list == LIST_NONE),
                  "%s is not as it is", shown->id);
    }
    cr_assert_eq(wire_client_count(&client->wire, LIST_OPEN),
                 store_memory_counts(team->database, TEAM_WORKSPACE).open);
    cr_assert_eq(hub_stats(team->server.hub).resyncs, 0);
}
