#include "premises.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/problem.h"
#include "systemd/passed.h"
#include "verbs.h"

static int build_page(struct premises *premises, const struct config *config, char **sentence_r)
{
    char *problem = NULL;
    if (config->web_root == NULL) {
        *sentence_r = problem_make("none, as --web-root is not said");
        return EXIT_DONE;
    }
    premises->site = site_load(config->web_root, &problem);
    *sentence_r = problem_make("--web-root %s", premises->site != NULL ? config->web_root : problem);
    free(problem);
    return premises->site != NULL ? EXIT_DONE : EXIT_CONFIG;
}

/* The sockets that the service manager passes, else those of --listen. Where there is no listener then,
 * *problem_r says why, and what to exit with is returned. */
static int premises_listen(struct premises *premises, const struct config *config, char **problem_r)
{
    char *problem = NULL;
    *problem_r = NULL;
    int passed = passed_sockets_take(problem_r);
    if (passed > 0)
        premises->listener = listener_adopt(PASSED_SOCKETS_FIRST, passed, problem_r);
    if (passed == 0)
        premises->listener = listener_create(config->listen_host, config->listen_port, &problem);
    if (problem != NULL)
        *problem_r = problem_make(
            "%s; another relevo may be running, or choose another with --listen HOST:PORT", problem);
    free(problem);
    return passed == 0 ? EXIT_FAILED : EXIT_CONFIG;
}

static int build_listener(struct premises *premises, const struct config *config, char **sentence_r)
{
    int code = premises_listen(premises, config, sentence_r);
    if (premises->listener == NULL)
        return code;
    const char *addresses = listener_addresses(premises->listener);
    if (config->demo && !config->demo_anywhere && !listener_is_loopback(premises->listener)) {
        *sentence_r =
            problem_make("--demo signs everybody in, but %s can be reached from other machines: say --listen "
                         "127.0.0.1:PORT, or --demo-anywhere if that is what you want",
                         addresses);
        return EXIT_CONFIG;
    }
    *sentence_r = problem_make("%s", addresses);
    return EXIT_DONE;
}

static int build_admin_listener(struct premises *premises, const struct config *config, char **sentence_r)
{
    char *problem = NULL;
    if (config->admin_host == NULL) {
        *sentence_r = problem_make("none, as --admin-listen is not said");
        return EXIT_DONE;
    }
    premises->admin_listener = listener_create(config->admin_host, config->admin_port, &problem);
    if (premises->admin_listener == NULL)
        *sentence_r = problem_make("%s; choose another with --admin-listen HOST:PORT", problem);
    else
        *sentence_r = problem_make("%s", listener_addresses(premises->admin_listener));
    free(problem);
    return premises->admin_listener != NULL ? EXIT_DONE : EXIT_FAILED;
}

/* The demo's page is opened at this machine's own names. */
int premises_build_origins(const struct premises *premises, const struct config *config,
                           struct origins *origins_r, char **sentence_r)
{
    *origins_r = (struct origins){.allowed_count = 0};
    static const char *const demo_hosts[] = {"localhost", "127.0.0.1", "[::1]"};
    bool ok = true;
    for (size_t i = 0; ok && i < config->origins_count; i++)
        ok = origins_add(origins_r, config->origins[i]);
    bool is_demo = config->demo && premises->listener != NULL;
    for (size_t i = 0; ok && is_demo && i < ARRAY_COUNT(demo_hosts); i++) {
        char origin[64];
        snprintf(origin, sizeof(origin), "http://%s:%d", demo_hosts[i], listener_port(premises->listener));
        ok = origins_add(origins_r, origin);
    }
    size_t count = origins_r->allowed_count;
    if (!ok)
        *sentence_r =
            problem_make("--origin: %d are the most, those that --demo adds counted", LIMIT_ORIGINS);
    else if (count == 0)
        *sentence_r = problem_make("no browser may connect, as --origin is not said");
    else
        *sentence_r = problem_make("browsers may connect from %zu origin%s", count, count == 1 ? "" : "s");
    return ok ? EXIT_DONE : EXIT_CONFIG;
}

static int build_origins(struct premises *premises, const struct config *config, char **sentence_r)
{
    return premises_build_origins(premises, config, &premises->origins, sentence_r);
}

const struct premises_step premises_steps[] = {
    {"page", build_page},
    {"address", build_listener},
    {"admin", build_admin_listener},
    {"origins", build_origins},
};

const size_t premises_steps_count = ARRAY_COUNT(premises_steps);

void premises_finish(struct premises *premises)
{
    listener_destroy(&premises->listener);
    listener_destroy(&premises->admin_listener);
    site_destroy(&premises->site);
    origins_finish(&premises->origins);
}
