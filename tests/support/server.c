#include "support/server.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "support/builders.h"

/* Credentials. */

const char *client_token(const char *workspace, const char *id, const char *role, int64_t expires_ms)
{
    static char tokens[8][200];
    static unsigned next;
    char *token = tokens[next++ % ARRAY_COUNT(tokens)];
    if (expires_ms == 0)
        expires_ms = NOON_MS + 24 * HOUR_MS;
    snprintf(token, sizeof(tokens[0]), "%s|%s|%s|%s|%lld", workspace, id, id, role, (long long)expires_ms);
    return token;
}

const char *client_token_issued(const char *workspace, const char *id, const char *role, int64_t issued_ms)
{
    static char token[240];
    snprintf(token, sizeof(token), "%s|%lld", client_token(workspace, id, role, 0), (long long)issued_ms);
    return token;
}

static enum credential_verdict check_credential(void *context, struct bytes token, int64_t now_ms,
                                                struct identity *identity_r, const char **why_r)
{
    (void)context;
    char text[200] = "";
    char *fields[6] = {0};
    char *rest = text;
    *why_r = "the signature is wrong";
    memcpy(text, token.data, token.size < sizeof(text) ? token.size : sizeof(text) - 1);
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
        fields[i] = strsep(&rest, "|");
    if (fields[4] == NULL)
        return CREDENTIAL_BAD;
    int64_t expires_ms = strtoll(fields[4], NULL, 10);
    if (expires_ms <= now_ms - LIMIT_TOKEN_LEEWAY_MS)
        return CREDENTIAL_EXPIRED;
    enum role role;
    if (!role_parse(bytes_of_string(fields[3]), &role))
        return CREDENTIAL_BAD;
    for (size_t i = 0; i < 3; i++)
        if (fields[i][0] == '\0' || !bytes_are_text(bytes_of_string(fields[i]), false))
            return CREDENTIAL_BAD;
    if (strlen(fields[0]) > LIMIT_WORKSPACE_BYTES)
        return CREDENTIAL_BAD;
    *identity_r = (struct identity){
        .workspace = text_create(bytes_of_string(fields[0])),
        .id = text_create(bytes_of_string(fields[1])),
        .name = text_create(bytes_of_string(fields[2])),
        .role = role,
        .expires_ms = expires_ms,
        .issued_ms = fields[5] == NULL ? 0 : strtoll(fields[5], NULL, 10),
    };
    identity_r->signer = (uint64_t)identity_r->issued_ms;
    return CREDENTIAL_OK;
}

static bool trusts_credential(void *context, const struct identity *identity)
{
    const struct server *server = context;
    return identity->signer == 0 || identity->signer != server->distrusted;
}

/* The server. */

/* Those that died. */
static struct server graves[4096];
static size_t graves_count;

struct moment server_now(const struct server *server)
{
    int64_t elapsed_us = store_memory_elapsed_us(server->database);
    return (struct moment){.mono_us = elapsed_us, .wall_ms = NOON_MS + elapsed_us / 1000};
}

void server_start_with(struct server *server, struct store_memory_database *database, uint64_t seed,
                       struct node_limits limits)
{
    *server = (struct server){.database = database, .store = store_memory_create(database, seed)};
    list_init(&server->clients);
    struct node_options options = {
        .store = server->store,
        .credentials = {.check = check_credential, .still_trusts = trusts_credential, .context = server},
        .random = {{seed * 2 + 1, 77}},
        .limits = limits,
        .quotas = QUOTAS,
        .now = server_now(server),
    };
    server->hub = hub_create(&options);
}

void server_start(struct server *server, struct store_memory_database *database, uint64_t seed)
{
    server_start_with(server, database, seed, NODE_LIMITS);
}

static void client_close(struct client *client, enum close_code code, const char *detail)
{
    client->closed = code;
    snprintf(client->close_detail, sizeof(client->close_detail), "%s", detail == NULL ? "" : detail);
    client_leave(client);
}

static void client_take_in(struct client *client, struct frame *frame)
{
    wire_client_receive(&client->wire, bytes_make(frame->payload, frame->size));
    if (client->wire.last.type == WIRE_PRESENCE)
        return; /* it rests on nothing, and comes when it likes: client->wire.follow tells */
    client->frames++;
    if (client->hear != NULL) {
        client->hear(client);
        return;
    }
    bool is_full = (client->heard_count & (client->heard_count - 1)) == 0; /* its room is a power of two */
    if (is_full)
        client->heard = alloc_resize(client->heard, 2 * client->heard_count + 1, sizeof(*client->heard));
    client->heard[client->heard_count] = client->wire.last;
    client->heard[client->heard_count].rows = NULL;
    client->heard[client->heard_count++].entries = NULL;
}

/* As the transport does: one frame at a time, back on the list if there may be more. */
static bool client_deliver(struct session *session)
{
    struct client *client = session_connection(session);
    assert(client->session == session);
    if (client->is_deaf) {
        session_note_blocked(session);
        return false;
    }
    bool said_so = session_has_frame(session);
    struct frame *frame = session_take_frame(session);
    assert(said_so || frame == NULL);
    if (frame != NULL) {
        session_set_ready(session);
        client_take_in(client, frame);
        frame_unref(&frame);
        return true;
    }
    assert(!session_has_frame(session));
    const char *detail = NULL;
    enum close_code code = session_wants_close(session, &detail);
    if (code != CLOSE_NONE)
        client_close(client, code, detail);
    return code != CLOSE_NONE;
}

bool server_turn(struct server *server)
{
    bool did = false;
    hub_advance(server->hub, server_now(server));
    did |= store_memory_step(server->store);
    hub_work(server->hub);
    struct session *session;
    while ((session = hub_take_ready(server->hub)) != NULL)
        did |= client_deliver(session);
    hub_note_written(server->hub, server_now(server).mono_us);
    int64_t now_us = store_memory_elapsed_us(server->database);
    return did || hub_deadline_us(server->hub) <= now_us || store_memory_next_us(server->store) <= now_us;
}

void server_settle(struct server *server)
{
    int turns = 0;
    while (server_turn(server))
        assert(++turns < 100000 && "the server spins");
}

void server_wait(struct server *server, int64_t ms)
{
    int64_t end_us = store_memory_elapsed_us(server->database) + ms * 1000;
    for (;;) {
        server_settle(server);
        int64_t now_us = store_memory_elapsed_us(server->database);
        int64_t next_us = hub_deadline_us(server->hub);
        int64_t store_us = store_memory_next_us(server->store);
        next_us = store_us < next_us ? store_us : next_us;
        if (now_us >= end_us)
            return;
        next_us = next_us > end_us ? end_us : next_us;
        store_memory_advance(server->database, next_us > now_us ? next_us - now_us : 1);
    }
}

void server_stop(struct server *server)
{
    if (server->hub == NULL)
        return;
    server_settle(server);
    hub_drain(server->hub);
    while (!hub_is_settled(server->hub) || store_memory_pending(server->store) > 0)
        server_wait(server, 100);
    server_settle(server);
    LIST_FOR_EACH (link, &server->clients)
        client_leave(CONTAINER_OF(link, struct client, link));
    store_memory_destroy(&server->store);
    hub_destroy(&server->hub);
}

void server_kill(struct server *server)
{
    LIST_FOR_EACH (link, &server->clients)
        client_leave(CONTAINER_OF(link, struct client, link));
    assert(graves_count < ARRAY_COUNT(graves));
    graves[graves_count++] = *server;
    store_memory_destroy(&server->store);
    server->hub = NULL;
}

/* Clients. */

/* All that have connected and are not finished. */
static struct list known = {&known, &known};

void client_connect(struct client *client, struct server *server)
{
    assert(client->session == NULL);
    client->server = server;
    client->closed = CLOSE_NONE;
    client->is_deaf = false;
    client->frames = 0;
    client->wire.has_welcome = false;
    if (client->known.next == NULL)
        list_append(&known, &client->known);
    client->session = hub_connect(server->hub, client, (struct address){.bytes = {[15] = 1}});
    list_append(&server->clients, &client->link);
}

void client_send(struct client *client, const struct wire_frame *frame)
{
    assert(client->session != NULL);
    /* In memory that ends where the frame ends, and goes with the call: what is kept of it must have been
     * copied. */
    uint8_t *copy = alloc_array(frame->size, 1);
    memcpy(copy, frame->data, frame->size);
    session_receive(client->session, bytes_make(copy, frame->size));
    free(copy);
}

void client_listen(struct client *client)
{
    client->is_deaf = false;
    if (client->session != NULL)
        session_set_ready(client->session);
}

void client_leave(struct client *client)
{
    if (client->session == NULL)
        return;
    list_remove(&client->link);
    session_destroy(&client->session);
}

void client_finish(struct client *client)
{
    client_leave(client);
    wire_client_finish(&client->wire);
    free(client->heard);
    if (client->known.next != NULL)
        list_remove(&client->known);
    *client = (struct client){0};
}

struct client *client_of_all(void)
{
    return list_is_empty(&known) ? NULL : CONTAINER_OF(known.next, struct client, known);
}

const struct wire_message *client_last(const struct client *client, enum wire_type type)
{
    const struct wire_message *last = NULL;
    for (size_t i = 0; i < client->heard_count; i++)
        last = client->heard[i].type == type ? &client->heard[i] : last;
    return last;
}

size_t client_count(const struct client *client, enum wire_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < client->heard_count; i++)
        count += client->heard[i].type == type;
    return count;
}

size_t client_find(const struct client *client, enum wire_type type, size_t from)
{
    while (from < client->heard_count && client->heard[from].type != type)
        from++;
    return from;
}

const struct wire_message *client_answer(const struct client *client, struct command_id id)
{
    for (size_t i = client->heard_count; i > 0; i--)
        if (client->heard[i - 1].type == WIRE_ANSWER && command_id_equal(client->heard[i - 1].id, id))
            return &client->heard[i - 1];
    return NULL;
}
