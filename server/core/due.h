#ifndef RELEVO_CORE_DUE_H
#define RELEVO_CORE_DUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ids.h"
#include "core/action.h"
#include "core/conversation.h"

/* A *due* is something that happens to a conversation by itself, at a time that stands in its row. When the
 * time has come, some node gives the command that carries the due out (desk_carry_out_dues in
 * app/desk/desk.c). If another command about the conversation is judged before that, the due is carried out
 * in front of it (core/decision.h). A due stands only while the conversation is open: open conversations are
 * held in memory, so no due is missed.
 *
 * The columns: KIND, the action that carries it out (one of the server's own), its time (0: none stands, or
 * the time is pending), and the seq of the transition that set it. The kinds' numbers are part of stored ids:
 * a new kind comes last. */
#define DUE_LIST(X) X(PAUSE_END, EXPIRE, pause_end_ms(conversation->pause), conversation->pause_seq)

enum due_kind {
#define X(KIND, ...) DUE_##KIND,
    DUE_LIST(X)
#undef X
};

/* The size of an array that is indexed by kind. */
enum {
#define X(KIND, ...) +1
    DUE_COUNT = 0 DUE_LIST(X)
#undef X
};

struct due {
    enum due_kind kind;
    int64_t at_ms; /* by the database's clock; 0: none of this kind stands, or its time is pending */
    int64_t seq;   /* of the transition that set it; it names the due. It may be pending */
};

struct due due_of_kind(const struct conversation *conversation, enum due_kind kind);

/* The due that comes first; at_ms is 0 where none stands. */
struct due due_first(const struct conversation *conversation);

/* Whether the due's time has come. The due stands until its action is in the log. A due whose seq is pending
 * has not come, whatever the clock says, as no command could name it yet. */
bool due_has_come(struct due due, int64_t now_ms);

/* The action that carries out this kind of due; the kind that an action carries out (false: none). */
enum action due_action(enum due_kind kind);
bool due_kind_of_action(enum action action, enum due_kind *kind_r);

/* The time of the due that the action carries out in the conversation; 0: it carries out none. */
int64_t due_carried_out_ms(const struct conversation *before, enum action action);

/* The id of the command that carries out a due whose seq is committed (asserted): the same on every node, so
 * that only one of their commands is carried out. The id is reserved: eight zero bytes, one byte with the
 * kind, and the seq in seven bytes, most significant first. */
struct command_id due_command_id(struct due due);

#endif
