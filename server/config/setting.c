#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "config/file.h"
#include "config/reader_private.h"

enum config_result reader_fail(struct reader *reader, enum config_result result, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    *reader->text_r = alloc_string(text, strlen(text));
    return result;
}

void reader_name_saying(const struct reader *reader, const struct saying *saying, char name_r[NAME_SIZE])
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

enum config_result reader_set(struct reader *reader, const struct saying *saying)
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
