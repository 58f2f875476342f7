/* What append_1 and append_foreign answer to a batch. */
#include "store/append.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "store/row.h"

/* What append_1 gives, read on from append to append. */
struct decoding {
    struct elements base_seqs;
    struct elements ats;
    struct elements seqs;
    bool *group_is_refused;    /* by number */
    struct store_item **items; /* by place, from 1 */
};

static int64_t count_transitions(const struct store_append *append)
{
    int64_t count = 0;
    for (size_t i = 0; i < append->items_count; i++)
        count += append->items[i].transitions_count;
    return count;
}

static enum item_result item_result_of(int64_t base_seq, bool is_refused)
{
    if (base_seq < 0)
        return ITEM_BUSY;
    return is_refused ? ITEM_CONFLICT : ITEM_COMMITTED;
}

static void decode_append(struct decoding *decoding, struct store_append *append, const int32_t *item_groups)
{
    int64_t base_seq = elements_take_int(&decoding->base_seqs);
    int64_t transitions_count = count_transitions(append);
    append->at_ms = elements_take_time(&decoding->ats);
    append->seqs = alloc_array((size_t)transitions_count, sizeof(*append->seqs));
    for (int64_t i = 0; i < transitions_count; i++)
        append->seqs[i] = elements_take_int_within(&decoding->seqs, 0, LIMIT_INTEGER);
    for (size_t i = 0; i < append->items_count; i++)
        append->items[i].result = item_result_of(base_seq, decoding->group_is_refused[item_groups[i]]);
    if (base_seq == -2)
        append->request.outcome = STORE_NEW_EPOCH;
}

/* What is kept of the items whose ids were there before, side by side. */
struct known {
    struct elements fingerprints;
    struct elements outcomes;
    struct elements reasons;
    struct elements seqs;
    struct elements messages;
    struct elements untils;
};

/* A later server may know more reasons: of one that this one does not know, it knows that much. */
static struct stored_outcome take_stored(struct known *known)
{
    enum reason reason;
    int64_t outcome = elements_take_int_within(&known->outcomes, OUTCOME_DONE, OUTCOME_REFUSED);
    int64_t number = elements_take_int(&known->reasons);
    struct stored_outcome stored = {
        .outcome = (enum outcome)outcome,
        .reason = number == 0                           ? REASON_NONE
                  : reason_from_number(number, &reason) ? reason
                                                        : REASON_INTERNAL,
        .seq = elements_take_int_within(&known->seqs, 0, LIMIT_INTEGER),
        .message = elements_take_int_within(&known->messages, 0, LIMIT_INTEGER),
        .pause.until_ms = elements_take_time(&known->untils),
    };
    if (stored.outcome == OUTCOME_REFUSED) {
        stored.since_seq = stored.message;
        stored.message = 0;
    }
    return stored;
}

/* The items whose ids were there before, and what they came to then. False where that cannot be told. */
static bool decode_known(const struct decoding *decoding, size_t items_count, struct fields *fields)
{
    struct elements places = fields_take_array(fields);
    struct known known = {.fingerprints = fields_take_array(fields)};
    known.outcomes = fields_take_array(fields);
    known.reasons = fields_take_array(fields);
    known.seqs = fields_take_array(fields);
    known.messages = fields_take_array(fields);
    known.untils = fields_take_array(fields);
    bool is_sound = true;
    while (is_sound && places.count > 0) {
        int64_t place = elements_take_int_within(&places, 1, (int64_t)items_count);
        struct stored_outcome stored = take_stored(&known);
        bool is_same =
            (uint64_t)elements_take_int(&known.fingerprints) == decoding->items[place]->fingerprint;
        decoding->items[place]->result = is_same ? ITEM_DUPLICATE : ITEM_ID_REUSED;
        if (is_same)
            decoding->items[place]->stored = stored;
        is_sound = !places.is_broken && !known.fingerprints.is_broken && !known.outcomes.is_broken &&
                   !known.reasons.is_broken && !known.seqs.is_broken && !known.messages.is_broken &&
                   !known.untils.is_broken;
    }
    return is_sound && !places.is_broken;
}

static bool decode_refused(const struct append_batch *batch, struct elements refused, bool *group_is_refused)
{
    while (refused.count > 0 && !refused.is_broken)
        group_is_refused[elements_take_int_within(&refused, 0, batch->groups_count)] = true;
    return !refused.is_broken;
}

/* False where that can be no answer to the batch. */
static bool decode_appended(const struct append_batch *batch, const PGresult *result, int64_t *now_ms_r)
{
    struct fields fields = fields_of(result, 0);
    int64_t now_ms = fields_take_time(&fields);
    struct decoding decoding = {.base_seqs = fields_take_array(&fields)};
    decoding.ats = fields_take_array(&fields);
    decoding.seqs = fields_take_array(&fields);
    decoding.group_is_refused = alloc_array((size_t)batch->groups_count + 1, sizeof(bool));
    decoding.items = alloc_array(batch->items_count + 1, sizeof(*decoding.items));
    bool is_sound = decode_refused(batch, fields_take_array(&fields), decoding.group_is_refused);

    size_t items_before = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct store_append *append = batch->appends[i];
        if (append->items_count == 0)
            continue;
        decode_append(&decoding, append, batch->item_groups + items_before);
        for (size_t item = 0; item < append->items_count; item++)
            decoding.items[++items_before] = &append->items[item];
    }
    is_sound = is_sound && decode_known(&decoding, items_before, &fields) && !fields.is_broken &&
               !decoding.base_seqs.is_broken && !decoding.ats.is_broken && !decoding.seqs.is_broken;
    *now_ms_r = is_sound ? now_ms : 0;
    free(decoding.group_is_refused);
    free(decoding.items);
    return is_sound;
}

static int64_t count_committed(const struct store_append *append)
{
    int64_t transitions_count = append->items_count == 0 ? 0 : count_transitions(append);
    int64_t count = 0;
    for (int64_t i = 0; i < transitions_count; i++)
        count += append->seqs[i] != 0;
    return count;
}

/* Whether the log is what the append knew, what others have added, and what it has added itself. */
static bool append_is_followed(const struct store_append *append, int64_t last_seq)
{
    int64_t count = (int64_t)append->foreign_count;
    for (int64_t i = 0; i < count; i++) {
        if (append->foreign[i].seq != append->known_seq + 1 + i)
            return false;
    }
    return count <= LIMIT_LOAD_BACK && last_seq == append->known_seq + count + count_committed(append);
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
    if (!is_sound || append_is_followed(append, last_seq))
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

/* NULL where none was asked about that workspace. */
static struct store_append *find_append(const struct append_batch *batch, int64_t workspace_id)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->appends[i]->workspace_id == workspace_id)
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
        if (append == NULL || append->foreign != NULL)
            return false;
        if (append->request.outcome == STORE_OK && !decode_foreign(append, foreign, first, end - first))
            return false;
    }
    return true;
}

bool append_batch_decode(const struct append_batch *batch, const PGresult *appended, const PGresult *foreign,
                         int64_t *now_ms_r)
{
    *now_ms_r = 0;
    for (size_t i = 0; i < batch->count; i++) {
        batch->appends[i]->request.outcome = STORE_OK;
        batch->appends[i]->at_ms = 0;
    }
    bool is_sound = (appended == NULL || decode_appended(batch, appended, now_ms_r)) &&
                    decode_all_foreign(batch, foreign);
    for (size_t i = 0; i < batch->count; i++) {
        /* Not even a head: the database is from before there was this workspace. */
        if (!is_sound || batch->appends[i]->foreign == NULL)
            batch->appends[i]->request.outcome = STORE_NEW_EPOCH;
        if (batch->appends[i]->request.outcome != STORE_OK)
            store_request_finish(&batch->appends[i]->request);
    }
    return is_sound;
}
