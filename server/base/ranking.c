#include "base/ranking.h"

void ranking_add(struct ranking *ranking, int64_t key, const void *value)
{
    if (key <= 0 || (ranking->count == RANKING_ROOM && key <= ranking->places[RANKING_ROOM - 1].key))
        return;
    if (ranking->count < RANKING_ROOM)
        ranking->count++;
    size_t place = ranking->count - 1;
    for (; place > 0 && ranking->places[place - 1].key < key; place--)
        ranking->places[place] = ranking->places[place - 1];
    ranking->places[place].key = key;
    ranking->places[place].value = value;
}
