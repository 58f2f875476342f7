#ifndef RELEVO_PROTOCOL_ENCODE_H
#define RELEVO_PROTOCOL_ENCODE_H

#include "base/frame.h"
#include "protocol/message.h"

/* What the server says (PROTOCOL.md, "Server messages"). Each call makes one frame, of which the caller owns
 * one reference. */
struct frame *encode_welcome(const struct welcome *welcome);
struct frame *encode_sync(const struct sync *sync);
struct frame *encode_answer(const struct answer *answer);
struct frame *encode_page(const struct page *page);
struct frame *encode_log(const struct log_piece *piece);
struct frame *encode_thread(const struct thread *thread);
struct frame *encode_history(const struct history *history);
struct frame *encode_found(const struct found *found);
/* Refuses a request for a temporary reason; of a watch, with its conversation (else empty). */
struct frame *encode_request_refused(int64_t ref, struct bytes watched, enum reason reason, int64_t retry_ms);
struct frame *encode_presence(const struct people *people);
struct frame *encode_time(int64_t ref, int64_t now_ms, int64_t seq, int64_t mark_ms);

/* Whether the database can be reached: for all when that changes, and after welcome where it is away. */
struct frame *encode_state(enum store_state store);

/* The last message before a close: why, and how long to wait before coming back (0: as the client likes). */
struct frame *encode_bye(int code, const char *reason, int64_t retry_ms);

/* "done" …, as it travels. */
const char *outcome_name(enum outcome outcome);

#endif
