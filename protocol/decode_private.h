#ifndef RELEVO_PROTOCOL_DECODE_PRIVATE_H
#define RELEVO_PROTOCOL_DECODE_PRIVATE_H

#include <msgpack.h>

#include "protocol/decode.h"
#include "protocol/field.h"

/* A message that a client sends: its fields, and which of them must be there. PROTOCOL.md, section 3, says
 * the same; a test compares them. */
struct shape {
    const char *name;
    enum message_type type;
    const struct field *fields;
    size_t fields_count;
    field_set needs;
};

/* Of all messages but `command`, from 0 on; NULL where there are no more. */
const struct shape *shape_of(size_t number);

/* Of decode_message, once the map is known to be a command. */
MUST_USE enum decode_result decode_command(const msgpack_object_map *map, struct message *message_r,
                                           struct decode_error *error_r);

#endif
