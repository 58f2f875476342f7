#include "support/wire_read.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

void wire_blame(struct wire_client *client, const char *format, ...)
{
    if (client->fault[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(client->fault, sizeof(client->fault), format, arguments);
    va_end(arguments);
}

/* Rows. */

/* Every column: its name, where it goes, and its size if it is a text (0: a number). */
#define TEXT_COLUMN(name)                                                                                    \
    {                                                                                                        \
#name, offsetof(struct wire_row, name), sizeof(((struct wire_row *)NULL)->name)                      \
    }
#define NUMBER_COLUMN(name)                                                                                  \
    {                                                                                                        \
#name, offsetof(struct wire_row, name), 0                                                            \
    }
static const struct {
    const char *name;
    size_t place;
    size_t text_size;
} columns[] = {
    TEXT_COLUMN(id),
    TEXT_COLUMN(channel),
    TEXT_COLUMN(name),
    NUMBER_COLUMN(list),
    NUMBER_COLUMN(list_seq),
    TEXT_COLUMN(assignee),
    NUMBER_COLUMN(automation),
    NUMBER_COLUMN(pause),
    NUMBER_COLUMN(bot_blocked),
    NUMBER_COLUMN(version),
    NUMBER_COLUMN(seq),
    NUMBER_COLUMN(received),
    NUMBER_COLUMN(sent),
    NUMBER_COLUMN(unread),
    NUMBER_COLUMN(delivery),
    NUMBER_COLUMN(waiting_since),
    TEXT_COLUMN(preview),
    TEXT_COLUMN(preview_role),
    NUMBER_COLUMN(preview_at),
    TEXT_COLUMN(last_action),
    TEXT_COLUMN(last_by),
    TEXT_COLUMN(last_role),
    NUMBER_COLUMN(last_at),
    NUMBER_COLUMN(waits_for_person),
    NUMBER_COLUMN(contact_seq),
    NUMBER_COLUMN(answer_seq),
    TEXT_COLUMN(answer_role),
    TEXT_COLUMN(answer_by),
    NUMBER_COLUMN(person_seq),
};

int64_t wire_integer(const msgpack_object *object)
{
    if (object->type == MSGPACK_OBJECT_BOOLEAN)
        return object->via.boolean;
    return object->type == MSGPACK_OBJECT_POSITIVE_INTEGER || object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER
               ? object->via.i64
               : 0;
}

void wire_text(const msgpack_object *object, char *place, size_t size)
{
    if (object->type != MSGPACK_OBJECT_STR)
        return;
    assert(object->via.str.size < size);
    memcpy(place, object->via.str.ptr, object->via.str.size);
    place[object->via.str.size] = '\0';
}

void wire_row(struct wire_client *client, const msgpack_object *object, struct wire_row *row)
{
    memset(row, 0, sizeof(*row));
    if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size != client->columns_count) {
        wire_blame(client, "a row has not the columns that welcome told");
        return;
    }
    for (size_t i = 0; i < client->columns_count; i++) {
        for (size_t j = 0; j < ARRAY_COUNT(columns); j++) {
            if (strcmp(columns[j].name, client->columns[i]) != 0)
                continue;
            char *place = (char *)row + columns[j].place;
            if (columns[j].text_size > 0)
                wire_text(&object->via.array.ptr[i], place, columns[j].text_size);
            else
                *(int64_t *)(void *)place = wire_integer(&object->via.array.ptr[i]);
        }
    }
}

const msgpack_object *wire_find_key(const msgpack_object *map, const char *key)
{
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object *each = &map->via.map.ptr[i].key;
        if (each->type == MSGPACK_OBJECT_STR && each->via.str.size == strlen(key) &&
            memcmp(each->via.str.ptr, key, strlen(key)) == 0)
            return &map->via.map.ptr[i].val;
    }
    return NULL;
}

int64_t wire_find_integer(const msgpack_object *map, const char *key)
{
    const msgpack_object *object = wire_find_key(map, key);
    return object == NULL ? 0 : wire_integer(object);
}

void wire_find_text(const msgpack_object *map, const char *key, char *place, size_t size)
{
    const msgpack_object *object = wire_find_key(map, key);
    if (object != NULL)
        wire_text(object, place, size);
}

void wire_columns(struct wire_client *client, const msgpack_object *object)
{
    assert(object != NULL && object->type == MSGPACK_OBJECT_ARRAY &&
           object->via.array.size <= WIRE_COLUMNS_MAX);
    client->columns_count = object->via.array.size;
    for (size_t i = 0; i < client->columns_count; i++)
        wire_text(&object->via.array.ptr[i], client->columns[i], sizeof(client->columns[i]));
    for (size_t j = 0; j < ARRAY_COUNT(columns); j++) {
        size_t i = 0;
        while (i < client->columns_count && strcmp(columns[j].name, client->columns[i]) != 0)
            i++;
        if (i == client->columns_count)
            wire_blame(client, "welcome lacks the column %s", columns[j].name);
    }
}
