#include "store/fitness.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "store/row.h"
#include "store/sql.h"

enum {
    SERVER_VERSION_MIN = 150000,
    TIMELINE_SIZE = 8,
};

void fitness_read(const PGresult *server, const PGresult *schema, struct fitness *fitness_r)
{
    struct fields fields = fields_of(server, 0);
    *fitness_r = (struct fitness){.server_version = fields_take_int(&fields)};
    fitness_r->encoding = fields_take_text(&fields);
    fitness_r->fsync = fields_take_text(&fields);
    fitness_r->full_page_writes = fields_take_text(&fields);
    fitness_r->synchronous_commit = fields_take_text(&fields);
    fitness_r->zero_damaged_pages = fields_take_text(&fields);
    fitness_r->ignore_checksum_failure = fields_take_text(&fields);
    fitness_r->epoch = fields_take_text(&fields);
    fitness_r->backend_pid = fields_take_int(&fields);
    fitness_r->backend_start = fields_take_text(&fields);
    fitness_r->now_ms = fields_take_time(&fields);
    fitness_r->session_key = fields_take_text(&fields);
    if (schema == NULL)
        return;
    fields = fields_of(schema, 0);
    fitness_r->schema_version = fields_take_int(&fields);
    fitness_r->schema_min_code = fields_take_int(&fields);
    fitness_r->has_partitions = fields_take_bool(&fields);
    for (int i = 0; i < ROW_TYPES_COUNT; i++)
        fitness_r->row_types[i] = (uint32_t)fields_take_int(&fields);
}

void fitness_finish(struct fitness *fitness)
{
    text_unref(&fitness->encoding);
    text_unref(&fitness->fsync);
    text_unref(&fitness->full_page_writes);
    text_unref(&fitness->synchronous_commit);
    text_unref(&fitness->zero_damaged_pages);
    text_unref(&fitness->ignore_checksum_failure);
    text_unref(&fitness->epoch);
    text_unref(&fitness->backend_start);
    text_unref(&fitness->session_key);
}

static bool judge_version(const struct fitness *fitness, char *sentence_r, size_t sentence_size)
{
    if (fitness->server_version >= SERVER_VERSION_MIN)
        return true;
    snprintf(sentence_r, sentence_size, "the database is PostgreSQL %d and this server needs 15 or newer",
             (int)(fitness->server_version / 10000));
    return false;
}

static bool judge_encoding(const struct fitness *fitness, char *sentence_r, size_t sentence_size)
{
    if (strcmp(text_string(fitness->encoding), "UTF8") == 0)
        return true;
    snprintf(sentence_r, sentence_size,
             "the database's encoding is %s and must be UTF8: create it with ENCODING 'UTF8' TEMPLATE "
             "template0",
             text_string(fitness->encoding));
    return false;
}

static bool judge_durability(const struct fitness *fitness, char *sentence_r, size_t sentence_size)
{
    const struct {
        const char *name;
        const struct text *value;
        const char *wrong;
        const char *right;
    } settings[] = {
        {"fsync", fitness->fsync, "off", "on"},
        {"full_page_writes", fitness->full_page_writes, "off", "on"},
        {"synchronous_commit", fitness->synchronous_commit, "off", "on"},
        {"zero_damaged_pages", fitness->zero_damaged_pages, "on", "off"},
        {"ignore_checksum_failure", fitness->ignore_checksum_failure, "on", "off"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
        if (strcmp(text_string(settings[i].value), settings[i].wrong) != 0)
            continue;
        snprintf(sentence_r, sentence_size,
                 "the database has %s = %s, so it may lose what it has committed: set it to %s, or serve "
                 "with --allow-unsafe-database",
                 settings[i].name, settings[i].wrong, settings[i].right);
        return false;
    }
    return true;
}

static bool judge_schema(const struct fitness *fitness, char *sentence_r, size_t sentence_size)
{
    int needed = sql_schema_version();
    if (fitness->schema_version < needed) {
        snprintf(
            sentence_r, sentence_size,
            "the database's schema is at version %d and this server needs %d: run `relevo migrate` first",
            (int)fitness->schema_version, needed);
        return false;
    }
    if (fitness->schema_min_code > needed) {
        snprintf(sentence_r, sentence_size,
                 "the database's schema is at version %d and can be served from version %d on, which this "
                 "server, made for %d, is "
                 "too old for: run a newer one",
                 (int)fitness->schema_version, (int)fitness->schema_min_code, needed);
        return false;
    }
    return true;
}

static bool judge_partitions(const struct fitness *fitness, char *sentence_r, size_t sentence_size)
{
    if (fitness->has_partitions)
        return true;
    snprintf(sentence_r, sentence_size,
             "the database has no partitions for what is committed today: run `relevo migrate`, which makes "
             "them");
    return false;
}

bool fitness_judge_aspect(const struct fitness *fitness, enum fitness_aspect aspect, char *sentence_r,
                          size_t sentence_size)
{
    switch (aspect) {
    case FITNESS_VERSION: return judge_version(fitness, sentence_r, sentence_size);
    case FITNESS_ENCODING: return judge_encoding(fitness, sentence_r, sentence_size);
    case FITNESS_DURABILITY: return judge_durability(fitness, sentence_r, sentence_size);
    case FITNESS_SCHEMA: return judge_schema(fitness, sentence_r, sentence_size);
    case FITNESS_PARTITIONS: return judge_partitions(fitness, sentence_r, sentence_size);
    case FITNESS_ASPECTS_COUNT: break;
    }
    return true;
}

/* A dump of before an upgrade, or of before today's partitions, is migrated when it has been restored; what a
 * newer server has migrated needs that one. */
static bool may_heal(const struct fitness *fitness, enum fitness_aspect aspect)
{
    return aspect == FITNESS_PARTITIONS ||
           (aspect == FITNESS_SCHEMA && fitness->schema_version < sql_schema_version());
}

enum fitness_verdict fitness_judge(const struct fitness *fitness, bool allow_unsafe, char *sentence_r,
                                   size_t sentence_size)
{
    for (int aspect = 0; aspect < FITNESS_ASPECTS_COUNT; aspect++) {
        if (aspect == FITNESS_DURABILITY && allow_unsafe)
            continue;
        if (!fitness_judge_aspect(fitness, (enum fitness_aspect)aspect, sentence_r, sentence_size))
            return may_heal(fitness, (enum fitness_aspect)aspect) ? FITNESS_NOT_YET : FITNESS_UNFIT;
    }
    return FITNESS_FIT;
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

bool fitness_lacks_password(const PGconn *pg, char *sentence_r, size_t sentence_size)
{
    if (!PQconnectionNeedsPassword(pg))
        return false;
    snprintf(sentence_r, sentence_size,
             "the database asks for a password, and there is none for it: give one in DATABASE_URL or "
             "PGPASSWORD, or "
             "in a password file (PGPASSFILE) that nobody else may read and that has a line for this host, "
             "port, database and role");
    return true;
}
