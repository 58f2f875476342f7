#include "support/vectors.h"

#include <assert.h>
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>

json_t *vectors_load(const char *name)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/protocol/vectors/%s.json", RELEVO_SOURCE_DIR, name);
    json_error_t error;
    json_t *vectors = json_load_file(path, 0, &error);
    if (vectors == NULL)
        fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
    assert(json_is_array(vectors));
    return vectors;
}

const char *vector_string(const json_t *vector, const char *key)
{
    return json_string_value(json_object_get(vector, key));
}

static const char digits[] = "0123456789abcdef";

static uint8_t digit(char hex)
{
    const char *place = strchr(digits, hex);
    assert(hex != '\0' && place != NULL);
    return (uint8_t)(place - digits);
}

static void hex_read(const char *hex, uint8_t *bytes, size_t size)
{
    assert(strlen(hex) == 2 * size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
}

uint8_t *vector_frame(const json_t *vector, size_t *size_r)
{
    const char *hex = vector_string(vector, "hex");
    *size_r = strlen(hex) / 2;
    uint8_t *bytes = malloc(*size_r);
    hex_read(hex, bytes, *size_r);
    return bytes;
}

char *vector_hex(struct bytes bytes)
{
    char *hex = calloc(bytes.size * 2 + 1, 1);
    for (size_t i = 0; i < bytes.size; i++) {
        hex[2 * i] = digits[bytes.data[i] >> 4];
        hex[2 * i + 1] = digits[bytes.data[i] & 15];
    }
    return hex;
}

json_t *vector_binary(struct bytes bytes)
{
    char *hex = vector_hex(bytes);
    json_t *binary = json_pack("{s:s}", "$bin", hex);
    free(hex);
    return binary;
}

void vector_read_binary(const json_t *binary, uint8_t *bytes_r, size_t size)
{
    hex_read(vector_string(binary, "$bin"), bytes_r, size);
}

static json_t *json_of(const msgpack_object *object);

static json_t *json_of_array(const msgpack_object_array *array)
{
    json_t *json = json_array();
    for (uint32_t i = 0; i < array->size; i++)
        json_array_append_new(json, json_of(&array->ptr[i]));
    return json;
}

static json_t *json_of_map(const msgpack_object_map *map)
{
    json_t *json = json_object();
    for (uint32_t i = 0; i < map->size; i++) {
        const msgpack_object_str *key = &map->ptr[i].key.via.str;
        assert(map->ptr[i].key.type == MSGPACK_OBJECT_STR);
        json_object_setn_new(json, key->ptr, key->size, json_of(&map->ptr[i].val));
    }
    return json;
}

static json_t *json_of(const msgpack_object *object)
{
    switch (object->type) {
    case MSGPACK_OBJECT_NIL: return json_null();
    case MSGPACK_OBJECT_BOOLEAN: return json_boolean(object->via.boolean);
    case MSGPACK_OBJECT_POSITIVE_INTEGER: return json_integer((json_int_t)object->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER: return json_integer(object->via.i64);
    case MSGPACK_OBJECT_STR: return json_stringn(object->via.str.ptr, object->via.str.size);
    case MSGPACK_OBJECT_BIN: return vector_binary(bytes_make(object->via.bin.ptr, object->via.bin.size));
    case MSGPACK_OBJECT_ARRAY: return json_of_array(&object->via.array);
    case MSGPACK_OBJECT_MAP: return json_of_map(&object->via.map);
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
    case MSGPACK_OBJECT_EXT: break;
    }
    assert(!"a type that the protocol does not have");
    return NULL;
}

json_t *vector_value_of(struct bytes frame)
{
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t offset = 0;
    json_t *value = NULL;
    if (msgpack_unpack_next(&unpacked, (const char *)frame.data, frame.size, &offset) ==
            MSGPACK_UNPACK_SUCCESS &&
        offset == frame.size)
        value = json_of(&unpacked.data);
    msgpack_unpacked_destroy(&unpacked);
    return value;
}

static void pack(msgpack_packer *packer, json_t *value);

static void pack_object(msgpack_packer *packer, json_t *value)
{
    const char *binary = vector_string(value, "$bin");
    if (binary != NULL) {
        uint8_t bytes[256];
        size_t size = strlen(binary) / 2;
        assert(size <= sizeof(bytes));
        hex_read(binary, bytes, size);
        msgpack_pack_bin_with_body(packer, bytes, size);
        return;
    }
    msgpack_pack_map(packer, json_object_size(value));
    const char *key;
    json_t *of;
    json_object_foreach(value, key, of)
    {
        msgpack_pack_str_with_body(packer, key, strlen(key));
        pack(packer, of);
    }
}

static void pack_array(msgpack_packer *packer, json_t *value)
{
    msgpack_pack_array(packer, json_array_size(value));
    for (size_t i = 0; i < json_array_size(value); i++)
        pack(packer, json_array_get(value, i));
}

static void pack(msgpack_packer *packer, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_NULL: msgpack_pack_nil(packer); return;
    case JSON_TRUE: msgpack_pack_true(packer); return;
    case JSON_FALSE: msgpack_pack_false(packer); return;
    case JSON_INTEGER: msgpack_pack_int64(packer, json_integer_value(value)); return;
    case JSON_REAL: msgpack_pack_double(packer, json_real_value(value)); return;
    case JSON_STRING:
        msgpack_pack_str_with_body(packer, json_string_value(value), json_string_length(value));
        return;
    case JSON_ARRAY: pack_array(packer, value); return;
    case JSON_OBJECT: pack_object(packer, value); return;
    }
}

uint8_t *vector_frame_of(json_t *value, size_t *size_r)
{
    msgpack_sbuffer buffer;
    msgpack_sbuffer_init(&buffer);
    msgpack_packer packer;
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    pack(&packer, value);
    uint8_t *frame = malloc(buffer.size);
    memcpy(frame, buffer.data, buffer.size);
    *size_r = buffer.size;
    msgpack_sbuffer_destroy(&buffer);
    return frame;
}
