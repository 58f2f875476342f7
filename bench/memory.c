/* What an idle dashboard costs: the server's own memory with and without CONNECTIONS of them, signed in and
 * in step. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "bench/support/people.h"
#include "bench/support/process.h"
#include "bench/support/wire.h"

enum { CONNECTIONS = 10000, PORT = 17683 };

static void connect_dashboard(struct wire *wire, const char *token)
{
    static uint8_t message[65536];
    wire_connect(wire, PORT);
    wire_upgrade_page(wire, PORT);
    wire_send(wire, message, wire_hello(message, sizeof(message), token));
    wire_receive(wire, message, sizeof(message)); /* welcome */
    wire_receive(wire, message, sizeof(message)); /* its first screen */
}

int main(void)
{
    struct rlimit limit = {.rlim_cur = 65536, .rlim_max = 65536};
    setrlimit(RLIMIT_NOFILE, &limit);
    process_create_database();
    struct people people;
    people_make(&people, "bench", CONNECTIONS);
    pid_t server = process_start_relevo(PORT);
    people_introduce(&people, PORT);
    struct wire *dashboards = calloc(CONNECTIONS, sizeof(*dashboards));
    /* The first ones pay for what is made once. */
    enum { FIRST = 100 };
    for (int i = 0; i < FIRST; i++)
        connect_dashboard(&dashboards[i], people_token(&people, i));
    int64_t before_bytes = process_memory_bytes(server);
    for (int i = FIRST; i < CONNECTIONS; i++)
        connect_dashboard(&dashboards[i], people_token(&people, i));
    int64_t grown_bytes = process_memory_bytes(server) - before_bytes;
    printf("memory dashboards=%d bytes_each=%lld (aim 3072) base_kb=%lld\n", CONNECTIONS,
           (long long)(grown_bytes / (CONNECTIONS - FIRST)), (long long)(before_bytes / 1024));
    process_stop(server);
    free(dashboards);
    people_free(&people);
    return 0;
}
