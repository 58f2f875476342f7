#include "bench/peers/contender.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/process.h"

enum { PORT = 17690, MESSAGE_ROOM = 1 << 20 };

static const struct {
    const char *name;
    const char *script;
    const char *commit; /* the way of bench/peers/commit.mjs */
    enum wire_dialect dialect;
} kinds[CONTENDER_ROOM] = {
    [CONTENDER_RELEVO] = {.name = "relevo"},
    [CONTENDER_WS_TRANSACTION] = {"ws_transaction", "ws.mjs", "transaction", WIRE_RELEVO},
    [CONTENDER_WS_STATEMENT] = {"ws_statement", "ws.mjs", "statement", WIRE_RELEVO},
    [CONTENDER_SOCKETIO_STATEMENT] = {"socketio_statement", "socketio.mjs", "statement", WIRE_SOCKETIO},
};

/* In how many workspaces a seq is missing. */
static const char gaps[] = "SELECT count(*) FROM head h, LATERAL (SELECT count(*), max(seq) FROM log l "
                           "WHERE l.workspace = h.workspace) l WHERE count > 0 AND count <> max";

const char *contender_name(enum contender_kind kind)
{
    return kinds[kind].name;
}

static pid_t start_peer(enum contender_kind kind)
{
    char script[256], port[16];
    snprintf(script, sizeof(script), "%s/bench/peers/%s", RELEVO_SOURCE_DIR, kinds[kind].script);
    snprintf(port, sizeof(port), "%d", PORT);
    return process_start_program((const char *const[]){"node", script, kinds[kind].commit, port, NULL}, PORT);
}

struct contender contender_start(enum contender_kind kind)
{
    struct contender contender = {.kind = kind, .port = PORT};
    if (kind == CONTENDER_RELEVO) {
        process_create_database();
        contender.pid = process_start_relevo(PORT);
    } else {
        process_create_empty_database();
        process_run_script(RELEVO_SOURCE_DIR "/bench/peers/schema.sql", (const char *const[]){NULL});
        contender.pid = start_peer(kind);
    }
    return contender;
}

void contender_stop(struct contender *contender)
{
    process_stop(contender->pid);
    if (contender->kind != CONTENDER_RELEVO && process_ask_database(gaps) != 0) {
        fprintf(stderr, "bench: the log of %s has gaps\n", contender_name(contender->kind));
        exit(1);
    }
    process_drop_database();
}

static void greet(const struct contender *contender, struct wire *wire, const char *token,
                  void (*upgrade)(struct wire *wire, int port))
{
    static uint8_t message[MESSAGE_ROOM];
    wire_connect(wire, contender->port);
    wire->dialect = kinds[contender->kind].dialect;
    upgrade(wire, contender->port);
    wire_send(wire, message, wire_hello(message, sizeof(message), token));
    wire_receive(wire, message, sizeof(message));
}

void contender_greet(const struct contender *contender, struct wire *wire, const char *token)
{
    greet(contender, wire, token, wire_upgrade);
}

/* Until a sync has come; where the whole screen is wanted, the one that ends it. */
static void greet_dashboard(const struct contender *contender, struct wire *wire, const char *token,
                            bool is_whole)
{
    static uint8_t message[MESSAGE_ROOM];
    bool has_digest = is_whole && contender->kind == CONTENDER_RELEVO;
    const char *last = has_digest ? "\xa6"
                                    "digest"
                                  : "\xa4sync";
    size_t size;
    greet(contender, wire, token, wire_upgrade_page);
    do
        size = wire_receive(wire, message, sizeof(message));
    while (memmem(message, size, last, strlen(last)) == NULL);
}

void contender_greet_dashboard(const struct contender *contender, struct wire *wire, const char *token)
{
    greet_dashboard(contender, wire, token, false);
}

void contender_greet_whole(const struct contender *contender, struct wire *wire, const char *token)
{
    greet_dashboard(contender, wire, token, true);
}

void contender_command(const struct wire *wire, uint64_t id, const char *action, const char *conversation,
                       const char *body)
{
    uint8_t message[512];
    wire_send(wire, message, wire_command(message, sizeof(message), id, action, conversation, body));
}

struct spent contender_spent(const struct contender *contender)
{
    return (struct spent){.server_ns = process_cpu_ns(contender->pid),
                          .database_ns = process_database_cpu_ns()};
}
