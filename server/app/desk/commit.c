/* The append: it commits what has been decided, and reads what others have committed.
 *
 * The happy path. desk_decide takes commands off the queue and judges each on the roster and on what the
 * batch has decided before (app/desk/batch.h). The batch goes to the store as one append. The store's answer
 * has first what others have committed meanwhile, then the result of each command. Everything that has been
 * committed is applied to the roster in the order of the log, each command is settled (settle.c), and the
 * dashboards find what is new (desk_push). There is one append at a time; commands that come meanwhile wait
 * for the next. An append without items reads the log (desk_read_log).
 *
 * What may fail. Another node may have committed first (a conflict), or may hold the workspace's lock: what
 * was not done is judged again, in front of the queue. The store may be away: then nothing was done, and
 * every command is refused. The append may fail for an unforeseen reason: then the commands are tried one by
 * one, until the one that fails is found. The database may be another one, or the log may not follow what is
 * held here: then the desk is loaded anew, and the commands are judged again as resends, as they may have
 * been carried out. Where the connection is lost while PostgreSQL commits, store/lane.c finds out whether it
 * did, before the desk hears of it. */
#include <assert.h>

#include "app/desk/private.h"
#include "base/log.h"
#include "protocol/limits.h"

enum { SLOW_COMMIT_US = 1000 * 1000 };

static void desk_apply(struct desk *desk, const struct transition *transition)
{
    if (transition_is_of_agent(transition) && role_is_person(transition->role))
        roster_apply_agent(&desk->roster, transition->seq, transition->at_ms, transition->by,
                           transition->body, transition->role);
    else if (transition->after.words == NULL)
        roster_pass(&desk->roster, transition->seq, transition->at_ms);
    else
        roster_apply(&desk->roster, transition);
    if (tail_is_kept(&desk->tail))
        tail_add(&desk->tail, transition);
    if (!action_does(transition->action, DOES_ERASE))
        return;
    /* The frames hold what was erased, and no cursor will ask for them again. */
    sync_cache_finish(&desk->frames);
    desk_give_notice(desk, &(struct desk_notice){.kind = DESK_ERASED,
                                                 .conversation = conversation_id(&transition->after)});
}

/* Measures how late this node has carried out a due. */
static void desk_note_due(struct desk *desk, const struct transition *transition)
{
    enum due_kind kind;
    if (transition->due_ms != 0 && due_kind_of_action(transition->action, &kind))
        histogram_add(&desk->node->stats.due_delay_us[kind], (transition->at_ms - transition->due_ms) * 1000);
}

/* Applies the append. False: a transition does not follow what is held here. */
static bool desk_apply_append(struct desk *desk)
{
    struct store_append *append = &desk->append;
    for (size_t i = 0; i < append->foreign_count; i++) {
        if (!roster_may_apply(&desk->roster, &append->foreign[i]))
            return false;
        desk_apply(desk, &append->foreign[i]);
    }
    for (size_t i = 0; i < append->items_count; i++) {
        struct store_item *item = &append->items[i];
        for (int n = 0; item->result == ITEM_COMMITTED && n < item->transitions_count; n++) {
            transition_stamp(&item->transitions[n], append->seqs, append->at_ms);
            if (!roster_may_apply(&desk->roster, &item->transitions[n]))
                return false;
            desk_note_due(desk, &item->transitions[n]);
            desk_apply(desk, &item->transitions[n]);
        }
    }
    return true;
}

/* Somebody has written to the log by hand, or the data is damaged: the desk drops what it holds and loads
 * anew. */
static void desk_note_that_log_does_not_follow(struct desk *desk)
{
    if (log_ration_allows(&desk->node->rations.log_break, "log_does_not_follow"))
        log_error("log_does_not_follow", "workspace=%s seq=%lld", log_quote(text_string(desk->workspace)),
                  (long long)desk->roster.seq);
    desk->append.request.outcome = STORE_NEW_EPOCH;
}

/* The line tells an operator when a commit was slow, and in which workspace. */
static void desk_note_slow_commit(const struct desk *desk)
{
    int64_t took_us = desk->node->timings.present_us - desk->sent_us;
    if (took_us > SLOW_COMMIT_US && log_ration_allows(&desk->node->rations.slow_commit, "commit_slow"))
        log_warn("commit_slow", "workspace=%s ms=%lld commands=%zu", log_quote(text_string(desk->workspace)),
                 (long long)(took_us / 1000), desk->append.items_count);
}

/* Applies what has been added to the log. */
static void desk_take_append(struct desk *desk)
{
    struct store_append *append = &desk->append;
    if (append->request.outcome == STORE_OK) {
        if (!desk_apply_append(desk))
            desk_note_that_log_does_not_follow(desk);
        desk->log_readings++;
    }
    if (append->request.outcome == STORE_FAILED)
        desk->suspects_count = append->items_count > 1 ? append->items_count : 0;
    desk->wants_reload |= append->request.outcome == STORE_NEW_EPOCH;
}

static void desk_append_done(struct store_request *request)
{
    struct desk *desk = CONTAINER_OF(store_append_of(request), struct desk, append);
    int64_t seq_before = desk->roster.seq;
    desk->is_committing = false;
    desk->node->stats.batches++;
    desk_note_slow_commit(desk);
    desk_take_append(desk);
    desk_watch_dues(desk);
    desk_forget(desk, desk->roster.seq - seq_before);
    desk_settle(desk);
    store_request_finish(request);
    batch_finish(&desk->batch);
    desk_note_work(desk);
    if (desk->roster.seq != seq_before)
        desk_wake_subscribers(desk, seq_before);
}

void desk_commit(struct desk *desk)
{
    desk->append = (struct store_append){
        .request = {.kind = STORE_APPEND, .done = desk_append_done},
        .workspace_id = desk->workspace_id,
        .known_seq = desk->roster.seq,
        .known_at_ms = desk->roster.at_ms,
        .items = desk->batch.items,
        .items_count = desk->batch.items_count,
        .bytes = desk->batch.bytes,
        .patient = desk->met_lock,
    };
    desk->is_committing = true;
    desk->sent_us = desk->node->timings.present_us;
    desk->hinted_seq = 0; /* the answer tells how far the log goes; a hint is followed only once */
    struct store *store = desk->node->options.store;
    store->ops->ask(store, &desk->append.request);
}

void desk_read_log(struct desk *desk)
{
    assert(desk->batch.items_count == 0);
    desk_commit(desk);
}
