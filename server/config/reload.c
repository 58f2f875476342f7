#include "config/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "config/options.h"

enum config_result config_read_again(const struct config *before, struct config *config_r, char **text_r)
{
    return config_read(before->verb, before->arguments_count, before->arguments, before->environment,
                       config_r, text_r);
}

/* Names what `file` says for others where `other` says otherwise; where `absent_only`, what it does not say.
 */
static void list_foreign(FILE *out, const struct env_file *file, const struct env_file *other,
                         bool absent_only)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct assignment *here = &file->items[i];
        const struct assignment *there = env_file_find(other, here->name);
        bool is_other = there == NULL || (!absent_only && strcmp(here->value, there->value) != 0);
        if (is_other && here == env_file_find(file, here->name) && option_of_variable(here->name) == NULL)
            fprintf(out, " %s", here->name);
    }
}

char *config_list_changes(const struct config *before, const struct config *after, bool that_reload)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        abort();
    for (size_t i = 0; i < options_count; i++)
        if (options[i].reloads == that_reload && before->settings[i].print != after->settings[i].print)
            fprintf(out, " --%s", options[i].flag != NULL ? options[i].flag : options[i].file_flag);
    if (!that_reload) {
        list_foreign(out, &after->env_file, &before->env_file, false);
        list_foreign(out, &before->env_file, &after->env_file, true);
    }
    fclose(out);
    if (size > 0)
        memmove(text, text + 1, size); /* the blank before the first, and with the NUL */
    return text;
}

void config_warn_of_exposed(const struct config *config)
{
    for (size_t i = 0; i < options_count; i++)
        if (config->settings[i].is_exposed)
            log_warn("secret_exposed", "file=%s hint=%s",
                     log_quote(setting_file(config, &config->settings[i])),
                     log_quote("others can read it: chmod o-r"));
}
