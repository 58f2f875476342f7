#include "protocol/field.h"

#include <assert.h>

#include "core/clean.h"
#include "protocol/limits.h"

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

static struct bytes text_of(const msgpack_object *object)
{
    assert(object->type == MSGPACK_OBJECT_STR);
    return bytes_make(object->via.str.ptr, object->via.str.size);
}

bool is_text(const msgpack_object *object, const char *text)
{
    return object->type == MSGPACK_OBJECT_STR && bytes_equal(text_of(object), bytes_of_string(text));
}

const msgpack_object *map_find(const msgpack_object_map *map, const char *key)
{
    for (uint32_t i = 0; i < map->size; i++)
        if (is_text(&map->ptr[i].key, key))
            return &map->ptr[i].val;
    return NULL;
}

/* Quadratic, in a map that scan_frame has kept small. */
bool map_is_sound(const msgpack_object_map *map)
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

static bool read_map(const msgpack_object *object, const struct field *fields, size_t fields_count,
                     field_set needs, struct message *message)
{
    return object->type == MSGPACK_OBJECT_MAP && map_is_sound(&object->via.map) &&
           fields_read(fields, fields_count, ALL_FIELDS, needs, &object->via.map, message) == NULL;
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

static bool is_absent(const struct field *field, const msgpack_object *object)
{
    return object == NULL || (object->type == MSGPACK_OBJECT_NIL && field->kind != KIND_AGENT);
}

const struct field *fields_read(const struct field *fields, size_t fields_count, field_set takes,
                                field_set needs, const msgpack_object_map *map, struct message *message)
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
