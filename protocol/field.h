#ifndef RELEVO_PROTOCOL_FIELD_H
#define RELEVO_PROTOCOL_FIELD_H

#include <msgpack.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "protocol/message.h"

/* The fields of the messages that clients send, as tables: what each may be, and where it goes. For decode.c
 * and decode_command.c. */

enum field_kind {
    KIND_TEXT,     /* struct bytes: one line */
    KIND_RAW,      /* struct bytes: any; what is recorded of it is cleaned */
    KIND_WORDS,    /* likewise, and something is left when it is cleaned */
    KIND_INTEGER,  /* int64_t */
    KIND_BOOL,     /* bool */
    KIND_AGENT,    /* struct bytes: as KIND_TEXT, or nil for nobody */
    KIND_PAUSE,    /* struct pause_wish: a duration, or "until_completed" */
    KIND_DELIVERY, /* enum delivery, by its name */
    KIND_SEEN,     /* struct seen: a seq, or "any" */
    KIND_RESUME,   /* struct resume: a map */
    KIND_CONSUMER, /* struct consumer_wish: a map */
};

/* One field of a message: what it may be, and where in struct message it goes. */
struct field {
    const char *key;
    enum field_kind kind;
    int64_t min; /* of an integer its value, of a text its bytes */
    int64_t max;
    size_t place;
    size_t flag;        /* of the bool that says that it was there; 0: there is none */
    const char *advice; /* what would be right, where a fault closes the connection */
};

#define PLACE(member) offsetof(struct message, member)

/* Which fields of a table: a bit for each. */
typedef uint32_t field_set;
#define ALL_FIELDS UINT32_MAX

/* Keys are texts and none stands twice. */
bool map_is_sound(const msgpack_object_map *map);

/* The value of a key, or NULL. */
const msgpack_object *map_find(const msgpack_object_map *map, const char *key);

bool is_text(const msgpack_object *object, const char *text);

/* Reads those fields of a table that are in `takes`. Returns the first that is wrong, or missing though it is
 * in `needs`; NULL where all is well. Nil stands for an absent key, but where it means nobody. */
MUST_USE const struct field *fields_read(const struct field *fields, size_t fields_count, field_set takes,
                                         field_set needs, const msgpack_object_map *map,
                                         struct message *message);

#endif
