/* What is asked of the reader and of look-ups: each kind is one statement.
 *
 * When all goes well: a reader takes the request from its queue, `ask` writes down its parameters, and the
 * statement goes out with "clock" behind it, in one transaction; `take` reads the rows of the answer into the
 * request, which is answered STORE_OK.
 *
 * What may fail: the statement, with an error whose class says what becomes of the request (reader.c); and
 * the answer, where it can be none (a field too many, a number out of its range): then `take` says so, what
 * it has taken is given up, and the request is answered STORE_FAILED. */
#include "store/statement.h"

#include <assert.h>

#include "base/log.h"
#include "store/row.h"

/* What commands and desks wait for. */

static void ask_read(struct store_request *request, struct parameters *parameters)
{
    const struct store_read *read = store_read_of(request);
    parameters_add_int8(parameters, read->workspace_id);
    parameters_add_text(parameters, read->conversation);
}

static bool take_read(struct store_request *request, const PGresult *result)
{
    struct store_read *read = store_read_of(request);
    read->found = PQntuples(result) > 0;
    if (!read->found)
        return true;
    struct fields fields = fields_of(result, 0);
    fields_take_conversation(&fields, &read->result);
    return !fields.is_broken;
}

static void ask_place(struct store_request *request, struct parameters *parameters)
{
    const struct store_place *place = store_place_of(request);
    parameters_add_int8(parameters, place->workspace_id);
    parameters_add_int8(parameters, place->seq);
    parameters_add_int8(parameters, place->mark_ms);
}

static bool take_place(struct store_request *request, const PGresult *result)
{
    struct fields fields = fields_of(result, 0);
    store_place_of(request)->is_of_log = fields_take_bool(&fields);
    return !fields.is_broken;
}

/* One row more than wanted tells whether there are more. *is_broken_r becomes true where one is broken. */
static struct conversation *take_rows(const PGresult *result, int64_t limit, size_t *count_r, bool *more_r,
                                      bool *is_broken_r)
{
    size_t count = (size_t)PQntuples(result);
    *more_r = count > (size_t)limit;
    if (*more_r)
        count = (size_t)limit;
    struct conversation *rows = alloc_array(count, sizeof(*rows));
    for (size_t i = 0; i < count; i++) {
        struct fields fields = fields_of(result, (int)i);
        fields_take_conversation(&fields, &rows[i]);
        *is_broken_r |= fields.is_broken;
    }
    *count_r = count;
    return rows;
}

static void ask_page(struct store_request *request, struct parameters *parameters)
{
    const struct store_page *page = store_page_of(request);
    assert(page->limit > 0 && page->limit <= LIMIT_PAGE_ROWS);
    parameters_add_int8(parameters, page->workspace_id);
    parameters_add_int8(parameters, page->before_list_seq == 0 ? INT64_MAX : page->before_list_seq);
    parameters_add_int8(parameters, page->limit + 1);
}

static bool take_page(struct store_request *request, const PGresult *result)
{
    struct store_page *page = store_page_of(request);
    bool is_broken = false;
    page->rows = take_rows(result, page->limit, &page->rows_count, &page->more, &is_broken);
    return !is_broken;
}

static void ask_due(struct store_request *request, struct parameters *parameters)
{
    static const enum element_type types[] = {ELEMENT_INT8};
    const struct store_due *due = store_due_of(request);
    assert(due->watched_count <= LIMIT_HEADS);
    parameters_add_int8(parameters, due->ahead_ms);
    parameters_add_int8(parameters, LIMIT_DUE_WORKSPACES);
    parameters_begin_arrays(parameters, types, ARRAY_COUNT(types));
    for (size_t i = 0; i < due->watched_count; i++)
        parameters_push_int8(parameters, 2, due->watched_ids[i]);
}

static bool take_due(struct store_request *request, const PGresult *result)
{
    struct store_due *due = store_due_of(request);
    bool is_broken = false;
    due->workspaces_count = (size_t)PQntuples(result);
    due->workspaces = alloc_array(due->workspaces_count, sizeof(struct text *));
    for (size_t i = 0; i < due->workspaces_count; i++) {
        struct fields fields = fields_of(result, (int)i);
        due->workspaces[i] = fields_take_text_within(&fields, LIMIT_WORKSPACE_BYTES);
        is_broken |= fields.is_broken || due->workspaces[i] == NULL;
    }
    return !is_broken;
}

static void ask_heads(struct store_request *request, struct parameters *parameters)
{
    static const enum element_type types[] = {ELEMENT_INT8};
    const struct store_heads *heads = store_heads_of(request);
    assert(heads->workspaces_count <= LIMIT_HEADS);
    parameters_begin_arrays(parameters, types, 1);
    for (size_t i = 0; i < heads->workspaces_count; i++)
        parameters_push_int8(parameters, 0, heads->workspace_ids[i]);
}

static bool take_heads(struct store_request *request, const PGresult *result)
{
    struct store_heads *heads = store_heads_of(request);
    bool is_broken = (size_t)PQntuples(result) != heads->workspaces_count;
    heads->seqs = alloc_array(heads->workspaces_count, sizeof(*heads->seqs));
    heads->marks_ms = alloc_array(heads->workspaces_count, sizeof(*heads->marks_ms));
    for (size_t i = 0; i < heads->workspaces_count; i++) {
        struct fields fields = fields_of(result, (int)i);
        heads->seqs[i] = fields_take_int_within(&fields, 0, LIMIT_INTEGER);
        heads->marks_ms[i] = fields_take_time(&fields);
        is_broken |= fields.is_broken;
    }
    return !is_broken;
}

static void ask_revocations(struct store_request *request, struct parameters *parameters)
{
    parameters_add_int8(parameters, store_revocations_of(request)->after);
    parameters_add_int8(parameters, LIMIT_REVOCATIONS_READ);
}

static bool take_revocations(struct store_request *request, const PGresult *result)
{
    struct store_revocations *revocations = store_revocations_of(request);
    bool is_broken = PQntuples(result) > LIMIT_REVOCATIONS_READ;
    revocations->count = (size_t)PQntuples(result);
    revocations->list = alloc_array(revocations->count, sizeof(*revocations->list));
    for (size_t i = 0; i < revocations->count; i++) {
        struct fields fields = fields_of(result, (int)i);
        struct revocation *each = &revocations->list[i];
        each->workspace = fields_take_text_within(&fields, LIMIT_WORKSPACE_BYTES);
        each->id = fields_take_text_within(&fields, LIMIT_ID_BYTES);
        each->at_ms = fields_take_time(&fields);
        each->number = fields_take_int_within(&fields, 1, LIMIT_INTEGER);
        is_broken |= fields.is_broken || each->workspace == NULL || each->id == NULL;
    }
    return !is_broken;
}

static void ask_tend(struct store_request *request, struct parameters *parameters)
{
    (void)request;
    (void)parameters;
}

static bool take_tend(struct store_request *request, const PGresult *result)
{
    (void)request;
    struct fields fields = fields_of(result, 0);
    int64_t made = fields_take_int(&fields);
    int64_t outcomes = fields_take_int(&fields);
    int64_t transitions = fields_take_int(&fields);
    if (made > 0 || outcomes > 0 || transitions > 0)
        log_info("partitions_tended", "made=%lld outcomes_dropped=%lld log_dropped=%lld", (long long)made,
                 (long long)outcomes, (long long)transitions);
    return !fields.is_broken;
}

/* What followers and people look up. */

static void ask_log(struct store_request *request, struct parameters *parameters)
{
    const struct store_log *log = store_log_of(request);
    parameters_add_int8(parameters, log->workspace_id);
    parameters_add_int8(parameters, log->after_seq);
    parameters_add_text(parameters, log->channel);
    parameters_add_int8(parameters, LIMIT_LOG_WINDOW);
    parameters_add_int8(parameters, LIMIT_LOG_ROWS);
    parameters_add_int4(parameters, LIMIT_LONG_BYTES);
    parameters_add_int8(parameters, log->after_mark_ms);
}

/* How far the log has been read, and the mark of that place. */
static void log_end(struct store_log *log, int64_t last_seq, int64_t end_ms, int64_t cut_seq)
{
    log->to_mark_ms = end_ms;
    if (log->is_cut && log->transitions_count == 0) {
        log->to_seq = cut_seq - 1;
        log->to_mark_ms = 0;
    } else if (log->is_cut || log->transitions_count == LIMIT_LOG_ROWS) {
        log->to_seq = log->transitions[log->transitions_count - 1].seq;
        log->to_mark_ms = log->transitions[log->transitions_count - 1].at_ms;
    } else if (last_seq > log->after_seq + LIMIT_LOG_WINDOW) {
        log->to_seq = log->after_seq + LIMIT_LOG_WINDOW;
    } else if (last_seq > log->after_seq) {
        log->to_seq = last_seq;
    } else {
        log->to_seq = log->after_seq;
        log->to_mark_ms = log->after_mark_ms;
    }
}

/* A row without a transition only brings what stands in front of it. */
static bool take_log(struct store_request *request, const PGresult *result)
{
    struct store_log *log = store_log_of(request);
    int64_t last_seq = log->after_seq;
    int64_t begin_seq = 0;
    int64_t end_ms = 0;
    int64_t cut_seq = 0;
    int64_t seq = log->after_seq;
    size_t rows_count = (size_t)PQntuples(result);
    bool is_broken = rows_count > LIMIT_LOG_ROWS;
    log->transitions = alloc_array(rows_count, sizeof(*log->transitions));
    for (size_t i = 0; i < rows_count; i++) {
        struct fields fields = fields_of(result, (int)i);
        last_seq = fields_take_int_within(&fields, 0, LIMIT_INTEGER);
        begin_seq = fields_take_int_within(&fields, 0, LIMIT_INTEGER);
        log->is_other = fields_take_bool(&fields);
        end_ms = fields_take_time(&fields);
        is_broken |= fields.is_broken;
        if (fields_are_null(&fields, FIELDS_OF_TRANSITION))
            break;
        struct transition *next = &log->transitions[log->transitions_count++];
        fields_take_transition(&fields, next);
        log->is_cut = fields_take_bool(&fields);
        is_broken |= fields.is_broken || next->seq <= seq;
        seq = next->seq;
        if (log->is_cut) {
            cut_seq = seq;
            transition_finish(next);
            log->transitions_count--;
            break;
        }
    }
    log->too_old = begin_seq != 0;
    if (log->too_old) {
        log->to_seq = begin_seq;
        log->to_mark_ms = 0;
    } else {
        log_end(log, last_seq, end_ms, cut_seq);
    }
    return !is_broken;
}

static void ask_history(struct store_request *request, struct parameters *parameters)
{
    const struct store_history *history = store_history_of(request);
    assert(history->limit > 0 && history->limit <= LIMIT_HISTORY_ROWS);
    parameters_add_int8(parameters, history->workspace_id);
    parameters_add_text(parameters, history->conversation);
    parameters_add_int8(parameters, history->before_seq == 0 ? INT64_MAX : history->before_seq);
    parameters_add_int8(parameters, history->after_seq);
    parameters_add_int8(parameters, history->limit);
    parameters_add_bool(parameters, history->messages_only);
    parameters_add_int8(parameters, LIMIT_LOG_WINDOW);
    parameters_add_int8(parameters, LIMIT_ENTRIES_BYTES);
}

/* Whether these made a page full. */
static bool are_full(const struct transition *transitions, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += text_bytes(transitions[i].body).size;
    return bytes >= LIMIT_ENTRIES_BYTES;
}

static bool take_history(struct store_request *request, const PGresult *result)
{
    struct store_history *history = store_history_of(request);
    size_t rows_count = (size_t)PQntuples(result);
    size_t limit = (size_t)history->limit;
    int64_t walked_seq = 0;
    int64_t next_seq = 0;
    int64_t steps = 0;
    bool is_broken = rows_count > limit + 1;
    history->transitions = alloc_array(rows_count, sizeof(*history->transitions));
    for (size_t i = 0; i < rows_count && i < limit; i++) {
        struct fields fields = fields_of(result, (int)i);
        walked_seq = fields_take_int_within(&fields, 0, LIMIT_INTEGER);
        next_seq = fields_take_int_within(&fields, 0, LIMIT_INTEGER);
        steps = fields_take_int_within(&fields, 0, LIMIT_INTEGER);
        is_broken |= fields.is_broken;
        if (fields_are_null(&fields, FIELDS_OF_TRANSITION))
            break;
        /* What makes a page full is its last. */
        is_broken |= are_full(history->transitions, history->transitions_count);
        fields_take_transition(&fields, &history->transitions[history->transitions_count++]);
        is_broken |= fields.is_broken;
    }
    bool has_older = next_seq > history->after_seq;
    bool is_cut = steps == LIMIT_LOG_WINDOW || are_full(history->transitions, history->transitions_count);
    history->more = rows_count > limit || (has_older && is_cut);
    history->too_old = has_older && !history->more;
    if (rows_count > limit)
        history->next_before_seq = history->transitions[limit - 1].seq;
    else
        history->next_before_seq = history->more ? walked_seq : 0;
    return !is_broken;
}

static void ask_find(struct store_request *request, struct parameters *parameters)
{
    const struct store_find *find = store_find_of(request);
    assert(find->limit > 0 && find->limit <= LIMIT_FIND_ROWS && find->text.size > 0);
    parameters_add_int8(parameters, find->workspace_id);
    parameters_add_text(parameters, find->text);
    parameters_add_int8(parameters, find->limit + 1);
}

static bool take_find(struct store_request *request, const PGresult *result)
{
    struct store_find *find = store_find_of(request);
    bool is_broken = false;
    find->rows = take_rows(result, find->limit, &find->rows_count, &find->more, &is_broken);
    return !is_broken;
}

static void ask_consume(struct store_request *request, struct parameters *parameters)
{
    const struct store_consume *consume = store_consume_of(request);
    parameters_add_int8(parameters, consume->workspace_id);
    parameters_add_int2(parameters, (int16_t)consume->role);
    parameters_add_text(parameters, consume->owner);
    parameters_add_text(parameters, consume->name);
    parameters_add_int8(parameters, consume->generation);
    parameters_add_int8(parameters, consume->seq);
    parameters_add_int8(parameters, consume->mark_ms);
    parameters_add_int8(parameters, consume->known_seq);
    parameters_add_int8(parameters, consume->known_mark_ms);
    parameters_add_int4(parameters, LIMIT_CONSUMERS);
}

static bool take_consume(struct store_request *request, const PGresult *result)
{
    struct store_consume *consume = store_consume_of(request);
    struct fields fields = fields_of(result, 0);
    consume->result = (enum consume_result)fields_take_int_within(&fields, CONSUME_OK, CONSUME_OTHER_LOG);
    consume->is_resumed_r = fields_take_bool(&fields);
    consume->generation_r = fields_take_int(&fields);
    consume->acked_seq_r = fields_take_int_within(&fields, 0, LIMIT_INTEGER);
    consume->acked_mark_r = fields_take_time(&fields);
    return !fields.is_broken;
}

static const struct statement statements[] = {
    [STORE_LOAD] = {ASKED_OF_LOADER, NULL, NULL, NULL},
    [STORE_APPEND] = {ASKED_OF_LANES, NULL, NULL, NULL},
    [STORE_READ] = {ASKED_OF_READER, "read", ask_read, take_read},
    [STORE_PLACE] = {ASKED_OF_READER, "place", ask_place, take_place},
    [STORE_PAGE] = {ASKED_OF_LOOKUPS, "page", ask_page, take_page},
    [STORE_DUE] = {ASKED_OF_READER, "due", ask_due, take_due},
    [STORE_HEADS] = {ASKED_OF_READER, "heads", ask_heads, take_heads},
    [STORE_REVOCATIONS] = {ASKED_OF_READER, "revocations", ask_revocations, take_revocations},
    [STORE_LOG] = {ASKED_OF_LOOKUPS, "log", ask_log, take_log},
    [STORE_HISTORY] = {ASKED_OF_LOOKUPS, "history", ask_history, take_history},
    [STORE_FIND] = {ASKED_OF_LOOKUPS, "find", ask_find, take_find},
    [STORE_CONSUME] = {ASKED_OF_LOOKUPS, "consume", ask_consume, take_consume},
    [STATEMENT_TEND] = {ASKED_OF_READER, "tend_partitions", ask_tend, take_tend},
};
static_assert(ARRAY_COUNT(statements) == STATEMENT_KINDS, "a kind has no row");

const struct statement *statement_of(enum store_kind kind)
{
    assert(statements[kind].asked_of != ASKED_OF_NOBODY);
    return &statements[kind];
}

void statement_list(enum asked_of whom, const char *statements_r[STATEMENTS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < STATEMENT_KINDS; i++) {
        if (statements[i].asked_of == whom)
            statements_r[count++] = statements[i].name;
    }
    statements_r[count++] = "clock";
    statements_r[count] = NULL;
}
