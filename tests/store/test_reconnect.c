#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/connection.h"
#include "support/leak.h"
#include "support/postgres_world.h"

/* How a node's connections come back together (store/reconnect.h): real ones, to a server that is there as
 * soon as a link to its socket is. */

enum { CONNECTIONS = 5 };

struct crew {
    struct postgres_world postgres;
    struct reconnect reconnect;
    struct text *epoch;
    struct connection connections[CONNECTIONS];
    char folder[64];
    char link[128]; /* where the server's socket is looked for */
    char socket[512];
    char conninfo[1024];
    int readies;
};

static void on_ready(void *context)
{
    ((struct crew *)context)->readies++;
}

static void on_lost(void *context)
{
    (void)context;
}

static void on_unfit(void *context, const char *sentence)
{
    (void)context;
    (void)sentence;
}

static void crew_open(struct crew *crew, const char *role)
{
    static const char *const statements[] = {"clock", NULL};
    *crew = (struct crew){.folder = "/tmp/relevo_reconnect_XXXXXX"};
    postgres_open_database(&crew->postgres, true);
    cr_assert_not_null(mkdtemp(crew->folder));
    snprintf(crew->link, sizeof(crew->link), "%s/.s.PGSQL.%s", crew->folder, PQport(crew->postgres.admin));
    snprintf(crew->socket, sizeof(crew->socket), "%s/.s.PGSQL.%s", PQhost(crew->postgres.admin),
             PQport(crew->postgres.admin));
    snprintf(crew->conninfo, sizeof(crew->conninfo), "host=%s port=%s dbname=%s user=%s", crew->folder,
             PQport(crew->postgres.admin), crew->postgres.name,
             role == NULL ? PQuser(crew->postgres.admin) : role);
    reconnect_init(&crew->reconnect);
    for (int i = 0; i < CONNECTIONS; i++) {
        connection_init(&crew->connections[i], &crew->postgres.loop,
                        &(struct connection_options){
                            .conninfo = crew->conninfo,
                            .name = "relevo crew",
                            .isolation = "read committed",
                            .statements = statements,
                            .allow_unsafe = true,
                            .epoch = &crew->epoch,
                            .reconnect = &crew->reconnect,
                            .handler = {.ready = on_ready, .lost = on_lost, .unfit = on_unfit},
                            .context = crew,
                        });
    }
}

static void crew_start(struct crew *crew)
{
    for (int i = 0; i < CONNECTIONS; i++)
        connection_start(&crew->connections[i]);
}

static void crew_close(struct crew *crew)
{
    for (int i = 0; i < CONNECTIONS; i++)
        connection_stop(&crew->connections[i]);
    uv_run(&crew->postgres.loop, UV_RUN_DEFAULT);
    for (int i = 0; i < CONNECTIONS; i++)
        connection_finish(&crew->connections[i]);
    reconnect_finish(&crew->reconnect);
    unlink(crew->link);
    rmdir(crew->folder);
    postgres_close(&crew->postgres);
}

/* The server is there from now on, or not. */
static void crew_open_door(struct crew *crew)
{
    cr_assert_eq(symlink(crew->socket, crew->link), 0);
}

static void crew_turn(struct crew *crew)
{
    uv_run(&crew->postgres.loop, UV_RUN_ONCE);
}

static int count_attempts(const struct crew *crew)
{
    int count = 0;
    for (int i = 0; i < CONNECTIONS; i++)
        count += crew->connections[i].attempts;
    return count;
}

static int count_in(const struct crew *crew, enum connection_state state)
{
    int count = 0;
    for (int i = 0; i < CONNECTIONS; i++)
        count += crew->connections[i].state == state;
    return count;
}

/* With an attempt before them that has its time. */
static int count_timed(const struct crew *crew)
{
    int count = 0;
    for (int i = 0; i < CONNECTIONS; i++)
        count += crew->connections[i].state == CONNECTION_RESTING &&
                 uv_is_active((uv_handle_t *)crew->connections[i].timer);
    return count;
}

TestSuite(reconnect, .fini = end_without_leak);

Test(reconnect, none_rests_any_longer_once_one_of_them_is_in)
{
    struct crew crew;
    crew_open(&crew, NULL);
    crew_start(&crew);
    while (count_attempts(&crew) < CONNECTIONS + 2)
        crew_turn(&crew);
    crew_open_door(&crew);
    while (crew.readies == 0)
        crew_turn(&crew);
    crew_turn(&crew); /* what was told to begin at once has begun */
    cr_assert_eq(count_in(&crew, CONNECTION_RESTING), 0);
    int attempts = count_attempts(&crew);
    while (crew.readies < CONNECTIONS)
        crew_turn(&crew);
    cr_assert_leq(count_attempts(&crew), attempts, "nobody had to try twice");
    crew_close(&crew);
}

Test(reconnect, while_none_is_in_one_tries_for_all_and_each_has_its_turn)
{
    struct crew crew;
    crew_open(&crew, NULL);
    crew_start(&crew);
    cr_assert_eq(count_in(&crew, CONNECTION_RESTING), CONNECTIONS);
    while (count_attempts(&crew) < 2 * CONNECTIONS) {
        cr_assert_eq(count_timed(&crew), 1);
        crew_turn(&crew);
    }
    for (int i = 0; i < CONNECTIONS; i++)
        cr_assert_eq(crew.connections[i].attempts, 2, "of connection %d", i);
    crew_close(&crew);
}

Test(reconnect, lost_together_they_come_back_together)
{
    struct crew crew;
    crew_open(&crew, NULL);
    crew_open_door(&crew);
    crew_start(&crew);
    while (crew.readies < CONNECTIONS)
        crew_turn(&crew);
    cr_assert_eq(unlink(crew.link), 0);
    postgres_do(&crew.postgres, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                "WHERE application_name = 'relevo crew'");
    while (count_in(&crew, CONNECTION_RESTING) < CONNECTIONS || count_timed(&crew) > 1)
        crew_turn(&crew);
    crew_open_door(&crew);
    while (crew.readies == CONNECTIONS)
        crew_turn(&crew);
    crew_turn(&crew);
    cr_assert_eq(count_in(&crew, CONNECTION_RESTING), 0);
    while (crew.readies < 2 * CONNECTIONS)
        crew_turn(&crew);
    crew_close(&crew);
}

/* The database lets nobody in any more, or somebody again. Those who are in stay. */
static void crew_allow(struct crew *crew, bool is_allowed)
{
    char sql[128];
    snprintf(sql, sizeof(sql), "UPDATE pg_database SET datallowconn = %s WHERE datname = '%s'",
             is_allowed ? "true" : "false", crew->postgres.name);
    postgres_do(&crew->postgres, sql);
}

Test(reconnect, who_is_refused_for_a_reason_of_his_own_is_not_hurried_by_others_who_get_in)
{
    struct crew crew;
    crew_open(&crew, NULL);
    crew_open_door(&crew);
    connection_start(&crew.connections[0]);
    while (crew.readies == 0)
        crew_turn(&crew);
    crew_allow(&crew, false);
    for (int i = 1; i < CONNECTIONS; i++)
        connection_start(&crew.connections[i]);
    while (count_attempts(&crew) < 2 * CONNECTIONS || count_in(&crew, CONNECTION_RESTING) < CONNECTIONS - 1)
        crew_turn(&crew);
    uint64_t due_ms[CONNECTIONS] = {0};
    for (int i = 1; i < CONNECTIONS; i++) {
        cr_assert_eq(crew.connections[i].last_attempt, ATTEMPT_REFUSED);
        due_ms[i] = uv_timer_get_due_in(crew.connections[i].timer);
    }
    reconnect_follow(&crew.connections[0]);
    for (int i = 1; i < CONNECTIONS; i++)
        cr_assert_eq(uv_timer_get_due_in(crew.connections[i].timer), due_ms[i]);
    crew_allow(&crew, true);
    while (crew.readies < CONNECTIONS)
        crew_turn(&crew);
    crew_close(&crew);
}
