#ifndef RELEVO_BASE_RANKING_H
#define RELEVO_BASE_RANKING_H

#include <stddef.h>
#include <stdint.h>

/* Of many values, a few with the largest keys. All zeros is an empty one. */
enum { RANKING_ROOM = 10 };

struct ranking {
    size_t count;
    struct {
        int64_t key;
        const void *value;
    } places[RANKING_ROOM]; /* the largest first; of equal ones that which came first */
};

/* A value comes in with its key, or stays out where there are enough with larger ones. What has a key of 0 or
 * less is never among them. */
void ranking_add(struct ranking *ranking, int64_t key, const void *value);

#endif
