#include "serve/bootstrap.h"

#include <stdio.h>
#include <stdlib.h>

#include "systemd/listen_fds.h"

static enum bootstrap_result build_page(struct bootstrap *bootstrap, const struct config *config,
                                        char **sentence_r)
{
    char *problem = NULL;
    if (config->web_root == NULL) {
        *sentence_r = alloc_format("none, as --web-root is not said");
        return BOOTSTRAP_DONE;
    }
    bootstrap->site = site_load(config->web_root, &problem);
    *sentence_r = alloc_format("--web-root %s", bootstrap->site != NULL ? config->web_root : problem);
    free(problem);
    return bootstrap->site != NULL ? BOOTSTRAP_DONE : BOOTSTRAP_UNFIT;
}

/* The sockets that the service manager passes, else those of --listen. Where there is no listener then,
 * *problem_r says why, and what that comes to is returned. */
static enum bootstrap_result bootstrap_listen(struct bootstrap *bootstrap, const struct config *config,
                                              char **problem_r)
{
    char *problem = NULL;
    *problem_r = NULL;
    int passed = listen_fds_take(problem_r);
    if (passed > 0)
        bootstrap->listener = listener_adopt(LISTEN_FDS_FIRST, passed, problem_r);
    if (passed == 0)
        bootstrap->listener = listener_create(config->listen_host, config->listen_port, &problem);
    if (problem != NULL)
        *problem_r = alloc_format(
            "%s; another relevo may be running, or choose another with --listen HOST:PORT", problem);
    free(problem);
    return passed == 0 ? BOOTSTRAP_FAILED : BOOTSTRAP_UNFIT;
}

static enum bootstrap_result build_listener(struct bootstrap *bootstrap, const struct config *config,
                                            char **sentence_r)
{
    enum bootstrap_result result = bootstrap_listen(bootstrap, config, sentence_r);
    if (bootstrap->listener == NULL)
        return result;
    const char *addresses = listener_addresses(bootstrap->listener);
    if (config->demo && !config->demo_anywhere && !listener_is_loopback(bootstrap->listener)) {
        *sentence_r =
            alloc_format("--demo signs everybody in, but %s can be reached from other machines: say --listen "
                         "127.0.0.1:PORT, or --demo-anywhere if that is what you want",
                         addresses);
        return BOOTSTRAP_UNFIT;
    }
    *sentence_r = alloc_format("%s", addresses);
    return BOOTSTRAP_DONE;
}

static enum bootstrap_result build_admin_listener(struct bootstrap *bootstrap, const struct config *config,
                                                  char **sentence_r)
{
    char *problem = NULL;
    if (config->admin_host == NULL) {
        *sentence_r = alloc_format("none, as --admin-listen is not said");
        return BOOTSTRAP_DONE;
    }
    bootstrap->admin_listener = listener_create(config->admin_host, config->admin_port, &problem);
    if (bootstrap->admin_listener == NULL)
        *sentence_r = alloc_format("%s; choose another with --admin-listen HOST:PORT", problem);
    else
        *sentence_r = alloc_format("%s", listener_addresses(bootstrap->admin_listener));
    free(problem);
    return bootstrap->admin_listener != NULL ? BOOTSTRAP_DONE : BOOTSTRAP_FAILED;
}

/* The demo's page is opened at this machine's own names. */
enum bootstrap_result bootstrap_build_origins(const struct bootstrap *bootstrap, const struct config *config,
                                              struct origins *origins_r, char **sentence_r)
{
    *origins_r = (struct origins){.allowed_count = 0};
    static const char *const demo_hosts[] = {"localhost", "127.0.0.1", "[::1]"};
    bool ok = true;
    for (size_t i = 0; ok && i < config->origins_count; i++)
        ok = origins_add(origins_r, config->origins[i]);
    bool is_demo = config->demo && bootstrap->listener != NULL;
    for (size_t i = 0; ok && is_demo && i < ARRAY_COUNT(demo_hosts); i++) {
        char origin[64];
        snprintf(origin, sizeof(origin), "http://%s:%d", demo_hosts[i], listener_port(bootstrap->listener));
        ok = origins_add(origins_r, origin);
    }
    size_t count = origins_r->allowed_count;
    if (!ok)
        *sentence_r =
            alloc_format("--origin: %d are the most, those that --demo adds counted", LIMIT_ORIGINS);
    else if (count == 0)
        *sentence_r = alloc_format("no browser may connect, as --origin is not said");
    else
        *sentence_r = alloc_format("browsers may connect from %zu origin%s", count, count == 1 ? "" : "s");
    return ok ? BOOTSTRAP_DONE : BOOTSTRAP_UNFIT;
}

static enum bootstrap_result build_origins(struct bootstrap *bootstrap, const struct config *config,
                                           char **sentence_r)
{
    return bootstrap_build_origins(bootstrap, config, &bootstrap->origins, sentence_r);
}

const struct bootstrap_step bootstrap_steps[] = {
    {"page", build_page},
    {"address", build_listener},
    {"admin", build_admin_listener},
    {"origins", build_origins},
};

const size_t bootstrap_steps_count = ARRAY_COUNT(bootstrap_steps);

void bootstrap_finish(struct bootstrap *bootstrap)
{
    listener_destroy(&bootstrap->listener);
    listener_destroy(&bootstrap->admin_listener);
    site_destroy(&bootstrap->site);
    origins_finish(&bootstrap->origins);
}
