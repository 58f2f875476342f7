#ifndef RELEVO_CONFIG_ADDRESSES_H
#define RELEVO_CONFIG_ADDRESSES_H

#include "config/config.h"

/* The setters of the options that are addresses (config/options.h). Each takes the value over and returns
 * NULL, or a constant that says what would have been right. set_origin and set_proxy take several, separated
 * by commas or blanks, and add them to those that are there, up to LIMIT_ORIGINS and LIMIT_PROXIES. */

const char *set_listen(struct config *config, const char *value);
const char *set_admin_listen(struct config *config, const char *value);
const char *set_origin(struct config *config, const char *value);
const char *set_proxy(struct config *config, const char *value);
const char *set_url(struct config *config, const char *value);

#endif
