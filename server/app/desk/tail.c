#include "app/desk/tail.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "protocol/limits.h"

void tail_init(struct tail *tail)
{
    *tail = (struct tail){.ring = NULL};
}

static struct transition *tail_slot(const struct tail *tail, int64_t seq)
{
    return &tail->ring[(size_t)seq % LIMIT_TAIL_ROWS];
}

void tail_start(struct tail *tail, int64_t seq)
{
    assert(!tail_is_kept(tail));
    *tail = (struct tail){
        .ring = alloc_array(LIMIT_TAIL_ROWS, sizeof(*tail->ring)), .begin_seq = seq, .end_seq = seq};
}

static void tail_drop_first(struct tail *tail)
{
    struct transition *first = tail_slot(tail, ++tail->begin_seq);
    tail->body_bytes -= text_bytes(first->body).size;
    transition_finish(first);
}

void tail_stop(struct tail *tail)
{
    while (tail->begin_seq < tail->end_seq)
        tail_drop_first(tail);
    free(tail->ring);
    tail_init(tail);
}

static void tail_erase(struct tail *tail, struct bytes conversation)
{
    for (int64_t seq = tail->begin_seq + 1; seq < tail->end_seq; seq++) {
        struct transition *slot = tail_slot(tail, seq);
        if (!bytes_equal(conversation_id(&slot->after), conversation))
            continue;
        tail->body_bytes -= text_bytes(slot->body).size;
        transition_erase(slot);
    }
}

void tail_add(struct tail *tail, const struct transition *transition)
{
    assert(tail_is_kept(tail) && transition->seq == tail->end_seq + 1);
    size_t body_bytes = text_bytes(transition->body).size;
    while (tail->begin_seq < tail->end_seq && (tail->end_seq - tail->begin_seq == LIMIT_TAIL_ROWS ||
                                               tail->body_bytes + body_bytes > LIMIT_TAIL_BYTES))
        tail_drop_first(tail);
    tail->end_seq++;
    struct transition *slot = tail_slot(tail, tail->end_seq);
    *slot = *transition;
    conversation_copy(&transition->after, &slot->after);
    text_ref(slot->by);
    text_ref(slot->body);
    tail->body_bytes += body_bytes;
    if (action_does(transition->action, DOES_ERASE))
        tail_erase(tail, conversation_id(&transition->after));
}

const struct transition *tail_at(const struct tail *tail, int64_t seq)
{
    assert(seq > tail->begin_seq && seq <= tail->end_seq);
    return tail_slot(tail, seq);
}
