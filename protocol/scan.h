#ifndef RELEVO_PROTOCOL_SCAN_H
#define RELEVO_PROTOCOL_SCAN_H

#include "base/alloc.h"
#include "base/bytes.h"

/* What an untrusted frame turned out to be. Anything but SCAN_OK is closed with 4002 and a reason that names
 * it. */
enum scan_result {
    SCAN_OK,
    SCAN_EMPTY,         /* no bytes */
    SCAN_TRUNCATED,     /* it announces more than it has */
    SCAN_TRAILING,      /* bytes after the first object */
    SCAN_NOT_A_MAP,     /* the outermost object is not a map */
    SCAN_TOO_DEEP,      /* more than LIMIT_DEPTH */
    SCAN_TOO_MANY,      /* more than LIMIT_ELEMENTS */
    SCAN_FORBIDDEN_TYPE /* an extension type, a float, or the byte 0xc1 */
};

/* Bounds an untrusted frame before anything is allocated for it: walks the headers only, in one pass, without
 * recursion. After SCAN_OK msgpack-c can be let at it, and its failing means a bug. */
MUST_USE enum scan_result scan_frame(struct bytes frame);

/* A sentence for the close reason, at most 60 bytes. */
const char *scan_result_sentence(enum scan_result result);

#endif
