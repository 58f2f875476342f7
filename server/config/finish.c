/* Giving a config up. */
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/options.h"

void config_finish(struct config *config)
{
    for (size_t i = 0; i < options_count; i++) {
        free(config->settings[i].text);
        free(config->settings[i].file);
    }
    free(config->settings);
    env_file_finish(&config->env_file);
    for (size_t i = 0; i < config->origins_count; i++)
        free(config->origins[i]);
    if (config->secret_data != NULL)
        explicit_bzero(config->secret_data, config->secret_size);
    if (config->previous_secret_data != NULL)
        explicit_bzero(config->previous_secret_data, config->previous_secret_size);
    char *strings[] = {config->env_file_name,
                       config->listen_host,
                       config->listen_port,
                       config->admin_host,
                       config->admin_port,
                       config->web_root,
                       config->database,
                       config->grant_to,
                       config->workspace,
                       config->agent,
                       config->name,
                       config->url_host,
                       config->url_port,
                       config->url_path,
                       (char *)config->secret_data,
                       (char *)config->previous_secret_data};
    for (size_t i = 0; i < ARRAY_COUNT(strings); i++)
        free(strings[i]);
    *config = (struct config){.settings = NULL};
}

void config_destroy(struct config **config)
{
    if (*config != NULL)
        config_finish(*config);
    free(*config);
    *config = NULL;
}
