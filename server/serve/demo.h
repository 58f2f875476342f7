#ifndef RELEVO_SERVE_DEMO_H
#define RELEVO_SERVE_DEMO_H

#include <stdint.h>

#include "base/bytes.h"

/* Makes the text of /demo.json: the people of the workspace "demo", its bot and its channel, each with a
 * token that is signed with `secret` and expires an hour after now_ms (Unix milliseconds). The caller frees
 * the text. */
char *demo_make_json(struct bytes secret, int64_t now_ms);

#endif
