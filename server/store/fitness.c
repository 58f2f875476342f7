#include "store/fitness.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "store/migrate.h"
#include "store/row.h"

enum {
    SERVER_VERSION_MIN = 150000,
    TIMELINE_SIZE = 8,
};

/* What must be on for a commit to outlive a crash of the machine. */
static bool judge_setting(const char *name, const struct text *value, bool allow_unsafe, char *sentence_r,
                          size_t sentence_size)
{
    if (allow_unsafe || strcmp(text_string(value), "off") != 0)
        return true;
    snprintf(sentence_r, sentence_size,
             "the database has %s = off, so it may lose what it has committed: set it to on, or serve "
             "with --allow-unsafe-database",
             name);
    return false;
}

static bool judge_schema(int64_t version, int64_t min_code, char *sentence_r, size_t sentence_size)
{
    int needed = migrate_version();
    if (version < needed) {
        snprintf(
            sentence_r, sentence_size,
            "the database's schema is at version %d and this server needs %d: run `relevo migrate` first",
            (int)version, needed);
        return false;
    }
    if (min_code > needed) {
        snprintf(sentence_r, sentence_size,
                 "the database's schema is at version %d and can be served from version %d on, which this "
                 "server, made for %d, is "
                 "too old for: run a newer one",
                 (int)version, (int)min_code, needed);
        return false;
    }
    return true;
}

bool fitness_judge(const PGresult *result, bool allow_unsafe, struct fitness *fitness_r, char *sentence_r,
                   size_t sentence_size)
{
    struct fields fields = fields_of(result, 0);
    int64_t server_version = fields_take_int(&fields);
    struct text *encoding = fields_take_text(&fields);
    struct text *fsync = fields_take_text(&fields);
    struct text *full_page_writes = fields_take_text(&fields);
    struct text *synchronous_commit = fields_take_text(&fields);
    int64_t version = fields_take_int(&fields);
    int64_t min_code = fields_take_int(&fields);
    *fitness_r = (struct fitness){.epoch = fields_take_text(&fields)};
    fitness_r->backend_pid = fields_take_int(&fields);
    fitness_r->backend_start = fields_take_text(&fields);
    fitness_r->now_ms = fields_take_time(&fields);

    bool is_fit = false;
    if (server_version < SERVER_VERSION_MIN)
        snprintf(sentence_r, sentence_size, "the database is PostgreSQL %d and this server needs 15 or newer",
                 (int)(server_version / 10000));
    else if (strcmp(text_string(encoding), "UTF8") != 0)
        snprintf(sentence_r, sentence_size,
                 "the database's encoding is %s and must be UTF8: create it with ENCODING 'UTF8' TEMPLATE "
                 "template0",
                 text_string(encoding));
    else
        is_fit =
            judge_setting("fsync", fsync, allow_unsafe, sentence_r, sentence_size) &&
            judge_setting("full_page_writes", full_page_writes, allow_unsafe, sentence_r, sentence_size) &&
            judge_setting("synchronous_commit", synchronous_commit, allow_unsafe, sentence_r,
                          sentence_size) &&
            judge_schema(version, min_code, sentence_r, sentence_size);
    text_unref(&encoding);
    text_unref(&fsync);
    text_unref(&full_page_writes);
    text_unref(&synchronous_commit);
    if (!is_fit)
        fitness_finish(fitness_r);
    return is_fit;
}

void fitness_finish(struct fitness *fitness)
{
    text_unref(&fitness->epoch);
    text_unref(&fitness->backend_start);
}

bool fitness_is_left_behind(const struct fitness *fitness, const struct text *epoch)
{
    if (epoch == NULL)
        return false;
    struct bytes ours = text_bytes(fitness->epoch);
    struct bytes newest = text_bytes(epoch);
    return ours.size == newest.size && memcmp(ours.data, newest.data, ours.size - TIMELINE_SIZE) == 0 &&
           memcmp(ours.data, newest.data, ours.size) < 0;
}

/* What to do about an error that is there to stay. */
static const struct {
    const char sqlstate[6];
    const char *remedy;
} hopeless[] = {
    {"28P01", "give the right password, in DATABASE_URL or PGPASSWORD"},
    {"28000", "name a role that may connect, and check pg_hba.conf"},
    {"3D000", "create the database, or name the right one in DATABASE_URL or PGDATABASE"},
    {"42501", "grant the role what it lacks, or name the role that owns the schema relevo"},
    {"3F000", "run `relevo migrate` first"},
    {"42P01", "run `relevo migrate` first"},
    {"42883", "run `relevo migrate` first"},
};

bool fitness_is_hopeless(const char *sqlstate, const char *message, char *sentence_r, size_t sentence_size)
{
    for (size_t i = 0; i < ARRAY_COUNT(hopeless); i++) {
        if (strcmp(hopeless[i].sqlstate, sqlstate) != 0)
            continue;
        snprintf(sentence_r, sentence_size, "the database says: %s: %s", message, hopeless[i].remedy);
        return true;
    }
    return false;
}
