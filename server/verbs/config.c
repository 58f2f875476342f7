#include "verbs/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/options.h"
#include "store/conninfo.h"

enum {
    SHOWN_SIZE = 1024,
};

/* The same whichever way it was said: its flag, or the flag that names its file. */
static void option_show_name(const struct option *option, char name_r[SHOWN_SIZE])
{
    const char *flag = option->flag != NULL ? option->flag : option->file_flag;
    snprintf(name_r, SHOWN_SIZE, "%s%s", flag != NULL ? "--" : "", flag != NULL ? flag : option->variable);
}

static void option_show_value(const struct option *option, const struct config *config,
                              char value_r[SHOWN_SIZE])
{
    const struct setting *setting = setting_of(config, option);
    char *database = NULL;
    if (setting->size == 0)
        snprintf(value_r, SHOWN_SIZE, "%s", option->value_name == NULL ? "no" : "(not set)");
    else if (option->secrecy == SECRECY_NONE)
        snprintf(value_r, SHOWN_SIZE, "%s", setting->text);
    else if (option->secrecy == SECRECY_PASSWORD && (database = conninfo_show(config->database)) != NULL)
        snprintf(value_r, SHOWN_SIZE, "%s", database);
    else
        snprintf(value_r, SHOWN_SIZE, "(set, %zu bytes)", setting->size);
    free(database);
}

static void option_show_source(const struct option *option, const struct config *config,
                               char source_r[SHOWN_SIZE])
{
    const struct setting *setting = setting_of(config, option);
    if (setting->file != NULL) {
        snprintf(source_r, SHOWN_SIZE, "file %s", setting->file);
        return;
    }
    switch (setting->source) {
    case SOURCE_DEFAULT: snprintf(source_r, SHOWN_SIZE, "default"); break;
    case SOURCE_FILE:
        snprintf(source_r, SHOWN_SIZE, "file %s:%d", config->env_file_name, setting->line);
        break;
    case SOURCE_ENVIRONMENT: snprintf(source_r, SHOWN_SIZE, "environment %s", option->variable); break;
    case SOURCE_FLAG: snprintf(source_r, SHOWN_SIZE, "flag"); break;
    }
}

static int larger(int width, const char *text)
{
    return (int)strlen(text) > width ? (int)strlen(text) : width;
}

int verb_config(const struct config *config)
{
    char name[SHOWN_SIZE], value[SHOWN_SIZE], source[SHOWN_SIZE];
    int name_width = 0, value_width = 0;
    for (size_t i = 0; i < options_count; i++) {
        if ((options[i].verbs & VERB_CONFIG) == 0)
            continue;
        option_show_name(&options[i], name);
        option_show_value(&options[i], config, value);
        name_width = larger(name_width, name);
        value_width = larger(value_width, value);
    }
    for (size_t i = 0; i < options_count; i++) {
        if ((options[i].verbs & VERB_CONFIG) == 0)
            continue;
        option_show_name(&options[i], name);
        option_show_value(&options[i], config, value);
        option_show_source(&options[i], config, source);
        printf("%-*s  %-*s  %s\n", name_width, name, value_width, value, source);
    }
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}
