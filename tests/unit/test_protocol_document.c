#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/action.h"
#include "core/reason.h"
#include "protocol/close.h"
#include "protocol/decode.h"
#include "protocol/decode_private.h"
#include "protocol/encode.h"
#include "protocol/limits.h"
#include "support/document.h"
#include "support/leak.h"
#include "support/vectors.h"

/* PROTOCOL.md is normative, so what it says in tables is read here and held against what the server does. */

static long long number_of(const char *cell)
{
    return strtoll(cell, NULL, 10);
}

static const char document[] = "protocol/PROTOCOL.md";

TestSuite(protocol_document, .fini = end_without_leak);

Test(protocol_document, lists_every_reason_as_the_server_says_it)
{
    struct table *table = table_read(document, "\n## 9. Reasons", "code");
    size_t row = 0;
#define X(number, NAME, name, temporary, sentence)                                                           \
    cr_assert_lt(row, table->count, name);                                                                   \
    cr_assert_eq(number_of(table->cells[row][0]), number);                                                   \
    cr_assert_str_eq(table->cells[row][1], name);                                                            \
    cr_assert_str_eq(table->cells[row][2], temporary ? "yes" : "no", name);                                  \
    cr_assert_str_eq(table->cells[row][3], sentence);                                                        \
    row++;
    REASON_LIST(X)
#undef X
    cr_assert_eq(row, table->count);
    table_destroy(table);
}

Test(protocol_document, lists_every_close_code_and_whether_to_come_back)
{
    struct table *table = table_read(document, "\n## 10. Close codes", "code");
    size_t row = 0;
#define X(number, NAME, sentence)                                                                            \
    cr_assert_lt(row, table->count, sentence);                                                               \
    cr_assert_eq(number_of(table->cells[row][0]), number);                                                   \
    cr_assert_str_eq(table->cells[row][2], sentence);                                                        \
    row++;
    CLOSE_LIST(X)
#undef X
    cr_assert_eq(row, table->count);
    for (row = 0; row < table->count; row++) {
        long long code = number_of(table->cells[row][0]);
        const char *back = table->cells[row][1];
        if (code == CLOSE_RESTART || code == CLOSE_TRY_LATER)
            cr_assert_str_eq(back, "yes");
        if (code >= 4000 && code <= 4099)
            cr_assert_str_eq(back, "no");
        if (code >= 4100)
            cr_assert(strcmp(back, "yes") != 0 && strcmp(back, "no") != 0, "%lld: after doing what?", code);
    }
    table_destroy(table);
}

/* What the server's welcome says. */
static json_t *welcome_read(enum role role)
{
    struct frame *frame = encode_welcome(&(struct welcome){.role = role});
    json_t *welcome = vector_value_of(bytes_make(frame->payload, frame->size));
    frame_unref(&frame);
    return welcome;
}

/* Of two values ("20; 1000"), the second is that of automation and channels. */
static long long limit_of(const char *cell, enum role role)
{
    const char *second = strchr(cell, ';');
    return number_of(second == NULL || role_is_person(role) ? cell : second + 1);
}

Test(protocol_document, lists_every_limit_that_welcome_tells)
{
    static const enum role roles[] = {ROLE_AGENT, ROLE_SUPERVISOR, ROLE_AUTOMATION, ROLE_CHANNEL};
    struct table *table = table_read(document, "\n## 11. Limits", "limit");
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++) {
        json_t *welcome = welcome_read(roles[i]);
        json_t *limits = json_object_get(welcome, "limits");
        cr_assert_eq(table->count, json_object_size(limits));
        for (size_t row = 0; row < table->count; row++) {
            const char *name = table->cells[row][0];
            const json_t *told = json_object_get(limits, name);
            cr_assert_not_null(told, "%s", name);
            cr_assert_eq(limit_of(table->cells[row][1], roles[i]), json_integer_value(told), "%s", name);
        }
        json_decref(welcome);
    }
    table_destroy(table);
}

Test(protocol_document, lists_the_columns_of_a_row_in_their_order)
{
    struct table *table = table_read(document, "\n## 6. Rows", "column");
    json_t *welcome = welcome_read(ROLE_AGENT);
    json_t *columns = json_object_get(welcome, "columns");
    cr_assert_eq(table->count, json_array_size(columns));
    for (size_t row = 0; row < table->count; row++)
        cr_assert_str_eq(table->cells[row][0], json_string_value(json_array_get(columns, row)));
    table_destroy(table);
    json_decref(welcome);
}

Test(protocol_document, lists_every_key_of_welcome)
{
    struct table *table = table_read(document, "\n### welcome", "field");
    json_t *welcome = welcome_read(ROLE_AGENT);
    cr_assert_eq(table->count + 1, json_object_size(welcome)); /* and t */
    for (size_t row = 0; row < table->count; row++)
        cr_assert_not_null(json_object_get(welcome, table->cells[row][0]), "%s", table->cells[row][0]);
    table_destroy(table);
    json_decref(welcome);
}

/* Whether a name stands in a cell like "agent, supervisor". */
static bool cell_has(const char *cell, const char *name)
{
    size_t size = strlen(name);
    for (const char *place = strstr(cell, name); place != NULL; place = strstr(place + 1, name)) {
        bool begins = place == cell || place[-1] == ' ';
        if (begins && (place[size] == ',' || place[size] == '\0'))
            return true;
    }
    return false;
}

Test(protocol_document, says_who_may_do_what)
{
    static const enum role roles[] = {ROLE_AGENT, ROLE_SUPERVISOR, ROLE_AUTOMATION, ROLE_CHANNEL};
    struct table *table = table_read(document, "\n## 4. Commands", "action");
    bool is_told[ACTION_COUNT] = {false};
    for (size_t row = 0; row < table->count; row++) {
        enum action action;
        cr_assert(action_parse(bytes_of_string(table->cells[row][0]), &action), "%s", table->cells[row][0]);
        for (size_t i = 0; i < ARRAY_COUNT(roles); i++) {
            cr_assert_eq(action_is_allowed(action, roles[i]),
                         cell_has(table->cells[row][1], role_name(roles[i])), "%s by %s", action_name(action),
                         role_name(roles[i]));
        }
        is_told[action] = true;
    }
    for (int action = 1; action < ACTION_COUNT; action++)
        for (size_t i = 0; i < ARRAY_COUNT(roles); i++)
            cr_assert(is_told[action] || !action_is_allowed((enum action)action, roles[i]),
                      "%s is not in the table", action_name((enum action)action));
    table_destroy(table);
}

static const char *type_of_kind(enum field_kind kind)
{
    switch (kind) {
    case KIND_TEXT: return "text";
    case KIND_INTEGER: return "int";
    case KIND_BOOL: return "bool";
    case KIND_RESUME:
    case KIND_CONSUMER: return "map";
    default: return "none that a message but `command` has";
    }
}

/* A number, or the name of a limit that a person's welcome tells. */
static int64_t bound_of(const char *word, const json_t *limits)
{
    const json_t *limit = json_object_get(limits, word);
    if (strncmp(word, "2^32", strlen("2^32")) == 0)
        return UINT32_MAX;
    return limit == NULL ? number_of(word) : json_integer_value(limit);
}

/* Bounds such as "from 1" or "1 to page_rows". What is longer than "…; longer: 4001" is somebody else's to
 * judge. */
static void assert_bounds(const struct field *field, const char *cell, const json_t *limits)
{
    char least[32] = "0", most[32] = "";
    if (field->kind != KIND_INTEGER && field->kind != KIND_TEXT) {
        cr_assert_str_empty(cell, "%s", field->key);
        return;
    }
    bool is_read = cell[0] == '\0' || sscanf(cell, "from %31s", least) == 1 ||
                   sscanf(cell, "%31s to %31[^;]", least, most) == 2;
    cr_assert(is_read, "%s: %s", field->key, cell);
    cr_assert_eq(field->min, bound_of(least, limits), "%s: %s", field->key, cell);
    if (strchr(cell, ';') == NULL)
        cr_assert_eq(field->max, most[0] == '\0' ? LIMIT_INTEGER : bound_of(most, limits), "%s: %s",
                     field->key, cell);
}

/* The row that tells of a field; some tell of two, such as "open, completed". */
static char **row_of_field(struct table *table, const char *key)
{
    size_t row = 0;
    while (row < table->count && !cell_has(table->cells[row][0], key))
        row++;
    return row < table->count ? table->cells[row] : NULL;
}

/* But those of a map, such as resume.seq. */
static size_t count_fields(const struct table *table)
{
    size_t count = 0;
    for (size_t row = 0; row < table->count; row++) {
        const char *cell = table->cells[row][0];
        if (strchr(cell, '.') == NULL)
            count += strchr(cell, ',') == NULL ? 1 : 2;
    }
    return count;
}

static void assert_shape(const struct shape *shape, struct table *table, const json_t *limits)
{
    for (size_t i = 0; i < shape->fields_count; i++) {
        const struct field *field = &shape->fields[i];
        char **cells = row_of_field(table, field->key);
        cr_assert_not_null(cells, "%s: %s is not in the table", shape->name, field->key);
        cr_assert_str_eq(cells[1], type_of_kind(field->kind), "%s: %s", shape->name, field->key);
        cr_assert_str_eq(cells[3], (shape->needs & 1u << i) != 0 ? "yes" : "no", "%s: %s", shape->name,
                         field->key);
        assert_bounds(field, cells[2], limits);
    }
    cr_assert_eq(shape->fields_count, count_fields(table), "%s: the table has others", shape->name);
}

Test(protocol_document, says_which_fields_each_message_takes)
{
    json_t *welcome = welcome_read(ROLE_AGENT);
    const struct shape *shape;
    for (size_t i = 0; (shape = shape_of(i)) != NULL; i++) {
        char heading[64];
        snprintf(heading, sizeof(heading), "\n### %s\n", shape->name);
        struct table *table = table_read(document, heading, "field");
        assert_shape(shape, table, json_object_get(welcome, "limits"));
        table_destroy(table);
    }
    json_decref(welcome);
}

/* A good value and a bad one of each field that actions differ in. */
struct sample {
    const char *key;
    const char *good;
};

static const struct sample samples[] = {
    {"pause", "60000"},     {"agent", "\"ana\""}, {"body", "\"x\""}, {"channel", "\"w\""},
    {"name", "\"n\""},      {"enabled", "true"},  {"received", "1"}, {"message", "1"},
    {"status", "\"sent\""}, {"seen", "\"any\""},  {"take", "true"},
};
static const char bad_sample[] = "[]";

/* What the server says of a command with these fields: "" or the field that is wrong. */
static const char *judge_command(const char *action, json_t *fields)
{
    json_t *command =
        json_loads("{\"t\": \"command\", \"id\": {\"$bin\": \"0102030405060708090a0b0c0d0e0f10\"},"
                   " \"conversation\": \"c\"}",
                   0, NULL);
    json_object_set_new(command, "do", json_string(action));
    json_object_update(command, fields);
    size_t size;
    uint8_t *frame = vector_frame_of(command, &size);
    struct message message;
    struct decode_error error;
    enum decode_result result = decode_message(bytes_make(frame, size), &message, &error);
    cr_assert(result == DECODE_OK || result == DECODE_REFUSED);
    free(frame);
    json_decref(command);
    return result == DECODE_OK ? "" : error.detail;
}

Test(protocol_document, says_which_fields_each_action_takes)
{
    struct table *table = table_read(document, "\n## 4. Commands", "action");
    for (size_t row = 0; row < table->count; row++) {
        char **cells = table->cells[row];
        json_t *needed = json_object();
        for (size_t i = 0; i < ARRAY_COUNT(samples); i++)
            if (cell_has(cells[2], samples[i].key))
                json_object_set_new(needed, samples[i].key,
                                    json_loads(samples[i].good, JSON_DECODE_ANY, NULL));
        cr_assert_str_eq(judge_command(cells[0], needed), "", "%s with what it needs", cells[0]);
        for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
            const char *key = samples[i].key;
            bool is_needed = cell_has(cells[2], key);
            bool is_taken = is_needed || cell_has(cells[3], key);
            json_t *fields = json_copy(needed);
            json_object_del(fields, key);
            cr_assert_str_eq(judge_command(cells[0], fields), is_needed ? key : "", "%s without %s", cells[0],
                             key);
            json_object_set_new(fields, key, json_loads(bad_sample, 0, NULL));
            cr_assert_str_eq(judge_command(cells[0], fields), is_taken ? key : "", "%s, bad %s", cells[0],
                             key);
            json_decref(fields);
        }
        json_decref(needed);
    }
    table_destroy(table);
}

/* The hexadecimal digits of one ```hex block: pairs up to the first word that is none. */
static char *block_digits(const char *block, const char *end)
{
    char *digits = calloc(1, (size_t)(end - block) + 1);
    size_t size = 0;
    const char *line = block;
    while (line < end) {
        const char *c = line;
        while (*c == ' ' || (isxdigit(c[0]) && isxdigit(c[1]) && (c[2] == ' ' || c[2] == '\n'))) {
            if (*c == ' ') {
                c++;
                continue;
            }
            digits[size++] = c[0];
            digits[size++] = c[1];
            c += 2;
        }
        line = strchr(c, '\n') + 1;
    }
    return digits;
}

static bool vectors_have(const char *hex)
{
    const char *const files[] = {"client", "server"};
    bool found = false;
    for (size_t f = 0; f < ARRAY_COUNT(files); f++) {
        json_t *vectors = vectors_load(files[f]);
        for (size_t i = 0; i < json_array_size(vectors); i++)
            found = found || strcmp(vector_string(json_array_get(vectors, i), "hex"), hex) == 0;
        json_decref(vectors);
    }
    return found;
}

Test(protocol_document, shows_frames_that_are_among_the_vectors)
{
    char *text = document_read(document);
    const char *place = text;
    size_t blocks = 0;
    while ((place = strstr(place, "\n```hex\n")) != NULL) {
        place += strlen("\n```hex\n");
        const char *end = strstr(place, "\n```\n") + 1;
        char *digits = block_digits(place, end);
        cr_assert(vectors_have(digits), "no vector has %s", digits);
        free(digits);
        place = end;
        blocks++;
    }
    cr_assert_eq(blocks, 3);
    free(text);
}
