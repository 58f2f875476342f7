#include "bench/support/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/support/process.h"
#include "bench/support/wire.h"
#include "protocol/limits.h"

void people_make(struct people *people, const char *workspace, int dashboards)
{
    people->count = (dashboards + LIMIT_CONNECTIONS_OF_PERSON - 1) / LIMIT_CONNECTIONS_OF_PERSON;
    people->tokens = calloc((size_t)people->count, sizeof(*people->tokens));
    for (int i = 0; i < people->count; i++) {
        char agent[16];
        snprintf(agent, sizeof(agent), "agent%d", i);
        people->tokens[i] = process_token(workspace, agent, "agent");
    }
}

void people_free(struct people *people)
{
    for (int i = 0; i < people->count; i++)
        free(people->tokens[i]);
    free(people->tokens);
}

const char *people_token(const struct people *people, int dashboard)
{
    return people->tokens[dashboard / LIMIT_CONNECTIONS_OF_PERSON];
}

void people_introduce(const struct people *people, int port)
{
    uint8_t message[8192];
    for (int i = 0; i < people->count; i++) {
        struct wire wire;
        wire_connect(&wire, port);
        wire_upgrade(&wire, port);
        wire_send(&wire, message, wire_hello(message, sizeof(message), people->tokens[i]));
        wire_receive(&wire, message, sizeof(message)); /* welcome */
        close(wire.fd);
    }
}
