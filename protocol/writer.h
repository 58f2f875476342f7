#ifndef RELEVO_PROTOCOL_WRITER_H
#define RELEVO_PROTOCOL_WRITER_H

#include <msgpack.h>

#include "base/frame.h"
#include "base/text.h"

/* Inside protocol/ only: writes one msgpack object into a buffer that becomes a frame as it is, without a
 * copy. */
struct writer {
    uint8_t *memory; /* FRAME_HEADROOM_SIZE bytes, then the payload */
    size_t size;     /* used, headroom and all */
    size_t room;
    msgpack_packer packer; /* calls back into the writer, which therefore must not move */
};

void writer_init(struct writer *writer);

/* Begins a message of this type, with so many keys, `t` counted. */
void writer_begin(struct writer *writer, const char *type, size_t pairs);

/* Ends the writing; the caller owns the frame's one reference. */
struct frame *writer_finish(struct writer *writer);

/* Announces as many keys and values, or elements, as follow. */
void writer_put_map(struct writer *writer, size_t pairs);
void writer_put_array(struct writer *writer, size_t elements);

void writer_put_nil(struct writer *writer);
void writer_put_bool(struct writer *writer, bool value);
void writer_put_integer(struct writer *writer, int64_t value);
void writer_put_text(struct writer *writer, struct bytes text);
void writer_put_string(struct writer *writer, const char *string);
void writer_put_binary(struct writer *writer, struct bytes binary);

/* A key of a map and its value. */
void writer_pair_bool(struct writer *writer, const char *key, bool value);
void writer_pair_integer(struct writer *writer, const char *key, int64_t value);
void writer_pair_text(struct writer *writer, const char *key, struct bytes text);
void writer_pair_string(struct writer *writer, const char *key, const char *string);

#endif
