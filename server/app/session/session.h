#ifndef RELEVO_APP_SESSION_SESSION_H
#define RELEVO_APP_SESSION_SESSION_H

#include <stdbool.h>

#include "base/address.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/frame.h"
#include "protocol/close.h"

/* One client, from its connection to its end. Frames come in whole; frames go out one at a time, when the
 * connection can take one: the session is asked, it never pushes. So a client that does not read costs no
 * memory and no work. */

struct sessions;
struct session;

/* As hub_connect. */
struct session *session_create(struct sessions *sessions, void *connection, struct address from);

/* The connection is gone, or has been closed. What the client had in flight goes on without it. Nulls the
 * pointer. */
void session_destroy(struct session **session);

void *session_connection(const struct session *session);

/* Whether it has shown a good token. */
bool session_is_signed_in(const struct session *session);

/* Of a message that has not come whole, `bytes` more are to be kept. False: there is no room for them, and
 * the session wants to be closed; nothing has been taken. */
MUST_USE bool session_hold_bytes(struct session *session, size_t bytes);

/* What has been held is held no more, all of it. */
void session_release_bytes(struct session *session);

/* The largest message that it takes, in bytes: who has not signed in has little to say. */
size_t session_message_bytes(const struct session *session);

/* So many bytes have come in frames of which the transport saw no more than that (pings). A client that sends
 * too many wants to be closed. */
void session_pay_unseen(struct session *session, uint64_t bytes);

/* A frame has come that is no message by itself: a fragment after the first, or a control frame. It is paid
 * as one. False: the client has sent too many, and the session wants to be closed. */
MUST_USE bool session_pay_frame(struct session *session);

/* One whole binary message has come. Never frees the session; a bad frame makes it want to be closed. */
void session_receive(struct session *session, struct bytes frame);

/* The transport found a fault of the client's (CLOSE_PROTOCOL, CLOSE_UNSUPPORTED, CLOSE_TOO_BIG): it wants to
 * be closed. */
void session_fail(struct session *session, enum close_code code);

/* The next frame to write, of which the caller owns one reference; NULL when there is nothing (any more). One
 * frame a call; it is taken as sent. */
struct frame *session_take_frame(struct session *session);

/* Whether session_take_frame would return a frame. */
bool session_has_frame(const struct session *session);

/* The code it wants to be closed with, once it has no frame left; CLOSE_NONE: none. `*detail_r` is what to
 * say as the reason (a constant, at most 60 bytes). */
enum close_code session_wants_close(const struct session *session, const char **detail_r);

/* Its connection takes nothing now: nobody's time is kept by it. It is asked again when it has been put back
 * on the ready list. */
void session_note_blocked(struct session *session);

/* Puts it (back) on the node's ready list. */
void session_set_ready(struct session *session);

#endif
