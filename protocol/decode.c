#include "protocol/decode.h"

#include <assert.h>
#include <msgpack.h>
#include <string.h>

#include "core/clean.h"
#include "protocol/limits.h"

enum kind {
    KIND_TEXT,     /* struct bytes: one line */
    KIND_RAW,      /* struct bytes: any; what is recorded of it is cleaned */
    KIND_WORDS,    /* likewise, and something is left when it is cleaned */
    KIND_INTEGER,  /* int64_t */
    KIND_BOOL,     /* bool */
    KIND_AGENT,    /* struct bytes: as KIND_TEXT, or nil for nobody */
    KIND_PAUSE,    /* struct pause_wish: a duration, or "until_completed" */
    KIND_DELIVERY, /* enum delivery, by its name */
    KIND_SEEN,     /* struct seen: a seq, or "any" */
    KIND_RESUME,   /* a map of resume_fields */
    KIND_CONSUMER, /* a map of consumer_fields */
};

/* One field of a message: what it may be, and where in struct message it goes. */
struct field {
    const char *key;
    enum kind kind;
    int64_t min; /* of an integer its value, of a text its bytes */
    int64_t max;
    size_t place;
    size_t flag;        /* of the bool that says that it was there; 0: there is none */
    const char *advice; /* what would be right, where a fault closes the connection */
};

static_assert((int)LIMIT_NAME_BYTES == (int)CONVERSATION_NAME_BYTES_MAX,
              "what a client is told is what is cut");

#define PLACE(member) offsetof(struct message, member)

/* Which fields of a table: a bit for each. */
typedef uint32_t field_set;
#define ALL_FIELDS UINT32_MAX

static const struct field resume_fields[] = {
    {"epoch", KIND_TEXT, 1, LIMIT_EPOCH_BYTES, PLACE(hello.resume.epoch), 0, NULL},
    {"seq", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(hello.resume.seq), 0, NULL},
    {"mark", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(hello.resume.mark_ms), 0, NULL},
};

static const struct field consumer_fields[] = {
    {"name", KIND_TEXT, 1, LIMIT_ID_BYTES, PLACE(hello.consumer.name), 0, NULL},
    {"after", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(hello.consumer.after), PLACE(hello.consumer.has_after),
     NULL},
    {"mark", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(hello.consumer.mark_ms), PLACE(hello.consumer.has_mark),
     NULL},
};

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
static const struct shape {
    const char *name;
    enum message_type type;
    const struct field *fields;
    size_t fields_count;
    field_set needs;
} shapes[] = {
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

enum {
    CONVERSATION = 1 << 0,
    VERSION = 1 << 1,
    PAUSE = 1 << 2,
    AGENT = 1 << 3,
    BODY = 1 << 4,
    ANY_BODY = 1 << 5, /* which may be empty */
    CHANNEL = 1 << 6,
    NAME = 1 << 7,
    ENABLED = 1 << 8,
    RECEIVED = 1 << 9,
    MESSAGE = 1 << 10,
    STATUS = 1 << 11,
    SEEN = 1 << 12,
    EPOCH = 1 << 13,
    MARK = 1 << 14,
    TAKE = 1 << 15,
    SEEN_THERE = SEEN | EPOCH | MARK,
};

/* In the order of the bits above. */
static const struct field command_fields[] = {
    {"conversation", KIND_TEXT, 1, LIMIT_ID_BYTES, PLACE(command.conversation), 0, NULL},
    {"version", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(command.version), PLACE(command.has_version), NULL},
    {"pause", KIND_PAUSE, LIMIT_PAUSE_MIN_MS, LIMIT_PAUSE_MAX_MS, PLACE(command.pause), 0, NULL},
    {"agent", KIND_AGENT, 1, LIMIT_ID_BYTES, PLACE(command.assignee), 0, NULL},
    {"body", KIND_WORDS, 1, LIMIT_BODY_BYTES, PLACE(command.body), 0, NULL},
    {"body", KIND_RAW, 0, LIMIT_BODY_BYTES, PLACE(command.body), 0, NULL},
    {"channel", KIND_TEXT, 1, LIMIT_ID_BYTES, PLACE(command.channel), 0, NULL},
    {"name", KIND_RAW, 0, LIMIT_FRAME_BYTES, PLACE(command.name), 0, NULL},
    {"enabled", KIND_BOOL, 0, 0, PLACE(command.enabled), 0, NULL},
    {"received", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(command.received), 0, NULL},
    {"message", KIND_INTEGER, 1, LIMIT_INTEGER, PLACE(command.message), 0, NULL},
    {"status", KIND_DELIVERY, 0, 0, PLACE(command.delivery), 0, NULL},
    {"seen", KIND_SEEN, 0, LIMIT_INTEGER, PLACE(command.seen), 0, NULL},
    {"epoch", KIND_TEXT, 1, LIMIT_EPOCH_BYTES, PLACE(command.seen_epoch), 0, NULL},
    {"mark", KIND_INTEGER, 0, LIMIT_INTEGER, PLACE(command.seen_mark_ms), PLACE(command.has_seen_mark), NULL},
    {"take", KIND_BOOL, 0, 0, PLACE(command.take), 0, NULL},
};

static const struct field resend_field[] = {
    {"resend", KIND_BOOL, 0, 0, PLACE(command.resend), 0, NULL},
};

/* What each action needs and may have besides the conversation and the version (PROTOCOL.md, "Commands"). */
static const struct {
    field_set needs;
    field_set may_have;
} action_fields[] = {
    [ACTION_REOPEN] = {0, PAUSE},
    [ACTION_ASSIGN] = {AGENT, PAUSE | CHANNEL | NAME},
    [ACTION_SEND_MESSAGE] = {BODY | SEEN, PAUSE | CHANNEL | NAME | SEEN_THERE | TAKE},
    [ACTION_OPEN] = {0, PAUSE | CHANNEL | NAME},
    [ACTION_KEEP_OPEN] = {0, PAUSE},
    [ACTION_RESUME_BOT] = {0, 0},
    [ACTION_COMPLETE] = {0, SEEN_THERE},
    [ACTION_UNLINK] = {0, SEEN_THERE},
    [ACTION_SET_AUTOMATION] = {ENABLED, 0},
    [ACTION_CONTACT_MESSAGE] = {ANY_BODY, NAME},
    [ACTION_BOT_MESSAGE] = {BODY, CHANNEL | NAME | SEEN_THERE},
    [ACTION_MARK_READ] = {RECEIVED, 0},
    [ACTION_MESSAGE_STATUS] = {MESSAGE | STATUS, ANY_BODY},
    [ACTION_ERASE] = {0, 0},
};

static struct bytes text_of(const msgpack_object *object)
{
    assert(object->type == MSGPACK_OBJECT_STR);
    return bytes_make(object->via.str.ptr, object->via.str.size);
}

static bool is_text(const msgpack_object *object, const char *text)
{
    return object->type == MSGPACK_OBJECT_STR && bytes_equal(text_of(object), bytes_of_string(text));
}

/* The value of a key, or NULL. */
static const msgpack_object *map_find(const msgpack_object_map *map, const char *key)
{
    for (uint32_t i = 0; i < map->size; i++)
        if (is_text(&map->ptr[i].key, key))
            return &map->ptr[i].val;
    return NULL;
}

/* Keys are texts and none stands twice. Quadratic, in a map that scan_frame has kept small. */
static bool map_is_sound(const msgpack_object_map *map)
{
    for (uint32_t i = 0; i < map->size; i++) {
        if (map->ptr[i].key.type != MSGPACK_OBJECT_STR)
            return false;
        for (uint32_t j = 0; j < i; j++)
            if (bytes_equal(text_of(&map->ptr[i].key), text_of(&map->ptr[j].key)))
                return false;
    }
    return true;
}

static bool read_integer(const struct field *field, const msgpack_object *object, int64_t *integer_r)
{
    assert(field->min >= 0);
    if (object->type != MSGPACK_OBJECT_POSITIVE_INTEGER || object->via.u64 < (uint64_t)field->min ||
        object->via.u64 > (uint64_t)field->max)
        return false;
    *integer_r = (int64_t)object->via.u64;
    return true;
}

static bool read_raw(const struct field *field, const msgpack_object *object, struct bytes *raw_r)
{
    if (object->type != MSGPACK_OBJECT_STR)
        return false;
    *raw_r = text_of(object);
    return raw_r->size >= (size_t)field->min && raw_r->size <= (size_t)field->max;
}

static bool read_text(const struct field *field, const msgpack_object *object, struct bytes *text_r)
{
    return read_raw(field, object, text_r) && bytes_are_text(*text_r, false);
}

static bool read_words(const struct field *field, const msgpack_object *object, struct bytes *words_r)
{
    return read_raw(field, object, words_r) && !clean_leaves_nothing(*words_r);
}

static bool read_agent(const struct field *field, const msgpack_object *object, struct bytes *agent_r)
{
    if (object->type != MSGPACK_OBJECT_NIL)
        return read_text(field, object, agent_r);
    *agent_r = bytes_make(NULL, 0);
    return true;
}

static bool read_bool(const msgpack_object *object, bool *bool_r)
{
    if (object->type != MSGPACK_OBJECT_BOOLEAN)
        return false;
    *bool_r = object->via.boolean;
    return true;
}

static bool read_pause(const struct field *field, const msgpack_object *object, struct pause_wish *wish_r)
{
    if (is_text(object, "until_completed")) {
        wish_r->kind = PAUSE_WISH_UNTIL_COMPLETED;
        return true;
    }
    wish_r->kind = PAUSE_WISH_FOR;
    return read_integer(field, object, &wish_r->duration_ms);
}

static bool read_seen(const struct field *field, const msgpack_object *object, struct seen *seen_r)
{
    if (is_text(object, "any")) {
        seen_r->kind = SEEN_ANY;
        return true;
    }
    seen_r->kind = SEEN_UP_TO;
    return read_integer(field, object, &seen_r->seq);
}

static bool read_delivery(const msgpack_object *object, enum delivery *delivery_r)
{
    static const char *const names[] = {
        [DELIVERY_SENT] = "sent",
        [DELIVERY_DELIVERED] = "delivered",
        [DELIVERY_FAILED] = "failed",
    };
    for (size_t i = DELIVERY_SENT; i < ARRAY_COUNT(names); i++) {
        if (is_text(object, names[i])) {
            *delivery_r = (enum delivery)i;
            return true;
        }
    }
    return false;
}

static const struct field *read_fields(const msgpack_object_map *map, const struct field *fields,
                                       size_t fields_count, field_set takes, field_set needs,
                                       struct message *message);

static bool read_map(const msgpack_object *object, const struct field *fields, size_t fields_count,
                     field_set needs, struct message *message)
{
    return object->type == MSGPACK_OBJECT_MAP && map_is_sound(&object->via.map) &&
           read_fields(&object->via.map, fields, fields_count, ALL_FIELDS, needs, message) == NULL;
}

static bool read_field(const struct field *field, const msgpack_object *object, struct message *message)
{
    void *place = (char *)message + field->place;
    switch (field->kind) {
    case KIND_TEXT: return read_text(field, object, place);
    case KIND_RAW: return read_raw(field, object, place);
    case KIND_WORDS: return read_words(field, object, place);
    case KIND_INTEGER: return read_integer(field, object, place);
    case KIND_BOOL: return read_bool(object, place);
    case KIND_AGENT: return read_agent(field, object, place);
    case KIND_PAUSE: return read_pause(field, object, place);
    case KIND_DELIVERY: return read_delivery(object, place);
    case KIND_SEEN: return read_seen(field, object, place);
    case KIND_RESUME: return read_map(object, resume_fields, ARRAY_COUNT(resume_fields), ALL_FIELDS, message);
    case KIND_CONSUMER:
        return read_map(object, consumer_fields, ARRAY_COUNT(consumer_fields), 1u << 0, message) &&
               message->hello.consumer.has_after == message->hello.consumer.has_mark;
    }
    return false;
}

/* Nil stands for an absent key, but where it means nobody. */
static bool is_absent(const struct field *field, const msgpack_object *object)
{
    return object == NULL || (object->type == MSGPACK_OBJECT_NIL && field->kind != KIND_AGENT);
}

/* Reads those fields of a table that are in `takes`. Returns the first that is wrong, or missing
 * though it is in `needs`; NULL where all is well. */
static const struct field *read_fields(const msgpack_object_map *map, const struct field *fields,
                                       size_t fields_count, field_set takes, field_set needs,
                                       struct message *message)
{
    for (size_t i = 0; i < fields_count; i++) {
        const struct field *field = &fields[i];
        field_set bit = (field_set)1 << i;
        if ((takes & bit) == 0)
            continue;
        const msgpack_object *object = map_find(map, field->key);
        if (is_absent(field, object)) {
            if ((needs & bit) != 0)
                return field;
            continue;
        }
        if (!read_field(field, object, message))
            return field;
        if (field->flag != 0)
            *(bool *)((char *)message + field->flag) = true;
    }
    return NULL;
}

static enum decode_result bad_message(const char *detail, struct decode_error *error_r)
{
    error_r->detail = detail;
    return DECODE_BAD_MESSAGE;
}

static enum decode_result refused(enum reason reason, const char *detail, struct decode_error *error_r)
{
    error_r->reason = reason;
    error_r->detail = detail;
    return DECODE_REFUSED;
}

static enum decode_result decode_command(const msgpack_object_map *map, struct message *message,
                                         struct decode_error *error_r)
{
    struct command *command = &message->command;
    message->type = MESSAGE_COMMAND;
    const msgpack_object *id = map_find(map, "id");
    if (id == NULL || id->type != MSGPACK_OBJECT_BIN || id->via.bin.size != sizeof(command->id.bytes))
        return bad_message("id must be a binary of 16 bytes", error_r);
    memcpy(command->id.bytes, id->via.bin.ptr, sizeof(command->id.bytes));
    const struct field *wrong =
        read_fields(map, resend_field, ARRAY_COUNT(resend_field), ALL_FIELDS, 0, message);
    if (wrong != NULL)
        return refused(REASON_BAD_VALUE, wrong->key, error_r);
    if (command_id_is_reserved(command->id))
        return refused(REASON_BAD_VALUE, "id", error_r);
    const msgpack_object *action = map_find(map, "do");
    if (action == NULL || action->type != MSGPACK_OBJECT_STR)
        return refused(REASON_BAD_VALUE, "do", error_r);
    if (!action_parse(text_of(action), &command->action))
        return refused(REASON_UNKNOWN_COMMAND, "do", error_r);
    field_set needs = action_fields[command->action].needs | CONVERSATION;
    field_set takes = action_fields[command->action].may_have | needs | VERSION;
    wrong = read_fields(map, command_fields, ARRAY_COUNT(command_fields), takes, needs, message);
    if (wrong != NULL)
        return refused(REASON_BAD_VALUE, wrong->key, error_r);
    if ((command->seen_epoch.size > 0) != command->has_seen_mark)
        return refused(REASON_BAD_VALUE, command->has_seen_mark ? "epoch" : "mark", error_r);
    return DECODE_OK;
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
            read_fields(map, shape->fields, shape->fields_count, ALL_FIELDS, shape->needs, message);
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
