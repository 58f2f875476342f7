#ifndef RELEVO_CONFIG_CONFIG_H
#define RELEVO_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "config/env_file.h"
#include "config/verb.h"
#include "core/quotas.h"
#include "core/role.h"
#include "protocol/limits.h"

/* What the process was told to do and how: by flags, else by the environment, else by a file of settings,
 * else as the defaults are. All come from one table (options.c). */

/* Who has said what holds of a setting. */
enum source {
    SOURCE_DEFAULT = 0, /* nobody */
    SOURCE_FILE,        /* --env-file */
    SOURCE_ENVIRONMENT,
    SOURCE_FLAG,
};

/* What was said of one option of the table. */
struct setting {
    enum source source;
    char *text;      /* the value; NULL: nothing holds, or it is not to be shown */
    size_t size;     /* of the value, in bytes */
    uint64_t print;  /* a fingerprint of it; 0: nothing holds */
    char *file;      /* that the value was read from; NULL: none */
    int line;        /* of SOURCE_FILE: where it is said */
    bool is_exposed; /* it is secret, and others can read the file that it is in */
};

/* NULL and 0 where nothing was said. */
struct config {
    struct setting *settings; /* one for each option of the table (options.h), in its order */

    /* what it was read from, borrowed */
    enum verb verb;
    int arguments_count;
    char *const *arguments;
    char *const *environment;

    /* of every subcommand */
    char *env_file_name; /* NULL: no file of settings */
    struct env_file env_file;

    /* serve, health */
    char *listen_host; /* "*": every address of this machine */
    char *listen_port;

    /* serve, top */
    char *admin_host; /* NULL: no port for probes and metrics of its own */
    char *admin_port;

    /* serve */
    char *origins[LIMIT_ORIGINS]; /* each as a browser writes it */
    size_t origins_count;
    struct network proxies[LIMIT_PROXIES]; /* who may say where a client is */
    size_t proxies_count;
    char *web_root;
    bool demo;
    bool demo_anywhere;
    bool allow_unsafe_database;
    int lanes;              /* 1 to LIMIT_LANES */
    int retain_days;        /* 7 or more; 0: for ever */
    size_t connections_max; /* 1 to LIMIT_CONNECTIONS */
    struct quotas quotas;   /* of each workspace */
    enum log_level log_level;
    enum log_format log_format;

    /* serve, migrate, revoke, tail */
    char *database; /* NULL: as libpq's own PG* variables say */

    /* migrate */
    char *grant_to;

    /* serve, token: LIMIT_SECRET_MIN_BYTES to LIMIT_SECRET_BYTES; with --demo there may be none */
    uint8_t *secret_data;
    size_t secret_size;

    /* serve: of the same sizes; tokens signed with it are still good */
    uint8_t *previous_secret_data;
    size_t previous_secret_size;

    /* token, revoke, tail */
    char *workspace;

    /* token, revoke */
    char *agent;

    /* token */
    char *name;
    enum role role;
    int64_t ttl_ms;

    /* tail */
    bool has_after;
    int64_t after_seq;
    bool bodies;

    /* tail, top */
    bool once;

    /* health, top */
    char *url_host; /* NULL: where listen_host and listen_port say; of top, admin_host and admin_port */
    char *url_port;
    char *url_path; /* NULL: what is usual */
};

enum config_result {
    CONFIG_OK,
    CONFIG_HELP,  /* --help was asked for: the text is to be shown */
    CONFIG_USAGE, /* the command line is wrong; the text says how */
    CONFIG_UNFIT, /* the environment, a file, or how they go together is wrong; the text says how */
};

/* Reads it. `arguments` are those after the subcommand, `environment` is NULL-terminated; both outlive the
 * config. Whatever the result, the caller finishes *config_r; but for CONFIG_OK it frees *text_r, whole lines
 * without the last line feed. */
MUST_USE enum config_result config_read(enum verb verb, int arguments_count, char *const *arguments,
                                        char *const *environment, struct config *config_r, char **text_r);

void config_finish(struct config *config);

/* Of one on the heap, which was read; NULL is fine. Nulls the pointer. */
void config_destroy(struct config **config);

/* Puts into the process's environment what the file of settings says that is none of ours (libpq's PG* above
 * all), as systemd would. What is there already stays. */
void config_share_environment(const struct config *config);

static inline struct bytes config_secret(const struct config *config)
{
    return bytes_make(config->secret_data, config->secret_size);
}

/* Empty where there is none. */
static inline struct bytes config_previous_secret(const struct config *config)
{
    return bytes_make(config->previous_secret_data, config->previous_secret_size);
}

#endif
