#include "store/sqlstate.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

#define MIGRATE_FIRST "run `relevo migrate` first"

/* The first that fits counts. Two or three characters stand for all that begin so. A remedy is for an error
 * that lasts until somebody has done it: while a database is dropped, created, restored and migrated again,
 * all of those but the wrong password come about by themselves, and go. */
static const struct {
    const char *begins;
    enum sqlstate_class class;
    enum fitness_verdict verdict;
    const char *remedy;
} errors[] = {
    {"40001", SQLSTATE_PASSING, FITNESS_FIT, NULL},   /* serialization failure */
    {"40P01", SQLSTATE_PASSING, FITNESS_FIT, NULL},   /* deadlock */
    {"55P03", SQLSTATE_PASSING, FITNESS_FIT, NULL},   /* lock not to be had in time */
    {"08", SQLSTATE_SESSION, FITNESS_FIT, NULL},      /* connection */
    {"57P", SQLSTATE_SESSION, FITNESS_FIT, NULL},     /* shutdown, start-up */
    {"26000", SQLSTATE_SESSION, FITNESS_FIT, NULL},   /* a prepared statement is gone */
    {"0A000", SQLSTATE_SESSION, FITNESS_FIT, NULL},   /* a cached plan no longer fits its table */
    {"25006", SQLSTATE_READ_ONLY, FITNESS_FIT, NULL}, /* read-only transaction */
    {"53", SQLSTATE_FULL, FITNESS_FIT, NULL},         /* disk, memory, connections */
    {"57014", SQLSTATE_FULL, FITNESS_FIT, NULL},      /* statement_timeout */
    {"58030", SQLSTATE_FULL, FITNESS_FIT, NULL},      /* input/output */
    {"28P01", SQLSTATE_UNKNOWN, FITNESS_UNFIT, "give the right password, in DATABASE_URL or PGPASSWORD"},
    {"28000", SQLSTATE_UNKNOWN, FITNESS_NOT_YET, "name a role that may connect, and check pg_hba.conf"},
    {"3D000", SQLSTATE_UNKNOWN, FITNESS_NOT_YET,
     "create the database, or name the right one in DATABASE_URL or PGDATABASE"},
    {"42501", SQLSTATE_UNKNOWN, FITNESS_NOT_YET,
     "grant the role what it lacks, or name the role that owns the schema relevo"},
    {"3F000", SQLSTATE_UNKNOWN, FITNESS_NOT_YET, MIGRATE_FIRST}, /* no such schema, */
    {"42P01", SQLSTATE_UNKNOWN, FITNESS_NOT_YET, MIGRATE_FIRST}, /* table, */
    {"42703", SQLSTATE_UNKNOWN, FITNESS_NOT_YET, MIGRATE_FIRST}, /* column, */
    {"42883", SQLSTATE_UNKNOWN, FITNESS_NOT_YET, MIGRATE_FIRST}, /* function */
};

/* The place in errors; their count where it is not among them. */
static size_t find_error(const char *sqlstate)
{
    size_t i = 0;
    while (i < ARRAY_COUNT(errors) && strncmp(sqlstate, errors[i].begins, strlen(errors[i].begins)) != 0)
        i++;
    return i;
}

enum sqlstate_class sqlstate_class_of(const char *sqlstate)
{
    size_t i = find_error(sqlstate);
    return i < ARRAY_COUNT(errors) ? errors[i].class : SQLSTATE_UNKNOWN;
}

enum fitness_verdict sqlstate_judge(const char *sqlstate, const char *message, char *sentence_r,
                                    size_t sentence_size)
{
    size_t i = find_error(sqlstate);
    if (i == ARRAY_COUNT(errors) || errors[i].verdict == FITNESS_FIT)
        return FITNESS_FIT;
    snprintf(sentence_r, sentence_size, "the database says: %s: %s", message, errors[i].remedy);
    return errors[i].verdict;
}

void sqlstate_find(const char *message, char sqlstate_r[6])
{
    sqlstate_r[0] = '\0';
    for (const char *at = strstr(message, ":  "); at != NULL; at = strstr(at + 1, ":  ")) {
        size_t size = strspn(at + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (size == 5 && at[3 + size] == ':') {
            memcpy(sqlstate_r, at + 3, size);
            sqlstate_r[size] = '\0';
            return;
        }
    }
}
