#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "store/conninfo.h"
#include "support/fuzz_input.h"

/* Connection strings: what is shown of one says what libpq reads in it, but for every password, and is itself
 * one that says no more. And of a URL with any password, written as people write it, no part is shown.
 *
 * The first byte says which: 0 for a connection string, else a password. Both end at a NUL. */

/* Stands in the password, wherever a password has this byte; nothing else has it. */
#define MARK      "Xq7zW"
#define MARK_BYTE '\x01'

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void check_options(const PQconninfoOption *said, const PQconninfoOption *shown)
{
    must(said != NULL && shown != NULL);
    for (; said->keyword != NULL; said++, shown++) {
        must(same(said->keyword, shown->keyword));
        if (strchr(said->dispchar, '*') == NULL)
            must(same(said->val, shown->val));
        else
            must(said->val == NULL ? shown->val == NULL : same(shown->val, "***"));
    }
}

static void check_string(const char *conninfo)
{
    bool is_readable = conninfo_is_readable(conninfo);
    char *shown = conninfo_show(conninfo);
    if (shown == NULL)
        return;
    must(is_readable);
    must(conninfo_is_readable(shown));
    bool is_structured = strchr(conninfo, '=') != NULL || strstr(conninfo, "://") != NULL;
    if (is_structured) {
        PQconninfoOption *said = PQconninfoParse(conninfo, NULL);
        PQconninfoOption *again = PQconninfoParse(shown, NULL);
        check_options(said, again);
        PQconninfoFree(said);
        PQconninfoFree(again);
    }
    free(shown);
}

static void check_password(const char *password)
{
    static const char *const schemes[] = {"postgresql://relevo:", "postgres://relevo:"};
    char conninfo[2048];
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t size = (size_t)snprintf(conninfo, sizeof(conninfo), "%s", schemes[i]);
        for (const char *c = password; *c != '\0' && size + 64 < sizeof(conninfo); c++) {
            if (*c == MARK_BYTE)
                size += (size_t)snprintf(conninfo + size, sizeof(conninfo) - size, "%s", MARK);
            else
                conninfo[size++] = *c;
        }
        snprintf(conninfo + size, sizeof(conninfo) - size, "@db.example.org:5432/relevo");
        char *shown = conninfo_show(conninfo);
        must(shown == NULL || strstr(shown, MARK) == NULL);
        free(shown);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    bool is_password = input_take_byte(&input) != 0;
    char *string = alloc_string((const char *)input.data, input.size);
    if (is_password)
        check_password(string);
    else
        check_string(string);
    free(string);
    return 0;
}
