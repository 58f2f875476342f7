#ifndef RELEVO_SERVE_DEMO_H
#define RELEVO_SERVE_DEMO_H

#include <stdint.h>

#include "base/bytes.h"

/* What /demo.json shows, on the heap: the people of the workspace "demo", its bot and its channel, each with
 * a token that is good for an hour. */
char *demo_make_json(struct bytes secret, int64_t now_ms);

#endif
