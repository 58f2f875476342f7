/* A connection that appends.
 *
 *             from the queue                 lost
 *   FREE ────────────────────────► SENT ────────────► IN_DOUBT
 *    ▲ ▲       answered            │ ▲ ▲                  │ connected again
 *    │ └───────────────────────────┘ │ └──────── ENDING ◄─┘
 *    │                               │             │ lost: IN_DOUBT again
 *    │   another epoch               │
 *    └── (from IN_DOUBT)           RESTING, after a passing trouble
 *
 * Where others have written too, or only reading is asked for, READING comes in front of FREE: it is lost,
 * or fails, as SENT does.
 *
 * When all goes well: a free lane gathers what waits, sends it as one transaction (append, Sync), and answers
 * each append with what it came to. Where others have added something that a desk does not know, that is read
 * first (append_foreign): seldom, so that an append alone costs no second statement.
 *
 * What may fail: the connection, before the Sync was answered (below); the statement, by its class
 * (store/sqlstate): a lock or another passing trouble is tried again in a moment, a full or read-only
 * database answers STORE_AWAY, and what is unforeseen is tried append by append, so that only the one that
 * fails suffers. Another database than the one that was asked answers STORE_NEW_EPOCH.
 *
 * What is in doubt has been committed or not, and the ids tell: the same batch is sent again, and under the
 * lock of its workspace it finds either its own outcomes or nothing. Should the first copy be executed even
 * later, it finds those of the second. */
#include <assert.h>

#include "base/log.h"
#include "store/lane_private.h"
#include "store/sqlstate.h"

enum {
    BATCH_ITEMS_MAX = LIMIT_BATCH_COMMANDS, /* keeps locks and the tail short */
    BATCH_BYTES_MAX = 4 * LIMIT_BATCH_BYTES,
    RETRY_MS = 50,
    RETRY_FULL_MS = 500,
};

static void lane_send(struct lane *lane);

static struct store_append *append_of(struct list *link)
{
    return store_append_of(store_request_of(link));
}

static void lane_enter_state(struct lane *lane, enum lane_state state)
{
    assert((state == LANE_FREE) == list_is_empty(&lane->batch));
    if (lane->state == LANE_FREE)
        lane->began_us = (int64_t)(uv_hrtime() / 1000);
    lane->state = state;
    if (state == LANE_FREE)
        parameters_finish(&lane->append);
    if (state == LANE_FREE && list_is_empty(&lane->alone))
        lane->may_be_committed = false;
}

static void lane_changed(struct lane *lane)
{
    lane->options.changed(lane->options.context, &lane->connection);
}

bool lane_has_workspace(const struct lane *lane, int64_t workspace_id)
{
    const struct list *const lists[] = {&lane->batch, &lane->alone};
    for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
        LIST_FOR_EACH (link, lists[i]) {
            if (append_of(link)->workspace_id == workspace_id)
                return true;
        }
    }
    return false;
}

bool lane_is_patient(const struct lane *lane)
{
    return !list_is_empty(&lane->batch) && lane->encoded.is_patient;
}

/* Sending. */

static void lane_take(struct lane *lane, struct store_request *request)
{
    list_remove(&request->link);
    list_append(&lane->batch, &request->link);
}

/* Appends that wait for locks go apart from those that do not, as nobody should wait who need not, and one
 * lane at a time: who locks many workspaces may hold up no others. */
static void lane_gather(struct lane *lane)
{
    size_t count = 0;
    size_t items_count = 0;
    size_t bytes = 0;
    bool is_patient = false;
    bool may_wait = !lane->options.has_patient_lane(lane->options.context);
    LIST_FOR_EACH (link, lane->options.queue) {
        struct store_request *request = store_request_of(link);
        const struct store_append *append = store_append_of(request);
        if (count == APPEND_BATCH_MAX || (count > 0 && (items_count + append->items_count > BATCH_ITEMS_MAX ||
                                                        bytes + append->bytes > BATCH_BYTES_MAX)))
            break;
        if ((count > 0 && append->patient != is_patient) || (append->patient && !may_wait) ||
            lane->options.is_taken(lane->options.context, append->workspace_id))
            continue;
        is_patient = append->patient;
        items_count += append->items_count;
        bytes += append->bytes;
        count++;
        lane_take(lane, request);
    }
}

void lane_pump(struct lane *lane)
{
    if (lane->state != LANE_FREE || lane->connection.state != CONNECTION_IDLE)
        return;
    if (!list_is_empty(&lane->alone))
        lane_take(lane, store_request_of(lane->alone.next));
    else
        lane_gather(lane);
    if (!list_is_empty(&lane->batch))
        lane_send(lane);
}

static void lane_fill(struct lane *lane)
{
    struct append_batch *batch = &lane->encoded;
    batch->count = 0;
    batch->items_count = 0;
    batch->is_patient = lane->may_be_committed;
    LIST_FOR_EACH (link, &lane->batch) {
        struct store_append *append = append_of(link);
        batch->appends[batch->count++] = append;
        batch->items_count += append->items_count;
        batch->is_patient |= append->patient;
    }
    append_batch_begin(batch);
}

static void lane_write(struct lane *lane)
{
    parameters_finish(&lane->append); /* of an earlier attempt */
    parameters_init(&lane->append);
    append_batch_encode(&lane->encoded, &lane->append);
    connection_add(&lane->connection, "append", &lane->append);
    lane_enter_state(lane, LANE_SENT);
    connection_send(&lane->connection);
}

static void lane_read(struct lane *lane)
{
    struct parameters parameters;
    parameters_init(&parameters);
    append_batch_encode_foreign(&lane->encoded, &parameters);
    connection_add(&lane->connection, "append_foreign", &parameters);
    parameters_finish(&parameters);
    lane_enter_state(lane, LANE_READING);
    connection_send(&lane->connection);
}

static void lane_send(struct lane *lane)
{
    const struct fitness *fitness = &lane->connection.fitness;
    text_assign(&lane->epoch, fitness->epoch);
    text_assign(&lane->backend_start, fitness->backend_start);
    lane->backend_pid = fitness->backend_pid;
    lane_fill(lane);
    if (append_batch_writes(&lane->encoded))
        lane_write(lane);
    else
        lane_read(lane);
}

static void lane_end_backend(struct lane *lane)
{
    struct parameters parameters;
    parameters_init(&parameters);
    parameters_add_int4(&parameters, (int32_t)lane->backend_pid);
    parameters_add_text(&parameters, text_bytes(lane->backend_start));
    connection_add(&lane->connection, "end_backend", &parameters);
    parameters_finish(&parameters);
    lane_enter_state(lane, LANE_ENDING);
    connection_send(&lane->connection);
}

/* Answers. */

/* Answers the batch, each append with the outcome that it has been given. The lane is free before anybody
 * hears of it. */
static void lane_answer(struct lane *lane)
{
    struct list answered;
    list_init(&answered);
    list_move_all(&answered, &lane->batch);
    lane_enter_state(lane, LANE_FREE);
    for (struct list *link = list_take_first(&answered); link != NULL; link = list_take_first(&answered))
        store_request_answer(store_request_of(link), store_request_of(link)->outcome);
}

static void lane_answer_with(struct lane *lane, enum store_outcome outcome)
{
    LIST_FOR_EACH (link, &lane->batch)
        store_request_of(link)->outcome = outcome;
    lane_answer(lane);
}

/* The last that the append has brought, or an earlier attempt whose answer was lost; 0: nothing. */
static int64_t lane_last_seq(const struct lane *lane, const struct store_append *append)
{
    bool has_lost = lane->may_be_committed && append->foreign_count > 0;
    int64_t last_seq = has_lost ? append->foreign[append->foreign_count - 1].seq : 0;
    size_t place = 0;
    for (size_t i = 0; i < append->items_count; i++) {
        for (int t = 0; t < append->items[i].transitions_count; t++, place++)
            last_seq = append->seqs[place] > last_seq ? append->seqs[place] : last_seq;
    }
    return last_seq;
}

static void lane_tell(struct lane *lane)
{
    for (size_t i = 0; i < lane->encoded.count; i++) {
        const struct store_append *append = lane->encoded.appends[i];
        int64_t last_seq = append->request.outcome == STORE_OK ? lane_last_seq(lane, append) : 0;
        if (last_seq > 0)
            lane->options.committed(lane->options.context, append->workspace_id, last_seq);
    }
}

static void lane_check_answer(struct lane *lane, bool is_sound, const char *statement)
{
    if (!is_sound && log_ration_allows(&lane->failures, "answer_is_broken"))
        log_error("answer_is_broken", "statement=%s", statement);
}

static void lane_finish_batch(struct lane *lane)
{
    lane_tell(lane);
    lane_answer(lane);
}

static void lane_commit(struct lane *lane, const struct pipeline *pipeline)
{
    int64_t now_ms;
    histogram_add(&lane->options.stats->commit_us, pipeline->received_us - pipeline->sent_us);
    histogram_add(&lane->options.stats->commit_commands, (int64_t)lane->encoded.items_count);
    lane->options.wrote(lane->options.context);
    lane_check_answer(lane, append_batch_decode(&lane->encoded, pipeline->results[0], &now_ms), "append");
    if (now_ms != 0)
        lane->options.clock(lane->options.context, now_ms, pipeline->sent_us, pipeline->received_us);
    if (append_batch_reads(&lane->encoded))
        lane_read(lane);
    else
        lane_finish_batch(lane);
}

static void lane_end_reading(struct lane *lane, const struct pipeline *pipeline)
{
    bool is_sound = append_batch_decode_foreign(&lane->encoded, pipeline->results[0]);
    lane_check_answer(lane, is_sound, "append_foreign");
    lane_finish_batch(lane);
}

static void on_retry(uv_timer_t *timer)
{
    struct lane *lane = timer->data;
    if (lane->state == LANE_RESTING && lane->connection.state == CONNECTION_IDLE)
        lane_send(lane);
}

static void lane_retry(struct lane *lane, uint64_t after_ms)
{
    lane_enter_state(lane, LANE_RESTING);
    uv_timer_start(lane->timer, on_retry, after_ms, 0);
}

/* If this batch had never been sent before, nothing was done. Otherwise it may be committed: it is sent
 * again. */
static void lane_give_up(struct lane *lane, enum store_outcome outcome)
{
    if (lane->may_be_committed)
        lane_retry(lane, RETRY_FULL_MS);
    else
        lane_answer_with(lane, outcome);
}

static void lane_send_alone(struct lane *lane)
{
    list_move_all(&lane->alone, &lane->batch);
    lane_enter_state(lane, LANE_FREE);
}

static void lane_fail(struct lane *lane, const struct pipeline *pipeline)
{
    enum sqlstate_class class = sqlstate_class_of(pipeline->sqlstate);
    bool is_alone = lane->batch.next == lane->batch.previous;
    bool was_writing = lane->state == LANE_SENT;
    lane->may_be_committed |= !was_writing && append_batch_writes(&lane->encoded);
    lane->options.stats->failed++;
    if (log_ration_allows(&lane->failures, "append_failed"))
        log_warn("append_failed", "sqlstate=%s appends=%zu items=%zu reason=%s",
                 log_quote(pipeline->sqlstate), lane->encoded.count, lane->encoded.items_count,
                 log_quote(pipeline->message));
    switch (class) {
    case SQLSTATE_PASSING:
        if (is_alone)
            lane_retry(lane, RETRY_MS);
        else
            lane_send_alone(lane);
        break;
    case SQLSTATE_SESSION: connection_restart(&lane->connection, pipeline->message); break;
    case SQLSTATE_READ_ONLY:
    case SQLSTATE_FULL:
        if (was_writing)
            lane->options.failed(lane->options.context, &lane->append, pipeline->message);
        lane_give_up(lane, STORE_AWAY);
        if (class == SQLSTATE_READ_ONLY) /* another session, at another host perhaps, may write */
            connection_restart(&lane->connection, pipeline->message);
        break;
    case SQLSTATE_UNKNOWN:
        if (is_alone)
            lane_answer_with(lane, lane->may_be_committed ? STORE_NEW_EPOCH : STORE_FAILED);
        else
            lane_send_alone(lane);
        break;
    }
}

/* The connection's. */

static void on_finished(void *context, const struct pipeline *pipeline)
{
    struct lane *lane = context;
    if (lane->state == LANE_ENDING)
        lane_send(lane); /* ended or not: at worst the locks are waited for */
    else if (!pipeline->is_committed)
        lane_fail(lane, pipeline);
    else if (lane->state == LANE_SENT)
        lane_commit(lane, pipeline);
    else
        lane_end_reading(lane, pipeline);
    lane_changed(lane);
}

static void on_ready(void *context)
{
    struct lane *lane = context;
    if (lane->state == LANE_IN_DOUBT && !text_equal(lane->epoch, lane->connection.fitness.epoch)) {
        list_move_all(&lane->batch, &lane->alone);
        lane_answer_with(lane, STORE_NEW_EPOCH);
    } else if (lane->state == LANE_IN_DOUBT) {
        lane_end_backend(lane);
    }
    lane_changed(lane);
}

static void on_lost(void *context)
{
    struct lane *lane = context;
    if (lane->state == LANE_SENT || lane->state == LANE_READING) {
        lane->may_be_committed = true;
        lane->options.stats->in_doubt++;
    }
    if (lane->state != LANE_FREE)
        lane_enter_state(lane, LANE_IN_DOUBT);
    lane_changed(lane);
}

static bool on_overdue(void *context)
{
    struct lane *lane = context;
    return lane->options.is_kept_waiting(lane->options.context);
}

static void on_unfit(void *context, const char *sentence)
{
    struct lane *lane = context;
    lane->options.unfit(lane->options.context, sentence);
}

const struct connection_handler lane_handler = {
    .ready = on_ready, .finished = on_finished, .overdue = on_overdue, .lost = on_lost, .unfit = on_unfit};
