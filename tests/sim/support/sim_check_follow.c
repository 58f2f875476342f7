/* The promises to those who follow the log, and about what has been erased. */
#include "sim.h"

#include <string.h>

#include "app/desk/desks_private.h"
#include "app/desk/private.h"
#include "app/hub/private.h"
#include "app/session/consumer_private.h"
#include "support/builders.h"

/* What has been erased. */

int64_t sim_erased_at(const struct sim *sim, struct bytes conversation, int64_t seq)
{
    size_t count;
    const struct transition *log = store_memory_log(sim->database, SIM_WORKSPACE, &count);
    for (size_t i = seq < 0 ? 0 : (size_t)seq; i < count; i++)
        if (log[i].action == ACTION_ERASE && bytes_equal(conversation_id(&log[i].after), conversation))
            return log[i].seq;
    return 0;
}

const struct desk *sim_desk(const struct sim *sim, int node)
{
    const struct hub *hub = sim->nodes[node].server.hub;
    const struct desk *desk = map_get(&hub->desks->all, bytes_of_string(SIM_WORKSPACE));
    return desk != NULL && desk_is_ready(desk) ? desk : NULL;
}

bool sim_may_not_know(const struct sim *sim, int node, struct bytes conversation, int64_t seq)
{
    const struct desk *desk = sim_desk(sim, node);
    int64_t erased_at = sim_erased_at(sim, conversation, seq);
    return erased_at > 0 && desk != NULL && desk->roster.seq < erased_at;
}

/* Nothing of what was said before an erase is held once it has been applied. */
static void check_held(struct sim *sim, int node, const struct transition *held, const char *where)
{
    const struct transition *truth = sim_log_at(sim, held->seq);
    if (truth == NULL || truth->action != held->action ||
        !bytes_equal(conversation_id(&truth->after), conversation_id(&held->after))) {
        sim_fail(sim, "node %d holds another transition %lld in %s", node, (long long)held->seq, where);
        return;
    }
    bool is_same = text_equal(truth->body, held->body) && text_equal(truth->after.words, held->after.words);
    if (!is_same && !sim_may_not_know(sim, node, conversation_id(&held->after), held->seq))
        sim_fail(sim, "node %d holds in %s what transition %lld has no more", node, where,
                 (long long)held->seq);
}

static void check_tail(struct sim *sim, int node, const struct desk *desk)
{
    if (!tail_is_kept(&desk->tail))
        return;
    if (desk->tail.end_seq != desk->roster.seq)
        sim_fail(sim, "node %d: the tail ends at %lld, the rows at %lld", node, (long long)desk->tail.end_seq,
                 (long long)desk->roster.seq);
    for (int64_t seq = desk->tail.begin_seq + 1; seq <= desk->tail.end_seq; seq++)
        check_held(sim, node, tail_at(&desk->tail, seq), "its tail");
}

static void check_replies(struct sim *sim, int node, const struct session *session)
{
    LIST_FOR_EACH (link, &session->queries.owed) {
        struct store_request *request = CONTAINER_OF(link, struct query, link)->lookup.request;
        if (request->kind != STORE_HISTORY)
            continue;
        const struct store_history *history = store_history_of(request);
        for (size_t i = 0; i < history->transitions_count; i++)
            check_held(sim, node, &history->transitions[i], "a reply");
    }
    const struct log_page *page = session->consumer == NULL ? NULL : session->consumer->page;
    for (size_t i = 0; page != NULL && i < page->log.transitions_count; i++)
        check_held(sim, node, &page->log.transitions[i], "a page of the log");
}

void sim_check_memory(struct sim *sim)
{
    for (int i = 0; i < sim->options.nodes; i++) {
        const struct desk *desk = sim_desk(sim, i);
        if (desk == NULL || sim->nodes[i].epoch != sim->promotions)
            continue;
        check_tail(sim, i, desk);
        LIST_FOR_EACH (link, &desk->subscribers)
            check_replies(sim, i, CONTAINER_OF(link, struct session, subscriber.link));
    }
}

/* Of entries that came. */

/* A text of the log as it was shown: as it is, unless it has been erased by what the node may not know yet.
 */
static bool is_shown_right(const struct sim_client *client, const struct transition *truth, struct bytes text,
                           const char *shown)
{
    return bytes_equal(text, bytes_of_string(shown)) ||
           (text.size == 0 &&
            sim_may_not_know(client->sim, client->node, conversation_id(&truth->after), truth->seq));
}

static void check_entry(const struct sim_client *client, const struct wire_entry *entry)
{
    const struct transition *truth = sim_log_at(client->sim, entry->seq);
    if (truth == NULL || strcmp(action_name(truth->action), entry->action) != 0 ||
        !bytes_equal(conversation_id(&truth->after), bytes_of_string(entry->conversation)))
        sim_fail(client->sim, "%s was told of %s in %s at seq %lld, where the log has something else",
                 client->name, entry->action, entry->conversation, (long long)entry->seq);
    else if (!is_shown_right(client, truth, text_bytes(truth->body), entry->has_body ? entry->body : "") ||
             !is_shown_right(client, truth, conversation_name(&truth->after), entry->name))
        sim_fail(client->sim, "%s was told words of seq %lld that are not in the log", client->name,
                 (long long)entry->seq);
}

/* The conversation's transitions after `after` and up to `to`, or those of them that are messages. */
static bool concerns(const struct transition *each, const char *conversation, bool messages)
{
    bool is_message = each->action == ACTION_SEND_MESSAGE || each->action == ACTION_CONTACT_MESSAGE ||
                      each->action == ACTION_BOT_MESSAGE || each->action == ACTION_ERASE;
    return bytes_equal(conversation_id(&each->after), bytes_of_string(conversation)) &&
           (!messages || is_message);
}

static int64_t count_between(const struct sim *sim, const char *conversation, bool messages, int64_t after,
                             int64_t to)
{
    size_t count;
    int64_t between = 0;
    const struct transition *log = store_memory_log(sim->database, SIM_WORKSPACE, &count);
    for (int64_t seq = after + 1; seq <= to && seq <= (int64_t)count; seq++)
        between += seq > sim->forgotten_seq && concerns(&log[seq - 1], conversation, messages);
    return between;
}

/* A thread is the log of its conversation, from where it begins up to where it says. */
static void check_thread(const struct sim_client *client)
{
    struct sim *sim = client->sim;
    const struct wire_message *last = &client->connection.wire.last;
    const struct wire_thread *thread =
        wire_follow_thread(&client->connection.wire.follow, last->conversation);
    int index = sim_conversation_index(last->conversation);
    if (client->threads_void[index]) {
        if (last->entries_count > 0)
            sim_fail(sim, "the thread of %s goes on for %s, who has nothing of it", last->conversation,
                     client->name);
        return;
    }
    const struct wire_entries *entries = &thread->entries;
    bool has_before = thread->has_more || thread->too_old;
    int64_t begin = has_before && entries->count > 0 ? entries->each[0].seq - 1 : 0;
    int64_t shown = 0;
    for (size_t i = 0; i < entries->count; i++) {
        const struct transition *truth = sim_log_at(sim, entries->each[i].seq);
        shown += entries->each[i].seq > sim->forgotten_seq;
        if (i > 0 && entries->each[i].seq <= entries->each[i - 1].seq)
            sim_fail(sim, "the thread of %s shows %s an entry twice", last->conversation, client->name);
        bool is_erased = sim_erased_at(sim, conversation_id(&truth->after), truth->seq) > thread->to;
        if (entries->each[i].has_body != (truth->body != NULL) && !(entries->each[i].has_body && is_erased))
            sim_fail(sim, "the thread of %s shows %s seq %lld with words that are erased, or without",
                     last->conversation, client->name, (long long)truth->seq);
    }
    if (shown != count_between(sim, last->conversation, false, begin, thread->to))
        sim_fail(sim, "the thread of %s up to %lld has a gap for %s", last->conversation,
                 (long long)thread->to, client->name);
}

/* A piece of history is whole in itself. */
static void check_history(const struct sim_client *client)
{
    const struct wire_message *last = &client->connection.wire.last;
    if (last->entries_count == 0)
        return;
    bool messages = last->ref == 3;
    int64_t newest = last->entries[0].seq;
    int64_t oldest = last->entries[last->entries_count - 1].seq;
    int64_t after = last->next > 0 || last->too_old ? oldest - 1 : 0;
    int64_t shown = 0;
    for (size_t i = 0; i < last->entries_count; i++)
        shown += last->entries[i].seq > client->sim->forgotten_seq;
    if (shown != count_between(client->sim, last->conversation, messages, after, newest))
        sim_fail(client->sim, "%s got a history of %s with a gap", client->name, last->conversation);
}

static void check_log_entry(const struct sim_client *client, const struct wire_entry *entry)
{
    const struct transition *truth = sim_log_at(client->sim, entry->seq);
    if (truth != NULL && strcmp(client->role, "channel") == 0 &&
        strcmp(text_string(truth->after.channel), client->name) != 0)
        sim_fail(client->sim, "%s was told of seq %lld, which is another channel's", client->name,
                 (long long)entry->seq);
}

void sim_check_follower(struct sim_client *client)
{
    const struct wire_message *last = &client->connection.wire.last;
    if (!sim_client_is_current(client))
        return;
    for (size_t i = 0; i < last->entries_count; i++) {
        check_entry(client, &last->entries[i]);
        if (last->type == WIRE_LOG)
            check_log_entry(client, &last->entries[i]);
    }
    if (client->sim->failure[0] != '\0')
        return;
    if (last->type == WIRE_THREAD)
        check_thread(client);
    if (last->type == WIRE_HISTORY)
        check_history(client);
}

void sim_check_consumer(struct sim *sim, const struct sim_consumer *consumer, int64_t to)
{
    for (int64_t seq = consumer->start + 1; seq <= to; seq++) {
        const struct transition *each = sim_log_at(sim, seq);
        bool is_his =
            each != NULL &&
            (!consumer->is_channel ||
             (each->after.words != NULL && strcmp(text_string(each->after.channel), consumer->owner) == 0));
        if (is_his && !consumer->dealt[seq] && seq > sim->forgotten_seq)
            sim_fail(sim, "%s has never been told of seq %lld", consumer->owner, (long long)seq);
    }
}

/* At rest. */

static void check_threads_at_rest(struct sim *sim, const struct sim_client *client)
{
    size_t count;
    store_memory_log(sim->database, SIM_WORKSPACE, &count);
    for (int i = 0; i < SIM_CONVERSATIONS; i++) {
        const char *id = sim_conversations[i];
        const struct wire_thread *thread = wire_follow_thread(&client->connection.wire.follow, id);
        if (!client->watches[i])
            continue;
        if (thread == NULL || client->threads_void[i] ||
            count_between(sim, id, false, thread->to, (int64_t)count) > 0)
            sim_fail(sim, "%s has not all of the thread of %s", client->name, id);
    }
}

/* Everybody is there, and looks at one thing. */
static void check_people(struct sim *sim, const struct sim_client *client)
{
    for (int i = 0; i < SIM_CLIENTS; i++) {
        const char *agent = sim->clients[i].name;
        char expected[80];
        snprintf(expected, sizeof(expected), "v %s", sim_seat_of(agent));
        const char *look = wire_follow_look(&client->connection.wire.follow, agent);
        if (strcmp(look, sim_client_is_dashboard(&sim->clients[i]) ? expected : "-") != 0)
            sim_fail(sim, "%s sees %s as \"%s\"", client->name, agent, look);
    }
}

void sim_check_followers_at_rest(struct sim *sim)
{
    size_t count;
    store_memory_log(sim->database, SIM_WORKSPACE, &count);
    for (int i = 0; i < SIM_CLIENTS; i++) {
        const struct sim_client *client = &sim->clients[i];
        if (!sim_client_is_dashboard(client))
            continue;
        check_threads_at_rest(sim, client);
        check_people(sim, client);
    }
    for (int i = 0; i < SIM_CONSUMERS && sim->consumers[i].owner != NULL; i++)
        sim_check_consumer(sim, &sim->consumers[i], (int64_t)count);
    sim_check_memory(sim);
}
