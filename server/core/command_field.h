#ifndef RELEVO_CORE_COMMAND_FIELD_H
#define RELEVO_CORE_COMMAND_FIELD_H

#include <stdint.h>

/* The fields of a command besides its id and its action (struct command). ACTION_LIST says which of them an
 * action needs; protocol/decode_command.c says, in the same order, how they travel. */
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

/* The size of an array that is indexed by field. */
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
        WITH_PLACE_SEEN = WITH_SEEN | WITH_EPOCH |
                          WITH_MARK, /* the seq, and the epoch and mark that tell which log it belongs to */
};

#endif
