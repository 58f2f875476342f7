#include "store/pooler.h"

#include <stdio.h>
#include <string.h>

#include "store/row.h"

void pooler_describe(const char *seen, char *sentence_r, size_t sentence_size)
{
    snprintf(sentence_r, sentence_size,
             "a pooler in front of the database does not keep a session for each connection (%s): connect to "
             "the database itself, or set the pooler to pool_mode = session",
             seen);
}

bool pooler_keeps_session(const struct fitness *fitness, const PGresult *still, char *sentence_r,
                          size_t sentence_size)
{
    char seen[128];
    struct fields fields = fields_of(still, 0);
    struct text *key = fields_take_text(&fields);
    int64_t backend_pid = fields_take_int(&fields);
    bool is_same = text_equal(key, fitness->session_key) && backend_pid == fitness->backend_pid;
    text_unref(&key);
    if (is_same)
        return true;
    snprintf(seen, sizeof(seen), "one transaction was in the backend %lld, the next in the backend %lld",
             (long long)fitness->backend_pid, (long long)backend_pid);
    pooler_describe(seen, sentence_r, sentence_size);
    return false;
}

bool pooler_betrays_itself(const char *sqlstate, const char *message, char *sentence_r, size_t sentence_size)
{
    char seen[256];
    bool is_gone = strcmp(sqlstate, "26000") == 0;          /* a statement that this session has prepared */
    bool is_there_already = strcmp(sqlstate, "42P05") == 0; /* one that it has not */
    if (!is_gone && !is_there_already)
        return false;
    snprintf(seen, sizeof(seen), "SQLSTATE %s: %s", sqlstate, message);
    pooler_describe(seen, sentence_r, sentence_size);
    return true;
}
