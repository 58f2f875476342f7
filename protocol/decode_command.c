/* Commands, whose fields depend on their action: which it needs and may have stands in core/action.h. */
#include <assert.h>
#include <msgpack.h>
#include <string.h>

#include "protocol/decode_private.h"
#include "protocol/field.h"
#include "protocol/limits.h"

static_assert((int)LIMIT_NAME_BYTES == (int)CONVERSATION_NAME_BYTES_MAX,
              "what a client is told is what is cut");

/* In the order of COMMAND_FIELD_LIST (core/command_field.h). */
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

static_assert(ARRAY_COUNT(command_fields) == FIELD_COUNT, "every field is read somehow");

static const struct field resend_field[] = {
    {"resend", KIND_BOOL, 0, 0, PLACE(command.resend), 0, NULL},
};

static enum decode_result refused(enum reason reason, const char *detail, struct decode_error *error_r)
{
    error_r->reason = reason;
    error_r->detail = detail;
    return DECODE_REFUSED;
}

enum decode_result decode_command(const msgpack_object_map *map, struct message *message,
                                  struct decode_error *error_r)
{
    struct command *command = &message->command;
    message->type = MESSAGE_COMMAND;
    const msgpack_object *id = map_find(map, "id");
    if (id == NULL || id->type != MSGPACK_OBJECT_BIN || id->via.bin.size != sizeof(command->id.bytes)) {
        error_r->detail = "id must be a binary of 16 bytes";
        return DECODE_BAD_MESSAGE;
    }
    memcpy(command->id.bytes, id->via.bin.ptr, sizeof(command->id.bytes));
    const struct field *wrong =
        fields_read(resend_field, ARRAY_COUNT(resend_field), ALL_FIELDS, 0, map, message);
    if (wrong != NULL)
        return refused(REASON_BAD_VALUE, wrong->key, error_r);
    if (command_id_is_reserved(command->id))
        return refused(REASON_BAD_VALUE, "id", error_r);
    const msgpack_object *action = map_find(map, "do");
    if (action == NULL || action->type != MSGPACK_OBJECT_STR)
        return refused(REASON_BAD_VALUE, "do", error_r);
    if (!action_parse(bytes_make(action->via.str.ptr, action->via.str.size), &command->action))
        return refused(REASON_UNKNOWN_COMMAND, "do", error_r);
    field_set needs = action_needed_fields(command->action) | WITH_CONVERSATION;
    field_set takes = action_optional_fields(command->action) | needs | WITH_VERSION;
    wrong = fields_read(command_fields, ARRAY_COUNT(command_fields), takes, needs, map, message);
    if (wrong != NULL)
        return refused(REASON_BAD_VALUE, wrong->key, error_r);
    if ((command->seen_epoch.size > 0) != command->has_seen_mark)
        return refused(REASON_BAD_VALUE, command->has_seen_mark ? "epoch" : "mark", error_r);
    return DECODE_OK;
}
