#ifndef RELEVO_VERBS_ASK_H
#define RELEVO_VERBS_ASK_H

#include "base/alloc.h"

/* Asking a server over HTTP, as `health` and `top` do. */

/* GET of this path. Returns the status; 0: nobody has answered, and *text_r is a sentence that says so. Else
 * *text_r is what was answered. The caller frees it. A host that stands for every address is asked on this
 * machine's own. */
MUST_USE int ask_server(const char *host, const char *port, const char *path, char **text_r);

#endif
