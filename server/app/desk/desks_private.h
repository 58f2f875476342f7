#ifndef RELEVO_APP_DESK_DESKS_PRIVATE_H
#define RELEVO_APP_DESK_DESKS_PRIVATE_H

#include "app/desk/desks.h"

/* Between the files of the registry. */

/* What desks->by_id is keyed by. */
struct bytes desks_id_key(const void *desk);

/* When the desk with this idle_link may go. */
int64_t desks_unload_ms(const struct desks *desks, const struct list *link);

#endif
