#include "protocol/decode.h"

#include <assert.h>
#include <msgpack.h>

#include "protocol/decode_private.h"
#include "protocol/field.h"
#include "protocol/limits.h"

/* From a frame's bytes, which have been scanned, to a message: `t` names its type, the type's row of `shapes`
 * its fields; each field is read by its kind (protocol/field.h), and unknown ones are skipped.
 *
 * What may fail: a message of an unknown type, or with a field that is missing or wrong, whose advice is the
 * client's to read. A command's fault is a refusal, as its id can be told (protocol/decode_command.c). */

static const struct field hello_fields[] = {
    /* One that is too long is its issuer's fault, and for whoever checks it to say. */
    {"token", KIND_TEXT, 1, LIMIT_FRAME_BYTES, PLACE(hello.token), 0, "token must be a text"},
    {"resume", KIND_RESUME, 0, 0, 0, PLACE(hello.has_resume), "resume must be a map of epoch, seq and mark"},
    {"consumer", KIND_CONSUMER, 0, 0, 0, PLACE(hello.has_consumer),
     "consumer must be a map of name and perhaps after and mark"},
};

#define REF(type)                                                                                            \
    {                                                                                                        \
        "ref", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(type.ref), 0, "ref must be an integer from 0"           \
    }
#define THREAD(type)                                                                                         \
    {                                                                                                        \
        "conversation", KIND_TEXT, 1, LIMIT_ID_BYTES, PLACE(type.conversation), 0,                           \
            "conversation must be a text of 1 to id_bytes"                                                   \
    }

static const struct field page_fields[] = {
    REF(page),
    {"before", KIND_INTEGER, 1, LIMIT_INTEGER, PLACE(page.before_list_seq), 0,
     "before must be an integer from 1"},
    {"limit", KIND_INTEGER, 1, LIMIT_PAGE_ROWS, PLACE(page.limit), 0,
     "limit must be an integer from 1 to page_rows"},
};

static const struct field time_fields[] = {
    REF(time),
};

static const struct field resync_fields[] = {
    {"seq", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(resync.seq), 0, "seq must be an integer from 0"},
    {"open", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(resync.open), 0, "open must be an integer from 0"},
    {"completed", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(resync.completed), 0,
     "completed must be an integer from 0"},
    {"digest", KIND_INTEGER, 0, UINT32_MAX, PLACE(resync.digest), 0, "digest must be an integer of 32 bits"},
};

static const struct field watch_fields[] = {
    REF(watch),
    THREAD(watch),
    {"after", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(watch.after), 0, "after must be an integer from 0"},
};

static const struct field unwatch_fields[] = {
    THREAD(unwatch),
};

static const struct field history_fields[] = {
    REF(history),
    THREAD(history),
    {"before", KIND_INTEGER, 1, LIMIT_INTEGER, PLACE(history.before), 0, "before must be an integer from 1"},
    {"limit", KIND_INTEGER, 1, LIMIT_HISTORY_ROWS, PLACE(history.limit), 0,
     "limit must be an integer from 1 to history_rows"},
    {"messages", KIND_BOOL, 0, 0, PLACE(history.messages_only), 0, "messages must be true or false"},
};

static const struct field find_fields[] = {
    REF(find),
    {"text", KIND_TEXT, 1, LIMIT_FIND_BYTES, PLACE(find.text), 0, "text must be a text of 1 to find_bytes"},
    {"limit", KIND_INTEGER, 1, LIMIT_FIND_ROWS, PLACE(find.limit), 0,
     "limit must be an integer from 1 to find_rows"},
};

static const struct field acked_fields[] = {
    {"seq", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(acked.seq), 0, "seq must be an integer from 0"},
};

static const struct field presence_fields[] = {
    {"conversation", KIND_TEXT, 1, LIMIT_ID_BYTES, PLACE(presence.conversation), 0,
     "conversation must be a text of 1 to id_bytes"},
    {"typing", KIND_BOOL, 0, 0, PLACE(presence.is_typing), 0, "typing must be true or false"},
};

/* The messages but `command`, whose fields depend on its action. */
static const struct shape shapes[] = {
    {"hello", MESSAGE_HELLO, hello_fields, ARRAY_COUNT(hello_fields), 1u << 0},
    {"page", MESSAGE_PAGE, page_fields, ARRAY_COUNT(page_fields), 1u << 0},
    {"time", MESSAGE_TIME, time_fields, ARRAY_COUNT(time_fields), 1u << 0},
    {"resync", MESSAGE_RESYNC, resync_fields, ARRAY_COUNT(resync_fields), ALL_FIELDS},
    {"watch", MESSAGE_WATCH, watch_fields, ARRAY_COUNT(watch_fields), 1u << 0 | 1u << 1},
    {"unwatch", MESSAGE_UNWATCH, unwatch_fields, ARRAY_COUNT(unwatch_fields), 1u << 0},
    {"history", MESSAGE_HISTORY, history_fields, ARRAY_COUNT(history_fields), 1u << 0 | 1u << 1},
    {"find", MESSAGE_FIND, find_fields, ARRAY_COUNT(find_fields), 1u << 0 | 1u << 1},
    {"acked", MESSAGE_ACKED, acked_fields, ARRAY_COUNT(acked_fields), 1u << 0},
    {"presence", MESSAGE_PRESENCE, presence_fields, ARRAY_COUNT(presence_fields), 0},
};

const struct shape *shape_of(size_t number)
{
    return number < ARRAY_COUNT(shapes) ? &shapes[number] : NULL;
}

static enum decode_result bad_message(const char *detail, struct decode_error *error_r)
{
    error_r->detail = detail;
    return DECODE_BAD_MESSAGE;
}

/* What counts where nothing is said. */
static void set_defaults(struct message *message)
{
    switch (message->type) {
    case MESSAGE_PAGE: message->page.limit = LIMIT_PAGE_ROWS; break;
    case MESSAGE_HISTORY: message->history.limit = LIMIT_HISTORY_ROWS; break;
    case MESSAGE_FIND: message->find.limit = LIMIT_FIND_ROWS; break;
    case MESSAGE_HELLO:
    case MESSAGE_COMMAND:
    case MESSAGE_TIME:
    case MESSAGE_RESYNC:
    case MESSAGE_WATCH:
    case MESSAGE_UNWATCH:
    case MESSAGE_ACKED:
    case MESSAGE_PRESENCE: break;
    }
}

static enum decode_result decode_map(const msgpack_object_map *map, struct message *message,
                                     struct decode_error *error_r)
{
    if (!map_is_sound(map))
        return bad_message("keys must be texts, and none may stand twice", error_r);
    const msgpack_object *type = map_find(map, "t");
    if (type == NULL || type->type != MSGPACK_OBJECT_STR)
        return bad_message("t must be a text, the message's type", error_r);
    if (is_text(type, "command"))
        return decode_command(map, message, error_r);
    for (size_t i = 0; i < ARRAY_COUNT(shapes); i++) {
        const struct shape *shape = &shapes[i];
        if (!is_text(type, shape->name))
            continue;
        message->type = shape->type;
        set_defaults(message);
        const struct field *wrong =
            fields_read(shape->fields, shape->fields_count, ALL_FIELDS, shape->needs, map, message);
        return wrong == NULL ? DECODE_OK : bad_message(wrong->advice, error_r);
    }
    error_r->detail = "t names no message that a client may send";
    return DECODE_UNKNOWN_TYPE;
}

enum decode_result decode_message(struct bytes frame, struct message *message_r, struct decode_error *error_r)
{
    *message_r = (struct message){0};
    *error_r = (struct decode_error){.reason = REASON_NONE};
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t offset = 0;
    msgpack_unpack_return unpacked_how =
        msgpack_unpack_next(&unpacked, (const char *)frame.data, frame.size, &offset);
    /* scan_frame has walked it: what fails now is ours. The objects lie in a zone of their own that goes with
     * `unpacked`; their texts point into the frame. */
    assert(unpacked_how == MSGPACK_UNPACK_SUCCESS && offset == frame.size);
    assert(unpacked.data.type == MSGPACK_OBJECT_MAP);
    enum decode_result result = decode_map(&unpacked.data.via.map, message_r, error_r);
    msgpack_unpacked_destroy(&unpacked);
    return result;
}
