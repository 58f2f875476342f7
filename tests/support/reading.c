#include "support/reading.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct reading read_config(enum verb verb, const char *arguments, const char *environment)
{
    struct reading reading;
    char *lists[2] = {alloc_string(arguments, strlen(arguments)),
                      alloc_string(environment, strlen(environment))};
    char *words[2][16] = {{NULL}};
    int counts[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        char *place;
        for (char *word = strtok_r(lists[i], " ", &place); word != NULL; word = strtok_r(NULL, " ", &place))
            words[i][counts[i]++] = word;
    }
    reading.result = config_read(verb, counts[0], words[0], words[1], &reading.config, &reading.text);
    free(lists[0]);
    free(lists[1]);
    return reading;
}

void reading_finish(struct reading *reading)
{
    config_finish(&reading->config);
    free(reading->text);
}

void assert_refused(enum verb verb, const char *arguments, const char *environment, enum config_result result,
                    const char *part)
{
    struct reading reading = read_config(verb, arguments, environment);
    cr_assert_eq(reading.result, result, "%s | %s: %d", arguments, environment, (int)reading.result);
    cr_assert_not_null(strstr(reading.text, part), "\"%s\" does not say \"%s\"", reading.text, part);
    reading_finish(&reading);
}

const struct setting *setting_find(const struct reading *reading, const char *flag)
{
    for (size_t i = 0; i < options_count; i++)
        if ((options[i].flag != NULL && strcmp(options[i].flag, flag) == 0) ||
            (options[i].file_flag != NULL && strcmp(options[i].file_flag, flag) == 0))
            return setting_of(&reading->config, &options[i]);
    cr_assert_fail("there is no option --%s", flag);
    return NULL;
}
