#ifndef RELEVO_NET_SITE_H
#define RELEVO_NET_SITE_H

#include <stddef.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/frame.h"

/* The page's files, read once and answered from memory. A request names a file by its exact path, so nothing
 * outside can be named. */
struct site;

struct site_file {
    char *path;           /* "/assets/page.js" */
    struct frame *answer; /* the whole answer, head and body */
    char etag[24];        /* as in the head, with its quotes */
};

/* Reads all files below `folder`, down to eight folders deep, but neither files nor folders whose name begins
 * with a dot; index.html, which must be there, is also "/". NULL: *problem_r says why not, as in "/srv/page:
 * no index.html in it"; the caller frees it. */
MUST_USE struct site *site_load(const char *folder, char **problem_r);

void site_destroy(struct site **site);

/* NULL where there is no such file. */
const struct site_file *site_find(const struct site *site, struct bytes path);

#endif
