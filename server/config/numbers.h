#ifndef RELEVO_CONFIG_NUMBERS_H
#define RELEVO_CONFIG_NUMBERS_H

#include "config/config.h"

/* The settings that are numbers, as the table of options takes them over: NULL, or what would have been
 * right. */

const char *set_lanes(struct config *config, const char *value);
const char *set_retain_days(struct config *config, const char *value);
const char *set_max_connections(struct config *config, const char *value);
const char *set_workspace_connections(struct config *config, const char *value);
const char *set_workspace_commands(struct config *config, const char *value);
const char *set_workspace_open(struct config *config, const char *value);
const char *set_workspace_lookups(struct config *config, const char *value);

#endif
