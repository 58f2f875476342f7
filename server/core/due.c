#include "core/due.h"

#include <assert.h>

#include "base/alloc.h"

static const enum action due_actions[] = {
#define X(KIND, ACTION, ...) [DUE_##KIND] = ACTION_##ACTION,
    DUE_LIST(X)
#undef X
};

struct due due_of_kind(const struct conversation *conversation, enum due_kind kind)
{
    switch (kind) {
#define X(KIND, ACTION, time_ms, set_seq)                                                                    \
    case DUE_##KIND: return (struct due){.kind = kind, .at_ms = (time_ms), .seq = (set_seq)};
        DUE_LIST(X)
#undef X
    }
    assert(false && "a kind of due that is none");
    return (struct due){0};
}

struct due due_first(const struct conversation *conversation)
{
    struct due first = {0};
    for (int kind = 0; kind < DUE_COUNT; kind++) {
        struct due due = due_of_kind(conversation, (enum due_kind)kind);
        if (due.at_ms != 0 && (first.at_ms == 0 || due.at_ms < first.at_ms))
            first = due;
    }
    return first;
}

bool due_has_come(struct due due, int64_t now_ms)
{
    return due.at_ms != 0 && !seq_is_pending(due.seq) && due.at_ms <= now_ms;
}

enum action due_action(enum due_kind kind)
{
    assert((size_t)kind < ARRAY_COUNT(due_actions));
    return due_actions[kind];
}

bool due_kind_of_action(enum action action, enum due_kind *kind_r)
{
    for (int kind = 0; kind < DUE_COUNT; kind++) {
        if (due_actions[kind] != action)
            continue;
        *kind_r = (enum due_kind)kind;
        return true;
    }
    return false;
}

int64_t due_carried_out_ms(const struct conversation *before, enum action action)
{
    enum due_kind kind;
    return due_kind_of_action(action, &kind) ? due_of_kind(before, kind).at_ms : 0;
}

struct command_id due_command_id(struct due due)
{
    assert(due.seq > 0 && due.seq < INT64_C(1) << 56);
    struct command_id id = {{0}};
    store_be64(id.bytes + 8, (uint64_t)due.seq);
    id.bytes[8] = (uint8_t)due.kind;
    return id;
}
