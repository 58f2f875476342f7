#include "config/help.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/options.h"

enum {
    NAME_COLUMN = 34,
};

static void help_add(FILE *out, const char *flag, const char *variable, const char *value_name,
                     const char *help)
{
    char left[64];
    if (flag == NULL)
        snprintf(left, sizeof(left), "%s", variable);
    else
        snprintf(left, sizeof(left), "--%s%s%s", flag, value_name == NULL ? "" : " ",
                 value_name == NULL ? "" : value_name);
    fprintf(out, "\n  %-*s %s", NAME_COLUMN, left, help);
    if (flag != NULL && variable != NULL)
        fprintf(out, " [%s]", variable);
}

char *help_make(enum verb verb)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        abort();
    fprintf(out, "Usage: relevo %s [OPTION]...\n%s\n", verb_name(verb), verb_purpose(verb));
    for (size_t i = 0; i < options_count; i++) {
        const struct option *option = &options[i];
        if ((option->verbs & (unsigned)verb) == 0)
            continue;
        help_add(out, option->flag, option->variable, option->value_name, option->help);
        if (option->fallback != NULL)
            fprintf(out, " (%s)", option->fallback);
        if (option->reloads && verb == VERB_SERVE)
            fputs(" (reloads)", out);
        if (option->file_flag != NULL)
            help_add(out, option->file_flag, option->file_variable, "FILE", "or a file that holds it");
    }
    if (verb == VERB_SERVE)
        fputs("\n\nWhat reloads is read again, from the files that are named here and in the environment, on "
              "SIGHUP.",
              out);
    fclose(out);
    return text;
}
