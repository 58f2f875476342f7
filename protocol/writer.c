#include "protocol/writer.h"

#include <string.h>

#include "base/alloc.h"

enum { ROOM_FIRST_SIZE = 512 };

static int writer_append(void *data, const char *bytes, size_t size)
{
    struct writer *writer = data;
    if (size > writer->room - writer->size) {
        while (size > writer->room - writer->size)
            writer->room *= 2;
        writer->memory = alloc_resize(writer->memory, writer->room, 1);
    }
    if (size > 0) /* an empty text has no bytes to point at */
        memcpy(writer->memory + writer->size, bytes, size);
    writer->size += size;
    return 0;
}

void writer_init(struct writer *writer)
{
    writer->room = ROOM_FIRST_SIZE;
    writer->memory = alloc_array(writer->room, 1);
    writer->size = FRAME_HEADROOM_SIZE;
    msgpack_packer_init(&writer->packer, writer, writer_append);
}

struct frame *writer_finish(struct writer *writer)
{
    return frame_create(&writer->memory, writer->size - FRAME_HEADROOM_SIZE);
}

void writer_put_map(struct writer *writer, size_t pairs)
{
    msgpack_pack_map(&writer->packer, pairs);
}

void writer_put_array(struct writer *writer, size_t elements)
{
    msgpack_pack_array(&writer->packer, elements);
}

void writer_put_nil(struct writer *writer)
{
    msgpack_pack_nil(&writer->packer);
}

void writer_put_bool(struct writer *writer, bool value)
{
    if (value)
        msgpack_pack_true(&writer->packer);
    else
        msgpack_pack_false(&writer->packer);
}

void writer_put_integer(struct writer *writer, int64_t value)
{
    msgpack_pack_int64(&writer->packer, value);
}

void writer_put_text(struct writer *writer, struct bytes text)
{
    msgpack_pack_str_with_body(&writer->packer, text.data, text.size);
}

void writer_put_string(struct writer *writer, const char *string)
{
    writer_put_text(writer, bytes_of_string(string));
}

void writer_put_binary(struct writer *writer, struct bytes binary)
{
    msgpack_pack_bin_with_body(&writer->packer, binary.data, binary.size);
}

void writer_pair_bool(struct writer *writer, const char *key, bool value)
{
    writer_put_string(writer, key);
    writer_put_bool(writer, value);
}

void writer_pair_integer(struct writer *writer, const char *key, int64_t value)
{
    writer_put_string(writer, key);
    writer_put_integer(writer, value);
}

void writer_pair_text(struct writer *writer, const char *key, struct bytes text)
{
    writer_put_string(writer, key);
    writer_put_text(writer, text);
}

void writer_pair_string(struct writer *writer, const char *key, const char *string)
{
    writer_put_string(writer, key);
    writer_put_string(writer, string);
}

void writer_begin(struct writer *writer, const char *type, size_t pairs)
{
    writer_init(writer);
    writer_put_map(writer, pairs);
    writer_pair_string(writer, "t", type);
}
