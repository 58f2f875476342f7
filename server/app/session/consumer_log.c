/* The log as it is sent to a consumer: from the desk's tail where that reaches back far enough, else in pages
 * from the store, one at a time.
 *
 * What may fail: the consumer's place is not of the log that is known here any more. Then the client is
 * closed (1013), and begins again at a place that is checked anew. */
#include "app/session/consumer_private.h"

#include "base/alloc.h"
#include "protocol/encode.h"
#include "protocol/limits.h"

/* A channel is sent what concerns its own conversations. Only the automation is sent what concerns agents. */
static bool consumer_hears(const struct session *session, const struct transition *transition)
{
    return session->identity.role != ROLE_CHANNEL ||
           (transition->after.words != NULL && text_equal(transition->after.channel, session->identity.id));
}

bool consumer_has_log(const struct session *session)
{
    const struct consumer *consumer = session->consumer;
    if (session->state != SESSION_LIVE || consumer == NULL || consumer->state != CONSUMER_FOLLOWING ||
        !desk_is_ready(session->desk))
        return false;
    return consumer->page != NULL ||
           (!consumer->is_reading &&
            (consumer->at.seq < desk_roster(session->desk)->seq || consumer->owes_end));
}

static void page_ask(struct query *query, int64_t workspace_id)
{
    struct log_page *page = CONTAINER_OF(query, struct log_page, query);
    page->log = (struct store_log){.request = {.kind = STORE_LOG},
                                   .workspace_id = workspace_id,
                                   .after_seq = page->after.seq,
                                   .after_mark_ms = page->after.mark_ms,
                                   .channel = text_bytes(query->text)};
}

static void page_done(struct query *query)
{
    struct session *session = query->session;
    session->consumer->page = CONTAINER_OF(query, struct log_page, query);
    session_set_ready(session);
}

static void consumer_read(struct session *session)
{
    static const struct query_ops ops = {.ask = page_ask, .done = page_done};
    struct consumer *consumer = session->consumer;
    struct bytes channel =
        session->identity.role == ROLE_CHANNEL ? text_bytes(session->identity.id) : bytes_make(NULL, 0);
    struct log_page *page = alloc_zeroed(sizeof(*page));
    page->after = consumer->at;
    query_begin(&page->query, &ops, session, &page->log.request, channel);
    consumer->is_reading = true;
    queries_ask(session);
}

void consumer_drop_page(struct consumer *consumer)
{
    struct log_page *page = consumer->page;
    if (page == NULL)
        return;
    consumer->page = NULL;
    consumer->is_reading = false;
    query_destroy(&page->query);
}

void consumer_tell_end(struct alarm *quiet_end)
{
    struct consumer *consumer = CONTAINER_OF(quiet_end, struct consumer, quiet_end);
    consumer->owes_end = true;
    session_set_ready(consumer->session);
}

/* Where the log grows without anything for the consumer, the consumer is told how far, at most once a second,
 * however many transitions there are. */
static bool consumer_waits_for_end(struct consumer *consumer)
{
    struct node *node = session_node(consumer->session);
    if (consumer->owes_end || consumer->at.seq - consumer->sent.seq >= LIMIT_LOG_WINDOW)
        return false;
    if (!alarm_is_set(&consumer->quiet_end) && consumer->at.seq > consumer->sent.seq)
        alarms_set(&node->alarms, &consumer->quiet_end, node_mono_ms(node) + LIMIT_LOG_QUIET_MS);
    return true;
}

/* Makes a frame for what lies between the last one and where the consumer is now. */
static struct frame *consumer_encode(struct consumer *consumer, const struct transition *const *entries,
                                     size_t count, bool too_old)
{
    if (count == 0 && !too_old && consumer_waits_for_end(consumer))
        return NULL;
    consumer->owes_end = false;
    alarms_remove(&session_node(consumer->session)->alarms, &consumer->quiet_end);
    struct log_piece piece = {.from = consumer->sent.seq,
                              .to = consumer->at.seq,
                              .mark_ms = consumer->at.mark_ms,
                              .too_old = too_old,
                              .transitions = entries,
                              .transitions_count = count};
    consumer->sent = consumer->at;
    return encode_log(&piece);
}

static struct frame *consumer_step_page(struct consumer *consumer)
{
    struct log_page *page = consumer->page;
    const struct store_log *log = &page->log;
    const struct transition *entries[LIMIT_LOG_ROWS] = {NULL};
    size_t count = 0;
    size_t body_bytes = 0;
    while (page->sent_count < log->transitions_count && count < LIMIT_LOG_ROWS &&
           body_bytes < LIMIT_ENTRIES_BYTES) {
        entries[count++] = &log->transitions[page->sent_count++];
        body_bytes += text_bytes(entries[count - 1]->body).size;
    }
    bool is_whole = page->sent_count == log->transitions_count;
    consumer->at.seq = is_whole ? log->to_seq : entries[count - 1]->seq;
    consumer->at.mark_ms = is_whole ? log->to_mark_ms : entries[count - 1]->at_ms;
    bool is_known = count > 0 || !log->is_cut; /* else the next page tells the mark */
    struct frame *frame = is_known ? consumer_encode(consumer, entries, count, log->too_old) : NULL;
    if (is_whole)
        consumer_drop_page(consumer);
    return frame;
}

static struct frame *consumer_step_tail(struct session *session)
{
    struct consumer *consumer = session->consumer;
    const struct tail *tail = desk_tail(session->desk);
    const struct transition *entries[LIMIT_LOG_ROWS];
    size_t count = 0;
    size_t body_bytes = 0;
    int64_t from_seq = consumer->at.seq;
    for (; consumer->at.seq < tail->end_seq && count < LIMIT_LOG_ROWS && body_bytes < LIMIT_ENTRIES_BYTES;
         consumer->at.seq++) {
        const struct transition *entry = tail_at(tail, consumer->at.seq + 1);
        if (!consumer_hears(session, entry))
            continue;
        if (entry->is_cut)
            break;
        entries[count++] = entry;
        body_bytes += text_bytes(entry->body).size;
    }
    if (consumer->at.seq > from_seq)
        consumer->at.mark_ms = tail_at(tail, consumer->at.seq)->at_ms;
    if (count == 0 && consumer->at.seq < tail->end_seq) /* the next transition's body is only in the store */
        consumer_read(session);
    return consumer_encode(consumer, entries, count, false);
}

/* Whether the page, or the place where it begins, is not of the log that is known here: one of the two is
 * old. They must not be mixed. A client that comes back begins at a place that is checked anew. */
static bool consumer_is_in_other_log(const struct consumer *consumer)
{
    const struct roster *roster = desk_roster(consumer->session->desk);
    if (consumer->page != NULL && consumer->page->log.is_other)
        return true;
    return consumer->at.mark_ms != 0 &&
           roster_judge_place(roster, consumer->at.seq, consumer->at.mark_ms) == PLACE_ELSEWHERE;
}

struct frame *consumer_step(struct session *session)
{
    struct consumer *consumer = session->consumer;
    if (consumer_is_in_other_log(consumer)) {
        desk_catch_up(session->desk);
        consumer->acked.seq = consumer->stored_seq;
        session_close(session, CLOSE_TRY_LATER, "the log is another one now", 0);
        return NULL;
    }
    if (consumer->page != NULL)
        return consumer_step_page(consumer);
    if (tail_covers(desk_tail(session->desk), consumer->at.seq))
        return consumer_step_tail(session);
    consumer_read(session);
    return NULL;
}
