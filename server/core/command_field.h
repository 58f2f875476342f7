#ifndef RELEVO_CORE_COMMAND_FIELD_H
#define RELEVO_CORE_COMMAND_FIELD_H

#include <stdint.h>

/* What a command may say besides its id and its action (struct command). Which of it an action needs is a
 * part of its rule, and stands in ACTION_LIST; how it travels, in protocol/decode_command.c, in this order.
 */
#define COMMAND_FIELD_LIST(X)                                                                                \
    X(CONVERSATION)                                                                                          \
    X(VERSION)                                                                                               \
    X(PAUSE)                                                                                                 \
    X(AGENT) /* or nobody */                                                                                 \
    X(WORDS) /* the body, of which something is left when it has been cleaned */                             \
    X(BODY)  /* the body, which may be empty */                                                              \
    X(CHANNEL)                                                                                               \
    X(NAME)                                                                                                  \
    X(ENABLED)                                                                                               \
    X(RECEIVED)                                                                                              \
    X(MESSAGE)                                                                                               \
    X(STATUS)                                                                                                \
    X(SEEN)                                                                                                  \
    X(EPOCH)                                                                                                 \
    X(MARK)                                                                                                  \
    X(TAKE)

enum command_field {
#define X(NAME) FIELD_##NAME,
    COMMAND_FIELD_LIST(X)
#undef X
};

/* Of an array by field. */
enum {
#define X(NAME) +1
    FIELD_COUNT = 0 COMMAND_FIELD_LIST(X)
#undef X
};

/* Sets of them. */
typedef uint32_t command_field_set;
enum {
    NO_FIELD = 0,
#define X(NAME) WITH_##NAME = 1 << FIELD_##NAME,
    COMMAND_FIELD_LIST(X)
#undef X
        WITH_PLACE_SEEN =
            WITH_SEEN | WITH_EPOCH | WITH_MARK, /* the place, and the history that it is one of */
};

#endif
