#include "app/store.h"

#include <stdlib.h>

void store_append_finish(struct store_append *append)
{
    for (size_t i = 0; i < append->foreign_count; i++)
        transition_finish(&append->foreign[i]);
    free(append->foreign);
    free(append->seqs);
    append->foreign = NULL;
    append->foreign_count = 0;
    append->seqs = NULL;
}

void store_read_finish(struct store_read *read)
{
    conversation_finish(&read->result);
    read->found = false;
}

void store_page_finish(struct store_page *page)
{
    for (size_t i = 0; i < page->rows_count; i++)
        conversation_finish(&page->rows[i]);
    page->rows_count = 0;
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
    heads->seqs = NULL;
}
