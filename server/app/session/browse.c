#include "app/session/browse.h"

#include "app/session/private.h"
#include "base/alloc.h"
#include "protocol/encode.h"
#include "protocol/limits.h"

/* Replaces rows by newer ones that are in memory, as the rows that were read may be older than what the
 * client has been told. It is called when the rows come, since what is in memory now may be dropped before
 * they leave, and again when they leave. */
static void rows_freshen(const struct session *session, struct conversation *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *held = roster_find(desk_roster(session->desk), conversation_id(&rows[i]));
        if (held == NULL || held->conversation.seq <= rows[i].seq)
            continue;
        conversation_finish(&rows[i]);
        conversation_copy(&held->conversation, &rows[i]);
    }
}

/* A page of the Completed list. */

struct page_query {
    struct query query;
    struct store_page page;
    int64_t before;
    int64_t limit;
    int64_t next_before; /* where the next page begins; 0: there is none */
};

static struct page_query *page_of(const struct query *query)
{
    return CONTAINER_OF(query, struct page_query, query);
}

static void page_ask(struct query *query, int64_t workspace_id)
{
    struct page_query *own = page_of(query);
    own->page = (struct store_page){.request = {.kind = STORE_PAGE},
                                    .workspace_id = workspace_id,
                                    .before_list_seq = own->before,
                                    .limit = own->limit};
}

static void page_done(struct query *query)
{
    struct page_query *own = page_of(query);
    const struct store_page *page = &own->page;
    own->next_before = page->more && !query->is_too_slow ? page->rows[page->rows_count - 1].list_seq : 0;
    rows_freshen(query->session, page->rows, page->rows_count);
    query_owe(query);
}

/* Leaves out rows that have left the list since. */
static struct frame *page_encode(struct query *query)
{
    const struct page_query *own = page_of(query);
    const struct conversation *rows[LIMIT_PAGE_ROWS];
    struct page page = {.ref = query->ref, .conversations = rows, .next_before_list_seq = own->next_before};
    rows_freshen(query->session, own->page.rows, own->page.rows_count);
    for (size_t i = 0; i < own->page.rows_count; i++) {
        const struct conversation *row = &own->page.rows[i];
        if (row->list == LIST_COMPLETED)
            rows[page.conversations_count++] = row;
    }
    return encode_page(&page);
}

void browse_page(struct session *session, const struct message_page *message)
{
    static const struct query_ops ops = {
        .has_rows = true, .ask = page_ask, .done = page_done, .encode = page_encode, .refuse = query_refuse};
    struct page_query *own = alloc_zeroed(sizeof(*own));
    own->before = message->before_list_seq;
    own->limit = message->limit;
    query_begin(&own->query, &ops, session, &own->page.request, bytes_make(NULL, 0));
    query_set_ref(&own->query, message->ref);
    queries_ask(session);
}

/* Finding a text. */

struct find_query {
    struct query query;
    struct store_find find;
    int64_t limit;
};

static struct find_query *find_of(const struct query *query)
{
    return CONTAINER_OF(query, struct find_query, query);
}

static void find_ask(struct query *query, int64_t workspace_id)
{
    struct find_query *own = find_of(query);
    own->find = (struct store_find){.request = {.kind = STORE_FIND},
                                    .workspace_id = workspace_id,
                                    .text = text_bytes(query->text),
                                    .limit = own->limit};
}

static void find_done(struct query *query)
{
    const struct store_find *find = &find_of(query)->find;
    rows_freshen(query->session, find->rows, find->rows_count);
    query_owe(query);
}

static struct frame *find_encode(struct query *query)
{
    const struct store_find *find = &find_of(query)->find;
    const struct conversation *rows[LIMIT_FIND_ROWS];
    rows_freshen(query->session, find->rows, find->rows_count);
    for (size_t i = 0; i < find->rows_count; i++)
        rows[i] = &find->rows[i];
    return encode_found(&(struct found){.ref = query->ref,
                                        .conversations = rows,
                                        .conversations_count = find->rows_count,
                                        .more = find->more});
}

void browse_find(struct session *session, const struct message_find *message)
{
    static const struct query_ops ops = {
        .has_rows = true, .ask = find_ask, .done = find_done, .encode = find_encode, .refuse = query_refuse};
    struct find_query *own = alloc_zeroed(sizeof(*own));
    own->limit = message->limit;
    query_begin(&own->query, &ops, session, &own->find.request, message->text);
    query_set_ref(&own->query, message->ref);
    queries_ask(session);
}

/* A conversation's history. */

struct history_query {
    struct query query;
    struct store_history history;
    int64_t before;
    int64_t limit;
    bool messages_only;
};

static struct history_query *history_of(const struct query *query)
{
    return CONTAINER_OF(query, struct history_query, query);
}

static void history_ask(struct query *query, int64_t workspace_id)
{
    struct history_query *own = history_of(query);
    own->history = (struct store_history){.request = {.kind = STORE_HISTORY},
                                          .workspace_id = workspace_id,
                                          .conversation = text_bytes(query->text),
                                          .before_seq = own->before,
                                          .limit = own->limit,
                                          .messages_only = own->messages_only};
}

static struct frame *history_encode(struct query *query)
{
    const struct store_history *read = &history_of(query)->history;
    const struct transition *entries[LIMIT_HISTORY_ROWS];
    for (size_t i = 0; i < read->transitions_count; i++)
        entries[i] = &read->transitions[i];
    return encode_history(&(struct history){
        .ref = query->ref,
        .conversation = text_bytes(query->text),
        .transitions = entries,
        .transitions_count = read->transitions_count,
        .next_before = read->next_before_seq,
        .too_old = read->too_old,
    });
}

static size_t history_bytes(const struct query *query)
{
    return query_bodies_bytes(&history_of(query)->history);
}

void browse_history(struct session *session, const struct message_history *message)
{
    static const struct query_ops ops = {.ask = history_ask,
                                         .done = query_owe,
                                         .encode = history_encode,
                                         .refuse = query_refuse,
                                         .bytes = history_bytes};
    struct history_query *own = alloc_zeroed(sizeof(*own));
    own->before = message->before;
    own->limit = message->limit;
    own->messages_only = message->messages_only;
    query_begin(&own->query, &ops, session, &own->history.request, message->conversation);
    query_set_ref(&own->query, message->ref);
    queries_ask(session);
}
