#ifndef RELEVO_CORE_COMMAND_H
#define RELEVO_CORE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/ids.h"
#include "core/action.h"
#include "core/pause.h"
#include "core/role.h"

/* What became of a message to the contact, as the channel reports it. The numbers are stored and never
 * change. A higher one outranks a lower one. */
enum delivery {
    DELIVERY_NONE = 0, /* nothing reported yet */
    DELIVERY_SENT = 1,
    DELIVERY_DELIVERED = 2,
    DELIVERY_FAILED = 3,
};

/* How far the command's author has seen the conversation. */
enum seen_kind {
    SEEN_UNSAID,
    SEEN_ANY,   /* the author accepts whatever has been written since */
    SEEN_UP_TO, /* up to the seq */
};

struct seen {
    enum seen_kind kind;
    int64_t seq;
};

/* What a client, or the server itself, asks for. It borrows all its bytes from the frame that it was decoded
 * from. The decoder has checked every bound (protocol/limits.h), and that all fields are there that the
 * action needs; a field that the action does not take is zero. */
struct command {
    enum action action;
    struct command_id id;
    bool resend; /* an earlier copy may have been carried out: it is looked up before this one is judged */
    bool has_version; /* the author named the version that the decision was made on */
    int64_t version;
    struct bytes conversation; /* never empty */
    struct bytes channel;      /* the conversation's channel, if the command creates it */
    /* The contact's name, as sent: for a new conversation, or a newer name from the channel. */
    struct bytes name;
    /* send_message, contact_message, bot_message; message_status: why it failed. As sent. */
    struct bytes body;
    struct bytes assignee;   /* assign: empty for nobody */
    struct pause_wish pause; /* reopen, assign, send_message, open, keep_open */
    bool enabled;            /* set_automation */
    struct seen seen;        /* send_message (never unsaid), bot_message, complete, unlink */
    bool take; /* send_message: assigns the conversation to its author, if nobody else holds it */
    struct bytes seen_epoch; /* the epoch that `seen` belongs to; empty: the connection's. With it: */
    bool has_seen_mark;
    int64_t seen_mark_ms;   /* the time of the transition at `seen` */
    int64_t received;       /* mark_read: the number of the last contact message seen */
    int64_t message;        /* message_status: the number of the message to the contact, from 1 */
    enum delivery delivery; /* message_status */
    int64_t due_seq;        /* expire: which pause ends (struct due) */
};

/* A hash over everything that a command asks for and who asks, so that a command that reuses an id is found
 * out. It covers all fields except id, resend, and the epoch and mark of `seen`. It is stored, so it must be
 * the same in all versions of the server. */
uint64_t command_fingerprint(const struct command *command, const struct actor *actor);

#endif
