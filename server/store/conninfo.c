#include "store/conninfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/alloc.h"

/* libpq takes anything else for the name of a database. */
static bool conninfo_is_structured(const char *conninfo)
{
    return strchr(conninfo, '=') != NULL || strstr(conninfo, "://") != NULL;
}

bool conninfo_is_readable(const char *conninfo)
{
    if (!conninfo_is_structured(conninfo))
        return true;
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    bool is_readable = options != NULL;
    PQconninfoFree(options);
    return is_readable;
}

/* A password with an @ or a slash in it that is not written as %XX ends early for libpq, which takes the rest
 * of it for a host or a database's name. */
static bool conninfo_is_doubtful(const char *conninfo)
{
    const char *scheme_end = strstr(conninfo, "://");
    const char *at = scheme_end == NULL ? NULL : strrchr(scheme_end, '@');
    return at != NULL && strcspn(scheme_end + 3, "@/") != (size_t)(at - scheme_end - 3);
}

/* As it would have to be written: in quotes where it has a space, a quote or a backslash, or nothing at all.
 */
static void conninfo_write(FILE *out, const char *keyword, const char *value)
{
    bool is_bare = value[0] != '\0' && strpbrk(value, " \t\n\v\f\r'\\") == NULL;
    fprintf(out, "%s%s=%s", ftell(out) == 0 ? "" : " ", keyword, is_bare ? "" : "'");
    for (const char *c = value; *c != '\0'; c++)
        fprintf(out, "%s%c", *c == '\'' || *c == '\\' ? "\\" : "", *c);
    fputs(is_bare ? "" : "'", out);
}

char *conninfo_show(const char *conninfo)
{
    char *text = NULL;
    size_t size;
    bool is_structured = conninfo_is_structured(conninfo);
    PQconninfoOption *options = is_structured ? PQconninfoParse(conninfo, NULL) : NULL;
    if ((is_structured && options == NULL) || conninfo_is_doubtful(conninfo)) {
        PQconninfoFree(options);
        return NULL;
    }
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        abort();
    if (!is_structured)
        conninfo_write(out, "dbname", conninfo);
    /* libpq marks with a star what nobody should see. */
    for (const PQconninfoOption *each = options; each != NULL && each->keyword != NULL; each++)
        if (each->val != NULL)
            conninfo_write(out, each->keyword, strchr(each->dispchar, '*') != NULL ? "***" : each->val);
    fclose(out);
    PQconninfoFree(options);
    return text;
}
