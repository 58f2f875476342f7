/* What an idle dashboard costs: the server's own memory with and without many of them, in step. */
#include <stdlib.h>

#include "bench/peers/parts.h"
#include "bench/support/crowd.h"
#include "bench/support/people.h"
#include "bench/support/process.h"

enum { CONNECTIONS = 10000, FIRST = 100 }; /* the first ones pay for what is made once */

static double bytes_each(enum contender_kind kind, const struct people *people, int connections)
{
    struct contender contender = contender_start(kind);
    struct crowd crowd = crowd_make(connections);
    int64_t before_bytes = 0;
    if (kind == CONTENDER_RELEVO)
        people_introduce(people, contender.port);
    for (int i = 0; i < connections; i++) {
        if (i == FIRST)
            before_bytes = process_memory_bytes(contender.pid);
        contender_greet_dashboard(&contender, &crowd.each[i], people_token(people, i));
    }
    int64_t grown_bytes = process_memory_bytes(contender.pid) - before_bytes;
    crowd_watch(&crowd);
    crowd_leave(&crowd);
    contender_stop(&contender);
    return (double)grown_bytes / (connections - FIRST);
}

void memory_measure(struct effort effort)
{
    struct figure figure = {.what = "memory of an idle dashboard", .unit = "bytes"};
    struct people people;
    int connections = (int)(CONNECTIONS * effort.share);
    people_make(&people, "bench", connections);
    for (int round = 0; round < effort.rounds; round++) {
        for (enum contender_kind kind = 0; kind < CONTENDER_ROOM; kind++)
            figure.values[kind][round] = bytes_each(kind, &people, connections);
    }
    figures_print(&figure, 1, effort.rounds);
    people_free(&people);
}
