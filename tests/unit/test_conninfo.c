#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <stdlib.h>

#include "store/conninfo.h"

static void assert_shown(const char *conninfo, const char *expected)
{
    char *shown = conninfo_show(conninfo);
    if (expected == NULL)
        cr_assert_null(shown, "%s", shown);
    else
        cr_assert_str_eq(shown, expected);
    free(shown);
}

Test(conninfo, is_shown_without_its_passwords)
{
    assert_shown("postgresql://relevo:secret@db:5432/relevo?sslpassword=secret",
                 "user=relevo password=*** dbname=relevo host=db port=5432 sslpassword=***");
    assert_shown("host=db password='it\\'s'", "password=*** host=db");
    assert_shown("relevo", "dbname=relevo");
}

Test(conninfo, is_not_shown_where_a_part_of_the_password_could_be)
{
    assert_shown("postgresql://relevo:sec@ret@db/relevo", NULL);
    assert_shown("postgresql://relevo:sec/ret@db/relevo", NULL);
    assert_shown("postgresql://relevo:sec%ret@db/relevo", NULL);
}

/* libpq separates the pairs by all that C calls space. */
Test(conninfo, is_shown_so_that_it_is_read_as_it_was_said)
{
    static const char spaces[] = " \t\n\v\f\r'\\";
    for (size_t i = 0; spaces[i] != '\0'; i++) {
        char name[] = {'a', spaces[i], 'b', '\0'};
        char *shown = conninfo_show(name);
        PQconninfoOption *options = PQconninfoParse(shown, NULL);
        cr_assert_not_null(options, "%s", shown);
        for (PQconninfoOption *each = options; each->keyword != NULL; each++)
            if (strcmp(each->keyword, "dbname") == 0)
                cr_assert_str_eq(each->val, name);
        PQconninfoFree(options);
        free(shown);
    }
}
