#ifndef RELEVO_CORE_DUE_H
#define RELEVO_CORE_DUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ids.h"
#include "core/action.h"
#include "core/conversation.h"

/* What a conversation has coming by itself, at a time that stands in its row: a *due*. When the time has come
 * the server gives the command that carries it out, on whichever node comes first; and it goes in front of
 * whatever else is judged then. A due stands while the conversation is open only: what is open is held in
 * memory, so that none is missed.
 *
 * KIND, the action that carries it out (one of the server's own), the time (0: none stands, or it is
 * pending), and the transition that set it. The numbers are part of ids, in their order: a new kind comes
 * last. */
#define DUE_LIST(X) X(PAUSE_END, EXPIRE, pause_end_ms(conversation->pause), conversation->pause_seq)

enum due_kind {
#define X(KIND, ...) DUE_##KIND,
    DUE_LIST(X)
#undef X
};

/* Of an array by kind. */
enum {
#define X(KIND, ...) +1
    DUE_COUNT = 0 DUE_LIST(X)
#undef X
};

struct due {
    enum due_kind kind;
    int64_t at_ms; /* by the database's clock; 0: none of this kind stands */
    int64_t seq;   /* of the transition that set it, which names it; it may be pending */
};

struct due due_of_kind(const struct conversation *conversation, enum due_kind kind);

/* The one that comes first; at_ms is 0 where none stands. */
struct due due_first(const struct conversation *conversation);

/* Whether its time has come. It stands nonetheless, until its action is in the log. One whose seq is pending
 * has not come, whatever the clock says: nothing could name it yet. */
bool due_has_come(struct due due, int64_t now_ms);

/* What carries it out, and which kind an action carries out: false where it is none. */
enum action due_action(enum due_kind kind);
bool due_kind_of_action(enum action action, enum due_kind *kind_r);

/* When that was due in the conversation which the action carries out there; 0: it carries out nothing. */
int64_t due_carried_out_ms(const struct conversation *before, enum action action);

/* The id of the command that carries out a due whose seq is committed (asserted): the same on every node, so
 * that one of them lands. It is reserved: eight zero bytes, one with the kind, and the seq in seven, most
 * significant byte first. */
struct command_id due_command_id(struct due due);

#endif
