#include "team.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/builders.h"
#include "support/leak.h"

struct team team;

/* From the beginning to the end. */

void team_begin_with(struct node_limits limits)
{
    team = (struct team){.database = store_memory_database_create(NOON_MS)};
    server_start_with(&team.server, team.database, 0, limits);
    store_memory_up(team.server.store);
    settle();
}

void team_begin(void)
{
    team_begin_with(NODE_LIMITS);
}

/* No cr_assert here: Criterion does not count one that fails after the test. */
static void end_client(struct client *client)
{
    if (client->wire.fault[0] != '\0') {
        fprintf(stderr, "a client found fault: %s\n", client->wire.fault);
        abort();
    }
    client_finish(client);
}

void team_end(void)
{
    server_stop(&team.server);
    struct client *client;
    while ((client = client_of_all()) != NULL)
        end_client(client);
    store_memory_check(team.database);
    store_memory_database_destroy(&team.database);
    assert_no_leak();
}

void settle(void)
{
    server_settle(&team.server);
}

void wait_ms(int64_t ms)
{
    server_wait(&team.server, ms);
}

/* Who is there. */

static const char *token_of(const struct client *client)
{
    if (client == &team.ana)
        return client_token(TEAM_WORKSPACE, "ana", "agent", 0);
    if (client == &team.bea)
        return client_token(TEAM_WORKSPACE, "bea", "agent", 0);
    if (client == &team.sol)
        return client_token(TEAM_WORKSPACE, "sol", "supervisor", 0);
    if (client == &team.bot)
        return client_token(TEAM_WORKSPACE, "bot", "automation", 0);
    return client_token(TEAM_WORKSPACE, "whatsapp", "channel", 0);
}

void team_hello(struct client *client, bool resume)
{
    struct wire_frame frame;
    client_connect(client, &team.server);
    if (resume)
        wire_hello_again(&frame, token_of(client), &client->wire);
    else
        wire_hello(&frame, token_of(client), NULL, -1);
    client_send(client, &frame);
}

void team_join(struct client *client)
{
    team_hello(client, false);
    settle();
}

void team_resume(struct client *client)
{
    team_hello(client, true);
    settle();
}

static void sign_in_at(struct server *server, struct client *client, const char *token)
{
    struct wire_frame frame;
    client_connect(client, server);
    wire_hello(&frame, token, NULL, -1);
    client_send(client, &frame);
    server_settle(server);
}

void sign_in(struct client *client, const char *token)
{
    sign_in_at(&team.server, client, token);
}

void join_in(const char *workspace, struct client *client, const char *id, const char *role)
{
    sign_in(client, client_token(workspace, id, role, 0));
}

void join_as(struct client *client, const char *id, const char *role)
{
    join_in(TEAM_WORKSPACE, client, id, role);
}

void join_as_consumer(struct client *client, const char *id, const char *role, int64_t after, int64_t mark_ms)
{
    struct wire_frame frame;
    client_connect(client, &team.server);
    wire_hello_consumer(&frame, client_token(TEAM_WORKSPACE, id, role, 0), "main", after, mark_ms);
    client_send(client, &frame);
    settle();
}

void begin_second(struct server *second, uint64_t seed)
{
    server_start(second, team.database, seed);
    store_memory_up(second->store);
    server_settle(second);
}

void join_second(struct server *second, struct client *client, const char *id, const char *role)
{
    sign_in_at(second, client, client_token(TEAM_WORKSPACE, id, role, 0));
}

/* What they do. */

struct wire_command just(const char *action)
{
    return (struct wire_command){.action = action};
}

struct wire_command message_to(const char *conversation)
{
    return (struct wire_command){
        .action = "send_message", .body = "hi", .channel = "web", .conversation = conversation};
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

void everybody_joins(void)
{
    team_join(&team.ana);
    team_join(&team.bea);
    team_join(&team.bot);
    team_do(&team.ana, message_to("c1"));
}

void open_c1(void)
{
    team_do(&team.ana, (struct wire_command){.action = "send_message", .body = "hi", .channel = "whatsapp"});
}

void contact_writes(const char *conversation, const char *body)
{
    team_do(&team.contact,
            (struct wire_command){
                .action = "contact_message", .conversation = conversation, .body = body, .name = "Marta"});
}

void contact_writes_many(const char *conversation, int count)
{
    char body[32];
    for (int i = 1; i <= count; i++) {
        snprintf(body, sizeof(body), "%d", i);
        contact_writes(conversation, body);
        if (i % 100 == 0)
            wait_ms(1000); /* nobody is that fast */
    }
}

void watch(struct client *client, const char *conversation, int64_t after)
{
    struct wire_frame frame;
    wire_watch(&frame, 1, conversation, after);
    client_send(client, &frame);
    settle();
}

const struct wire_thread *thread_of(const struct client *client, const char *conversation)
{
    const struct wire_thread *found = wire_follow_thread(&client->wire.follow, conversation);
    cr_assert_not_null(found, "no thread of %s", conversation);
    return found;
}

void team_foreign(struct actor actor, struct command command)
{
    command.id = command_id_next();
    if (command.conversation.size == 0)
        command.conversation = BYTES("c1");
    cr_assert_eq(store_memory_foreign(team.database, TEAM_WORKSPACE, &actor, &command), VERDICT_DONE);
}

/* What is so. */

const struct conversation *team_truth(const char *id)
{
    return store_memory_find(team.database, TEAM_WORKSPACE, bytes_of_string(id));
}

int64_t team_seq(void)
{
    size_t count;
    store_memory_log(team.database, TEAM_WORKSPACE, &count);
    return (int64_t)count;
}

int64_t team_mark(int64_t seq)
{
    size_t count;
    const struct transition *log = store_memory_log(team.database, TEAM_WORKSPACE, &count);
    cr_assert(seq <= (int64_t)count);
    return seq == 0 ? 0 : log[seq - 1].at_ms;
}

void team_put_at(struct client *client, int64_t seq)
{
    client->wire.seq = seq;
    client->wire.mark = team_mark(seq);
}

void team_expect_in_sync(const struct client *client)
{
    cr_assert_str_empty(client->wire.fault, "%s", client->wire.fault);
    for (size_t i = 0; i < client->wire.rows_count; i++) {
        const struct wire_row *shown = &client->wire.rows[i];
        struct wire_row truth = wire_row_of(team_truth(shown->id));
        cr_assert(wire_row_equal(shown, &truth) || (shown->list == LIST_NONE && truth.list == LIST_NONE),
                  "%s is not as it is", shown->id);
    }
    cr_assert_eq(wire_client_count(&client->wire, LIST_OPEN),
                 store_memory_counts(team.database, TEAM_WORKSPACE).open);
    cr_assert_eq(hub_stats(team.server.hub).resyncs, 0);
}
