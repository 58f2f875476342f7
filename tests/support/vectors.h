#ifndef RELEVO_TESTS_VECTORS_H
#define RELEVO_TESTS_VECTORS_H

#include <jansson.h>

#include "base/bytes.h"

/* The golden frames of protocol/vectors/ (its README says what their keys mean). */

/* "client", "server" or "bad": an array of vectors. The caller owns a reference. */
json_t *vectors_load(const char *name);

/* A text of a vector; NULL where it has no such key. */
const char *vector_string(const json_t *vector, const char *key);

/* The vector's `hex` as bytes in memory that ends where they end, so that a read beyond is caught. To be
 * freed with free(). */
uint8_t *vector_frame(const json_t *vector, size_t *size_r);

/* One msgpack object as JSON, binaries as {"$bin": hex}. NULL where the bytes are not exactly one object. */
json_t *vector_value_of(struct bytes frame);

/* JSON as one msgpack object, {"$bin": hex} as a binary; in memory that ends where it ends, to be freed with
 * free(). */
uint8_t *vector_frame_of(json_t *value, size_t *size_r);

/* {"$bin": hex}, and back. */
json_t *vector_binary(struct bytes bytes);
void vector_read_binary(const json_t *binary, uint8_t *bytes_r, size_t size);

/* Bytes as hexadecimal digits, to be freed with free(). */
char *vector_hex(struct bytes bytes);

#endif
