#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/options.h"
#include "support/document.h"
#include "support/leak.h"

/* docs/operating.md lists what can be set, as the table of options has it. */

enum { CELL_SIZE = 512 };

/* "`--database URL` or `--database-file FILE`": either may be missing. */
static void cell_write(char cell_r[CELL_SIZE], const char *dashes, const char *one, const char *value_name,
                       const char *other, const char *other_value_name)
{
    const char *space = value_name[0] == '\0' ? "" : " ";
    const char *other_space = other_value_name[0] == '\0' ? "" : " ";
    int size = 0;
    cell_r[0] = '\0';
    if (one != NULL)
        size = snprintf(cell_r, CELL_SIZE, "%s%s%s%s", dashes, one, space, value_name);
    if (other != NULL)
        snprintf(cell_r + size, CELL_SIZE - (size_t)size, "%s%s%s%s%s", one == NULL ? "" : " or ", dashes,
                 other, other_space, other_value_name);
}

static void option_write(const struct option *option, char cells_r[4][CELL_SIZE])
{
    const char *value_name = option->value_name == NULL ? "" : option->value_name;
    cell_write(cells_r[0], "--", option->flag, value_name, option->file_flag, "FILE");
    cell_write(cells_r[1], "", option->variable, "", option->file_variable, "");
    snprintf(cells_r[2], CELL_SIZE, "%s", option->fallback == NULL ? "" : option->fallback);
    snprintf(cells_r[3], CELL_SIZE, "%s%s", option->help, option->reloads ? " (reloads)" : "");
}

TestSuite(operating_document, .fini = end_without_leak);

Test(operating_document, lists_every_setting_of_serve_as_the_options_have_it)
{
    struct table *table = table_read("docs/operating.md", "\n## Configure", "flag");
    size_t row = 0;
    for (size_t i = 0; i < options_count; i++) {
        char cells[4][CELL_SIZE];
        if ((options[i].verbs & VERB_SERVE) == 0)
            continue;
        option_write(&options[i], cells);
        bool is_there = row < table->count;
        for (size_t column = 0; is_there && column < 4; column++)
            is_there = strcmp(table->cells[row][column], cells[column]) == 0;
        cr_assert(is_there, "row %zu of the table must be\n| %s | %s | %s | %s |", row + 1, cells[0],
                  cells[1], cells[2], cells[3]);
        row++;
    }
    cr_assert_eq(row, table->count, "the table has %zu rows too many", table->count - row);
    table_destroy(table);
}
