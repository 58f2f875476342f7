#include "app/ports/store.h"

#include <stdlib.h>

static void transitions_finish(struct transition **transitions, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        transition_finish(&(*transitions)[i]);
    free(*transitions);
    *transitions = NULL;
    *count = 0;
}

void stored_outcome_resolve(struct stored_outcome *stored, const int64_t *seqs, int64_t at_ms)
{
    seq_resolve(&stored->seq, seqs);
    seq_resolve(&stored->since_seq, seqs);
    pause_resolve(&stored->pause, at_ms);
}

static void append_finish(struct store_append *append)
{
    transitions_finish(&append->foreign, &append->foreign_count);
    free(append->seqs);
    append->seqs = NULL;
}

static void read_finish(struct store_read *read)
{
    conversation_finish(&read->result);
    read->found = false;
}

static void rows_finish(struct conversation **rows, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        conversation_finish(&(*rows)[i]);
    free(*rows);
    *rows = NULL;
    *count = 0;
}

static void page_finish(struct store_page *page)
{
    rows_finish(&page->rows, &page->rows_count);
}

static void due_finish(struct store_due *due)
{
    for (size_t i = 0; i < due->workspaces_count; i++)
        text_unref(&due->workspaces[i]);
    free(due->workspaces);
    due->workspaces = NULL;
    due->workspaces_count = 0;
}

static void heads_finish(struct store_heads *heads)
{
    free(heads->seqs);
    free(heads->marks_ms);
    heads->seqs = NULL;
    heads->marks_ms = NULL;
}

static void log_finish(struct store_log *log)
{
    transitions_finish(&log->transitions, &log->transitions_count);
}

static void history_finish(struct store_history *history)
{
    transitions_finish(&history->transitions, &history->transitions_count);
}

static void find_finish(struct store_find *find)
{
    rows_finish(&find->rows, &find->rows_count);
}

static void revocations_finish(struct store_revocations *revocations)
{
    for (size_t i = 0; i < revocations->count; i++) {
        text_unref(&revocations->list[i].workspace);
        text_unref(&revocations->list[i].id);
    }
    free(revocations->list);
    revocations->list = NULL;
    revocations->count = 0;
}

void store_request_finish(struct store_request *request)
{
    switch (request->kind) {
    case STORE_APPEND: append_finish(store_append_of(request)); break;
    case STORE_READ: read_finish(store_read_of(request)); break;
    case STORE_PAGE: page_finish(store_page_of(request)); break;
    case STORE_DUE: due_finish(store_due_of(request)); break;
    case STORE_HEADS: heads_finish(store_heads_of(request)); break;
    case STORE_REVOCATIONS: revocations_finish(store_revocations_of(request)); break;
    case STORE_LOG: log_finish(store_log_of(request)); break;
    case STORE_HISTORY: history_finish(store_history_of(request)); break;
    case STORE_FIND: find_finish(store_find_of(request)); break;
    case STORE_NOTHING:
    case STORE_LOAD:
    case STORE_PLACE:
    case STORE_CONSUME:
    case STORE_COUNT: break;
    }
}

void store_request_answer(struct store_request *request, enum store_outcome outcome)
{
    list_remove(&request->link);
    request->outcome = outcome;
    request->done(request);
}

void store_requests_answer(struct list *requests, enum store_outcome outcome)
{
    struct list taken;
    list_init(&taken);
    list_move_all(&taken, requests);
    while (!list_is_empty(&taken))
        store_request_answer(store_request_of(taken.next), outcome);
}

void store_requests_forget(struct list *requests)
{
    while (!list_is_empty(requests))
        list_take_first(requests);
}
