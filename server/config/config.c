#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/help.h"
#include "config/reader_private.h"
#include "config/suggest.h"

/* How a config is read, step by step. Each may fail, with the sentence that says what would have been right,
 * and then nothing further is read:
 *
 *   command line ──► names in the environment ──► --env-file ──► values of the rest ──► how they go together
 *   CONFIG_USAGE     CONFIG_UNFIT                 (its names)    CONFIG_UNFIT           either
 *
 * The command line is read first, as it may name the file; what it says holds before the environment, and
 * that before the file. */

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

/* Refuses a name that is like ours, and is none. `where` it stands is said before it. */
static enum config_result reader_check_variable(struct reader *reader, const char *where, const char *name)
{
    struct suggestion suggestion = suggestion_begin(name);
    if (strncmp(name, "RELEVO_", 7) != 0 || option_of_variable(name) != NULL)
        return CONFIG_OK;
    for (size_t i = 0; i < 2 * options_count; i++) {
        const char *variable = i % 2 == 0 ? options[i / 2].variable : options[i / 2].file_variable;
        if (variable != NULL)
            suggestion_consider(&suggestion, variable);
    }
    if (suggestion.name != NULL)
        return reader_fail(reader, CONFIG_UNFIT, "%s%s: there is no such setting; did you mean %s?", where,
                           name, suggestion.name);
    return reader_fail(reader, CONFIG_UNFIT,
                       "%s%s: there is no such setting; %s it (relevo %s --help lists them)", where, name,
                       where[0] == '\0' ? "unset" : "drop", verb_name(reader->verb));
}

static enum config_result reader_check_environment(struct reader *reader)
{
    enum config_result result = CONFIG_OK;
    for (char *const *each = reader->environment; *each != NULL && result == CONFIG_OK; each++) {
        char name[NAME_SIZE];
        if (variable_is_of_kubernetes(*each))
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(*each, "="), *each);
        result = reader_check_variable(reader, "", name);
    }
    return result;
}

/* Reads the file of settings, where there is one. */
static enum config_result reader_read_file(struct reader *reader)
{
    struct config *config = reader->config;
    char where[NAME_SIZE];
    int line;
    if (config->env_file_name == NULL)
        return CONFIG_OK;
    const char *problem = env_file_read(config->env_file_name, &config->env_file, &line);
    if (problem != NULL && line == 0)
        return reader_fail(reader, CONFIG_USAGE, "--env-file %s: %s", config->env_file_name, problem);
    if (problem != NULL)
        return reader_fail(reader, CONFIG_UNFIT, "%s:%d: %s", config->env_file_name, line, problem);
    enum config_result result = CONFIG_OK;
    for (size_t i = 0; i < config->env_file.count && result == CONFIG_OK; i++) {
        const struct assignment *each = &config->env_file.items[i];
        snprintf(where, sizeof(where), "%s:%d: ", config->env_file_name, each->line);
        result = reader_check_variable(reader, where, each->name);
    }
    return result;
}

/* Finds what the file of settings says of the option, or the environment. Where neither says anything, the
 * value is NULL. */
static enum config_result reader_find_in(struct reader *reader, enum source source, struct saying *saying)
{
    const struct option *option = saying->option;
    const char *names[] = {option->variable, option->file_variable};
    saying->source = source;
    saying->value = NULL;
    for (int i = 0; i < 2; i++) {
        const struct assignment *assignment = NULL;
        const char *value = NULL;
        if (names[i] != NULL && source == SOURCE_ENVIRONMENT)
            value = environment_get(reader->environment, names[i]);
        else if (names[i] != NULL)
            assignment = env_file_find(&reader->config->env_file, names[i]);
        if (assignment != NULL) {
            value = assignment->value;
            saying->line = assignment->line;
        }
        if (value != NULL && saying->value != NULL)
            return source == SOURCE_ENVIRONMENT
                       ? reader_fail(reader, CONFIG_UNFIT, "%s and %s are both set; keep one of them",
                                     names[0], names[1])
                       : reader_fail(reader, CONFIG_UNFIT, "%s:%d: %s and %s are both set; keep one of them",
                                     reader->config->env_file_name, saying->line, names[0], names[1]);
        if (value != NULL) {
            saying->value = value;
            saying->names_file = i == 1;
        }
    }
    return CONFIG_OK;
}

/* What holds of an option that the command line has not said: what the environment says, else the file of
 * settings, else the default. */
static enum config_result reader_read_else(struct reader *reader, const struct option *option)
{
    struct saying saying = {.option = option};
    enum config_result result = reader_find_in(reader, SOURCE_ENVIRONMENT, &saying);
    if (result == CONFIG_OK && saying.value == NULL)
        result = reader_find_in(reader, SOURCE_FILE, &saying);
    if (result != CONFIG_OK)
        return result;
    if (saying.value == NULL) {
        saying.source = SOURCE_DEFAULT;
        saying.value = option->fallback;
    }
    return saying.value == NULL ? CONFIG_OK : reader_set(reader, &saying);
}

static enum config_result reader_read_rest(struct reader *reader)
{
    for (size_t i = 0; i < options_count; i++) {
        if ((options[i].verbs & reader->verb) == 0 || reader->config->settings[i].source == SOURCE_FLAG)
            continue;
        enum config_result result = reader_read_else(reader, &options[i]);
        if (result != CONFIG_OK)
            return result;
    }
    return CONFIG_OK;
}

/* What each option by itself cannot tell. */
static enum config_result reader_check_whole(struct reader *reader)
{
    const struct config *config = reader->config;
    if ((reader->verb == VERB_TOKEN || reader->verb == VERB_REVOKE) &&
        (config->workspace == NULL || config->agent == NULL))
        return reader_fail(reader, CONFIG_USAGE, "--%s is missing: %s",
                           config->workspace == NULL ? "workspace" : "agent",
                           reader->verb == VERB_TOKEN ? "whom is the token for?" : "whose tokens?");
    if (reader->verb == VERB_TAIL && config->workspace == NULL)
        return reader_fail(reader, CONFIG_USAGE, "--workspace is missing: whose log?");
    bool is_like_serve = (reader->verb & VERBS_LIKE_SERVE) != 0;
    if (is_like_serve && config->demo_anywhere && !config->demo)
        return reader_fail(reader, CONFIG_USAGE, "--demo-anywhere says nothing without --demo");
    bool needs_secret = reader->verb == VERB_TOKEN || (is_like_serve && !config->demo);
    if (needs_secret && config->secret_size == 0)
        return reader_fail(reader, CONFIG_UNFIT,
                           "no secret to sign tokens with: set RELEVO_SECRET_FILE (or RELEVO_SECRET, or say "
                           "--secret-file FILE) to one of at least 32 bytes, as `relevo secret` prints "
                           "them%s",
                           is_like_serve ? "; or try --demo" : "");
    return CONFIG_OK;
}

enum config_result config_read(enum verb verb, int arguments_count, char *const *arguments,
                               char *const *environment, struct config *config_r, char **text_r)
{
    struct reader reader = {.verb = verb, .config = config_r, .environment = environment, .text_r = text_r};
    *config_r = (struct config){.settings = alloc_array(options_count, sizeof(struct setting)),
                                .verb = verb,
                                .arguments_count = arguments_count,
                                .arguments = arguments,
                                .environment = environment};
    *text_r = NULL;
    enum config_result result = CONFIG_OK;
    for (int i = 0; i < arguments_count && result == CONFIG_OK; i++)
        if (strcmp(arguments[i], "--help") == 0) {
            *text_r = help_make(verb);
            result = CONFIG_HELP;
        }
    if (result == CONFIG_OK)
        result = reader_read_flags(&reader, arguments_count, arguments);
    if (result == CONFIG_OK)
        result = reader_check_environment(&reader);
    if (result == CONFIG_OK)
        result = reader_read_file(&reader);
    if (result == CONFIG_OK)
        result = reader_read_rest(&reader);
    if (result == CONFIG_OK)
        result = reader_check_whole(&reader);
    return result;
}

void config_share_environment(const struct config *config)
{
    for (size_t i = 0; i < config->env_file.count; i++) {
        const char *name = config->env_file.items[i].name;
        if (option_of_variable(name) == NULL)
            setenv(name, env_file_find(&config->env_file, name)->value, 0);
    }
}

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
