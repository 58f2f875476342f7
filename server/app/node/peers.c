#include "app/node/peers.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "protocol/limits.h"

struct peer {
    struct list link;
    uint64_t number;
    struct peers *peers;
    struct alarm silence;
};

static struct peer *peer_of(struct list *link)
{
    return CONTAINER_OF(link, struct peer, link);
}

void peers_init(struct peers *peers, struct alarms *alarms,
                void (*lose)(struct peers *peers, uint64_t number), void (*beat)(struct alarm *alarm))
{
    *peers = (struct peers){.alarms = alarms, .lose = lose};
    list_init(&peers->each);
    alarm_init(&peers->beat, beat);
}

static void peer_remove(struct peer *peer)
{
    list_remove(&peer->link);
    alarms_remove(peer->peers->alarms, &peer->silence);
    peer->peers->count--;
    free(peer);
}

static void peer_fall_silent(struct alarm *alarm)
{
    struct peer *peer = CONTAINER_OF(alarm, struct peer, silence);
    struct peers *peers = peer->peers;
    uint64_t number = peer->number;
    peer_remove(peer);
    peers->lose(peers, number);
}

void peers_finish(struct peers *peers)
{
    LIST_FOR_EACH (link, &peers->each)
        peer_remove(peer_of(link));
}

static struct peer *peers_find(const struct peers *peers, uint64_t number)
{
    LIST_FOR_EACH (link, &peers->each) {
        if (peer_of(link)->number == number)
            return peer_of(link);
    }
    return NULL;
}

bool peers_hear(struct peers *peers, uint64_t number, int64_t now_ms)
{
    struct peer *peer = peers_find(peers, number);
    if (peer == NULL && peers->count == LIMIT_NODES)
        return false;
    if (peer == NULL) {
        peer = alloc_zeroed(sizeof(*peer));
        peer->number = number;
        peer->peers = peers;
        alarm_init(&peer->silence, peer_fall_silent);
        list_append(&peers->each, &peer->link);
        peers->count++;
    }
    alarms_set(peers->alarms, &peer->silence, now_ms + LIMIT_NODE_SILENT_MS);
    return true;
}

void peers_set_beat(struct peers *peers)
{
    if (!alarm_is_set(&peers->beat))
        alarms_set(peers->alarms, &peers->beat, peers->next_beat_ms);
}
