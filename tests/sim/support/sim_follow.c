/* What clients do beside giving commands: dashboards open threads, look things up and show what they have in
 * front of them; the automation and the channels deal with the log, and acknowledge when the work is safe. */
#include "sim.h"

#include <string.h>

#include "protocol/limits.h"
#include "support/builders.h"

enum { REQUESTS_MAX = 10 };

/* Dashboards. */

int sim_conversation_index(const char *id)
{
    return id[0] == 'c' && id[1] >= '0' && id[1] < '0' + SIM_CONVERSATIONS ? id[1] - '0' : -1;
}

static int watched_count(const struct sim_client *client)
{
    int count = 0;
    for (int i = 0; i < SIM_CONVERSATIONS; i++)
        count += client->watches[i];
    return count;
}

static void watch(struct sim_client *client, int index)
{
    struct wire_frame frame;
    const char *id = sim_conversations[index];
    const struct wire_thread *thread = wire_follow_thread(&client->connection.wire.follow, id);
    bool goes_on = thread != NULL && !client->threads_void[index] && !random_once_in(&client->sim->random, 6);
    int64_t after = goes_on ? thread->to : 0;
    client->watches[index] = true;
    client->wants[index] = false;
    client->requests++;
    sim_tell(client->sim, "%s> watch %s after %lld", client->name, id, (long long)after);
    wire_watch(&frame, 1, id, after);
    client_send(&client->connection, &frame);
}

static void unwatch(struct sim_client *client, int index)
{
    struct wire_frame frame;
    if (!client->watches[index])
        return;
    client->watches[index] = false;
    sim_tell(client->sim, "%s> unwatch %s", client->name, sim_conversations[index]);
    wire_unwatch(&frame, sim_conversations[index]);
    client_send(&client->connection, &frame);
}

static void ask_history(struct sim_client *client, const char *id)
{
    struct wire_frame frame;
    struct random *random = &client->sim->random;
    size_t count;
    store_memory_log(client->sim->database, SIM_WORKSPACE, &count);
    int64_t before = random_once_in(random, 2) ? 0 : 1 + random_below(random, (uint32_t)count);
    bool messages = random_once_in(random, 2);
    client->requests++;
    sim_tell(client->sim, "%s> history of %s before %lld%s", client->name, id, (long long)before,
             messages ? ", messages" : "");
    wire_history(&frame, messages ? 3 : 2, id, before, messages);
    client_send(&client->connection, &frame);
}

static void find(struct sim_client *client)
{
    static const char *const texts[] = {"c", "c3", "n", "n1", "nobody"};
    struct wire_frame frame;
    const char *text = texts[random_below(&client->sim->random, ARRAY_COUNT(texts))];
    client->requests++;
    sim_tell(client->sim, "%s> find %s", client->name, text);
    wire_find(&frame, 4, text);
    client_send(&client->connection, &frame);
}

static void show_presence(struct sim_client *client, const char *id, bool is_typing)
{
    struct wire_frame frame;
    sim_tell(client->sim, "%s> looks at %s%s", client->name, id == NULL ? "nothing" : id,
             is_typing ? ", types" : "");
    wire_presence(&frame, id, is_typing);
    client_send(&client->connection, &frame);
}

bool sim_client_watch_again(struct sim_client *client)
{
    for (int i = 0; i < SIM_CONVERSATIONS; i++) {
        if (!client->wants[i])
            continue;
        watch(client, i);
        return true;
    }
    return false;
}

static void look(struct sim_client *client)
{
    struct random *random = &client->sim->random;
    int index = (int)random_below(random, SIM_CONVERSATIONS);
    switch (random_below(random, 7)) {
    case 0:
    case 1:
    case 2:
        if (client->watches[index] || watched_count(client) < LIMIT_WATCHES)
            watch(client, index);
        break;
    case 3: unwatch(client, index); break;
    case 4: ask_history(client, sim_conversations[index]); break;
    case 5: find(client); break;
    default:
        show_presence(client, random_once_in(random, 3) ? NULL : sim_conversations[index],
                      random_once_in(random, 2));
        break;
    }
}

/* Followers of the log. */

static struct sim_consumer *consumer_of(struct sim_client *client)
{
    struct sim_consumer *consumers = client->sim->consumers;
    int i = 0;
    while (consumers[i].owner != NULL && strcmp(consumers[i].owner, client->name) != 0)
        i++;
    consumers[i].owner = client->name;
    consumers[i].is_channel = strcmp(client->role, "channel") == 0;
    return &consumers[i];
}

/* Whether what he acknowledges is of the database that there is, so far as he knows. */
static bool is_of_present_database(struct sim_client *client)
{
    char epoch[32];
    snprintf(epoch, sizeof(epoch), "memory-%lld", (long long)client->sim->promotions + 1);
    return strcmp(client->connection.wire.epoch, epoch) == 0 &&
           strcmp(consumer_of(client)->epoch, epoch) == 0;
}

/* What came up to seq, on this connection, is dealt with for good. */
static void deal_with(struct sim_client *client, int64_t seq)
{
    struct wire_frame frame;
    struct sim_consumer *consumer = consumer_of(client);
    const struct wire_entries *log = &client->connection.wire.follow.log;
    bool counts = is_of_present_database(client);
    for (; client->log_mark < log->count && log->each[client->log_mark].seq <= seq; client->log_mark++)
        if (counts)
            consumer->dealt[log->each[client->log_mark].seq] = true;
    client->acked = seq;
    sim_tell(client->sim, "%s> acked %lld", client->name, (long long)seq);
    wire_acked(&frame, seq);
    client_send(&client->connection, &frame);
    if (!counts)
        return;
    if (seq > consumer->acked)
        consumer->acked = seq;
    sim_check_consumer(client->sim, consumer, seq);
}

static void acknowledge(struct sim_client *client)
{
    int64_t range = client->connection.wire.follow.place - client->acked;
    if (range > 0)
        deal_with(client, client->acked + 1 + random_below(&client->sim->random, (uint32_t)range));
}

void sim_consumer_finish_work(struct sim_client *client)
{
    if (client->is_consumer && client->connection.wire.follow.place > client->acked)
        deal_with(client, client->connection.wire.follow.place);
}

bool sim_client_follow(struct sim_client *client)
{
    struct random *random = &client->sim->random;
    if (client->is_consumer) {
        if (!random_once_in(random, 3))
            return false;
        acknowledge(client);
        return true;
    }
    if (!sim_client_is_dashboard(client) || client->requests >= REQUESTS_MAX)
        return false;
    if (sim_client_watch_again(client))
        return true;
    if (!random_once_in(random, 4))
        return false;
    look(client);
    return true;
}

void sim_client_sit_down(struct sim_client *client)
{
    if (client->is_seated || !sim_client_is_dashboard(client))
        return;
    client->is_seated = true;
    show_presence(client, sim_seat_of(client->name), false);
}

const char *sim_seat_of(const char *agent)
{
    return sim_conversations[(unsigned char)agent[0] % SIM_CONVERSATIONS];
}

/* Coming and hearing. */

void sim_follow_connect(struct sim_client *client)
{
    for (int i = 0; i < SIM_CONVERSATIONS; i++) {
        client->wants[i] |= client->watches[i];
        client->watches[i] = false;
    }
    client->requests = 0;
    client->has_begun = false;
    client->is_seated = false;
}

void sim_consumer_hello(struct sim_client *client, const char *token)
{
    const struct sim_consumer *consumer = consumer_of(client);
    struct random *random = &client->sim->random;
    struct wire_frame frame;
    int64_t after = -1;
    /* Only where it is known that the seq is of this database. */
    if (!client->sim->options.promotions && consumer->epoch[0] != '\0' && random_once_in(random, 8))
        after = random_below(random, (uint32_t)consumer->acked + 1);
    int64_t mark = after <= 0 ? 0 : sim_log_at(client->sim, after)->at_ms;
    wire_hello_consumer(&frame, token, "main", after, mark);
    client_send(&client->connection, &frame);
}

/* It begins where it was, or earlier: what is skipped has been dealt with. */
static void hear_welcome(struct sim_client *client)
{
    struct sim *sim = client->sim;
    struct sim_consumer *consumer = consumer_of(client);
    const struct wire_message *last = &client->connection.wire.last;
    if (client->has_begun)
        return; /* the token was renewed, and it goes on */
    client->has_begun = true;
    client->log_mark = client->connection.wire.follow.log.count;
    client->acked = last->seq;
    if (!sim_client_is_current(client))
        return;
    bool is_known = consumer->epoch[0] != '\0';
    if (is_known && last->seq > consumer->acked)
        sim_fail(sim, "%s begins at %lld, and has acknowledged %lld", client->name, (long long)last->seq,
                 (long long)consumer->acked);
    if (strcmp(consumer->epoch, last->epoch) != 0) {
        memcpy(consumer->epoch, last->epoch, sizeof(consumer->epoch));
        memset(consumer->dealt, 0, sizeof(consumer->dealt));
        consumer->start = consumer->acked = last->seq;
    }
    sim_check_consumer(sim, consumer, last->seq);
}

static void hear_epoch(struct sim_client *client)
{
    const struct wire_client *shown = &client->connection.wire;
    if (strcmp(client->threads_epoch, shown->epoch) == 0)
        return;
    memcpy(client->threads_epoch, shown->epoch, sizeof(client->threads_epoch));
    for (int i = 0; i < SIM_CONVERSATIONS; i++)
        client->threads_void[i] = true;
}

void sim_follow_hear(struct sim_client *client)
{
    const struct wire_message *last = &client->connection.wire.last;
    client->requests -= last->ref > 0 && client->requests > 0 && last->type != WIRE_TIME;
    int refused = last->type == WIRE_REFUSED ? sim_conversation_index(last->conversation) : -1;
    if (refused >= 0) {
        client->watches[refused] = false;
        client->wants[refused] = true;
    }
    if (last->type == WIRE_WELCOME && client->is_consumer)
        hear_welcome(client);
    else if (last->type == WIRE_WELCOME)
        hear_epoch(client);
    int index = last->type == WIRE_THREAD ? sim_conversation_index(last->conversation) : -1;
    if (index >= 0 && last->fresh)
        client->threads_void[index] = false;
    sim_check_follower(client);
}
