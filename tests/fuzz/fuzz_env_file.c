#include <stdio.h>

#include "base/alloc.h"
#include "config/env_file.h"
#include "support/fuzz_input.h"

/* Files of settings, from any bytes: what is read of one, written anew with everything in quotes, is read as
 * the same; what cannot be read says in which line. */

/* `name` and `value` in one line, or several where the value has line ends. */
static void write_assignment(FILE *out, const struct assignment *assignment)
{
    fprintf(out, "%s=\"", assignment->name);
    for (const char *c = assignment->value; *c != '\0'; c++)
        fprintf(out, "%s%c", strchr("\"\\`$", *c) != NULL ? "\\" : "", *c);
    fputs("\"\n", out);
}

static void check_again(const struct env_file *file)
{
    char *text = NULL;
    size_t size = 0;
    int line = 0;
    struct env_file again;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    for (size_t i = 0; i < file->count; i++)
        write_assignment(out, &file->items[i]);
    must(fclose(out) == 0);
    must(env_file_parse(bytes_make(text, size), &again, &line) == NULL && again.count == file->count);
    for (size_t i = 0; i < file->count; i++) {
        must(strcmp(again.items[i].name, file->items[i].name) == 0);
        must(strcmp(again.items[i].value, file->items[i].value) == 0);
        must(i == 0 || file->items[i - 1].line <= file->items[i].line);
        must(env_file_find(file, file->items[i].name) != NULL);
    }
    env_file_finish(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct env_file file;
    int line = -1;
    const char *wrong = env_file_parse(bytes_make(data, size), &file, &line);
    if (wrong == NULL)
        check_again(&file);
    else
        must(wrong[0] != '\0' && line >= 0 && (size_t)line <= size + 1);
    env_file_finish(&file);
    return 0;
}
