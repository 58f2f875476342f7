/* The command line. */
#include <stdio.h>
#include <string.h>

#include "config/reader_private.h"
#include "config/suggest.h"

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

/* Sets what arguments[*index_r] says, which it moves on where the value is the argument behind. */
static enum config_result reader_read_flag(struct reader *reader, int count, char *const *arguments,
                                           int *index_r)
{
    const char *argument = arguments[*index_r];
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
    if (value_name != NULL && value == NULL && *index_r + 1 == count)
        return reader_fail(reader, CONFIG_USAGE, "%s needs a %s", name, value_name);
    if (value_name != NULL)
        saying.value = value != NULL ? value : arguments[++*index_r];
    const struct setting *before = setting_of(reader->config, option);
    if (before->source == SOURCE_FLAG && (before->file != NULL) != saying.names_file)
        return reader_fail(reader, CONFIG_USAGE, "--%s and --%s are both said; keep one of them",
                           option->flag, option->file_flag);
    return reader_set(reader, &saying);
}

enum config_result reader_read_flags(struct reader *reader, int count, char *const *arguments)
{
    enum config_result result = CONFIG_OK;
    for (int i = 0; i < count && result == CONFIG_OK; i++)
        result = reader_read_flag(reader, count, arguments, &i);
    return result;
}
