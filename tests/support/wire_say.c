/* What the client of wire_client.h says. */
#include <assert.h>
#include <msgpack.h>
#include <string.h>

#include "support/wire_client.h"

static int write_bytes(void *data, const char *bytes, size_t size)
{
    struct wire_frame *frame = data;
    assert(frame->size + size <= sizeof(frame->data));
    memcpy(frame->data + frame->size, bytes, size);
    frame->size += size;
    return 0;
}

static msgpack_packer begin(struct wire_frame *frame, size_t pairs, const char *type)
{
    frame->size = 0;
    msgpack_packer packer;
    msgpack_packer_init(&packer, frame, write_bytes);
    msgpack_pack_map(&packer, pairs);
    msgpack_pack_str_with_body(&packer, "t", 1);
    msgpack_pack_str_with_body(&packer, type, strlen(type));
    return packer;
}

static void put_key(msgpack_packer *packer, const char *key)
{
    msgpack_pack_str_with_body(packer, key, strlen(key));
}

static void put_text(msgpack_packer *packer, const char *key, const char *text)
{
    put_key(packer, key);
    if (text == NULL)
        msgpack_pack_nil(packer);
    else
        msgpack_pack_str_with_body(packer, text, strlen(text));
}

static void put_integer(msgpack_packer *packer, const char *key, int64_t value)
{
    put_key(packer, key);
    msgpack_pack_int64(packer, value);
}

static void put_bool(msgpack_packer *packer, const char *key, bool value)
{
    put_key(packer, key);
    if (value)
        msgpack_pack_true(packer);
    else
        msgpack_pack_false(packer);
}

static void say_hello(struct wire_frame *frame_r, const char *token, const char *epoch, int64_t seq,
                      int64_t mark)
{
    msgpack_packer packer = begin(frame_r, seq >= 0 ? 3 : 2, "hello");
    put_text(&packer, "token", token);
    if (seq < 0)
        return;
    put_key(&packer, "resume");
    msgpack_pack_map(&packer, 3);
    put_text(&packer, "epoch", epoch);
    put_integer(&packer, "seq", seq);
    put_integer(&packer, "mark", mark);
}

void wire_hello(struct wire_frame *frame_r, const char *token, const char *epoch, int64_t seq)
{
    say_hello(frame_r, token, epoch, seq, 0);
}

void wire_hello_again(struct wire_frame *frame_r, const char *token, const struct wire_client *client)
{
    say_hello(frame_r, token, client->epoch, client->seq, client->mark);
}

/* after -1: without it. */
void wire_hello_consumer(struct wire_frame *frame_r, const char *token, const char *name, int64_t after,
                         int64_t mark)
{
    msgpack_packer packer = begin(frame_r, 3, "hello");
    put_text(&packer, "token", token);
    put_key(&packer, "consumer");
    msgpack_pack_map(&packer, after < 0 ? 1 : 3);
    put_text(&packer, "name", name);
    if (after < 0)
        return;
    put_integer(&packer, "after", after);
    put_integer(&packer, "mark", mark);
}

void wire_watch(struct wire_frame *frame_r, int64_t ref, const char *conversation, int64_t after)
{
    msgpack_packer packer = begin(frame_r, 4, "watch");
    put_integer(&packer, "ref", ref);
    put_text(&packer, "conversation", conversation);
    put_integer(&packer, "after", after);
}

void wire_unwatch(struct wire_frame *frame_r, const char *conversation)
{
    msgpack_packer packer = begin(frame_r, 2, "unwatch");
    put_text(&packer, "conversation", conversation);
}

void wire_history(struct wire_frame *frame_r, int64_t ref, const char *conversation, int64_t before,
                  bool messages)
{
    msgpack_packer packer = begin(frame_r, 5, "history");
    put_integer(&packer, "ref", ref);
    put_text(&packer, "conversation", conversation);
    put_key(&packer, "before");
    if (before > 0)
        msgpack_pack_int64(&packer, before);
    else
        msgpack_pack_nil(&packer);
    put_bool(&packer, "messages", messages);
}

void wire_find(struct wire_frame *frame_r, int64_t ref, const char *text)
{
    msgpack_packer packer = begin(frame_r, 3, "find");
    put_integer(&packer, "ref", ref);
    put_text(&packer, "text", text);
}

void wire_acked(struct wire_frame *frame_r, int64_t seq)
{
    msgpack_packer packer = begin(frame_r, 2, "acked");
    put_integer(&packer, "seq", seq);
}

void wire_presence(struct wire_frame *frame_r, const char *conversation, bool is_typing)
{
    msgpack_packer packer = begin(frame_r, 3, "presence");
    put_text(&packer, "conversation", conversation);
    put_bool(&packer, "typing", is_typing);
}

void wire_page(struct wire_frame *frame_r, int64_t ref, int64_t before, int64_t limit)
{
    msgpack_packer packer = begin(frame_r, 4, "page");
    put_integer(&packer, "ref", ref);
    put_key(&packer, "before");
    if (before > 0)
        msgpack_pack_int64(&packer, before);
    else
        msgpack_pack_nil(&packer);
    put_integer(&packer, "limit", limit);
}

void wire_time(struct wire_frame *frame_r, int64_t ref)
{
    msgpack_packer packer = begin(frame_r, 2, "time");
    put_integer(&packer, "ref", ref);
}

void wire_resync(struct wire_frame *frame_r, int64_t seq, int64_t open, int64_t completed, uint32_t digest)
{
    msgpack_packer packer = begin(frame_r, 5, "resync");
    put_integer(&packer, "open", open);
    put_integer(&packer, "completed", completed);
    put_integer(&packer, "digest", digest);
    put_integer(&packer, "seq", seq);
}

/* Nil stands for an absent key: so every command has the same keys. */
static void put_optional(msgpack_packer *packer, const char *key, bool is_there, int64_t value)
{
    put_key(packer, key);
    if (is_there)
        msgpack_pack_int64(packer, value);
    else
        msgpack_pack_nil(packer);
}

void wire_command(struct wire_frame *frame_r, const struct wire_command *command)
{
    msgpack_packer packer = begin(frame_r, 20, "command");
    put_key(&packer, "id");
    msgpack_pack_bin_with_body(&packer, command->id.bytes, sizeof(command->id.bytes));
    put_text(&packer, "do", command->action);
    put_text(&packer, "conversation", command->conversation);
    put_text(&packer, "channel", command->channel);
    put_text(&packer, "name", command->name);
    put_text(&packer, "body", command->body);
    put_text(&packer, "agent", command->agent);
    put_text(&packer, "status", command->status);
    put_optional(&packer, "version", command->has_version, command->version);
    if (command->pause == -1)
        put_text(&packer, "pause", "until_completed");
    else
        put_optional(&packer, "pause", command->pause > 0, command->pause);
    put_optional(&packer, "received", strcmp(command->action, "mark_read") == 0, command->received);
    if (!command->has_seen && strcmp(command->action, "send_message") == 0)
        put_text(&packer, "seen", "any");
    else
        put_optional(&packer, "seen", command->has_seen, command->seen);
    put_text(&packer, "epoch", command->epoch);
    put_optional(&packer, "mark", command->epoch != NULL, command->mark);
    put_bool(&packer, "take", command->take);
    put_optional(&packer, "message", command->message > 0, command->message);
    put_key(&packer, "enabled");
    if (!command->has_enabled)
        msgpack_pack_nil(&packer);
    else if (command->enabled)
        msgpack_pack_true(&packer);
    else
        msgpack_pack_false(&packer);
    put_bool(&packer, "resend", command->resend);
    put_text(&packer, "unknown_to_this_version", "ignored");
}
