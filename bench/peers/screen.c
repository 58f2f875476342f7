/* From a dashboard's hello to the end of its first screen of OPEN rows: the first after the server's start,
 * and the one after it. */
#include <stdlib.h>
#include <unistd.h>

#include "bench/peers/parts.h"
#include "bench/support/process.h"

enum { FIGURES = 2 };

/* Both leave 2,000 Open rows of 4,000. */
static void fill(enum contender_kind kind)
{
    if (kind == CONTENDER_RELEVO)
        process_run_script(RELEVO_SOURCE_DIR "/bench/support/fill.sql",
                           (const char *const[]){"workspace=bench", "conversations=4000", "open=2000", NULL});
    else
        process_run_script(RELEVO_SOURCE_DIR "/bench/peers/fill.sql",
                           (const char *const[]){"workspace=bench", "conversations=4000", "open=2000", NULL});
    process_tell_database("VACUUM ANALYZE");
}

static void measure(enum contender_kind kind, const char *token, double figures_r[FIGURES])
{
    struct contender contender = contender_start(kind);
    fill(kind);
    for (int i = 0; i < FIGURES; i++) {
        struct wire wire;
        int64_t start_ns = now_ns();
        contender_greet_whole(&contender, &wire, token);
        figures_r[i] = (double)(now_ns() - start_ns) / 1e6;
        close(wire.fd);
    }
    contender_stop(&contender);
}

void screen_measure(struct effort effort)
{
    struct figure figures[FIGURES] = {
        {.what = "first screen of 2000 rows, the first", .unit = "ms"},
        {.what = "first screen of 2000 rows, the next", .unit = "ms"},
    };
    char *token = process_token("bench", "agent1", "agent");
    for (int round = 0; round < effort.rounds; round++) {
        for (enum contender_kind kind = 0; kind < CONTENDER_ROOM; kind++) {
            double values[FIGURES];
            measure(kind, token, values);
            for (int i = 0; i < FIGURES; i++)
                figures[i].values[kind][round] = values[i];
        }
    }
    figures_print(figures, FIGURES, effort.rounds);
    free(token);
}
