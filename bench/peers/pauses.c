/* Many pauses that end by themselves within a second: how late each end is in the log. Nobody looks, and
 * nothing else happens. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/peers/parts.h"
#include "bench/support/process.h"

enum {
    PAUSES = 100000,
    MANY_WORKSPACES = 1000,
    LEAD_MS = 20 * 1000,      /* for filling, and so that Relevo has looked ahead */
    PATIENCE_MS = 120 * 1000, /* what has not ended by then is lost */
    FIGURES = 3,
};

/* Relevo's, and the peers'. The tables of our own keep when each pause is to end, and how late each has. */
static const struct {
    const char *fill;
    const char *clone;
    const char *keep_ends;
    const char *seqs;
    const char *keep_late;
} tables[] = {
    {RELEVO_SOURCE_DIR "/bench/support/fill.sql", RELEVO_SOURCE_DIR "/bench/support/clone.sql",
     "CREATE TABLE ends AS SELECT workspace_id, id, pause_until FROM relevo.conversation; ANALYZE ends",
     "SELECT sum(last_seq) FROM relevo.workspace_head",
     "CREATE TABLE late AS SELECT round(extract(epoch FROM t.at - e.pause_until) * 1000) AS ms FROM ends e "
     "JOIN relevo.transition t ON t.workspace_id = e.workspace_id AND t.conversation_id = e.id "
     "AND t.before_seq > 0"},
    {RELEVO_SOURCE_DIR "/bench/peers/fill.sql", RELEVO_SOURCE_DIR "/bench/peers/clone.sql",
     "CREATE TABLE ends AS SELECT workspace, id, pause_until FROM conversation; ANALYZE ends",
     "SELECT sum(seq) FROM head",
     "CREATE TABLE late AS SELECT l.at - e.pause_until AS ms FROM ends e "
     "JOIN log l ON l.workspace = e.workspace AND l.conversation = e.id AND l.action = 'expire'"},
};

static int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_until_ms(int64_t until_ms)
{
    for (int64_t left_ms; (left_ms = until_ms - wall_ms()) > 0;)
        nanosleep(&(struct timespec){.tv_sec = left_ms / 1000, .tv_nsec = left_ms % 1000 * 1000000}, NULL);
}

/* Gives when the first ends. */
static int64_t fill(enum contender_kind kind, int pauses, int workspaces)
{
    int of_table = kind != CONTENDER_RELEVO;
    int each = pauses / workspaces;
    int64_t first_ms = wall_ms() + LEAD_MS;
    char first[64], step[64], conversations[64], open[64], copies[64];
    snprintf(first, sizeof(first), "first_end_ms=%lld", (long long)first_ms);
    snprintf(step, sizeof(step), "step_us=%d", 1000 * 1000 / each);
    snprintf(conversations, sizeof(conversations), "conversations=%d", each);
    snprintf(open, sizeof(open), "open=%d", each);
    snprintf(copies, sizeof(copies), "copies=%d", workspaces - 1);
    process_run_script(tables[of_table].fill,
                       (const char *const[]){"workspace=bench", conversations, open, first, step, NULL});
    process_run_script(tables[of_table].clone, (const char *const[]){"workspace=bench", copies, NULL});
    process_tell_database(tables[of_table].keep_ends);
    process_tell_database("VACUUM ANALYZE");
    process_tell_database("CHECKPOINT");
    if (wall_ms() >= first_ms) {
        fprintf(stderr, "bench: filling the tables has taken too long\n");
        exit(1);
    }
    return first_ms;
}

static int64_t ask_late(const char *what)
{
    char query[128];
    snprintf(query, sizeof(query), "SELECT %s FROM late", what);
    return process_ask_database(query);
}

static void check(const struct contender *contender, int pauses)
{
    if (ask_late("count(*)") == pauses && ask_late("min(ms)") >= 0)
        return;
    fprintf(stderr, "bench: a pause of %s has not ended, or before its time\n",
            contender_name(contender->kind));
    exit(1);
}

static void measure(enum contender_kind kind, int pauses, int workspaces, double figures_r[FIGURES])
{
    struct contender contender = contender_start(kind);
    int of_table = kind != CONTENDER_RELEVO;
    int64_t first_ms = fill(kind, pauses, workspaces);
    int64_t seqs = process_ask_database(tables[of_table].seqs);
    wait_until_ms(first_ms + 1000);
    while (process_ask_database(tables[of_table].seqs) < seqs + pauses && wall_ms() < first_ms + PATIENCE_MS)
        wait_until_ms(wall_ms() + 200);
    process_tell_database(tables[of_table].keep_late);
    check(&contender, pauses);
    figures_r[0] = (double)ask_late("percentile_disc(0.5) WITHIN GROUP (ORDER BY ms)::bigint");
    figures_r[1] = (double)ask_late("percentile_disc(0.99) WITHIN GROUP (ORDER BY ms)::bigint");
    figures_r[2] = (double)ask_late("max(ms)::bigint");
    contender_stop(&contender);
}

static void compare(struct effort effort, int workspaces, const char *const names[FIGURES], double aim)
{
    struct figure figures[FIGURES];
    int pauses = effort.share < 1 ? PAUSES / 5 : PAUSES;
    for (int i = 0; i < FIGURES; i++)
        figures[i] = (struct figure){.what = names[i], .unit = "ms", .aim = i == FIGURES - 1 ? aim : 0};
    for (int round = 0; round < effort.rounds; round++) {
        for (enum contender_kind kind = 0; kind < CONTENDER_ROOM; kind++) {
            double values[FIGURES];
            measure(kind, pauses, workspaces, values);
            for (int i = 0; i < FIGURES; i++)
                figures[i].values[kind][round] = values[i];
        }
    }
    figures_print(figures, FIGURES, effort.rounds);
}

void pauses_measure(struct effort effort)
{
    compare(effort, 1,
            (const char *const[]){"pauses of 1 workspace, late p50", "pauses of 1 workspace, late p99",
                                  "pauses of 1 workspace, the latest"},
            1.1);
    compare(effort, MANY_WORKSPACES,
            (const char *const[]){"pauses of 1000 workspaces, late p50",
                                  "pauses of 1000 workspaces, late p99",
                                  "pauses of 1000 workspaces, the latest"},
            0.25);
}
