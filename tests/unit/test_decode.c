#include <criterion/criterion.h>
#include <stdlib.h>

#include "core/action.h"
#include "protocol/decode.h"
#include "protocol/limits.h"
#include "protocol/scan.h"
#include "support/leak.h"
#include "support/vectors.h"

/* What the vectors do not say: bounds that need long texts, and what holds of every action. */

#define ID "{\"$bin\": \"0102030405060708090a0b0c0d0e0f10\"}"

/* Decodes a message and takes the JSON. What is wrong, beginning with the field's name; "" where all is well.
 */
static const char *wrong_field(json_t *value)
{
    size_t size;
    uint8_t *frame = vector_frame_of(value, &size);
    json_decref(value);
    cr_assert_eq(scan_frame(bytes_make(frame, size)), SCAN_OK);
    struct message message;
    struct decode_error error;
    enum decode_result result = decode_message(bytes_make(frame, size), &message, &error);
    free(frame);
    if (result == DECODE_OK)
        return "";
    cr_assert_not_null(error.detail);
    return error.detail;
}

static bool names(const char *wrong, const char *key)
{
    return strncmp(wrong, key, strlen(key)) == 0;
}

static json_t *message_with(const char *json, const char *key, json_t *value)
{
    json_t *message = json_loads(json, 0, NULL);
    cr_assert_not_null(message, "%s", json);
    json_object_set_new(message, key, value);
    return message;
}

/* A text of so many bytes. */
static json_t *text_of_size(size_t size)
{
    char *text = malloc(size);
    memset(text, 'a', size);
    json_t *json = json_stringn(text, size);
    free(text);
    return json;
}

struct bound {
    const char *message;
    const char *key;
    size_t size_max;
};

TestSuite(decode, .fini = end_without_leak);

Test(decode, allows_texts_up_to_their_bound_and_names_the_field_beyond)
{
    static const struct bound bounds[] = {
        {"{\"t\": \"hello\"}", "token", LIMIT_FRAME_BYTES},
        {"{\"t\": \"command\", \"id\": " ID ", \"do\": \"unlink\"}", "conversation", LIMIT_ID_BYTES},
        {"{\"t\": \"command\", \"id\": " ID ", \"do\": \"assign\", \"conversation\": \"c\"}", "agent",
         LIMIT_ID_BYTES},
        {"{\"t\": \"command\", \"id\": " ID ", \"do\": \"open\", \"conversation\": \"c\"}", "channel",
         LIMIT_ID_BYTES},
        {"{\"t\": \"command\", \"id\": " ID ", \"do\": \"open\", \"conversation\": \"c\"}", "name",
         LIMIT_FRAME_BYTES},
        {"{\"t\": \"command\", \"id\": " ID ", \"do\": \"bot_message\", \"conversation\": \"c\"}", "body",
         LIMIT_BODY_BYTES},
    };
    for (size_t i = 0; i < ARRAY_COUNT(bounds); i++) {
        const struct bound *bound = &bounds[i];
        json_t *longest = message_with(bound->message, bound->key, text_of_size(bound->size_max));
        cr_assert_str_eq(wrong_field(longest), "", "%s", bound->key);
        json_t *longer = message_with(bound->message, bound->key, text_of_size(bound->size_max + 1));
        cr_assert(names(wrong_field(longer), bound->key), "%s", bound->key);
    }
}

Test(decode, bounds_the_epoch)
{
    const char *hello = "{\"t\": \"hello\", \"token\": \"x\"}";
    json_t *resume =
        json_pack("{s:o, s:i, s:i}", "epoch", text_of_size(LIMIT_EPOCH_BYTES), "seq", 1, "mark", 2);
    cr_assert_str_eq(wrong_field(message_with(hello, "resume", resume)), "");
    resume = json_pack("{s:o, s:i, s:i}", "epoch", text_of_size(LIMIT_EPOCH_BYTES + 1), "seq", 1, "mark", 2);
    cr_assert(names(wrong_field(message_with(hello, "resume", resume)), "resume"));
}

/* A command with everything that its action needs. */
static json_t *command_for(enum action action)
{
    json_t *command = json_loads("{\"t\": \"command\", \"id\": " ID ", \"conversation\": \"c\"}", 0, NULL);
    json_object_set_new(command, "do", json_string(action_name(action)));
    return command;
}

struct need {
    enum action action;
    const char *json;
};

static const struct need needs[] = {
    {ACTION_REOPEN, "{}"},
    {ACTION_ASSIGN, "{\"agent\": \"ana\"}"},
    {ACTION_SEND_MESSAGE, "{\"body\": \"x\", \"seen\": 0}"},
    {ACTION_OPEN, "{}"},
    {ACTION_KEEP_OPEN, "{}"},
    {ACTION_RESUME_BOT, "{}"},
    {ACTION_COMPLETE, "{}"},
    {ACTION_UNLINK, "{}"},
    {ACTION_SET_AUTOMATION, "{\"enabled\": true}"},
    {ACTION_CONTACT_MESSAGE, "{\"body\": \"x\"}"},
    {ACTION_BOT_MESSAGE, "{\"body\": \"x\"}"},
    {ACTION_MARK_READ, "{\"received\": 1}"},
    {ACTION_ERASE, "{}"},
    {ACTION_MESSAGE_STATUS, "{\"message\": 1, \"status\": \"sent\"}"},
};

Test(decode, needs_of_every_action_what_it_needs_and_no_more)
{
    for (size_t i = 0; i < ARRAY_COUNT(needs); i++) {
        json_t *fields = json_loads(needs[i].json, 0, NULL);
        json_t *whole = command_for(needs[i].action);
        json_object_update(whole, fields);
        cr_assert_str_eq(wrong_field(whole), "", "%s", action_name(needs[i].action));
        const char *key;
        json_t *value;
        json_object_foreach(fields, key, value)
        {
            json_t *without = command_for(needs[i].action);
            json_object_update(without, fields);
            json_object_del(without, key);
            cr_assert_str_eq(wrong_field(without), key);
        }
        json_decref(fields);
    }
}

Test(decode, knows_every_action_that_anybody_may_ask_for)
{
#define X(number, NAME, name, ...)                                                                           \
    if (action_is_allowed(ACTION_##NAME, ROLE_SUPERVISOR) ||                                                 \
        action_is_allowed(ACTION_##NAME, ROLE_AUTOMATION) ||                                                 \
        action_is_allowed(ACTION_##NAME, ROLE_CHANNEL)) {                                                    \
        bool found = false;                                                                                  \
        for (size_t i = 0; i < ARRAY_COUNT(needs); i++)                                                      \
            found = found || needs[i].action == ACTION_##NAME;                                               \
        cr_assert(found, name);                                                                              \
    }
    ACTION_LIST(X)
#undef X
}

Test(decode, takes_what_people_write_as_it_is_and_ids_only_as_texts)
{
    for (unsigned byte = 0; byte < 0x100; byte++) {
        char text[] = {'a', (char)byte, 'b'};
        bool is_text = bytes_are_text(bytes_make(text, sizeof(text)), false);
        static const struct {
            enum action action;
            const char *key;
            bool is_cleaned;
        } fields[] = {
            {ACTION_BOT_MESSAGE, "body", true}, {ACTION_CONTACT_MESSAGE, "body", true},
            {ACTION_OPEN, "name", true},        {ACTION_OPEN, "conversation", false},
            {ACTION_OPEN, "channel", false},    {ACTION_ASSIGN, "agent", false},
        };
        for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
            json_t *command = command_for(fields[i].action);
            json_object_set_new(command, fields[i].key, json_stringn_nocheck(text, sizeof(text)));
            bool is_right = is_text || fields[i].is_cleaned;
            cr_assert_str_eq(wrong_field(command), is_right ? "" : fields[i].key, "0x%02x", byte);
        }
    }
}

Test(decode, needs_something_to_be_said_by_whoever_is_no_contact)
{
    static const char *const nothing[] = {"", "\x01", "\r\x7F"};
    for (size_t i = 0; i < ARRAY_COUNT(nothing); i++) {
        bool is_nothing = i < 2; /* a carriage return is the end of a line */
        static const enum action actions[] = {ACTION_SEND_MESSAGE, ACTION_BOT_MESSAGE};
        for (size_t j = 0; j < ARRAY_COUNT(actions); j++) {
            json_t *said = command_for(actions[j]);
            json_object_set_new(said, "body", json_string(nothing[i]));
            json_object_set_new(said, "seen", json_integer(0));
            cr_assert_str_eq(wrong_field(said), is_nothing ? "body" : "");
        }
        json_t *written = command_for(ACTION_CONTACT_MESSAGE);
        json_object_set_new(written, "body", json_string(nothing[i]));
        cr_assert_str_eq(wrong_field(written), "");
    }
}

Test(decode, tells_an_absent_version_and_number_from_zero)
{
    static const bool there[] = {false, true};
    for (size_t i = 0; i < ARRAY_COUNT(there); i++) {
        json_t *value = command_for(ACTION_COMPLETE);
        if (there[i]) {
            json_object_set_new(value, "version", json_integer(0));
            json_object_set_new(value, "seen", json_integer(0));
        }
        size_t size;
        uint8_t *frame = vector_frame_of(value, &size);
        struct message message;
        struct decode_error error;
        cr_assert_eq(decode_message(bytes_make(frame, size), &message, &error), DECODE_OK);
        cr_assert_eq(message.command.has_version, there[i]);
        cr_assert_eq(message.command.seen.kind, there[i] ? SEEN_UP_TO : SEEN_UNSAID);
        json_decref(value);
        free(frame);
    }
}

Test(decode, leaves_what_the_action_does_not_take_at_zero)
{
    json_t *value = command_for(ACTION_UNLINK);
    json_t *others = json_loads(
        "{\"pause\": 60000, \"agent\": \"ana\", \"body\": \"x\", \"channel\": \"w\", \"name\": \"n\","
        " \"enabled\": true, \"take\": true, \"received\": 1, \"message\": 1, \"status\": \"sent\"}",
        0, NULL);
    cr_assert_not_null(others);
    json_object_update(value, others);
    size_t size;
    uint8_t *frame = vector_frame_of(value, &size);
    struct message message;
    struct decode_error error;
    cr_assert_eq(decode_message(bytes_make(frame, size), &message, &error), DECODE_OK);
    const struct command *command = &message.command;
    cr_assert_eq(command->pause.kind, PAUSE_WISH_DEFAULT);
    cr_assert_eq(command->assignee.size + command->body.size + command->channel.size + command->name.size, 0);
    cr_assert(!command->enabled && !command->take && command->received == 0 && command->message == 0);
    cr_assert_eq(command->delivery, DELIVERY_NONE);
    json_decref(others);
    json_decref(value);
    free(frame);
}

Test(decode, keeps_the_id_and_the_resend_of_a_command_that_it_refuses)
{
    json_t *value = command_for(ACTION_SEND_MESSAGE);
    json_object_set_new(value, "resend", json_true());
    size_t size;
    uint8_t *frame = vector_frame_of(value, &size);
    struct message message;
    struct decode_error error;
    cr_assert_eq(decode_message(bytes_make(frame, size), &message, &error), DECODE_REFUSED);
    cr_assert_eq(message.command.id.bytes[15], 16);
    cr_assert(message.command.resend);
    json_decref(value);
    free(frame);
}
