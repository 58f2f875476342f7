#include "bench/peers/figures.h"

#include <stdio.h>
#include <string.h>

#include "bench/support/process.h"

enum { MISSED_MAX = 64, LINE_ROOM = 256 };

static char missed[MISSED_MAX][LINE_ROOM];
static size_t missed_count;

static double middle(const double *values, int rounds)
{
    double sorted[ROUNDS_MAX];
    memcpy(sorted, values, (size_t)rounds * sizeof(*sorted));
    return median(sorted, (size_t)rounds);
}

static enum contender_kind best_peer(const struct figure *figure, int rounds)
{
    enum contender_kind best = CONTENDER_RELEVO + 1;
    for (enum contender_kind kind = best + 1; kind < CONTENDER_ROOM; kind++) {
        double one = middle(figure->values[kind], rounds), other = middle(figure->values[best], rounds);
        if (figure->is_better_high ? one > other : one < other)
            best = kind;
    }
    return best;
}

static void judge(const struct figure *figure, double ratio, char *words, size_t room)
{
    bool holds = figure->is_better_high ? ratio >= figure->aim : ratio <= figure->aim;
    snprintf(words, room, "; aim %s%.4g%s", figure->is_better_high ? ">= " : "<= ", figure->aim,
             holds ? "" : ", MISSED");
    if (!holds && missed_count < MISSED_MAX)
        snprintf(missed[missed_count++], LINE_ROOM, "what=\"%s\" ratio=%.2f aim %s%.4g", figure->what, ratio,
                 figure->is_better_high ? ">= " : "<= ", figure->aim);
}

static int decimals(double value)
{
    return value < 10 ? 2 : value < 100 ? 1 : 0;
}

static void figure_print(const struct figure *figure, int rounds)
{
    enum contender_kind best = best_peer(figure, rounds);
    double relevo = middle(figure->values[CONTENDER_RELEVO], rounds);
    for (enum contender_kind kind = CONTENDER_RELEVO + 1; kind < CONTENDER_ROOM; kind++) {
        double ratios[ROUNDS_MAX], peer = middle(figure->values[kind], rounds);
        char aim[64] = "";
        for (int i = 0; i < rounds; i++)
            ratios[i] = figure->values[CONTENDER_RELEVO][i] / figure->values[kind][i];
        double ratio = median(ratios, (size_t)rounds);
        if (figure->aim > 0 && kind == best)
            judge(figure, ratio, aim, sizeof(aim));
        printf("peers what=\"%s\" unit=%s beside=%s relevo=%.*f peer=%.*f ratio=%.2f (%.2f to %.2f%s)\n",
               figure->what, figure->unit, contender_name(kind), decimals(relevo), relevo, decimals(peer),
               peer, ratio, ratios[0], ratios[rounds - 1], aim);
    }
    fflush(stdout);
}

void figures_print(struct figure *figures, size_t count, int rounds)
{
    for (size_t i = 0; i < count; i++)
        figure_print(&figures[i], rounds);
}

void figures_print_missed(void)
{
    for (size_t i = 0; i < missed_count; i++)
        printf("peers missed %s\n", missed[i]);
}
