#ifndef RELEVO_TESTS_VECTOR_ENCODE_H
#define RELEVO_TESTS_VECTOR_ENCODE_H

#include <jansson.h>

#include "base/frame.h"

/* Makes the server's struct of the "value" of a vector and encodes it. The frame is the caller's; a value
 * that is no message of the server fails the test. */
struct frame *vector_encode(const json_t *value);

#endif
