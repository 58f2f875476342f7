#ifndef RELEVO_BASE_LOG_JSON_H
#define RELEVO_BASE_LOG_JSON_H

#include "base/bytes.h"

/* A line of the log as an object of JSON (RFC 8259). The calls make logfmt; this takes its fields apart
 * again:
 *
 *   rows=12            a number where JSON has it for one      "rows":12
 *   name=ana           else a string                           "name":"ana"
 *   why="a \"b\" \x1b"  quoted: a string, as it was before       "why":"a \"b\" \u001b"
 *   odd                a word without "=" is                   "odd":true
 *
 * Strings are valid UTF-8, whatever comes: a byte that is none becomes U+FFFD. A line that was cut in the
 * middle of a value gives what there is of it. */

/* Room that is enough for a line of so many bytes. */
#define LOG_JSON_ROOM(line_bytes) (6 * (line_bytes) + 16)

/* Writes the object, without a line's end and without a NUL. Returns its size. */
size_t log_json_write(struct bytes line, char *place);

/* The same of a string alone, with its quotes. */
size_t log_json_write_string(struct bytes text, char *place);

#endif
