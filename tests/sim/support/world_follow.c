/* What clients do beside giving commands: dashboards open threads, look things up and show what they have in
 * front of them; the automation and the channels deal with the log, and acknowledge when the work is safe. */
#include "world.h"

#include <string.h>

#include "protocol/limits.h"
#include "support/builders.h"

enum { REQUESTS_MAX = 10 };

/* Dashboards. */

int world_conversation_index(const char *id)
{
    return id[0] == 'c' && id[1] >= '0' && id[1] < '0' + WORLD_CONVERSATIONS ? id[1] - '0' : -1;
}

static int watched_count(const struct world_client *client)
{
    int count = 0;
    for (int i = 0; i < WORLD_CONVERSATIONS; i++)
        count += client->watches[i];
    return count;
}

static void watch(struct world_client *client, int index)
{
    struct wire_frame frame;
    const char *id = world_conversations[index];
    const struct wire_thread *thread = wire_follow_thread(&client->peer.client.follow, id);
    bool goes_on =
        thread != NULL && !client->threads_void[index] && !random_once_in(&client->world->random, 6);
    int64_t after = goes_on ? thread->to : 0;
    client->watches[index] = true;
    client->wants[index] = false;
    client->requests++;
    world_tell(client->world, "%s> watch %s after %lld", client->name, id, (long long)after);
    wire_watch(&frame, 1, id, after);
    peer_send(&client->peer, &frame);
}

static void unwatch(struct world_client *client, int index)
{
    struct wire_frame frame;
    if (!client->watches[index])
        return;
    client->watches[index] = false;
    world_tell(client->world, "%s> unwatch %s", client->name, world_conversations[index]);
    wire_unwatch(&frame, world_conversations[index]);
    peer_send(&client->peer, &frame);
}

static void ask_history(struct world_client *client, const char *id)
{
    struct wire_frame frame;
    struct random *random = &client->world->random;
    size_t count;
    store_memory_log(client->world->database, WORLD_WORKSPACE, &count);
    int64_t before = random_once_in(random, 2) ? 0 : 1 + random_below(random, (uint32_t)count);
    bool messages = random_once_in(random, 2);
    client->requests++;
    world_tell(client->world, "%s> history of %s before %lld%s", client->name, id, (long long)before,
               messages ? ", messages" : "");
    wire_history(&frame, messages ? 3 : 2, id, before, messages);
    peer_send(&client->peer, &frame);
}

static void find(struct world_client *client)
{
    static const char *const texts[] = {"c", "c3", "n", "n1", "nobody"};
    struct wire_frame frame;
    const char *text = texts[random_below(&client->world->random, ARRAY_COUNT(texts))];
    client->requests++;
    world_tell(client->world, "%s> find %s", client->name, text);
    wire_find(&frame, 4, text);
    peer_send(&client->peer, &frame);
}

static void show_presence(struct world_client *client, const char *id, bool is_typing)
{
    struct wire_frame frame;
    world_tell(client->world, "%s> looks at %s%s", client->name, id == NULL ? "nothing" : id,
               is_typing ? ", types" : "");
    wire_presence(&frame, id, is_typing);
    peer_send(&client->peer, &frame);
}

bool world_client_watch_again(struct world_client *client)
{
    for (int i = 0; i < WORLD_CONVERSATIONS; i++) {
        if (!client->wants[i])
            continue;
        watch(client, i);
        return true;
    }
    return false;
}

static void look(struct world_client *client)
{
    struct random *random = &client->world->random;
    int index = (int)random_below(random, WORLD_CONVERSATIONS);
    switch (random_below(random, 7)) {
    case 0:
    case 1:
    case 2:
        if (client->watches[index] || watched_count(client) < LIMIT_WATCHES)
            watch(client, index);
        break;
    case 3: unwatch(client, index); break;
    case 4: ask_history(client, world_conversations[index]); break;
    case 5: find(client); break;
    default:
        show_presence(client, random_once_in(random, 3) ? NULL : world_conversations[index],
                      random_once_in(random, 2));
        break;
    }
}

/* Followers of the log. */

static struct world_consumer *consumer_of(struct world_client *client)
{
    struct world_consumer *consumers = client->world->consumers;
    int i = 0;
    while (consumers[i].owner != NULL && strcmp(consumers[i].owner, client->name) != 0)
        i++;
    consumers[i].owner = client->name;
    consumers[i].is_channel = strcmp(client->role, "channel") == 0;
    return &consumers[i];
}

/* Whether what he acknowledges is of the database that there is, so far as he knows. */
static bool is_of_present_database(struct world_client *client)
{
    char epoch[32];
    snprintf(epoch, sizeof(epoch), "memory-%lld", (long long)client->world->promotions + 1);
    return strcmp(client->peer.client.epoch, epoch) == 0 && strcmp(consumer_of(client)->epoch, epoch) == 0;
}

/* What came up to seq, on this connection, is dealt with for good. */
static void deal_with(struct world_client *client, int64_t seq)
{
    struct wire_frame frame;
    struct world_consumer *consumer = consumer_of(client);
    const struct wire_entries *log = &client->peer.client.follow.log;
    bool counts = is_of_present_database(client);
    for (; client->log_mark < log->count && log->each[client->log_mark].seq <= seq; client->log_mark++)
        if (counts)
            consumer->dealt[log->each[client->log_mark].seq] = true;
    client->acked = seq;
    world_tell(client->world, "%s> acked %lld", client->name, (long long)seq);
    wire_acked(&frame, seq);
    peer_send(&client->peer, &frame);
    if (!counts)
        return;
    if (seq > consumer->acked)
        consumer->acked = seq;
    world_check_consumer(client->world, consumer, seq);
}

static void acknowledge(struct world_client *client)
{
    int64_t range = client->peer.client.follow.place - client->acked;
    if (range > 0)
        deal_with(client, client->acked + 1 + random_below(&client->world->random, (uint32_t)range));
}

void world_consumer_finish_work(struct world_client *client)
{
    if (client->is_consumer && client->peer.client.follow.place > client->acked)
        deal_with(client, client->peer.client.follow.place);
}

bool world_client_follow(struct world_client *client)
{
    struct random *random = &client->world->random;
    if (client->is_consumer) {
        if (!random_once_in(random, 3))
            return false;
        acknowledge(client);
        return true;
    }
    if (!world_client_is_dashboard(client) || client->requests >= REQUESTS_MAX)
        return false;
    if (world_client_watch_again(client))
        return true;
    if (!random_once_in(random, 4))
        return false;
    look(client);
    return true;
}

void world_client_sit_down(struct world_client *client)
{
    if (client->is_seated || !world_client_is_dashboard(client))
        return;
    client->is_seated = true;
    show_presence(client, world_seat_of(client->name), false);
}

const char *world_seat_of(const char *agent)
{
    return world_conversations[(unsigned char)agent[0] % WORLD_CONVERSATIONS];
}

/* Coming and hearing. */

void world_follow_connect(struct world_client *client)
{
    for (int i = 0; i < WORLD_CONVERSATIONS; i++) {
        client->wants[i] |= client->watches[i];
        client->watches[i] = false;
    }
    client->requests = 0;
    client->has_begun = false;
    client->is_seated = false;
}

void world_consumer_hello(struct world_client *client, const char *token)
{
    const struct world_consumer *consumer = consumer_of(client);
    struct random *random = &client->world->random;
    struct wire_frame frame;
    int64_t after = -1;
    /* Only where it is known that the seq is of this database. */
    if (!client->world->options.promotions && consumer->epoch[0] != '\0' && random_once_in(random, 8))
        after = random_below(random, (uint32_t)consumer->acked + 1);
    int64_t mark = after <= 0 ? 0 : world_log_at(client->world, after)->at_ms;
    wire_hello_consumer(&frame, token, "main", after, mark);
    peer_send(&client->peer, &frame);
}

/* It begins where it was, or earlier: what is skipped has been dealt with. */
static void hear_welcome(struct world_client *client)
{
    struct world *world = client->world;
    struct world_consumer *consumer = consumer_of(client);
    const struct wire_message *last = &client->peer.client.last;
    if (client->has_begun)
        return; /* the token was renewed, and it goes on */
    client->has_begun = true;
    client->log_mark = client->peer.client.follow.log.count;
    client->acked = last->seq;
    if (!world_client_is_current(client))
        return;
    bool is_known = consumer->epoch[0] != '\0';
    if (is_known && last->seq > consumer->acked)
        world_fail(world, "%s begins at %lld, and has acknowledged %lld", client->name, (long long)last->seq,
                   (long long)consumer->acked);
    if (strcmp(consumer->epoch, last->epoch) != 0) {
        memcpy(consumer->epoch, last->epoch, sizeof(consumer->epoch));
        memset(consumer->dealt, 0, sizeof(consumer->dealt));
        consumer->start = consumer->acked = last->seq;
    }
    world_check_consumer(world, consumer, last->seq);
}

static void hear_epoch(struct world_client *client)
{
    const struct wire_client *shown = &client->peer.client;
    if (strcmp(client->threads_epoch, shown->epoch) == 0)
        return;
    memcpy(client->threads_epoch, shown->epoch, sizeof(client->threads_epoch));
    for (int i = 0; i < WORLD_CONVERSATIONS; i++)
        client->threads_void[i] = true;
}

void world_follow_hear(struct world_client *client)
{
    const struct wire_message *last = &client->peer.client.last;
    client->requests -= last->ref > 0 && client->requests > 0 && last->type != WIRE_TIME;
    int refused = last->type == WIRE_REFUSED ? world_conversation_index(last->conversation) : -1;
    if (refused >= 0) {
        client->watches[refused] = false;
        client->wants[refused] = true;
    }
    if (last->type == WIRE_WELCOME && client->is_consumer)
        hear_welcome(client);
    else if (last->type == WIRE_WELCOME)
        hear_epoch(client);
    int index = last->type == WIRE_THREAD ? world_conversation_index(last->conversation) : -1;
    if (index >= 0 && last->fresh)
        client->threads_void[index] = false;
    world_check_follower(client);
}
