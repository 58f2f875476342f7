#ifndef RELEVO_CONFIG_ADDRESSES_H
#define RELEVO_CONFIG_ADDRESSES_H

#include "config/config.h"

/* The settings that are addresses, as the table of options takes them over: NULL, or what would have been
 * right. */

const char *set_listen(struct config *config, const char *value);
const char *set_admin_listen(struct config *config, const char *value);
const char *set_origin(struct config *config, const char *value);
const char *set_proxy(struct config *config, const char *value);
const char *set_url(struct config *config, const char *value);

#endif
