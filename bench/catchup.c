/* What a consumer that was away costs: how fast it gets a log of TRANSITIONS, from the first to the last, as
 * a ratio to the same rows read by COPY and thrown away, in the same run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/support/process.h"
#include "bench/support/wire.h"

enum { ROUNDS = 3, PORT = 17688, TRANSITIONS = 200000 };

#define LAST_BODY "Is it still for sale, number 200000?"

/* Contact messages in a thousand conversations, as if they had been written. */
static void write_log(void)
{
    process_tell_database(
        "INSERT INTO relevo.workspace (name) VALUES ('bench');"
        "INSERT INTO relevo.workspace_head (workspace_id, last_seq, last_at)"
        " SELECT id, 200000, date_trunc('milliseconds', clock_timestamp()) FROM relevo.workspace;"
        "CREATE TABLE said AS SELECT h.workspace_id, n AS seq, 'c-' || n % 1000 AS id, (n - 1) / 1000 + 1 AS "
        "received,"
        " greatest(n - 1000, 0) AS before_seq, 'Is it still for sale, number ' || n || '?' AS body, "
        "h.last_at AS at"
        " FROM relevo.workspace_head h, generate_series(1, 200000) n;"
        "INSERT INTO relevo.transition (workspace_id, seq, at, command_id, before_seq, message, action, "
        "role, from_list, reported, by,"
        " conversation_id, body, channel, name, list, list_seq, automation_enabled, pause, pause_seq, "
        "bot_blocked, version, received,"
        " sent, unread, delivery, waiting_since, preview, preview_role, preview_at, last_action, last_role)"
        " SELECT workspace_id, seq, at, gen_random_uuid(), before_seq, received, 10, 4, 0, 0, 'web', id, "
        "body, 'web', 'Marta', 0, 0,"
        " true, 0, 0, false, 0, received, 0, received, 0, at, body, 4, at, 0, 0 FROM said;"
        "INSERT INTO relevo.conversation (workspace_id, seq, version, list_seq, pause_seq, received, sent, "
        "unread, waiting_since,"
        " preview_at, list, pause, delivery, preview_role, last_action, last_role, automation_enabled, "
        "bot_blocked, held, id, channel,"
        " name, preview)"
        " SELECT DISTINCT ON (id) workspace_id, seq, 0, 0, 0, received, 0, received, at, at, 0, 0, 0, 4, 0, "
        "0, true, false, false, id,"
        " 'web', 'Marta', body FROM said ORDER BY id, seq DESC;"
        "DROP TABLE said");
    process_tell_database("VACUUM ANALYZE");
}

static double copy_seconds(void)
{
    int64_t start_ns = now_ns();
    process_tell_database(
        "COPY (SELECT * FROM relevo.transition ORDER BY workspace_id, seq) TO STDOUT (FORMAT binary)");
    return (double)(now_ns() - start_ns) / 1e9;
}

/* From its hello until it has the last. */
static double follow_seconds(const char *token, int round)
{
    static uint8_t message[1 << 20];
    struct wire wire = {0};
    char name[16];
    snprintf(name, sizeof(name), "round-%d", round);
    wire_connect(&wire, PORT);
    wire_upgrade(&wire, PORT);
    int64_t start_ns = now_ns();
    wire_send(&wire, message, wire_hello_consumer(message, sizeof(message), token, name));
    size_t size;
    do
        size = wire_receive(&wire, message, sizeof(message));
    while (memmem(message, size, LAST_BODY, strlen(LAST_BODY)) == NULL);
    double seconds = (double)(now_ns() - start_ns) / 1e9;
    close(wire.fd);
    return seconds;
}

int main(void)
{
    double copied[ROUNDS], followed[ROUNDS], cpu_us[ROUNDS], ratios[ROUNDS];
    process_create_database();
    process_step_aside();
    write_log();
    char *token = process_token("bench", "bot", "automation");
    pid_t server = process_start_relevo(PORT);
    for (int i = 0; i < ROUNDS; i++) {
        copied[i] = copy_seconds();
        int64_t cpu_ns = process_cpu_ns(server);
        followed[i] = follow_seconds(token, i);
        cpu_us[i] = (double)(process_cpu_ns(server) - cpu_ns) / 1000 / TRANSITIONS;
        ratios[i] = followed[i] / copied[i];
    }
    double ratio = median(ratios, ROUNDS);
    printf("catchup transitions=%d consumer_per_s=%.0f copy_per_s=%.0f server_cpu_us=%.1f ratio=%.2f (%.2f "
           "to %.2f)\n",
           TRANSITIONS, TRANSITIONS / median(followed, ROUNDS), TRANSITIONS / median(copied, ROUNDS),
           median(cpu_us, ROUNDS), ratio, ratios[0], ratios[ROUNDS - 1]);
    process_stop(server);
    free(token);
    return 0;
}
