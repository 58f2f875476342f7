#ifndef RELEVO_PROTOCOL_DECODE_PRIVATE_H
#define RELEVO_PROTOCOL_DECODE_PRIVATE_H

#include <msgpack.h>

#include "protocol/decode.h"

/* Of decode_message, once the map is known to be a command. */
MUST_USE enum decode_result decode_command(const msgpack_object_map *map, struct message *message_r,
                                           struct decode_error *error_r);

#endif
