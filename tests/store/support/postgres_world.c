#include "postgres_world.h"

#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "store/migrate.h"
#include "store/revoke.h"
#include "store/store_pg.h"

enum { DESCRIPTORS = 256, MIGRATE_WAIT_MS = 10000 };

/* The runner makes the template; it names it to the tests, which are processes of their own, through the
 * environment. */
#define TEMPLATE_VARIABLE "RELEVO_TEST_TEMPLATE"

static const char *template_name(void)
{
    return getenv(TEMPLATE_VARIABLE);
}

/* The role that the stores have: it may do what it needs, and no more. */
static void node_role(char *role_r, size_t size)
{
    snprintf(role_r, size, "%s_node", template_name());
}

/* Ends the process: an assertion would not end the runner, where the template is made. */
static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

char *postgres_conninfo(const char *database)
{
    const char *url = getenv("DATABASE_URL");
    char *text = alloc_zeroed(4096);
    size_t size = 0;
    char *trouble = NULL;
    PQconninfoOption *options = PQconninfoParse(url == NULL ? "" : url, &trouble);
    if (options == NULL)
        give_up("DATABASE_URL", trouble);
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
        if (option->val != NULL && strcmp(option->keyword, "dbname") != 0)
            size += (size_t)snprintf(text + size, 4096 - size, "%s='%s' ", option->keyword, option->val);
    }
    snprintf(text + size, 4096 - size, "dbname='%s'", database);
    PQconninfoFree(options);
    return text;
}

static PGconn *connect_to(const char *conninfo)
{
    PGconn *pg = PQconnectdb(conninfo);
    if (PQstatus(pg) != CONNECTION_OK)
        give_up("These tests need a PostgreSQL for tests in DATABASE_URL or PG*", PQerrorMessage(pg));
    return pg;
}

/* On the database that the environment names, where others are made from. */
static void do_at_home(const char *what, const char *name, const char *rest)
{
    const char *url = getenv("DATABASE_URL");
    char sql[256];
    PGconn *pg = connect_to(url == NULL ? "" : url);
    snprintf(sql, sizeof(sql), "%s %s %s", what, name, rest);
    PGresult *result = PQexec(pg, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        give_up(sql, PQresultErrorMessage(result));
    PQclear(result);
    PQfinish(pg);
}

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
    (void)tests;
    int applied;
    char *sentence;
    char name[64];
    snprintf(name, sizeof(name), "relevo_template_%d", (int)getpid());
    setenv(TEMPLATE_VARIABLE, name, 1);
    do_at_home("CREATE DATABASE", name, "ENCODING 'UTF8' TEMPLATE template0");
    char *conninfo = postgres_conninfo(name);
    char role[80];
    node_role(role, sizeof(role));
    do_at_home("CREATE ROLE", role, "");
    struct migrate_options options = {.conninfo = conninfo, .grant_to = role, .wait_ms = MIGRATE_WAIT_MS};
    if (migrate_run(&options, &applied, &sentence) != JOB_DONE)
        give_up("The template cannot be migrated", sentence);
    free(conninfo);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    (void)stats;
    char role[80];
    do_at_home("DROP DATABASE", template_name(), "WITH (FORCE)");
    node_role(role, sizeof(role));
    do_at_home("DROP ROLE", role, "");
}

static void turn(struct world *world)
{
    struct postgres_world *postgres = CONTAINER_OF(world, struct postgres_world, world);
    uv_run(&postgres->loop, UV_RUN_ONCE);
}

static void revoke_tokens(struct world *world, const char *workspace, const char *id)
{
    struct revoke_report report;
    char *sentence;
    cr_assert_eq(revoke_run(CONTAINER_OF(world, struct postgres_world, world)->conninfo, workspace, id,
                            &report, &sentence),
                 JOB_DONE);
}

/* As if the rows had been in partitions that were dropped. */
static void forget(struct world *world, const char *workspace, int64_t up_to_seq)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "DELETE FROM relevo.transition t USING relevo.workspace w "
             "WHERE w.name = '%s' AND t.workspace_id = w.id AND t.seq <= %lld",
             workspace, (long long)up_to_seq);
    postgres_do(CONTAINER_OF(world, struct postgres_world, world), sql);
}

void postgres_open_database(struct postgres_world *postgres, bool is_migrated)
{
    *postgres = (struct postgres_world){.world = {.turn = turn, .forget = forget, .revoke = revoke_tokens}};
    cr_assert_eq(uv_loop_init(&postgres->loop), 0);
    snprintf(postgres->name, sizeof(postgres->name), "relevo_test_%d", (int)getpid());
    char template[128];
    snprintf(template, sizeof(template), "ENCODING 'UTF8' TEMPLATE %s",
             is_migrated ? template_name() : "template0");
    do_at_home("CREATE DATABASE", postgres->name, template);
    postgres->conninfo = postgres_conninfo(postgres->name);
    postgres->admin = connect_to(postgres->conninfo);
    log_set_level(LOG_ERROR);
}

static void on_unfit(void *context, const char *sentence)
{
    struct postgres_world *postgres = context;
    postgres->unfit = alloc_string(sentence, strlen(sentence));
}

void postgres_start(struct postgres_world *postgres, int node, int lanes, bool allow_unsafe)
{
    char role[80], conninfo[4096];
    node_role(role, sizeof(role));
    bool has_options = strchr(postgres->conninfo, '\'') != NULL; /* else it is a test's own, and a bad one */
    snprintf(conninfo, sizeof(conninfo), has_options ? "%s options='-c role=%s'" : "%s", postgres->conninfo,
             role);
    struct store_pg_options options = {.conninfo = conninfo,
                                       .lanes = lanes,
                                       .allow_unsafe = allow_unsafe,
                                       .node_silent_ms = postgres->node_silent_ms,
                                       .unfit = on_unfit,
                                       .context = postgres};
    postgres->world.stores[node] = store_pg_create(&postgres->loop, &options);
    postgres->world.stores[node]->listener = world_listener(&postgres->world, node);
    store_pg_start(postgres->world.stores[node]);
}

void postgres_open(struct postgres_world *postgres)
{
    postgres_open_database(postgres, true);
    for (int node = 0; node < WORLD_NODES; node++)
        postgres_start(postgres, node, 0, true);
    while (postgres->world.ups < WORLD_NODES)
        turn(&postgres->world);
    postgres_run_until_they_hear(postgres);
    cr_assert_gt(postgres->world.clock_ms, 0);
}

void postgres_close(struct postgres_world *postgres)
{
    for (int node = 0; node < WORLD_NODES; node++) {
        if (postgres->world.stores[node] != NULL)
            store_pg_stop(postgres->world.stores[node]);
    }
    cr_assert_eq(uv_run(&postgres->loop, UV_RUN_DEFAULT), 0);
    for (int node = 0; node < WORLD_NODES; node++)
        store_pg_destroy(&postgres->world.stores[node]);
    cr_assert_eq(uv_loop_close(&postgres->loop), 0);
    PQfinish(postgres->admin);
    do_at_home("DROP DATABASE", postgres->name, "WITH (FORCE)");
    free(postgres->conninfo);
    free(postgres->unfit);
}

void postgres_do(struct postgres_world *postgres, const char *sql)
{
    PGresult *result = PQexec(postgres->admin, sql);
    ExecStatusType status = PQresultStatus(result);
    cr_assert(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql,
              PQresultErrorMessage(result));
    PQclear(result);
}

int64_t postgres_ask(struct postgres_world *postgres, const char *sql)
{
    PGresult *result = PQexec(postgres->admin, sql);
    cr_assert_eq(PQresultStatus(result), PGRES_TUPLES_OK, "%s: %s", sql, PQresultErrorMessage(result));
    int64_t number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return number;
}

int64_t postgres_count_waiting(struct postgres_world *postgres)
{
    postgres_do(postgres,
                "SELECT pg_stat_clear_snapshot()"); /* a transaction sees the sessions as it first saw them */
    return postgres_ask(postgres, "SELECT count(*) FROM pg_stat_activity "
                                  "WHERE datname = current_database() AND wait_event_type = 'Lock'");
}

void postgres_run_until_it_waits(struct postgres_world *postgres)
{
    while (postgres_count_waiting(postgres) == 0)
        uv_run(&postgres->loop, UV_RUN_NOWAIT);
}

bool postgres_is_accompanied(const struct postgres_world *postgres, int node)
{
    return store_pg_stats(postgres->world.stores[node]).is_accompanied;
}

void postgres_run_until_they_hear(struct postgres_world *postgres)
{
    for (int node = 0; node < WORLD_NODES; node++) {
        while (!postgres_is_accompanied(postgres, node))
            turn(&postgres->world);
    }
}

void postgres_lose_answers(struct postgres_world *postgres)
{
    char thrown_away[4096];
    for (int descriptor = 3; descriptor < DESCRIPTORS; descriptor++) {
        struct sockaddr_storage address;
        socklen_t size = sizeof(address);
        if (descriptor == PQsocket(postgres->admin) ||
            getpeername(descriptor, (struct sockaddr *)&address, &size) != 0)
            continue;
        while (recv(descriptor, thrown_away, sizeof(thrown_away), MSG_DONTWAIT) > 0)
            ;
        shutdown(descriptor, SHUT_RDWR);
    }
}
