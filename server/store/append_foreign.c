/* What append_foreign is asked for a batch, and what it answers. */
#include "base/alloc.h"
#include "base/log.h"
#include "store/append.h"
#include "store/row.h"

/* The parameters of append_foreign.sql that are arrays, in their places. */
enum { PLACE_WORKSPACES, PLACE_KNOWN_SEQS, PLACE_TO_SEQS, PLACE_KNOWN_ATS };

void append_batch_encode_foreign(const struct append_batch *batch, struct parameters *parameters)
{
    static const enum element_type types[] = {ELEMENT_INT8, ELEMENT_INT8, ELEMENT_INT8, ELEMENT_TIME};
    int64_t oldest_at_ms = INT64_MAX;
    parameters_begin_arrays(parameters, types, ARRAY_COUNT(types));
    for (size_t i = 0; i < batch->count; i++) {
        const struct store_append *append = batch->appends[i];
        if (batch->read_to[i] == 0)
            continue;
        parameters_push_int8(parameters, PLACE_WORKSPACES, append->workspace_id);
        parameters_push_int8(parameters, PLACE_KNOWN_SEQS, append->known_seq);
        parameters_push_int8(parameters, PLACE_TO_SEQS, batch->read_to[i]);
        parameters_push_time(parameters, PLACE_KNOWN_ATS, append->known_at_ms);
        if (append->known_at_ms < oldest_at_ms)
            oldest_at_ms = append->known_at_ms;
    }
    parameters_add_int8(parameters, oldest_at_ms);
    parameters_add_int8(parameters, LIMIT_FOREIGN + 1); /* one more tells that there are too many */
    parameters_add_int4(parameters, LIMIT_LONG_BYTES);
}

/* Whether what was read leads from what the append knew to last_seq, without gaps. */
static bool foreign_follows(const struct store_append *append, int64_t last_seq)
{
    int64_t count = (int64_t)append->foreign_count;
    for (int64_t i = 0; i < count; i++) {
        if (append->foreign[i].seq != append->known_seq + 1 + i)
            return false;
    }
    return count <= LIMIT_FOREIGN && last_seq == append->known_seq + count;
}

/* The rows come workspace by workspace, each in the order of its log. One without a transition only says
 * where the log ends. False where one can be none. */
static bool decode_foreign(struct store_append *append, const PGresult *result, int first, int count)
{
    int64_t last_seq = 0;
    bool is_sound = true;
    append->foreign = alloc_array((size_t)count, sizeof(*append->foreign));
    for (int row = first; row < first + count; row++) {
        struct fields fields = fields_of(result, row);
        fields_take_int(&fields);                                      /* the workspace */
        last_seq = fields_take_int_within(&fields, -1, LIMIT_INTEGER); /* -1: another log */
        if (fields_are_null(&fields, FIELDS_OF_TRANSITION)) {
            is_sound = is_sound && !fields.is_broken;
            break;
        }
        struct transition *added = &append->foreign[append->foreign_count++];
        fields_take_transition(&fields, added);
        added->is_cut = fields_take_bool(&fields);
        added->is_erased &= !added->is_cut;
        is_sound = is_sound && !fields.is_broken;
    }
    if (!is_sound || foreign_follows(append, last_seq))
        return is_sound;
    log_warn("log_does_not_follow", "workspace=%lld known_seq=%lld last_seq=%lld foreign=%zu",
             (long long)append->workspace_id, (long long)append->known_seq, (long long)last_seq,
             append->foreign_count);
    append->request.outcome = STORE_NEW_EPOCH;
    return true;
}

static int64_t workspace_of_row(const PGresult *result, int row)
{
    struct fields fields = fields_of(result, row);
    return fields_take_int(&fields);
}

/* NULL where nothing was asked about that workspace. */
static struct store_append *find_append(const struct append_batch *batch, int64_t workspace_id)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->appends[i]->workspace_id == workspace_id && batch->read_to[i] != 0)
            return batch->appends[i];
    }
    return NULL;
}

static bool decode_all_foreign(const struct append_batch *batch, const PGresult *foreign)
{
    int rows_count = PQntuples(foreign);
    for (int first = 0, end = 0; first < rows_count; first = end) {
        int64_t workspace_id = workspace_of_row(foreign, first);
        while (end < rows_count && workspace_of_row(foreign, end) == workspace_id)
            end++;
        struct store_append *append = find_append(batch, workspace_id);
        if (append == NULL || append->foreign != NULL || !decode_foreign(append, foreign, first, end - first))
            return false;
    }
    return true;
}

bool append_batch_decode_foreign(struct append_batch *batch, const PGresult *foreign)
{
    bool is_sound = decode_all_foreign(batch, foreign);
    for (size_t i = 0; i < batch->count; i++) {
        /* Not even a head: the database is from before there was this workspace. */
        bool has_no_head = batch->read_to[i] != 0 && batch->appends[i]->foreign == NULL;
        if (!is_sound || has_no_head)
            batch->appends[i]->request.outcome = STORE_NEW_EPOCH;
    }
    append_batch_drop_failed(batch);
    return is_sound;
}
