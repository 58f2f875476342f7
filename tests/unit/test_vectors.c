#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "protocol/decode.h"
#include "protocol/encode.h"
#include "protocol/scan.h"
#include "support/leak.h"
#include "support/vectors.h"

/* protocol/vectors/: what clients send, what they must not send, what the server says. */

/* A decoded message, as JSON of the shape in which it was sent; what is absent or zero is left out. */

static void put_text(json_t *json, const char *key, struct bytes text)
{
    if (text.size > 0)
        json_object_set_new(json, key, json_stringn((const char *)text.data, text.size));
}

static json_t *json_of_hello(const struct message_hello *hello)
{
    json_t *json = json_pack("{s:s}", "t", "hello");
    put_text(json, "token", hello->token);
    if (hello->has_resume) {
        json_t *resume = json_pack("{s:I, s:I}", "seq", (json_int_t)hello->resume.seq, "mark",
                                   (json_int_t)hello->resume.mark_ms);
        put_text(resume, "epoch", hello->resume.epoch);
        json_object_set_new(json, "resume", resume);
    }
    if (hello->has_consumer) {
        json_t *consumer = json_object();
        put_text(consumer, "name", hello->consumer.name);
        if (hello->consumer.has_after)
            json_object_set_new(consumer, "after", json_integer(hello->consumer.after));
        if (hello->consumer.has_mark)
            json_object_set_new(consumer, "mark", json_integer(hello->consumer.mark_ms));
        json_object_set_new(json, "consumer", consumer);
    }
    return json;
}

static json_t *json_of_page(const struct message_page *page)
{
    json_t *json = json_pack("{s:s, s:I, s:I}", "t", "page", "ref", (json_int_t)page->ref, "limit",
                             (json_int_t)page->limit);
    if (page->before_list_seq != 0)
        json_object_set_new(json, "before", json_integer(page->before_list_seq));
    return json;
}

static void put_pause(json_t *json, struct pause_wish wish)
{
    switch (wish.kind) {
    case PAUSE_WISH_DEFAULT: return;
    case PAUSE_WISH_FOR: json_object_set_new(json, "pause", json_integer(wish.duration_ms)); return;
    case PAUSE_WISH_UNTIL_COMPLETED:
        json_object_set_new(json, "pause", json_string("until_completed"));
        return;
    }
}

static json_t *json_of_command(const struct command *command)
{
    json_t *json = json_pack("{s:s, s:s}", "t", "command", "do", action_name(command->action));
    json_object_set_new(json, "id", vector_binary(bytes_make(command->id.bytes, sizeof(command->id.bytes))));
    put_text(json, "conversation", command->conversation);
    put_text(json, "channel", command->channel);
    put_text(json, "name", command->name);
    put_text(json, "body", command->body);
    put_text(json, "agent", command->assignee);
    put_pause(json, command->pause);
    if (command->action == ACTION_ASSIGN && command->assignee.size == 0)
        json_object_set_new(json, "agent", json_null());
    if (command->resend)
        json_object_set_new(json, "resend", json_true());
    if (command->has_version)
        json_object_set_new(json, "version", json_integer(command->version));
    if (command->action == ACTION_SET_AUTOMATION)
        json_object_set_new(json, "enabled", json_boolean(command->enabled));
    if (command->seen.kind == SEEN_ANY)
        json_object_set_new(json, "seen", json_string("any"));
    else if (command->seen.kind == SEEN_UP_TO)
        json_object_set_new(json, "seen", json_integer(command->seen.seq));
    put_text(json, "epoch", command->seen_epoch);
    if (command->has_seen_mark)
        json_object_set_new(json, "mark", json_integer(command->seen_mark_ms));
    if (command->take)
        json_object_set_new(json, "take", json_true());
    if (command->action == ACTION_MARK_READ)
        json_object_set_new(json, "received", json_integer(command->received));
    if (command->message != 0)
        json_object_set_new(json, "message", json_integer(command->message));
    switch (command->delivery) {
    case DELIVERY_NONE: break;
    case DELIVERY_SENT: json_object_set_new(json, "status", json_string("sent")); break;
    case DELIVERY_DELIVERED: json_object_set_new(json, "status", json_string("delivered")); break;
    case DELIVERY_FAILED: json_object_set_new(json, "status", json_string("failed")); break;
    }
    return json;
}

static json_t *json_of_watch(const struct message_watch *watch)
{
    json_t *json = json_pack("{s:s, s:I}", "t", "watch", "ref", (json_int_t)watch->ref);
    put_text(json, "conversation", watch->conversation);
    if (watch->after != 0)
        json_object_set_new(json, "after", json_integer(watch->after));
    return json;
}

static json_t *json_of_unwatch(const struct message_unwatch *unwatch)
{
    json_t *json = json_pack("{s:s}", "t", "unwatch");
    put_text(json, "conversation", unwatch->conversation);
    return json;
}

static json_t *json_of_history(const struct message_history *history)
{
    json_t *json = json_pack("{s:s, s:I, s:I}", "t", "history", "ref", (json_int_t)history->ref, "limit",
                             (json_int_t)history->limit);
    put_text(json, "conversation", history->conversation);
    if (history->before != 0)
        json_object_set_new(json, "before", json_integer(history->before));
    if (history->messages_only)
        json_object_set_new(json, "messages", json_true());
    return json;
}

static json_t *json_of_find(const struct message_find *find)
{
    json_t *json = json_pack("{s:s, s:I, s:I}", "t", "find", "ref", (json_int_t)find->ref, "limit",
                             (json_int_t)find->limit);
    put_text(json, "text", find->text);
    return json;
}

static json_t *json_of_presence(const struct message_presence *presence)
{
    json_t *json = json_pack("{s:s}", "t", "presence");
    put_text(json, "conversation", presence->conversation);
    if (presence->is_typing)
        json_object_set_new(json, "typing", json_true());
    return json;
}

static json_t *json_of_message(const struct message *message)
{
    switch (message->type) {
    case MESSAGE_HELLO: return json_of_hello(&message->hello);
    case MESSAGE_COMMAND: return json_of_command(&message->command);
    case MESSAGE_PAGE: return json_of_page(&message->page);
    case MESSAGE_TIME: return json_pack("{s:s, s:I}", "t", "time", "ref", (json_int_t)message->time.ref);
    case MESSAGE_RESYNC:
        return json_pack("{s:s, s:I, s:I, s:I, s:I}", "t", "resync", "seq", (json_int_t)message->resync.seq,
                         "open", (json_int_t)message->resync.open, "completed",
                         (json_int_t)message->resync.completed, "digest", (json_int_t)message->resync.digest);
    case MESSAGE_WATCH: return json_of_watch(&message->watch);
    case MESSAGE_UNWATCH: return json_of_unwatch(&message->unwatch);
    case MESSAGE_HISTORY: return json_of_history(&message->history);
    case MESSAGE_FIND: return json_of_find(&message->find);
    case MESSAGE_ACKED: return json_pack("{s:s, s:I}", "t", "acked", "seq", (json_int_t)message->acked.seq);
    case MESSAGE_PRESENCE: return json_of_presence(&message->presence);
    }
    return NULL;
}

static void assert_same(const json_t *got, const json_t *expected, const char *name)
{
    char *got_text = json_dumps(got, JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *expected_text = json_dumps(expected, JSON_SORT_KEYS | JSON_ENCODE_ANY);
    cr_assert_str_eq(got_text, expected_text, "\"%s\" came out as\n%s\nand not as\n%s", name, got_text,
                     expected_text);
    free(got_text);
    free(expected_text);
}

/* A frame, judged as the server judges it: the name of what is wrong with it, in the words of bad.json. */
static const char *judge(struct bytes frame, struct message *message_r, struct decode_error *error_r)
{
    *error_r = (struct decode_error){0};
    switch (scan_frame(frame)) {
    case SCAN_OK: break;
    case SCAN_EMPTY: return "empty";
    case SCAN_TRUNCATED: return "truncated";
    case SCAN_TRAILING: return "trailing";
    case SCAN_NOT_A_MAP: return "not_a_map";
    case SCAN_TOO_DEEP: return "too_deep";
    case SCAN_TOO_MANY: return "too_many";
    case SCAN_FORBIDDEN_TYPE: return "forbidden_type";
    }
    switch (decode_message(frame, message_r, error_r)) {
    case DECODE_OK: return "ok";
    case DECODE_REFUSED: return "refused";
    case DECODE_UNKNOWN_TYPE: return "unknown_type";
    case DECODE_BAD_MESSAGE: return "bad_message";
    }
    return NULL;
}

TestSuite(vectors, .fini = end_without_leak);

Test(vectors, what_clients_send_is_understood)
{
    json_t *vectors = vectors_load("client");
    size_t i;
    json_t *vector;
    json_array_foreach(vectors, i, vector)
    {
        const char *name = vector_string(vector, "name");
        size_t size;
        uint8_t *frame = vector_frame(vector, &size);
        struct message message;
        struct decode_error error;
        const char *judged = judge(bytes_make(frame, size), &message, &error);
        cr_assert_str_eq(judged, "ok", "\"%s\" is %s (%s)", name, judged, error.detail ? error.detail : "");

        json_t *expected = json_object_get(vector, "decoded");
        json_t *got = json_of_message(&message);
        assert_same(got, expected != NULL ? expected : json_object_get(vector, "value"), name);
        json_decref(got);
        free(frame);
    }
    json_decref(vectors);
}

Test(vectors, show_every_action_that_a_client_may_ask_for)
{
    json_t *vectors = vectors_load("client");
    bool is_shown[ACTION_COUNT] = {false};
    size_t i;
    json_t *vector;
    json_array_foreach(vectors, i, vector)
    {
        const json_t *asked = json_object_get(json_object_get(vector, "value"), "do");
        enum action action;
        if (asked != NULL && action_parse(bytes_of_string(json_string_value(asked)), &action))
            is_shown[action] = true;
    }
    for (int number = 1; number < ACTION_COUNT; number++) {
        const char *name = action_name((enum action)number);
        enum action action;
        cr_assert(is_shown[number] || !action_parse(bytes_of_string(name), &action), "%s is not shown", name);
    }
    json_decref(vectors);
}

Test(vectors, every_value_is_what_its_bytes_say)
{
    const char *const files[] = {"client", "server", "bad"};
    for (size_t f = 0; f < ARRAY_COUNT(files); f++) {
        json_t *vectors = vectors_load(files[f]);
        size_t i;
        json_t *vector;
        json_array_foreach(vectors, i, vector)
        {
            json_t *value = json_object_get(vector, "value");
            if (value == NULL)
                continue;
            size_t size;
            uint8_t *frame = vector_frame(vector, &size);
            json_t *got = vector_value_of(bytes_make(frame, size));
            assert_same(got, value, vector_string(vector, "name"));
            json_decref(got);
            free(frame);
        }
        json_decref(vectors);
    }
}

Test(vectors, what_clients_must_not_send_is_refused_for_the_reason_given)
{
    json_t *vectors = vectors_load("bad");
    size_t i;
    json_t *vector;
    json_array_foreach(vectors, i, vector)
    {
        const char *name = vector_string(vector, "name");
        const char *expected = vector_string(vector, "expect");
        const char *detail = vector_string(vector, "detail");
        const char *reason = vector_string(vector, "reason");
        size_t size;
        uint8_t *frame = vector_frame(vector, &size);
        struct message message;
        struct decode_error error;
        const char *judged = judge(bytes_make(frame, size), &message, &error);
        cr_assert_str_eq(judged, expected, "\"%s\" is %s and not %s", name, judged, expected);
        cr_assert_str_eq(error.detail ? error.detail : "", detail ? detail : "", "\"%s\": detail", name);
        cr_assert_leq(strlen(detail ? detail : ""), 60, "\"%s\" does not fit a close reason", name);
        cr_assert_str_eq(reason_name(error.reason), reason ? reason : "none", "\"%s\": reason", name);
        free(frame);
    }
    json_decref(vectors);
}

Test(vectors, a_refused_command_keeps_its_id)
{
    static const uint8_t id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    json_t *vectors = vectors_load("bad");
    size_t i, refused = 0;
    json_t *vector;
    json_array_foreach(vectors, i, vector)
    {
        if (strcmp(vector_string(vector, "expect"), "refused") != 0)
            continue;
        size_t size;
        uint8_t *frame = vector_frame(vector, &size);
        struct message message;
        struct decode_error error;
        judge(bytes_make(frame, size), &message, &error);
        cr_assert_eq(message.type, MESSAGE_COMMAND);
        cr_assert_arr_eq(message.command.id.bytes + 8, id + 8, 8, "%s", vector_string(vector, "name"));
        free(frame);
        refused++;
    }
    cr_assert_gt(refused, 20);
    json_decref(vectors);
}

/* Every frame of clients, and every bad one. */
static void for_each_client_frame(void (*visit)(struct bytes frame, const char *name))
{
    const char *const files[] = {"client", "bad"};
    for (size_t f = 0; f < ARRAY_COUNT(files); f++) {
        json_t *vectors = vectors_load(files[f]);
        size_t i;
        json_t *vector;
        json_array_foreach(vectors, i, vector)
        {
            size_t size;
            uint8_t *frame = vector_frame(vector, &size);
            visit(bytes_make(frame, size), vector_string(vector, "name"));
            free(frame);
        }
        json_decref(vectors);
    }
}

static void cut_everywhere(struct bytes frame, const char *name)
{
    if (scan_frame(frame) != SCAN_OK)
        return;
    for (size_t size = 0; size < frame.size; size++) {
        /* A copy that ends where the frame is cut: a read beyond it is caught. */
        uint8_t *cut = malloc(size);
        memcpy(cut, frame.data, size);
        enum scan_result result = scan_frame(bytes_make(cut, size));
        cr_assert(result == SCAN_TRUNCATED || (size == 0 && result == SCAN_EMPTY),
                  "\"%s\" cut to %zu bytes: %s", name, size, scan_result_sentence(result));
        free(cut);
    }
}

Test(vectors, a_frame_cut_anywhere_is_truncated)
{
    for_each_client_frame(cut_everywhere);
}

/* What was made of a message must lie within the frame: it borrows from nothing else. */
static void assert_borrows(struct bytes text, struct bytes frame, const char *name)
{
    if (text.size > 0)
        cr_assert(text.data >= frame.data && text.data + text.size <= frame.data + frame.size, "%s", name);
}

static void assert_message_borrows(const struct message *message, struct bytes frame, const char *name)
{
    if (message->type == MESSAGE_HELLO) {
        assert_borrows(message->hello.token, frame, name);
        assert_borrows(message->hello.resume.epoch, frame, name);
    }
    if (message->type == MESSAGE_COMMAND) {
        assert_borrows(message->command.conversation, frame, name);
        assert_borrows(message->command.channel, frame, name);
        assert_borrows(message->command.name, frame, name);
        assert_borrows(message->command.body, frame, name);
        assert_borrows(message->command.assignee, frame, name);
    }
}

static void flip_everywhere(struct bytes frame, const char *name)
{
    static const uint8_t others[] = {0x00, 0x80, 0x90, 0xa0, 0xc0, 0xc1, 0xc6, 0xc9, 0xdb, 0xdd, 0xdf, 0xff};
    uint8_t *flipped = malloc(frame.size);
    memcpy(flipped, frame.data, frame.size);
    for (size_t i = 0; i < frame.size; i++) {
        for (size_t way = 0; way < 8 + ARRAY_COUNT(others); way++) {
            flipped[i] = way < 8 ? (uint8_t)(frame.data[i] ^ 1u << way) : others[way - 8];
            struct message message = {0};
            struct decode_error error;
            if (strcmp(judge(bytes_make(flipped, frame.size), &message, &error), "ok") == 0)
                assert_message_borrows(&message, bytes_make(flipped, frame.size), name);
        }
        flipped[i] = frame.data[i];
    }
    free(flipped);
}

Test(vectors, a_frame_with_any_byte_changed_is_judged_and_borrowed_from_alone)
{
    for_each_client_frame(flip_everywhere);
}
