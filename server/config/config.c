#include "config/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "config/file.h"
#include "config/help.h"
#include "config/options.h"
#include "config/suggest.h"

enum {
    NAME_SIZE = 512,
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

/* The option that the variable is of, be it of its value or of a file; NULL: of none. */
static const struct option *option_of_variable(const char *name)
{
    for (size_t i = 0; i < options_count; i++)
        if ((options[i].variable != NULL && strcmp(options[i].variable, name) == 0) ||
            (options[i].file_variable != NULL && strcmp(options[i].file_variable, name) == 0))
            return &options[i];
    return NULL;
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

/* A setting as it was said: the value, or the name of a file that holds it. */
struct saying {
    const struct option *option;
    enum source source;
    bool names_file;
    int line;          /* of SOURCE_FILE */
    const char *value; /* of a switch: "yes" */
};

/* What it was said with, as in "--listen". */
static void reader_name_saying(const struct reader *reader, const struct saying *saying,
                               char name_r[NAME_SIZE])
{
    const struct option *option = saying->option;
    const char *variable = saying->names_file ? option->file_variable : option->variable;
    if (saying->source == SOURCE_FILE)
        snprintf(name_r, NAME_SIZE, "%s:%d: %s", reader->config->env_file_name, saying->line, variable);
    else if (saying->source == SOURCE_ENVIRONMENT)
        snprintf(name_r, NAME_SIZE, "%s", variable);
    else
        snprintf(name_r, NAME_SIZE, "--%s", saying->names_file ? option->file_flag : option->flag);
}

static void setting_keep(struct setting *setting, const struct saying *saying, const char *value)
{
    char *before = saying->option->is_list ? setting->text : NULL;
    char *text = NULL;
    if (before != NULL) {
        size_t size = strlen(before) + strlen(value) + 3;
        text = alloc_array(size, 1);
        snprintf(text, size, "%s, %s", before, value);
    } else if (saying->option->secrecy == SECRECY_NONE) {
        text = alloc_string(value, strlen(value));
    }
    free(setting->text);
    free(setting->file);
    setting->source = saying->source;
    setting->text = text;
    setting->size = strlen(value);
    setting->print = hash_fnv64(HASH_FNV64_START, bytes_of_string(text != NULL ? text : value));
    setting->line = saying->line;
    setting->file = saying->names_file ? alloc_string(saying->value, strlen(saying->value)) : NULL;
}

/* Whether nobody else should see the value: of a database's connection string, only where there is a password
 * in it. */
static bool option_is_secret(const struct option *option, const char *value)
{
    const char *user = strstr(value, "://");
    const char *password = user == NULL ? NULL : strchr(user + 3, ':');
    switch (option->secrecy) {
    case SECRECY_NONE: return false;
    case SECRECY_WHOLE: return true;
    case SECRECY_PASSWORD:
        return strstr(value, "password") != NULL || (password != NULL && strchr(password, '@') != NULL);
    }
    return true;
}

static enum config_result reader_set(struct reader *reader, const struct saying *saying)
{
    const struct option *option = saying->option;
    struct setting *setting = &reader->config->settings[option - options];
    enum config_result failure = saying->source == SOURCE_FLAG ? CONFIG_USAGE : CONFIG_UNFIT;
    const char *value_name = saying->names_file ? "FILE" : option->value_name;
    char name[NAME_SIZE];
    char content[FILE_TEXT_BYTES];
    const char *value = saying->value;
    const char *expected = NULL;
    reader_name_saying(reader, saying, name);
    if (value[0] == '\0')
        return reader_fail(reader, failure, "%s is empty; give it a %s or leave it out", name, value_name);
    setting->is_exposed = saying->source == SOURCE_FILE && reader->config->env_file.is_exposed &&
                          option_is_secret(option, value);
    if (saying->names_file) {
        expected = file_read_text(value, content, &setting->is_exposed);
        value = content;
    }
    if (expected == NULL)
        expected = option->set(reader->config, value);
    if (expected == NULL)
        setting_keep(setting, saying, value);
    if (saying->names_file)
        explicit_bzero(content, sizeof(content));
    if (expected == NULL)
        return CONFIG_OK;
    bool may_show = saying->names_file || option->secrecy == SECRECY_NONE;
    return may_show ? reader_fail(reader, failure, "%s %s: %s", name, saying->value, expected)
                    : reader_fail(reader, failure, "%s: %s", name, expected);
}

/* Whether `flag` is what the `size` bytes at `name` say. */
static bool flag_is(const char *flag, const char *name, size_t size)
{
    return flag != NULL && strlen(flag) == size && strncmp(flag, name, size) == 0;
}

/* False where the subcommand has no such flag. */
static bool reader_find_flag(const struct reader *reader, const char *name, size_t size,
                             struct saying *saying_r)
{
    for (size_t i = 0; i < options_count; i++) {
        bool names_file = flag_is(options[i].file_flag, name, size);
        if ((options[i].verbs & reader->verb) != 0 && (names_file || flag_is(options[i].flag, name, size))) {
            *saying_r = (struct saying){
                .option = &options[i], .source = SOURCE_FLAG, .names_file = names_file, .value = "yes"};
            return true;
        }
    }
    return false;
}

static enum config_result reader_fail_flag(struct reader *reader, const char *argument)
{
    char name[NAME_SIZE];
    if (strncmp(argument, "--", 2) != 0)
        return reader_fail(reader, CONFIG_USAGE,
                           "%s: relevo %s takes no such argument; relevo %s --help lists its options",
                           argument, verb_name(reader->verb), verb_name(reader->verb));
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
    struct suggestion suggestion = suggestion_begin(name);
    for (size_t i = 0; i < 2 * options_count; i++) {
        const struct option *option = &options[i / 2];
        const char *flag = i % 2 == 0 ? option->flag : option->file_flag;
        if ((option->verbs & reader->verb) != 0 && flag != NULL)
            suggestion_consider(&suggestion, flag);
    }
    if (suggestion.name != NULL)
        return reader_fail(reader, CONFIG_USAGE, "--%s: relevo %s has no such option; did you mean --%s?",
                           name, verb_name(reader->verb), suggestion.name);
    return reader_fail(reader, CONFIG_USAGE,
                       "--%s: relevo %s has no such option; relevo %s --help lists them", name,
                       verb_name(reader->verb), verb_name(reader->verb));
}

/* Sets what the command line says. */
static enum config_result reader_read_flags(struct reader *reader, int count, char *const *arguments)
{
    for (int i = 0; i < count; i++) {
        const char *argument = arguments[i];
        const char *equals = strchr(argument, '=');
        const char *value = equals == NULL ? NULL : equals + 1;
        size_t size = equals == NULL ? strlen(argument) : (size_t)(equals - argument);
        struct saying saying;
        char name[NAME_SIZE];
        if (strncmp(argument, "--", 2) != 0 || !reader_find_flag(reader, argument + 2, size - 2, &saying))
            return reader_fail_flag(reader, argument);
        const struct option *option = saying.option;
        const char *value_name = saying.names_file ? "FILE" : option->value_name;
        reader_name_saying(reader, &saying, name);
        if (value_name == NULL && value != NULL)
            return reader_fail(reader, CONFIG_USAGE, "%s takes no value", name);
        if (value_name != NULL && value == NULL && i + 1 == count)
            return reader_fail(reader, CONFIG_USAGE, "%s needs a %s", name, value_name);
        if (value_name != NULL)
            saying.value = value != NULL ? value : arguments[++i];
        const struct setting *before = setting_of(reader->config, option);
        if (before->source == SOURCE_FLAG && (before->file != NULL) != saying.names_file)
            return reader_fail(reader, CONFIG_USAGE, "--%s and --%s are both said; keep one of them",
                               option->flag, option->file_flag);
        enum config_result result = reader_set(reader, &saying);
        if (result != CONFIG_OK)
            return result;
    }
    return CONFIG_OK;
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

const char *verb_name(enum verb verb)
{
    switch (verb) {
    case VERB_SERVE: return "serve";
    case VERB_MIGRATE: return "migrate";
    case VERB_TOKEN: return "token";
    case VERB_HEALTH: return "health";
    case VERB_CONFIG: return "config";
    case VERB_REVOKE: return "revoke";
    case VERB_TAIL: return "tail";
    case VERB_CHECK: return "check";
    case VERB_TOP: return "top";
    case VERB_SECRET: return "secret";
    }
    return "";
}

const char *verb_purpose(enum verb verb)
{
    switch (verb) {
    case VERB_SERVE: return "Serves clients until SIGTERM, which drains; a second one stops at once.";
    case VERB_MIGRATE: return "Brings the database's schema up to what this version needs.";
    case VERB_TOKEN: return "Prints a token to connect with.";
    case VERB_SECRET: return "Prints a fresh secret for tokens to be signed with: 64 characters.";
    case VERB_TAIL:
        return "Shows the log of a workspace as it comes, from the database, for a person to read.";
    case VERB_REVOKE: return "Makes void every token that somebody has been issued up to now.";
    case VERB_HEALTH: return "Asks a server whether it is ready to take clients; exits 0 if it is, else 1.";
    case VERB_TOP:
        return "Shows who is slow and who is busy at a server, again and again; asks its admin port.";
    case VERB_CONFIG: return "Prints what serve would be told by the same options, and by whom; no secrets.";
    case VERB_CHECK: return "Goes through what serve would need with the same options, without serving.";
    }
    return "";
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
