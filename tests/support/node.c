#include "support/node.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "support/builders.h"

/* Credentials. */

const char *peer_token(const char *workspace, const char *id, const char *role, int64_t expires_ms)
{
    static char tokens[8][200];
    static unsigned next;
    char *token = tokens[next++ % ARRAY_COUNT(tokens)];
    if (expires_ms == 0)
        expires_ms = NOON_MS + 24 * HOUR_MS;
    snprintf(token, sizeof(tokens[0]), "%s|%s|%s|%s|%lld", workspace, id, id, role, (long long)expires_ms);
    return token;
}

const char *peer_token_issued(const char *workspace, const char *id, const char *role, int64_t issued_ms)
{
    static char token[240];
    snprintf(token, sizeof(token), "%s|%lld", peer_token(workspace, id, role, 0), (long long)issued_ms);
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
    const struct node *node = context;
    return identity->signer == 0 || identity->signer != node->distrusted;
}

/* The server. */

/* Those that died. */
static struct node graves[4096];
static size_t graves_count;

struct moment node_now(const struct node *node)
{
    int64_t elapsed_us = store_memory_elapsed_us(node->database);
    return (struct moment){.mono_us = elapsed_us, .wall_ms = NOON_MS + elapsed_us / 1000};
}

void node_start_with(struct node *node, struct store_memory_database *database, uint64_t seed,
                     struct hub_limits limits)
{
    *node = (struct node){.database = database, .store = store_memory_create(database, seed)};
    list_init(&node->peers);
    struct hub_options options = {
        .store = node->store,
        .credentials = {.check = check_credential, .still_trusts = trusts_credential, .context = node},
        .random = {{seed * 2 + 1, 77}},
        .limits = limits,
        .quotas = QUOTAS,
        .now = node_now(node),
    };
    node->hub = hub_create(&options);
}

void node_start(struct node *node, struct store_memory_database *database, uint64_t seed)
{
    node_start_with(node, database, seed, HUB_LIMITS);
}

static void peer_close(struct peer *peer, enum close_code code, const char *detail)
{
    peer->closed = code;
    snprintf(peer->close_detail, sizeof(peer->close_detail), "%s", detail == NULL ? "" : detail);
    peer_leave(peer);
}

static void peer_take_in(struct peer *peer, struct frame *frame)
{
    wire_client_receive(&peer->client, bytes_make(frame->payload, frame->size));
    if (peer->client.last.type == WIRE_PRESENCE)
        return; /* it rests on nothing, and comes when it likes: peer->client.follow tells */
    peer->frames++;
    if (peer->hear != NULL) {
        peer->hear(peer);
        return;
    }
    bool is_full = (peer->heard_count & (peer->heard_count - 1)) == 0; /* its room is a power of two */
    if (is_full)
        peer->heard = alloc_resize(peer->heard, 2 * peer->heard_count + 1, sizeof(*peer->heard));
    peer->heard[peer->heard_count] = peer->client.last;
    peer->heard[peer->heard_count].rows = NULL;
    peer->heard[peer->heard_count++].entries = NULL;
}

/* As the transport does: one frame at a time, back on the list if there may be more. */
static bool peer_deliver(struct session *session)
{
    struct peer *peer = session_connection(session);
    assert(peer->session == session);
    if (peer->is_deaf) {
        session_note_blocked(session);
        return false;
    }
    bool said_so = session_has_frame(session);
    struct frame *frame = session_take_frame(session);
    assert(said_so || frame == NULL);
    if (frame != NULL) {
        session_set_ready(session);
        peer_take_in(peer, frame);
        frame_unref(&frame);
        return true;
    }
    assert(!session_has_frame(session));
    const char *detail = NULL;
    enum close_code code = session_wants_close(session, &detail);
    if (code != CLOSE_NONE)
        peer_close(peer, code, detail);
    return code != CLOSE_NONE;
}

bool node_turn(struct node *node)
{
    bool did = false;
    hub_advance(node->hub, node_now(node));
    did |= store_memory_step(node->store);
    hub_work(node->hub);
    struct session *session;
    while ((session = hub_take_ready(node->hub)) != NULL)
        did |= peer_deliver(session);
    hub_note_written(node->hub, node_now(node).mono_us);
    int64_t now_us = store_memory_elapsed_us(node->database);
    return did || hub_deadline_us(node->hub) <= now_us || store_memory_next_us(node->store) <= now_us;
}

void node_settle(struct node *node)
{
    int turns = 0;
    while (node_turn(node))
        assert(++turns < 100000 && "the server spins");
}

void node_wait(struct node *node, int64_t ms)
{
    int64_t end_us = store_memory_elapsed_us(node->database) + ms * 1000;
    for (;;) {
        node_settle(node);
        int64_t now_us = store_memory_elapsed_us(node->database);
        int64_t next_us = hub_deadline_us(node->hub);
        int64_t store_us = store_memory_next_us(node->store);
        next_us = store_us < next_us ? store_us : next_us;
        if (now_us >= end_us)
            return;
        next_us = next_us > end_us ? end_us : next_us;
        store_memory_advance(node->database, next_us > now_us ? next_us - now_us : 1);
    }
}

void node_stop(struct node *node)
{
    if (node->hub == NULL)
        return;
    node_settle(node);
    hub_drain(node->hub);
    while (!hub_is_settled(node->hub) || store_memory_pending(node->store) > 0)
        node_wait(node, 100);
    node_settle(node);
    LIST_FOR_EACH (link, &node->peers)
        peer_leave(CONTAINER_OF(link, struct peer, link));
    store_memory_destroy(&node->store);
    hub_destroy(&node->hub);
}

void node_kill(struct node *node)
{
    LIST_FOR_EACH (link, &node->peers)
        peer_leave(CONTAINER_OF(link, struct peer, link));
    assert(graves_count < ARRAY_COUNT(graves));
    graves[graves_count++] = *node;
    store_memory_destroy(&node->store);
    node->hub = NULL;
}

/* Clients. */

void peer_connect(struct peer *peer, struct node *node)
{
    assert(peer->session == NULL);
    peer->node = node;
    peer->closed = CLOSE_NONE;
    peer->is_deaf = false;
    peer->frames = 0;
    peer->client.has_welcome = false;
    peer->session = session_create(node->hub, peer, (struct address){.bytes = {[15] = 1}});
    list_append(&node->peers, &peer->link);
}

void peer_send(struct peer *peer, const struct wire_frame *frame)
{
    assert(peer->session != NULL);
    /* In memory that ends where the frame ends, and goes with the call: what is kept of it must have been
     * copied. */
    uint8_t *copy = alloc_array(frame->size, 1);
    memcpy(copy, frame->data, frame->size);
    session_receive(peer->session, bytes_make(copy, frame->size));
    free(copy);
}

void peer_listen(struct peer *peer)
{
    peer->is_deaf = false;
    if (peer->session != NULL)
        session_set_ready(peer->session);
}

void peer_leave(struct peer *peer)
{
    if (peer->session == NULL)
        return;
    list_remove(&peer->link);
    session_destroy(&peer->session);
}

void peer_finish(struct peer *peer)
{
    peer_leave(peer);
    wire_client_finish(&peer->client);
    free(peer->heard);
    *peer = (struct peer){0};
}

const struct wire_message *peer_last(const struct peer *peer, enum wire_type type)
{
    const struct wire_message *last = NULL;
    for (size_t i = 0; i < peer->heard_count; i++)
        last = peer->heard[i].type == type ? &peer->heard[i] : last;
    return last;
}

size_t peer_count(const struct peer *peer, enum wire_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < peer->heard_count; i++)
        count += peer->heard[i].type == type;
    return count;
}

size_t peer_find(const struct peer *peer, enum wire_type type, size_t from)
{
    while (from < peer->heard_count && peer->heard[from].type != type)
        from++;
    return from;
}

const struct wire_message *peer_answer(const struct peer *peer, struct command_id id)
{
    for (size_t i = peer->heard_count; i > 0; i--)
        if (peer->heard[i - 1].type == WIRE_ANSWER && command_id_equal(peer->heard[i - 1].id, id))
            return &peer->heard[i - 1];
    return NULL;
}
