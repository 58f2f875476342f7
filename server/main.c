#include "verbs/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "config/options.h"
#include "config/reload.h"
#include "config/suggest.h"
#include "serve/process.h"

static const struct {
    enum verb verb;
    int (*run)(const struct config *config);
} verbs[] = {
#define X(NAME, name, purpose) {VERB_##NAME, verb_##name},
    VERB_LIST(X)
#undef X
};

static int show_help(void)
{
    puts("Usage: relevo COMMAND [OPTION]...\n"
         "A WebSocket server for teams that answer customers with a bot and people.\n");
    for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
        printf("  %-10s %s\n", verb_name(verbs[i].verb), verb_purpose(verbs[i].verb));
    puts("\nrelevo COMMAND --help lists the options; relevo --version says which this is.");
    return EXIT_DONE;
}

static int refuse_verb(const char *name)
{
    struct suggestion suggestion = suggestion_begin(name);
    for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
        suggestion_consider(&suggestion, verb_name(verbs[i].verb));
    if (suggestion.name != NULL)
        return exit_saying(EXIT_USAGE, "%s: there is no such command; did you mean %s?", name,
                           suggestion.name);
    return exit_saying(EXIT_USAGE, "%s: there is no such command; relevo --help lists them", name);
}

static int run_verb(size_t index, int arguments_count, char **arguments)
{
    struct config config;
    char *text;
    int code = EXIT_DONE;
    if (verbs[index].verb == VERB_SERVE)
        process_hold_signals();
    switch (config_read(verbs[index].verb, arguments_count, arguments, environ, &config, &text)) {
    case CONFIG_OK:
        config_share_environment(&config);
        if (verbs[index].verb == VERB_SERVE)
            log_set_format(config.log_format);
        if (verbs[index].verb != VERB_CHECK) /* which says it among the rest */
            config_warn_of_exposed(&config);
        code = verbs[index].run(&config);
        break;
    case CONFIG_HELP: puts(text); break;
    case CONFIG_USAGE: code = exit_saying(EXIT_USAGE, "%s", text); break;
    case CONFIG_UNFIT: code = exit_saying(EXIT_CONFIG, "%s", text); break;
    }
    free(text);
    config_finish(&config);
    return code;
}

int main(int arguments_count, char **arguments)
{
    if (arguments_count < 2)
        return exit_saying(EXIT_USAGE, "a command is missing; relevo --help lists them");
    if (strcmp(arguments[1], "--help") == 0)
        return show_help();
    if (strcmp(arguments[1], "--version") == 0 || strcmp(arguments[1], "version") == 0)
        return puts("relevo " RELEVO_VERSION) < 0 ? EXIT_FAILED : EXIT_DONE;
    for (size_t i = 0; i < ARRAY_COUNT(verbs); i++)
        if (strcmp(arguments[1], verb_name(verbs[i].verb)) == 0)
            return run_verb(i, arguments_count - 2, arguments + 2);
    return refuse_verb(arguments[1]);
}
