#ifndef RELEVO_CORE_COMMAND_H
#define RELEVO_CORE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/ids.h"
#include "core/action.h"
#include "core/pause.h"
#include "core/role.h"

/* What the channel says became of a message to the contact. Stored; the numbers never change. A higher one
 * outranks a lower one. */
enum delivery {
    DELIVERY_NONE = 0, /* nothing reported yet */
    DELIVERY_SENT = 1,
    DELIVERY_DELIVERED = 2,
    DELIVERY_FAILED = 3,
};

/* Up to where its author has seen the conversation. */
enum seen_kind {
    SEEN_UNSAID,
    SEEN_ANY,   /* whatever has been written since */
    SEEN_UP_TO, /* the seq */
};

struct seen {
    enum seen_kind kind;
    int64_t seq;
};

/* What somebody asks for. Borrows all its bytes from the frame that it was decoded from. The decoder has
 * checked every bound (protocol/limits.h) and that what the action needs is there; a field that the action
 * does not know is zero. */
struct command {
    enum action action;
    struct command_id id;
    bool resend;      /* an earlier copy may have been carried out already: looked up before it is judged */
    bool has_version; /* the version that it was decided on */
    int64_t version;
    struct bytes conversation; /* never empty */
    struct bytes channel;      /* of the conversation, should the command create it */
    struct bytes name; /* the contact's, where the command creates or the channel knows better; as sent */
    struct bytes
        body; /* send_message, contact_message, bot_message; message_status: why it failed; as sent */
    struct bytes assignee;   /* assign: empty for nobody */
    struct pause_wish pause; /* reopen, assign, send_message, open, keep_open */
    bool enabled;            /* set_automation */
    struct seen seen;        /* send_message (never unsaid), bot_message, complete, unlink */
    bool take;               /* send_message: assigned to its author, if nobody else holds it */
    struct bytes seen_epoch; /* the history in which `seen` is a place; empty: this connection's. With it: */
    bool has_seen_mark;
    int64_t seen_mark_ms;   /* the time of the transition at that place */
    int64_t received;       /* mark_read: the number of the last contact message seen */
    int64_t message;        /* message_status: the number of the message to the contact, from 1 */
    enum delivery delivery; /* message_status */
    int64_t due_seq;        /* expire: which pause ends (struct due) */
};

/* Sums up everything that a command asks for, and who asks, so that the same id with another body is told
 * apart: all fields but id, resend, and the history of `seen`. Stable across versions of the server, as it is
 * stored. */
uint64_t command_fingerprint(const struct command *command, const struct actor *actor);

#endif
