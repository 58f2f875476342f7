#include "config/env_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "config/file.h"

struct reader {
    struct bytes text;
    size_t at;
    int line;
    char *value; /* room for the longest that there can be */
    size_t value_size;
};

static bool is_blank(int character)
{
    return character == ' ' || character == '\t';
}

static bool is_line_end(int character)
{
    return character == '\n' || character == '\r';
}

/* The next character; -1 at the end. */
static int reader_see(const struct reader *reader)
{
    return reader->at < reader->text.size ? reader->text.data[reader->at] : -1;
}

static int reader_take(struct reader *reader)
{
    int character = reader_see(reader);
    if (character >= 0)
        reader->at++;
    if (character == '\n')
        reader->line++;
    return character;
}

static void reader_keep(struct reader *reader, int character)
{
    reader->value[reader->value_size++] = (char)character;
}

static const char *reader_skip_comment(struct reader *reader)
{
    int before = -1;
    while (reader_see(reader) >= 0 && !is_line_end(reader_see(reader)))
        before = reader_take(reader);
    return before == '\\' && reader_see(reader) >= 0
               ? "a comment may not end in \\, as the line after it is one to some versions of systemd"
               : NULL;
}

/* What stands in '…', up to its end. */
static const char *reader_take_single(struct reader *reader)
{
    for (int character = reader_take(reader); character != '\''; character = reader_take(reader)) {
        if (character < 0)
            return "the ' that begins the value has no other that ends it";
        reader_keep(reader, character);
    }
    return NULL;
}

/* What stands in "…", up to its end. */
static const char *reader_take_double(struct reader *reader)
{
    for (int character = reader_take(reader); character != '"'; character = reader_take(reader)) {
        if (character == '\\') {
            character = reader_take(reader);
            if (character == '\n')
                continue;
            if (character >= 0 && strchr("\"\\`$", character) == NULL)
                reader_keep(reader, '\\');
        }
        if (character < 0)
            return "the \" that begins the value has no other that ends it";
        reader_keep(reader, character);
    }
    return NULL;
}

/* The rest of a value, which is in no quotes, up to the line's end. Blanks at its end do not count. */
static void reader_take_bare(struct reader *reader)
{
    size_t kept = reader->value_size;
    for (int character = reader_take(reader); character >= 0 && !is_line_end(character);
         character = reader_take(reader)) {
        bool is_escaped = character == '\\';
        if (is_escaped)
            character = reader_take(reader);
        if (character >= 0 && !(is_escaped && is_line_end(character)))
            reader_keep(reader, character);
        if (is_escaped || !is_blank(character))
            kept = reader->value_size;
    }
    reader->value_size = kept;
}

static const char *reader_take_value(struct reader *reader)
{
    const char *problem = NULL;
    reader->value_size = 0;
    while (problem == NULL && reader_see(reader) >= 0 && !is_line_end(reader_see(reader))) {
        int character = reader_see(reader);
        if (is_blank(character)) {
            reader_take(reader);
        } else if (character == '\'' || character == '"') {
            reader_take(reader);
            problem = character == '"' ? reader_take_double(reader) : reader_take_single(reader);
        } else {
            reader_take_bare(reader);
            break;
        }
    }
    return problem;
}

/* The name up to its "=", without blanks behind it; no bytes where there is none. */
static struct bytes reader_take_name(struct reader *reader)
{
    const uint8_t *begin = reader->text.data + reader->at;
    while (reader_see(reader) >= 0 && reader_see(reader) != '=' && !is_line_end(reader_see(reader)))
        reader_take(reader);
    struct bytes name = bytes_make(begin, (size_t)(reader->text.data + reader->at - begin));
    while (name.size > 0 && is_blank(name.data[name.size - 1]))
        name.size--;
    if (reader_take(reader) != '=')
        return bytes_make(NULL, 0);
    for (size_t i = 0; i < name.size; i++) {
        uint8_t character = name.data[i];
        bool is_letter = (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
                         character == '_';
        if (!is_letter && (i == 0 || character < '0' || character > '9'))
            return bytes_make(NULL, 0);
    }
    return name;
}

static void env_file_add(struct env_file *file, struct bytes name, struct bytes value, int line)
{
    file->items = alloc_resize(file->items, file->count + 1, sizeof(*file->items));
    file->items[file->count++] =
        (struct assignment){.name = alloc_string((const char *)name.data, name.size),
                            .value = alloc_string((const char *)value.data, value.size),
                            .line = line};
}

/* Takes one line, or the lines of one assignment. */
static const char *reader_take_line(struct reader *reader, struct env_file *file)
{
    while (is_blank(reader_see(reader)) || is_line_end(reader_see(reader)))
        reader_take(reader);
    int first = reader_see(reader);
    if (first < 0)
        return NULL;
    if (first == '#' || first == ';')
        return reader_skip_comment(reader);
    int line = reader->line;
    struct bytes name = reader_take_name(reader);
    const char *problem =
        name.size == 0 ? "NAME=value is expected, or a # before a comment" : reader_take_value(reader);
    struct bytes value = bytes_make(reader->value, reader->value_size);
    if (problem == NULL && !bytes_are_text(value, true))
        problem = "the value must be UTF-8 text, without control characters";
    if (problem == NULL)
        env_file_add(file, name, value, line);
    else
        reader->line = line;
    return problem;
}

const char *env_file_parse(struct bytes text, struct env_file *file_r, int *line_r)
{
    struct reader reader = {.text = text, .line = 1, .value = alloc_array(text.size + 1, 1)};
    const char *problem = NULL;
    *file_r = (struct env_file){.count = 0};
    while (problem == NULL && reader.at < text.size)
        problem = reader_take_line(&reader, file_r);
    *line_r = reader.line;
    explicit_bzero(reader.value, text.size + 1);
    free(reader.value);
    return problem;
}

const char *env_file_read(const char *path, struct env_file *file_r, int *line_r)
{
    char *text = alloc_array(ENV_FILE_BYTES, 1);
    size_t size;
    bool is_exposed;
    *file_r = (struct env_file){.count = 0};
    *line_r = 0;
    const char *problem = file_read(path, text, ENV_FILE_BYTES, &size, &is_exposed);
    if (problem == NULL)
        problem = env_file_parse(bytes_make(text, size), file_r, line_r);
    file_r->is_exposed = problem == NULL && is_exposed;
    explicit_bzero(text, ENV_FILE_BYTES);
    free(text);
    return problem;
}

const struct assignment *env_file_find(const struct env_file *file, const char *name)
{
    for (size_t i = file->count; i > 0; i--)
        if (strcmp(file->items[i - 1].name, name) == 0)
            return &file->items[i - 1];
    return NULL;
}

void env_file_finish(struct env_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        explicit_bzero(file->items[i].value, strlen(file->items[i].value));
        free(file->items[i].name);
        free(file->items[i].value);
    }
    free(file->items);
    *file = (struct env_file){.count = 0};
}
