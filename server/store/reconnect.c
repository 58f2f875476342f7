#include "store/reconnect.h"

#include <string.h>
#include <uv.h>

#include "store/connection.h"

enum {
    FIRST_MS = 100,            /* what was lost just now may be there still */
    SCOUT_MS = 500,            /* an attempt at a database that is away, where it costs little */
    COSTLY_MS = 5000,          /* and where it takes seconds */
    REFUSED_MS = 1000,         /* the longest rest of who is refused, */
    UNFIT_MS = 5000,           /* for a reason that stays, too */
    TRYING_TOO_LONG_MS = 1000, /* an attempt that still hangs when another gets in is begun anew */
};

/* A database that starts, stops or recovers from a crash says so (class 57) to everybody alike. */
enum attempt attempt_of(const char *sqlstate)
{
    return sqlstate[0] == '\0' || strncmp(sqlstate, "57", 2) == 0 ? ATTEMPT_IN_VAIN : ATTEMPT_REFUSED;
}

int64_t reconnect_trying_ms(const struct connection *connection)
{
    return ((int64_t)(uv_hrtime() / 1000) - connection->began_us) / 1000;
}

void reconnect_init(struct reconnect *reconnect)
{
    *reconnect = (struct reconnect){.refusals = 0};
    list_init(&reconnect->connections);
}

void reconnect_finish(struct reconnect *reconnect)
{
    hosts_finish(&reconnect->hosts);
}

static struct connection *connection_of(struct list *link)
{
    return CONTAINER_OF(link, struct connection, reconnect_link);
}

static bool connection_is_trying(const struct connection *connection)
{
    return connection->state == CONNECTION_CONNECTING || connection->state == CONNECTION_GREETING ||
           connection->state == CONNECTION_PREPARING ||
           (connection->state == CONNECTION_RESTING && uv_is_active((uv_handle_t *)connection->timer));
}

static bool reconnect_any(const struct reconnect *reconnect, bool (*is_so)(const struct connection *))
{
    LIST_FOR_EACH (link, &reconnect->connections) {
        if (is_so(connection_of(link)))
            return true;
    }
    return false;
}

/* A random time in the later half, so that nodes that lost the database together do not come back together.
 */
static uint64_t some_time_up_to(int64_t most_ms)
{
    uint32_t word = 0;
    uv_random(NULL, NULL, &word, sizeof(word), 0, NULL);
    return (uint64_t)(most_ms - word % (most_ms / 2 + 1));
}

static int64_t doubled_ms(int times, int64_t most_ms)
{
    int64_t ms = FIRST_MS;
    for (int i = 1; i < times && ms < most_ms; i++)
        ms *= 2;
    return ms < most_ms ? ms : most_ms;
}

static int64_t longest_ms(const struct connection *connection)
{
    return connection->last_attempt == ATTEMPT_UNFIT ? UNFIT_MS : REFUSED_MS;
}

/* Until the next attempt of whoever makes it, this one having failed; by what it has cost. */
static int64_t scout_ms(struct reconnect *reconnect, const struct connection *connection)
{
    if (connection->last_attempt != ATTEMPT_IN_VAIN)
        return doubled_ms(++reconnect->refusals, longest_ms(connection));
    reconnect->refusals = 0;
    if (connection->attempts <= 1 && connection->attempt_ms == 0)
        return FIRST_MS;
    int64_t ms = 2 * connection->attempt_ms;
    return ms < SCOUT_MS ? SCOUT_MS : ms < COSTLY_MS ? ms : COSTLY_MS;
}

struct connection *reconnect_rest(struct connection *connection, enum attempt attempt, uint64_t *after_ms_r)
{
    struct reconnect *reconnect = connection->options.reconnect;
    connection->attempts++;
    connection->last_attempt = attempt;
    list_remove(&connection->reconnect_link);
    list_append(&reconnect->connections, &connection->reconnect_link);
    if (reconnect_any(reconnect, connection_is_ready)) {
        *after_ms_r = some_time_up_to(doubled_ms(connection->attempts, longest_ms(connection)));
        return connection;
    }
    if (reconnect_any(reconnect, connection_is_trying))
        return NULL;
    LIST_FOR_EACH (link, &reconnect->connections) {
        if (connection_of(link)->state != CONNECTION_RESTING)
            continue;
        *after_ms_r = some_time_up_to(scout_ms(reconnect, connection));
        return connection_of(link);
    }
    return NULL;
}

int64_t reconnect_follow(const struct connection *connection)
{
    connection->options.reconnect->refusals = 0;
    if (connection->state == CONNECTION_RESTING && connection->last_attempt == ATTEMPT_IN_VAIN)
        return 0;
    if (connection->state == CONNECTION_RESTING && !connection_is_trying(connection))
        return (int64_t)some_time_up_to(doubled_ms(connection->attempts, longest_ms(connection)));
    if (connection->state == CONNECTION_CONNECTING && reconnect_trying_ms(connection) > TRYING_TOO_LONG_MS)
        return 0;
    return RECONNECT_NOT;
}
