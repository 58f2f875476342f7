/* What it costs to load a workspace: how long one opens, cold, with very many conversations beside those that
 * are Open, as a ratio to one with few; how long very many Open ones take, as a ratio to the same COPY read
 * and thrown away; and what holding each of them costs. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "bench/support/process.h"
#include "bench/support/wire.h"
#include "protocol/limits.h"
#include "store/sql.h"

enum { ROUNDS = 5, PORT = 17685, MANY = 1000000, FEW = 4000, OPEN = 2000, MESSAGE_COUNT = 1 << 20 };

static uint8_t message[MESSAGE_COUNT];

/* What one cold opening came to. */
struct opening {
    double welcome_ms;   /* from the hello to the welcome: it is loaded */
    double screen_ms;    /* from the hello to the end of the first screen; 0: not waited for */
    double memory_bytes; /* by which the server has grown */
};

static void fill(const char *workspace, int conversations, int open)
{
    char settings[3][64];
    snprintf(settings[0], sizeof(settings[0]), "workspace=%s", workspace);
    snprintf(settings[1], sizeof(settings[1]), "conversations=%d", conversations);
    snprintf(settings[2], sizeof(settings[2]), "open=%d", open);
    process_run_script(RELEVO_SOURCE_DIR "/bench/support/fill.sql",
                       (const char *const[]){settings[0], settings[1], settings[2], NULL});
}

static double ms_since(int64_t start_ns)
{
    return (double)(now_ns() - start_ns) / 1e6;
}

/* Only a frame that ends at the newest transition has a digest (PROTOCOL.md, "sync"). */
static bool has_digest(size_t size)
{
    return memmem(message, size,
                  "\xa6"
                  "digest",
                  7) != NULL;
}

static struct opening open_workspace(const char *workspace, bool with_screen)
{
    struct opening opening = {0};
    struct wire wire;
    char *token = process_token(workspace, "agent1", "agent");
    pid_t server = process_start_relevo(PORT);
    int64_t before_bytes = process_memory_bytes(server);
    wire_connect(&wire, PORT);
    wire_upgrade(&wire, PORT);
    size_t size = wire_hello(message, sizeof(message), token);
    int64_t start_ns = now_ns();
    wire_send(&wire, message, size);
    wire_receive(&wire, message, sizeof(message));
    opening.welcome_ms = ms_since(start_ns);
    while (with_screen && !has_digest(wire_receive(&wire, message, sizeof(message))))
        continue;
    opening.screen_ms = with_screen ? ms_since(start_ns) : 0;
    opening.memory_bytes = (double)(process_memory_bytes(server) - before_bytes);
    close(wire.fd);
    process_stop(server);
    free(token);
    return opening;
}

static PGconn *connect_bare(const char *workspace)
{
    char completed[16], back[16];
    snprintf(completed, sizeof(completed), "%d", LIMIT_COMPLETED_ROWS);
    snprintf(back, sizeof(back), "%d", LIMIT_LOAD_BACK);
    PGconn *connection = PQconnectdb("");
    PGresult *result = PQexecParams(connection, sql_statement("load_begin"), 3, NULL,
                                    (const char *const[]){workspace, completed, back}, NULL, NULL, 0);
    if (PQntuples(result) != 1) {
        fprintf(stderr, "bench: %s", PQerrorMessage(connection));
        exit(1);
    }
    PQclear(result);
    return connection;
}

/* The floor: the rows that the server would load, read and thrown away. */
static double read_bare_ms(const char *workspace, int64_t *bytes_r)
{
    PGconn *connection = connect_bare(workspace);
    PGresult *result;
    int64_t start_ns = now_ns();
    *bytes_r = 0;
    PQsendQuery(connection, sql_statement("load"));
    while ((result = PQgetResult(connection)) != NULL) {
        char *data;
        int size;
        bool is_rows = PQresultStatus(result) == PGRES_COPY_OUT;
        PQclear(result);
        while (is_rows && (size = PQgetCopyData(connection, &data, 0)) > 0) {
            *bytes_r += size;
            PQfreemem(data);
        }
    }
    double spent_ms = ms_since(start_ns);
    PQfinish(connection);
    return spent_ms;
}

static void compare_sizes(void)
{
    double few_ms[ROUNDS], many_ms[ROUNDS], ratios[ROUNDS], memory[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        struct opening few = open_workspace("few", true);
        struct opening many = open_workspace("many", true);
        few_ms[i] = few.screen_ms;
        many_ms[i] = many.screen_ms;
        ratios[i] = many.screen_ms / few.screen_ms;
        memory[i] = many.memory_bytes / few.memory_bytes;
    }
    double ratio = median(ratios, ROUNDS), memory_ratio = median(memory, ROUNDS);
    printf("load open=%d conversations=%d ms=%.1f of=%d ms=%.1f ratio=%.2f (%.2f to %.2f; aim 1.5) "
           "memory_ratio=%.2f (%.2f to %.2f; aim 1)\n",
           OPEN, MANY, median(many_ms, ROUNDS), FEW, median(few_ms, ROUNDS), ratio, ratios[0],
           ratios[ROUNDS - 1], memory_ratio, memory[0], memory[ROUNDS - 1]);
}

static void compare_with_bare(void)
{
    double load_ms[ROUNDS], bare_ms[ROUNDS], ratios[ROUNDS], row_bytes[ROUNDS];
    int64_t copied_bytes = 0;
    for (int i = 0; i < ROUNDS; i++) {
        bare_ms[i] = read_bare_ms("open", &copied_bytes);
        struct opening opening = open_workspace("open", false);
        load_ms[i] = opening.welcome_ms;
        ratios[i] = load_ms[i] / bare_ms[i];
        row_bytes[i] = opening.memory_bytes / MANY;
    }
    double ratio = median(ratios, ROUNDS);
    printf(
        "load open=%d ms=%.0f bare_ms=%.0f copied_mb=%lld ratio=%.2f (%.2f to %.2f; aim 3) bytes_each=%.0f "
        "(aim 376)\n",
        MANY, median(load_ms, ROUNDS), median(bare_ms, ROUNDS), (long long)copied_bytes / 1000000, ratio,
        ratios[0], ratios[ROUNDS - 1], median(row_bytes, ROUNDS));
}

int main(void)
{
    process_create_database();
    process_step_aside();
    fill("few", FEW, OPEN);
    fill("many", MANY, OPEN);
    fill("open", MANY, MANY);
    process_ask_database("VACUUM ANALYZE");
    process_ask_database("CHECKPOINT");
    compare_sizes();
    compare_with_bare();
    return 0;
}
