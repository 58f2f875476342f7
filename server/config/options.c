#include "config/options.h"

#include <stdlib.h>
#include <string.h>

#include "config/addresses.h"
#include "config/numbers.h"

static const char *set_env_file(struct config *config, const char *value)
{
    alloc_replace(&config->env_file_name, value, strlen(value));
    return NULL;
}

static const char *set_web_root(struct config *config, const char *value)
{
    alloc_replace(&config->web_root, value, strlen(value));
    return NULL;
}

static const char *set_database(struct config *config, const char *value)
{
    alloc_replace(&config->database, value, strlen(value));
    return NULL;
}

static const char *set_grant_to(struct config *config, const char *value)
{
    alloc_replace(&config->grant_to, value, strlen(value));
    return NULL;
}

static const char *set_log_level(struct config *config, const char *value)
{
    return log_level_parse(value, &config->log_level) ? NULL : "debug, info, warn or error is expected";
}

static const char *set_log_format(struct config *config, const char *value)
{
    return log_format_parse(value, &config->log_format) ? NULL : "logfmt or json is expected";
}

static const char *secret_take(uint8_t **data, size_t *size, const char *secret)
{
    size_t length = strlen(secret);
    if (length < LIMIT_SECRET_MIN_BYTES || length > LIMIT_SECRET_BYTES)
        return "32 to 1024 bytes are expected, as `relevo secret` prints them";
    free(*data);
    *data = (uint8_t *)alloc_string(secret, length);
    *size = length;
    return NULL;
}

static const char *set_secret(struct config *config, const char *value)
{
    return secret_take(&config->secret_data, &config->secret_size, value);
}

static const char *set_previous_secret(struct config *config, const char *value)
{
    return secret_take(&config->previous_secret_data, &config->previous_secret_size, value);
}

static const char *set_demo(struct config *config, const char *value)
{
    (void)value;
    config->demo = true;
    return NULL;
}

static const char *set_demo_anywhere(struct config *config, const char *value)
{
    (void)value;
    config->demo_anywhere = true;
    return NULL;
}

static const char *set_allow_unsafe_database(struct config *config, const char *value)
{
    (void)value;
    config->allow_unsafe_database = true;
    return NULL;
}

static bool set_text(char **place, const char *value, size_t size_max)
{
    size_t size = strlen(value);
    if (size > size_max || !bytes_are_text(bytes_make(value, size), false))
        return false;
    alloc_replace(place, value, size);
    return true;
}

static const char *set_workspace(struct config *config, const char *value)
{
    return set_text(&config->workspace, value, LIMIT_WORKSPACE_BYTES)
               ? NULL
               : "1 to 64 bytes of UTF-8 text are expected";
}

static const char *set_agent(struct config *config, const char *value)
{
    return set_text(&config->agent, value, LIMIT_ID_BYTES) ? NULL
                                                           : "1 to 255 bytes of UTF-8 text are expected";
}

static const char *set_name(struct config *config, const char *value)
{
    return set_text(&config->name, value, LIMIT_NAME_BYTES) ? NULL
                                                            : "1 to 255 bytes of UTF-8 text are expected";
}

static const char *set_role(struct config *config, const char *value)
{
    return role_parse(bytes_of_string(value), &config->role)
               ? NULL
               : "agent, supervisor, automation or channel is expected";
}

static const char *set_after(struct config *config, const char *value)
{
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > 15 || value[digits] != '\0')
        return "a seq is expected, an integer from 0";
    config->has_after = true;
    config->after_seq = strtoll(value, NULL, 10);
    return NULL;
}

static const char *set_once(struct config *config, const char *value)
{
    (void)value;
    config->once = true;
    return NULL;
}

static const char *set_bodies(struct config *config, const char *value)
{
    (void)value;
    config->bodies = true;
    return NULL;
}

static const char *set_ttl(struct config *config, const char *value)
{
    static const struct {
        char letter;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60 * 1000}, {'h', 60 * 60 * 1000}, {'d', 24 * 60 * 60 * 1000}};
    const int64_t longest_ms = INT64_C(366) * 24 * 60 * 60 * 1000;
    size_t digits = strspn(value, "0123456789");
    if (digits > 0 && digits <= 9 && strlen(value) == digits + 1)
        for (size_t i = 0; i < ARRAY_COUNT(units); i++)
            if (units[i].letter == value[digits])
                config->ttl_ms = strtoll(value, NULL, 10) * units[i].ms;
    if (config->ttl_ms > 0 && config->ttl_ms <= longest_ms)
        return NULL;
    return "a time of at most 366d is expected, as in 90s, 30m, 8h or 7d";
}

const struct option options[] = {
    {.flag = "env-file",
     .value_name = "FILE",
     .verbs = VERBS_ALL,
     .set = set_env_file,
     .help = "a file of settings, in lines NAME=value as in the environment, which goes before it"},
    {.flag = "listen",
     .variable = "RELEVO_LISTEN",
     .value_name = "HOST:PORT",
     .fallback = "127.0.0.1:7681",
     .verbs = VERBS_LIKE_SERVE | VERB_HEALTH,
     .set = set_listen,
     .help = "where clients connect"},
    {.flag = "admin-listen",
     .variable = "RELEVO_ADMIN_LISTEN",
     .value_name = "HOST:PORT",
     .verbs = VERBS_LIKE_SERVE | VERB_TOP,
     .set = set_admin_listen,
     .help = "where to answer probes and show metrics; else there are none to see"},
    {.flag = "origin",
     .variable = "RELEVO_ORIGINS",
     .value_name = "URL",
     .verbs = VERBS_LIKE_SERVE,
     .is_list = true,
     .reloads = true,
     .set = set_origin,
     .help =
         "from which pages browsers may connect, as in https://desk.example.com; may be said more than once"},
    {.flag = "trusted-proxy",
     .variable = "RELEVO_TRUSTED_PROXIES",
     .value_name = "ADDRESS",
     .verbs = VERBS_LIKE_SERVE,
     .is_list = true,
     .reloads = true,
     .set = set_proxy,
     .help = "a proxy whose X-Forwarded-For is believed, as in 192.0.2.7 or 10.1.0.0/16; may be said more "
             "than once"},
    {.flag = "web-root",
     .variable = "RELEVO_WEB_ROOT",
     .value_name = "DIR",
     .verbs = VERBS_LIKE_SERVE,
     .set = set_web_root,
     .help = "the page's files"},
    {.flag = "database",
     .variable = "DATABASE_URL",
     .file_flag = "database-file",
     .file_variable = "DATABASE_URL_FILE",
     .value_name = "URL",
     .verbs = VERBS_LIKE_SERVE | VERB_MIGRATE | VERB_REVOKE | VERB_TAIL,
     .secrecy = SECRECY_PASSWORD,
     .set = set_database,
     .help = "the PostgreSQL database; else as PGHOST, PGUSER and the like say"},
    {.flag = "allow-unsafe-database",
     .verbs = VERBS_LIKE_SERVE,
     .set = set_allow_unsafe_database,
     .help = "serve also from a database that may lose what it has committed (fsync off and the like)"},
    {.flag = "lanes",
     .variable = "RELEVO_LANES",
     .value_name = "NUMBER",
     .fallback = "2",
     .verbs = VERBS_LIKE_SERVE,
     .set = set_lanes,
     .help = "how many connections to the database commit side by side, 1 to 8"},
    {.flag = "retain-days",
     .variable = "RELEVO_RETAIN_DAYS",
     .value_name = "NUMBER",
     .verbs = VERB_MIGRATE,
     .set = set_retain_days,
     .help = "how long the log and its messages are kept at least, 7 days or more; else for ever"},
    {.flag = "grant-to",
     .variable = "RELEVO_GRANT_TO",
     .value_name = "ROLE",
     .verbs = VERB_MIGRATE,
     .set = set_grant_to,
     .help = "let this role of the database, which is there, serve: with what it needs and no more"},
    {.flag = "max-connections",
     .variable = "RELEVO_MAX_CONNECTIONS",
     .value_name = "NUMBER",
     .fallback = "20000",
     .verbs = VERBS_LIKE_SERVE,
     .reloads = true,
     .set = set_max_connections,
     .help = "how many clients at once, 1 to 20000; more are answered 503"},
    {.flag = "workspace-connections",
     .variable = "RELEVO_WORKSPACE_CONNECTIONS",
     .value_name = "NUMBER",
     .fallback = "5000",
     .verbs = VERBS_LIKE_SERVE,
     .reloads = true,
     .set = set_workspace_connections,
     .help = "how many of them of one workspace; one more is closed with 4102"},
    {.flag = "workspace-commands-per-s",
     .variable = "RELEVO_WORKSPACE_COMMANDS_PER_S",
     .value_name = "NUMBER",
     .fallback = "2000",
     .verbs = VERBS_LIKE_SERVE,
     .reloads = true,
     .set = set_workspace_commands,
     .help = "how many commands a second of one workspace, 1 to 1000000; more are refused for a while"},
    {.flag = "workspace-open",
     .variable = "RELEVO_WORKSPACE_OPEN",
     .value_name = "NUMBER",
     .fallback = "100000",
     .verbs = VERBS_LIKE_SERVE,
     .reloads = true,
     .set = set_workspace_open,
     .help = "up to how many Open conversations of one workspace more are opened"},
    {.flag = "workspace-lookups-per-s",
     .variable = "RELEVO_WORKSPACE_LOOKUPS_PER_S",
     .value_name = "NUMBER",
     .fallback = "500",
     .verbs = VERBS_LIKE_SERVE,
     .reloads = true,
     .set = set_workspace_lookups,
     .help = "how much a second is looked up in the database for clients of one workspace, 1 to 1000000; "
             "more waits"},
    {.flag = "log-level",
     .variable = "RELEVO_LOG_LEVEL",
     .value_name = "LEVEL",
     .fallback = "info",
     .verbs = VERBS_LIKE_SERVE,
     .reloads = true,
     .set = set_log_level,
     .help = "the least that is logged: debug, info, warn or error"},
    {.flag = "log-format",
     .variable = "RELEVO_LOG_FORMAT",
     .value_name = "FORMAT",
     .fallback = "logfmt",
     .verbs = VERBS_LIKE_SERVE,
     .reloads = true,
     .set = set_log_format,
     .help = "how a line of the log is written: logfmt or json"},
    {.variable = "RELEVO_SECRET",
     .file_flag = "secret-file",
     .file_variable = "RELEVO_SECRET_FILE",
     .value_name = "TEXT",
     .verbs = VERBS_LIKE_SERVE | VERB_TOKEN,
     .secrecy = SECRECY_WHOLE,
     .reloads = true,
     .set = set_secret,
     .help = "the secret that tokens are signed with, 32 to 1024 bytes"},
    {.variable = "RELEVO_PREVIOUS_SECRET",
     .file_flag = "previous-secret-file",
     .file_variable = "RELEVO_PREVIOUS_SECRET_FILE",
     .value_name = "TEXT",
     .verbs = VERBS_LIKE_SERVE,
     .secrecy = SECRECY_WHOLE,
     .reloads = true,
     .set = set_previous_secret,
     .help = "the secret before that one: tokens signed with it are still good"},
    {.flag = "demo",
     .verbs = VERBS_LIKE_SERVE,
     .set = set_demo,
     .help = "sign everybody who opens the page into a workspace named demo"},
    {.flag = "demo-anywhere",
     .verbs = VERBS_LIKE_SERVE,
     .set = set_demo_anywhere,
     .help = "allow that on an address that other machines can reach"},
    {.flag = "workspace",
     .value_name = "ID",
     .verbs = VERB_TOKEN | VERB_REVOKE | VERB_TAIL,
     .set = set_workspace,
     .help = "which workspace it is about"},
    {.flag = "agent",
     .value_name = "ID",
     .verbs = VERB_TOKEN | VERB_REVOKE,
     .set = set_agent,
     .help = "who it is for: the id of a person, an automation or a channel"},
    {.flag = "name",
     .value_name = "NAME",
     .verbs = VERB_TOKEN,
     .set = set_name,
     .help = "what others see; else the id"},
    {.flag = "role",
     .value_name = "ROLE",
     .fallback = "agent",
     .verbs = VERB_TOKEN,
     .set = set_role,
     .help = "agent, supervisor, automation or channel"},
    {.flag = "ttl",
     .value_name = "TIME",
     .fallback = "8h",
     .verbs = VERB_TOKEN,
     .set = set_ttl,
     .help = "how long it is good for, as in 30m, 8h or 7d"},
    {.flag = "after",
     .value_name = "SEQ",
     .verbs = VERB_TAIL,
     .set = set_after,
     .help = "begin after this seq, 0 for the whole log; else with what comes from now on"},
    {.flag = "once",
     .verbs = VERB_TAIL | VERB_TOP,
     .set = set_once,
     .help = "stop at the end of the log; of top, after the first answer"},
    {.flag = "bodies", .verbs = VERB_TAIL, .set = set_bodies, .help = "show what was written, too"},
    {.flag = "url",
     .value_name = "URL",
     .verbs = VERB_HEALTH | VERB_TOP,
     .set = set_url,
     .help =
         "what to ask; else /readyz where --listen says, of top /connections?text where --admin-listen says"},
};

const size_t options_count = ARRAY_COUNT(options);

const struct option *option_of_variable(const char *name)
{
    for (size_t i = 0; i < options_count; i++)
        if ((options[i].variable != NULL && strcmp(options[i].variable, name) == 0) ||
            (options[i].file_variable != NULL && strcmp(options[i].file_variable, name) == 0))
            return &options[i];
    return NULL;
}
