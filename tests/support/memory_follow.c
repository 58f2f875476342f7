#include "support/memory_database.h"

#include <assert.h>
#include <stdlib.h>

#include "support/fold.h"

/* What followers and people look up. */

/* The log. */

static bool is_of_channel(const struct transition *transition, struct bytes channel)
{
    return channel.size == 0 || bytes_equal(text_bytes(transition->after.channel), channel);
}

void memory_database_log(struct store_memory_database *database, struct store_log *log)
{
    const struct memory_workspace *workspace = memory_workspace_of(database, log->workspace_id);
    int64_t last_seq = memory_last_seq(workspace);
    int64_t seq = log->after_seq;
    log->transitions = alloc_array(LIMIT_LOG_ROWS, sizeof(*log->transitions));
    log->transitions_count = 0;
    log->is_other =
        seq > 0 && log->after_mark_ms > 0 && !memory_may_be_place(workspace, seq, log->after_mark_ms);
    log->too_old = seq < workspace->forgotten_seq;
    log->to_seq = log->too_old ? workspace->forgotten_seq : seq;
    log->to_mark_ms = log->too_old ? 0 : log->after_mark_ms;
    if (log->too_old)
        return;
    log->is_cut = false;
    for (;
         seq < last_seq && seq < log->after_seq + LIMIT_LOG_WINDOW && log->transitions_count < LIMIT_LOG_ROWS;
         seq++) {
        const struct transition *each = &workspace->log[seq];
        if (!is_of_channel(each, log->channel))
            continue;
        log->is_cut = text_bytes(each->body).size > LIMIT_LONG_BYTES && seq > log->after_seq;
        if (log->is_cut)
            break;
        memory_copy_transition(each, &log->transitions[log->transitions_count++]);
    }
    if (log->is_cut && log->transitions_count > 0)
        seq = log->transitions[log->transitions_count - 1].seq;
    log->to_seq = seq;
    if (log->is_cut && log->transitions_count == 0)
        log->to_mark_ms = 0;
    else if (seq > log->after_seq)
        log->to_mark_ms = workspace->log[seq - 1].at_ms;
}

/* One conversation's. */

static bool is_message(const struct transition *transition)
{
    return transition->action == ACTION_SEND_MESSAGE || transition->action == ACTION_CONTACT_MESSAGE ||
           transition->action == ACTION_BOT_MESSAGE || transition->action == ACTION_ERASE;
}

static bool is_wanted(const struct store_history *history, const struct transition *transition)
{
    return (history->before_seq == 0 || transition->seq < history->before_seq) &&
           (!history->messages_only || is_message(transition));
}

/* The transition that the walk begins with. */
static int64_t first_seq(const struct memory_workspace *workspace, const struct store_history *history)
{
    int64_t before_seq = history->before_seq;
    if (before_seq > workspace->forgotten_seq && before_seq <= memory_last_seq(workspace)) {
        const struct transition *before = &workspace->log[before_seq - 1];
        if (bytes_equal(conversation_id(&before->after), history->conversation))
            return before->before_seq;
    }
    const struct conversation *found = memory_find(workspace, history->conversation);
    return found == NULL ? 0 : found->seq;
}

void memory_database_history(struct store_memory_database *database, struct store_history *history)
{
    const struct memory_workspace *workspace = memory_workspace_of(database, history->workspace_id);
    size_t limit = (size_t)history->limit;
    int64_t walked_seq = 0;
    int64_t next_seq = first_seq(workspace, history);
    assert(history->limit > 0 && history->limit <= LIMIT_HISTORY_ROWS);
    history->transitions = alloc_array(limit, sizeof(*history->transitions));
    history->transitions_count = 0;
    history->more = false;
    size_t bytes = 0;
    for (int steps = 0; next_seq > history->after_seq && next_seq > workspace->forgotten_seq; steps++) {
        const struct transition *each = &workspace->log[next_seq - 1];
        bool is_full = history->transitions_count == limit && is_wanted(history, each);
        history->more = is_full || steps == LIMIT_LOG_WINDOW || bytes >= LIMIT_ENTRIES_BYTES;
        if (is_full)
            walked_seq = history->transitions[limit - 1].seq;
        if (history->more)
            break;
        if (is_wanted(history, each)) {
            memory_copy_transition(each, &history->transitions[history->transitions_count++]);
            bytes += text_bytes(each->body).size;
        }
        walked_seq = each->seq;
        next_seq = each->before_seq;
    }
    history->next_before_seq = history->more ? walked_seq : 0;
    history->too_old = !history->more && next_seq > history->after_seq;
}

/* Finding. */

struct find_key {
    int part;
    struct text *text;
    const struct conversation *conversation;
};

static bool begins_with(struct bytes bytes, struct bytes prefix)
{
    return bytes.size >= prefix.size && bytes_equal(bytes_make(bytes.data, prefix.size), prefix);
}

static int compare_bytes(struct bytes a, struct bytes b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size == 0 ? 0 : memcmp(a.data, b.data, size);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_keys(const void *left, const void *right)
{
    const struct find_key *a = left;
    const struct find_key *b = right;
    int order = a->part - b->part;
    if (order == 0)
        order = compare_bytes(text_bytes(a->text), text_bytes(b->text));
    if (order == 0)
        order = compare_bytes(conversation_id(a->conversation), conversation_id(b->conversation));
    return order;
}

/* False where the conversation is not one that `find` finds. */
static bool key_of(const struct store_find *find, struct bytes folded, const struct conversation *each,
                   struct find_key *key_r)
{
    *key_r = (struct find_key){.part = 1, .conversation = each};
    if (begins_with(conversation_id(each), find->text))
        return true;
    key_r->part = 2;
    key_r->text = fold(conversation_name(each));
    if (folded.size > 0 && begins_with(text_bytes(key_r->text), folded))
        return true;
    text_unref(&key_r->text);
    return false;
}

void memory_database_find(struct store_memory_database *database, struct store_find *find)
{
    const struct memory_workspace *workspace = memory_workspace_of(database, find->workspace_id);
    struct find_key *keys = alloc_array(workspace->log_count, sizeof(*keys));
    struct text *folded = fold(find->text);
    size_t count = 0;
    size_t position = 0;
    assert(find->limit > 0 && find->limit <= LIMIT_FIND_ROWS && find->text.size > 0);
    for (const struct memory_place *place = map_next(&workspace->conversations, &position); place != NULL;
         place = map_next(&workspace->conversations, &position))
        count += key_of(find, text_bytes(folded), &workspace->log[place->index].after, &keys[count]);
    qsort(keys, count, sizeof(*keys), compare_keys);
    find->more = count > (size_t)find->limit;
    find->rows_count = find->more ? (size_t)find->limit : count;
    find->rows = alloc_array(find->rows_count, sizeof(*find->rows));
    for (size_t i = 0; i < find->rows_count; i++)
        conversation_copy(keys[i].conversation, &find->rows[i]);
    for (size_t i = 0; i < count; i++)
        text_unref(&keys[i].text);
    text_unref(&folded);
    free(keys);
}

/* Consumers. */

static bool is_consumer(const struct memory_consumer *consumer, const struct store_consume *consume)
{
    return consumer->role == consume->role && bytes_equal(text_bytes(consumer->owner), consume->owner) &&
           bytes_equal(text_bytes(consumer->name), consume->name);
}

static struct memory_consumer *find_consumer(struct memory_workspace *workspace,
                                             const struct store_consume *consume)
{
    for (size_t i = 0; i < workspace->consumers_count; i++) {
        if (is_consumer(&workspace->consumers[i], consume))
            return &workspace->consumers[i];
    }
    return NULL;
}

/* Where it begins: at the place that is said, or else kept, or, where the log has neither, at the beginning.
 */
static void move_to_begin(const struct memory_workspace *workspace, struct store_consume *consume,
                          struct memory_consumer *consumer, bool is_new)
{
    bool has_wish = consume->seq >= 0;
    bool has_kept = !is_new && memory_may_be_place(workspace, consumer->acked_seq, consumer->acked_mark_ms);
    bool is_known = has_wish && memory_may_be_place(workspace, consume->seq, consume->mark_ms);
    consume->is_resumed_r = has_wish ? is_known : has_kept;
    if (is_known)
        consumer->acked_seq = consume->seq;
    else if (is_new && !has_wish)
        consumer->acked_seq = memory_last_seq(workspace);
    else if (!has_kept)
        consumer->acked_seq = workspace->forgotten_seq;
    consumer->acked_mark_ms = is_known ? consume->mark_ms : memory_mark_ms(workspace, consumer->acked_seq);
}

static enum consume_result attach(struct memory_workspace *workspace, struct store_consume *consume)
{
    struct memory_consumer *consumer = find_consumer(workspace, consume);
    bool is_new = consumer == NULL;
    if (is_new && workspace->consumers_count == LIMIT_CONSUMERS)
        return CONSUME_TOO_MANY;
    if (is_new) {
        consumer = &workspace->consumers[workspace->consumers_count++];
        *consumer = (struct memory_consumer){
            .role = consume->role, .owner = text_create(consume->owner), .name = text_create(consume->name)};
    }
    consumer->generation++;
    move_to_begin(workspace, consume, consumer, is_new);
    consume->generation_r = consumer->generation;
    consume->acked_seq_r = consumer->acked_seq;
    consume->acked_mark_r = consumer->acked_mark_ms;
    return CONSUME_OK;
}

static enum consume_result acknowledge(struct memory_workspace *workspace, struct store_consume *consume)
{
    struct memory_consumer *consumer = find_consumer(workspace, consume);
    if (consumer == NULL || consumer->generation != consume->generation)
        return CONSUME_REPLACED;
    if (!memory_may_be_place(workspace, consume->known_seq, consume->known_mark_ms))
        return CONSUME_OTHER_LOG;
    if (consume->seq > consumer->acked_seq) {
        consumer->acked_seq = consume->seq;
        consumer->acked_mark_ms = memory_mark_ms(workspace, consume->seq);
    }
    consume->generation_r = consumer->generation;
    consume->acked_seq_r = consumer->acked_seq;
    consume->acked_mark_r = consumer->acked_mark_ms;
    return CONSUME_OK;
}

void memory_database_consume(struct store_memory_database *database, struct store_consume *consume)
{
    struct memory_workspace *workspace = memory_workspace_of(database, consume->workspace_id);
    consume->generation_r = 0;
    consume->acked_seq_r = 0;
    consume->acked_mark_r = 0;
    consume->is_resumed_r = false;
    consume->result = consume->generation == 0 ? attach(workspace, consume) : acknowledge(workspace, consume);
}

void memory_forget_consumers(struct memory_workspace *workspace)
{
    for (size_t i = 0; i < workspace->consumers_count; i++) {
        text_unref(&workspace->consumers[i].owner);
        text_unref(&workspace->consumers[i].name);
    }
    workspace->consumers_count = 0;
}
