#ifndef RELEVO_TESTS_SUPPORT_WIRE_READ_H
#define RELEVO_TESTS_SUPPORT_WIRE_READ_H

#include <msgpack.h>

#include "support/wire_client.h"

/* Between the files of the client of wire_client.h: reading what came. */

/* The first fault is kept. */
void wire_blame(struct wire_client *client, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The number, 1 for true, 0 for anything else. */
int64_t wire_integer(const msgpack_object *object);

/* Leaves the place alone where it is no text. */
void wire_text(const msgpack_object *object, char *place, size_t size);

void wire_row(struct wire_client *client, const msgpack_object *object, struct wire_row *row);
void wire_columns(struct wire_client *client, const msgpack_object *object);

/* The value of a key of a map, or NULL; and what it comes to. */
const msgpack_object *wire_find_key(const msgpack_object *map, const char *key);
int64_t wire_find_integer(const msgpack_object *map, const char *key);
void wire_find_text(const msgpack_object *map, const char *key, char *place, size_t size);

/* The log: wire_follow.c. */
void wire_entries(struct wire_client *client, const msgpack_object *map);
void wire_take_log(struct wire_client *client);
void wire_take_thread(struct wire_client *client);
void wire_take_presence(struct wire_client *client, const msgpack_object *map);

#endif
