#ifndef RELEVO_PROTOCOL_DECODE_H
#define RELEVO_PROTOCOL_DECODE_H

#include "base/alloc.h"
#include "protocol/message.h"

enum decode_result {
    DECODE_OK,
    DECODE_REFUSED, /* a command with a usable id that is wrong in itself: answered with reason and detail */
    DECODE_UNKNOWN_TYPE, /* `t` is none that the server knows: closed with 4002 */
    DECODE_BAD_MESSAGE,  /* not a message: closed with 4002 */
};

/* Why it failed. For DECODE_REFUSED message.command.id and resend are set. */
struct decode_error {
    enum reason reason; /* DECODE_REFUSED */
    /* DECODE_REFUSED: the field's name. Else what would be right: a sentence for the close reason, of at most
     * 60 bytes. A constant. */
    const char *detail;
};

/* Reads one message from a frame that scan_frame found OK. *message_r borrows from the frame, never from
 * anything that this call allocated and freed. Unknown keys are ignored; a key that stands twice is a bad
 * message. Checks every bound of limits.h, that texts are UTF-8 without control characters (but bodies and
 * names, of which what is recorded is cleaned: core/clean.h), and that what the action needs is there. */
MUST_USE enum decode_result decode_message(struct bytes frame, struct message *message_r,
                                           struct decode_error *error_r);

#endif
