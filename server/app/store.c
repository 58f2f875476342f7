#include "app/store.h"

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

void store_append_finish(struct store_append *append)
{
    transitions_finish(&append->foreign, &append->foreign_count);
    free(append->seqs);
    append->seqs = NULL;
}

void store_read_finish(struct store_read *read)
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

void store_page_finish(struct store_page *page)
{
    rows_finish(&page->rows, &page->rows_count);
}

void store_due_finish(struct store_due *due)
{
    for (size_t i = 0; i < due->workspaces_count; i++)
        text_unref(&due->workspaces[i]);
    free(due->workspaces);
    due->workspaces = NULL;
    due->workspaces_count = 0;
}

void store_heads_finish(struct store_heads *heads)
{
    free(heads->seqs);
    free(heads->marks_ms);
    heads->seqs = NULL;
    heads->marks_ms = NULL;
}

void store_log_finish(struct store_log *log)
{
    transitions_finish(&log->transitions, &log->transitions_count);
}

void store_history_finish(struct store_history *history)
{
    transitions_finish(&history->transitions, &history->transitions_count);
}

void store_find_finish(struct store_find *find)
{
    rows_finish(&find->rows, &find->rows_count);
}

void store_revocations_finish(struct store_revocations *revocations)
{
    for (size_t i = 0; i < revocations->count; i++) {
        text_unref(&revocations->list[i].workspace);
        text_unref(&revocations->list[i].id);
    }
    free(revocations->list);
    revocations->list = NULL;
    revocations->count = 0;
}
