#ifndef RELEVO_APP_SESSION_SESSION_H
#define RELEVO_APP_SESSION_SESSION_H

#include <stdbool.h>

#include "base/address.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/frame.h"
#include "protocol/close.h"

/* One client, from its connection to its end. Whole messages come in. Frames go out one at a time, when the
 * connection can take one: the session is asked, it never pushes. So a client that does not read costs no
 * memory and no work. */

struct sessions;
struct session;

/* Creates the session of a new connection. `connection` is the transport's, which session_connection gives
 * back; `from` is the client's address, for the log. */
struct session *session_create(struct sessions *sessions, void *connection, struct address from);

/* The connection is gone, or has been closed: frees the session. Commands that the client had in flight are
 * still carried out. Nulls the pointer. */
void session_destroy(struct session **session);

/* What session_create was given. */
void *session_connection(const struct session *session);

/* Whether the client has shown a good token. */
bool session_is_signed_in(const struct session *session);

/* `bytes` more are to be kept of a message that has not come whole. False: there is no room for them, and the
 * session wants to be closed; nothing is counted. */
MUST_USE bool session_hold_bytes(struct session *session, size_t bytes);

/* The transport no longer keeps any bytes of an unfinished message. */
void session_release_bytes(struct session *session);

/* The largest message that the client may send, in bytes. Before it has signed in that is
 * LIMIT_HELLO_BYTES. */
size_t session_message_bytes(const struct session *session);

/* So many bytes have come in frames whose content the transport does not see (pings). A client that sends too
 * many wants to be closed. */
void session_pay_unseen(struct session *session, uint64_t bytes);

/* A frame has come that is no message by itself: a fragment after the first, or a control frame. It counts as
 * one message. False: the client has sent too many, and the session wants to be closed. */
MUST_USE bool session_pay_frame(struct session *session);

/* A whole binary message has come. The session is never freed by it; a bad message makes it want to be
 * closed. */
void session_receive(struct session *session, struct bytes frame);

/* The transport has found a fault of the client (CLOSE_PROTOCOL, CLOSE_UNSUPPORTED, CLOSE_TOO_BIG): the
 * session wants to be closed. */
void session_fail(struct session *session, enum close_code code);

/* The next frame to write; the caller owns one reference. NULL: there is nothing to write now. The frame
 * counts as sent. */
struct frame *session_take_frame(struct session *session);

/* Whether session_take_frame would return a frame. */
bool session_has_frame(const struct session *session);

/* The code with which the session wants to be closed, once it has no frame left; CLOSE_NONE: it does not want
 * to be closed. `*detail_r` is the reason to send (a constant, at most 60 bytes). */
enum close_code session_wants_close(const struct session *session, const char **detail_r);

/* The connection cannot take a frame now. The session leaves its push round, and is asked again after it has
 * been put back on the ready list. */
void session_note_blocked(struct session *session);

/* Puts the session on the node's ready list, unless it is there. */
void session_set_ready(struct session *session);

#endif
