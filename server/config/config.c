#include "config/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/options.h"
#include "config/suggest.h"

enum {
    HELP_COLUMN = 26,
    TEXT_SIZE_MAX = 4096,
};

struct reader {
    enum verb verb;
    struct config *config;
    char *const *environment;
    char **text_r;
};

static enum config_result reader_fail(struct reader *reader, enum config_result result, const char *format,
                                      ...) __attribute__((format(printf, 3, 4)));

static enum config_result reader_fail(struct reader *reader, enum config_result result, const char *format,
                                      ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    *reader->text_r = alloc_string(text, strlen(text));
    return result;
}

/* The variable's value, or NULL. */
static const char *environment_get(char *const *environment, const char *variable)
{
    size_t size = strlen(variable);
    for (; *environment != NULL; environment++)
        if (strncmp(*environment, variable, size) == 0 && (*environment)[size] == '=')
            return *environment + size + 1;
    return NULL;
}

/* Kubernetes tells every container about a service named relevo in such variables: nobody has set them. */
static bool variable_is_of_kubernetes(const char *assignment)
{
    return strncmp(assignment, "RELEVO_SERVICE_", strlen("RELEVO_SERVICE_")) == 0 ||
           strncmp(assignment, "RELEVO_PORT_", strlen("RELEVO_PORT_")) == 0 ||
           strncmp(assignment, "RELEVO_PORT=tcp://", strlen("RELEVO_PORT=tcp://")) == 0;
}

static enum config_result reader_check_environment(struct reader *reader)
{
    for (char *const *each = reader->environment; *each != NULL; each++) {
        char name[64];
        size_t size = strcspn(*each, "=");
        bool is_known = false;
        if (strncmp(*each, "RELEVO_", 7) != 0 || variable_is_of_kubernetes(*each))
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)size, *each);
        struct suggestion suggestion = suggestion_begin(name);
        for (size_t i = 0; i < options_count; i++) {
            if (options[i].variable == NULL)
                continue;
            is_known = is_known || strcmp(options[i].variable, name) == 0;
            suggestion_consider(&suggestion, options[i].variable);
        }
        if (!is_known && suggestion.name != NULL)
            return reader_fail(reader, CONFIG_UNFIT, "%s: there is no such setting; did you mean %s?", name,
                               suggestion.name);
        if (!is_known)
            return reader_fail(reader, CONFIG_UNFIT,
                               "%s: there is no such setting; unset it (relevo %s --help lists them)", name,
                               verb_name(reader->verb));
    }
    return CONFIG_OK;
}

static enum config_result reader_set(struct reader *reader, const struct option *option, const char *value,
                                     bool by_flag)
{
    enum config_result failure = by_flag ? CONFIG_USAGE : CONFIG_UNFIT;
    const char *dashes = by_flag ? "--" : "";
    const char *name = by_flag ? option->flag : option->variable;
    if (value[0] == '\0' && option->value_name != NULL)
        return reader_fail(reader, failure, "%s%s is empty; give it a %s or leave it out", dashes, name,
                           option->value_name);
    const char *expected = option->set(reader->config, value);
    if (expected == NULL)
        return CONFIG_OK;
    return option->is_secret ? reader_fail(reader, failure, "%s%s: %s", dashes, name, expected)
                             : reader_fail(reader, failure, "%s%s %s: %s", dashes, name, value, expected);
}

static const struct option *reader_find_flag(const struct reader *reader, const char *name, size_t size)
{
    for (size_t i = 0; i < options_count; i++)
        if ((options[i].verbs & reader->verb) != 0 && options[i].flag != NULL &&
            strlen(options[i].flag) == size && strncmp(options[i].flag, name, size) == 0)
            return &options[i];
    return NULL;
}

static enum config_result reader_fail_flag(struct reader *reader, const char *argument)
{
    char name[64];
    if (strncmp(argument, "--", 2) != 0)
        return reader_fail(reader, CONFIG_USAGE,
                           "%s: relevo %s takes no such argument; relevo %s --help lists its options",
                           argument, verb_name(reader->verb), verb_name(reader->verb));
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
    struct suggestion suggestion = suggestion_begin(name);
    for (size_t i = 0; i < options_count; i++)
        if ((options[i].verbs & reader->verb) != 0 && options[i].flag != NULL)
            suggestion_consider(&suggestion, options[i].flag);
    if (suggestion.name != NULL)
        return reader_fail(reader, CONFIG_USAGE, "--%s: relevo %s has no such option; did you mean --%s?",
                           name, verb_name(reader->verb), suggestion.name);
    return reader_fail(reader, CONFIG_USAGE,
                       "--%s: relevo %s has no such option; relevo %s --help lists them", name,
                       verb_name(reader->verb), verb_name(reader->verb));
}

/* Sets what the command line says; *said_r[i] is whether it said anything of options[i]. */
static enum config_result reader_read_flags(struct reader *reader, int count, char *const *arguments,
                                            bool *said_r)
{
    for (int i = 0; i < count; i++) {
        const char *argument = arguments[i];
        const char *equals = strchr(argument, '=');
        const char *value = equals == NULL ? NULL : equals + 1;
        size_t size = equals == NULL ? strlen(argument) : (size_t)(equals - argument);
        const struct option *option =
            strncmp(argument, "--", 2) == 0 ? reader_find_flag(reader, argument + 2, size - 2) : NULL;
        if (option == NULL)
            return reader_fail_flag(reader, argument);
        if (option->value_name == NULL && value != NULL)
            return reader_fail(reader, CONFIG_USAGE, "--%s takes no value", option->flag);
        if (option->value_name != NULL && value == NULL && i + 1 == count)
            return reader_fail(reader, CONFIG_USAGE, "--%s needs a %s", option->flag, option->value_name);
        if (option->value_name != NULL && value == NULL)
            value = arguments[++i];
        said_r[option - options] = true;
        enum config_result result = reader_set(reader, option, value == NULL ? "" : value, true);
        if (result != CONFIG_OK)
            return result;
    }
    return CONFIG_OK;
}

/* Sets what the command line has not said: as the environment says, else as the default is. */
static enum config_result reader_read_rest(struct reader *reader, const bool *said)
{
    for (size_t i = 0; i < options_count; i++) {
        const struct option *option = &options[i];
        enum config_result result = CONFIG_OK;
        if (said[i] || (option->verbs & reader->verb) == 0)
            continue;
        const char *value =
            option->variable == NULL ? NULL : environment_get(reader->environment, option->variable);
        if (value != NULL)
            result = reader_set(reader, option, value, false);
        else if (option->fallback != NULL)
            result = reader_set(reader, option, option->fallback, true);
        if (result != CONFIG_OK)
            return result;
    }
    return CONFIG_OK;
}

/* What each option by itself cannot tell. */
static enum config_result reader_check_whole(struct reader *reader)
{
    const struct config *config = reader->config;
    if (reader->verb == VERB_TOKEN && (config->workspace == NULL || config->agent == NULL))
        return reader_fail(reader, CONFIG_USAGE, "--%s is missing: whom is the token for?",
                           config->workspace == NULL ? "workspace" : "agent");
    if (reader->verb == VERB_SERVE && config->demo_anywhere && !config->demo)
        return reader_fail(reader, CONFIG_USAGE, "--demo-anywhere says nothing without --demo");
    if (config->secret_data != NULL && environment_get(reader->environment, "RELEVO_SECRET") != NULL &&
        environment_get(reader->environment, "RELEVO_SECRET_FILE") != NULL)
        return reader_fail(reader, CONFIG_UNFIT,
                           "RELEVO_SECRET and RELEVO_SECRET_FILE are both set; keep one of them");
    if (config->previous_secret_data != NULL &&
        environment_get(reader->environment, "RELEVO_PREVIOUS_SECRET") != NULL &&
        environment_get(reader->environment, "RELEVO_PREVIOUS_SECRET_FILE") != NULL)
        return reader_fail(reader, CONFIG_UNFIT,
                           "RELEVO_PREVIOUS_SECRET and RELEVO_PREVIOUS_SECRET_FILE are both set; keep one "
                           "of them");
    bool needs_secret = reader->verb == VERB_TOKEN || (reader->verb == VERB_SERVE && !config->demo);
    if (needs_secret && config->secret_size == 0)
        return reader_fail(
            reader, CONFIG_UNFIT,
            "no secret to sign tokens with: set RELEVO_SECRET_FILE (or RELEVO_SECRET, or say "
            "--secret-file FILE) to one of at least 32 bytes, as `openssl rand -base64 48` makes "
            "them%s",
            reader->verb == VERB_SERVE ? "; or try --demo" : "");
    return CONFIG_OK;
}

const char *verb_name(enum verb verb)
{
    switch (verb) {
    case VERB_SERVE: return "serve";
    case VERB_MIGRATE: return "migrate";
    case VERB_TOKEN: return "token";
    case VERB_HEALTH: return "health";
    }
    return "";
}

const char *verb_purpose(enum verb verb)
{
    switch (verb) {
    case VERB_SERVE: return "Serves clients until SIGTERM, which drains; a second one stops at once.";
    case VERB_MIGRATE: return "Brings the database's schema up to what this version needs.";
    case VERB_TOKEN: return "Prints a token to connect with.";
    case VERB_HEALTH: return "Asks a server whether it is ready to take clients; exits 0 if it is, else 1.";
    }
    return "";
}

static char *verb_help(enum verb verb)
{
    char text[TEXT_SIZE_MAX];
    size_t size = (size_t)snprintf(text, sizeof(text), "Usage: relevo %s [OPTION]...\n%s\n", verb_name(verb),
                                   verb_purpose(verb));
    for (size_t i = 0; i < options_count && size < sizeof(text); i++) {
        const struct option *option = &options[i];
        char left[64];
        if ((option->verbs & (unsigned)verb) == 0)
            continue;
        if (option->flag == NULL)
            snprintf(left, sizeof(left), "%s", option->variable);
        else
            snprintf(left, sizeof(left), "--%s%s%s", option->flag, option->value_name == NULL ? "" : " ",
                     option->value_name == NULL ? "" : option->value_name);
        size += (size_t)snprintf(text + size, sizeof(text) - size, "\n  %-*s %s", HELP_COLUMN, left,
                                 option->help);
        if (size < sizeof(text) && option->flag != NULL && option->variable != NULL)
            size += (size_t)snprintf(text + size, sizeof(text) - size, " [%s]", option->variable);
        if (size < sizeof(text) && option->fallback != NULL)
            size += (size_t)snprintf(text + size, sizeof(text) - size, " (%s)", option->fallback);
    }
    return alloc_string(text, strlen(text));
}

enum config_result config_read(enum verb verb, int arguments_count, char *const *arguments,
                               char *const *environment, struct config *config_r, char **text_r)
{
    struct reader reader = {.verb = verb, .config = config_r, .environment = environment, .text_r = text_r};
    bool *said = alloc_array(options_count, sizeof(*said));
    *config_r = (struct config){.listen_host = NULL};
    *text_r = NULL;
    enum config_result result = CONFIG_OK;
    for (int i = 0; i < arguments_count && result == CONFIG_OK; i++)
        if (strcmp(arguments[i], "--help") == 0) {
            *text_r = verb_help(verb);
            result = CONFIG_HELP;
        }
    if (result == CONFIG_OK)
        result = reader_read_flags(&reader, arguments_count, arguments, said);
    if (result == CONFIG_OK)
        result = reader_check_environment(&reader);
    if (result == CONFIG_OK)
        result = reader_read_rest(&reader, said);
    if (result == CONFIG_OK)
        result = reader_check_whole(&reader);
    free(said);
    return result;
}

void config_finish(struct config *config)
{
    for (size_t i = 0; i < config->origins_count; i++)
        free(config->origins[i]);
    if (config->secret_data != NULL)
        explicit_bzero(config->secret_data, config->secret_size);
    if (config->previous_secret_data != NULL)
        explicit_bzero(config->previous_secret_data, config->previous_secret_size);
    char *strings[] = {config->listen_host,
                       config->listen_port,
                       config->web_root,
                       config->database,
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
    *config = (struct config){.listen_host = NULL};
}
