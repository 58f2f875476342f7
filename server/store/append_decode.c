/* What append_1 answers to a batch. */
#include "store/append.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "store/row.h"

/* What append_1 gives instead of where the log ended. */
enum { BASE_LOCKED = -1, BASE_OTHER_LOG = -2 };

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

/* The numbers that were given follow on where the log ended, without gaps. */
static bool decode_seqs(struct decoding *decoding, struct store_append *append, int64_t base_seq)
{
    int64_t transitions_count = count_transitions(append);
    int64_t last_seq = base_seq;
    append->seqs = alloc_array((size_t)transitions_count, sizeof(*append->seqs));
    for (int64_t i = 0; i < transitions_count; i++) {
        append->seqs[i] = elements_take_int_within(&decoding->seqs, 0, LIMIT_INTEGER);
        if (append->seqs[i] != 0 && (base_seq < 0 || append->seqs[i] != ++last_seq))
            return false;
    }
    return true;
}

/* Sets *read_to_r: of a workspace that is locked elsewhere whatever there is by now is read. */
static bool decode_append(struct decoding *decoding, struct store_append *append, const int32_t *item_groups,
                          int64_t *read_to_r)
{
    int64_t base_seq = elements_take_int_within(&decoding->base_seqs, BASE_OTHER_LOG, LIMIT_INTEGER);
    append->at_ms = elements_take_time(&decoding->ats);
    for (size_t i = 0; i < append->items_count; i++)
        append->items[i].result = item_result_of(base_seq, decoding->group_is_refused[item_groups[i]]);
    if (base_seq == BASE_OTHER_LOG)
        append->request.outcome = STORE_NEW_EPOCH;
    else if (base_seq == BASE_LOCKED)
        *read_to_r = LIMIT_INTEGER;
    else if (base_seq != append->known_seq)
        *read_to_r = base_seq;
    return decode_seqs(decoding, append, base_seq) && (base_seq < 0 || base_seq >= append->known_seq);
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
static bool decode_appended(struct append_batch *batch, const PGresult *result, int64_t *now_ms_r)
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
        is_sound &= decode_append(&decoding, append, batch->item_groups + items_before, &batch->read_to[i]);
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

void append_batch_drop_failed(struct append_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->appends[i]->request.outcome == STORE_OK)
            continue;
        batch->read_to[i] = 0;
        store_request_finish(&batch->appends[i]->request);
    }
}

bool append_batch_decode(struct append_batch *batch, const PGresult *appended, int64_t *now_ms_r)
{
    bool is_sound = decode_appended(batch, appended, now_ms_r);
    for (size_t i = 0; i < batch->count && !is_sound; i++)
        batch->appends[i]->request.outcome = STORE_NEW_EPOCH;
    append_batch_drop_failed(batch);
    return is_sound;
}
