#include "verbs/verbs.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <uv.h>

#include "app/hub/hub.h"
#include "auth/token.h"
#include "base/log.h"
#include "config/reload.h"
#include "net/net.h"
#include "net/tick.h"
#include "serve/bootstrap.h"
#include "serve/demo.h"
#include "serve/process.h"
#include "serve/reclaim.h"
#include "serve/report.h"
#include "serve/service_status.h"
#include "serve/signals.h"
#include "store/store_pg.h"

/* The whole server, from its first socket to its last.
 *
 *   STARTING ──all is there──► RUNNING ──signal, unfit database──► DRAINING ──settled──► STOPPING
 *      │                                                              │                     │
 *      ▼                                                              ▼                     ▼
 *    exits                                            not settled in time: exits      the loop ends
 *
 * A second signal makes DRAINING and STOPPING exit at once.
 *
 * The happy path. What can be tried before there is a loop is built first, step by step (serve/bootstrap.h).
 * Then come the store, the hub on it, and the net in front of the hub, and the loop runs until a signal ends
 * it. SIGHUP reads the settings again and takes them over.
 *
 * What may fail. A step of the bootstrap: the server says what is wrong and exits. The database: the server
 * starts all the same and waits for it, but one that it may never serve from ends it. Settings that are read
 * again and are wrong: all holds as it did before. What drains for too long is given up. */
enum serve_state {
    SERVE_STARTING = 0, /* nobody is accepted yet */
    SERVE_RUNNING,
    SERVE_DRAINING, /* nobody new is accepted, what is in flight is settled, all are told to come back */
    SERVE_STOPPING, /* the loop is running out of handles */
};

enum {
    DRAIN_LOOK_MS = 10, /* how often a draining server looks whether it is done */
};

struct serve {
    const struct config *config; /* as it was started */
    struct config *again;        /* as it was read again last; NULL: not since the start */
    uint64_t reloads_done;
    uint64_t reloads_refused;
    struct log_ration signal_lines;
    enum serve_state state;
    int exit_code;
    int64_t started_ms; /* Unix milliseconds */
    uint8_t demo_secret_data[LIMIT_SECRET_MIN_BYTES];
    struct token_secrets secrets;
    uv_loop_t loop;
    struct bootstrap bootstrap;
    struct store *store;
    struct hub *hub;
    struct net *net;
    struct service_status status;
    struct reclaim reclaim;
    struct signals signals;
    uv_timer_t drain_look;
    uint64_t drain_until_ms;
};

static void serve_enter_state(struct serve *serve, enum serve_state state)
{
    serve->state = state;
}

static void serve_stop(struct serve *serve)
{
    serve_enter_state(serve, SERVE_STOPPING);
    uv_close((uv_handle_t *)&serve->drain_look, NULL);
    signals_let_loop_end(&serve->signals);
    service_status_stop(&serve->status);
    reclaim_stop(&serve->reclaim);
    net_stop(serve->net);
    store_pg_stop(serve->store);
}

static void serve_on_drain_look(uv_timer_t *timer)
{
    struct serve *serve = timer->data;
    bool settled = hub_is_settled(serve->hub);
    size_t sessions = hub_stats(serve->hub).sessions;
    bool in_time = uv_now(&serve->loop) < serve->drain_until_ms;
    if (in_time && (!settled || sessions > 0))
        return;
    if (!settled) {
        /* What is still in the store's hands may yet be committed, or not. Clients will ask for it again. */
        log_error("unsettled", "ms=%d sessions=%zu", LIMIT_DRAIN_MS, sessions);
        _exit(EXIT_FAILED);
    }
    log_info("drained", "sessions_cut=%zu", sessions);
    serve_stop(serve);
}

static void serve_drain(struct serve *serve)
{
    serve_enter_state(serve, SERVE_DRAINING);
    service_status_stopping(&serve->status);
    listener_stop(serve->bootstrap.listener);
    hub_drain(serve->hub);
    serve->drain_until_ms = uv_now(&serve->loop) + LIMIT_DRAIN_MS;
    uv_timer_start(&serve->drain_look, serve_on_drain_look, DRAIN_LOOK_MS, DRAIN_LOOK_MS);
}

static void serve_on_stop(uv_signal_t *signal, int number)
{
    struct serve *serve = signal->data;
    if (serve->state != SERVE_RUNNING) {
        log_warn("stopped_at_once", "signal=%d", number);
        _exit(EXIT_FAILED);
    }
    log_info("draining", "signal=%d sessions=%zu", number, hub_stats(serve->hub).sessions);
    serve_drain(serve);
}

/* The database is there, but is none that we may serve from. */
static void serve_on_unfit(void *context, const char *why)
{
    struct serve *serve = context;
    if (serve->state != SERVE_RUNNING)
        return;
    serve->exit_code = exit_saying(EXIT_CONFIG, "%s", why);
    serve_drain(serve);
}

static char *serve_make_demo(void *context)
{
    struct serve *serve = context;
    return demo_make_json(serve->secrets.secrets[0], tick_now().wall_ms);
}

static struct report serve_report(const struct serve *serve)
{
    return (struct report){.hub = hub_stats(serve->hub),
                           .census = hub_census(serve->hub),
                           .store = store_pg_stats(serve->store),
                           .net = net_stats(serve->net),
                           .process = process_measure(),
                           .reloads_done = serve->reloads_done,
                           .reloads_refused = serve->reloads_refused,
                           .started_ms = serve->started_ms};
}

static char *serve_make_checks(void *context)
{
    const struct report report = serve_report(context);
    return report_make_checks(&report);
}

static char *serve_make_top(void *context, bool is_text)
{
    const struct serve *serve = context;
    const struct report report = serve_report(serve);
    const struct hub_top top = hub_top(serve->hub);
    return report_make_top(&report, &top, is_text, tick_now().wall_ms);
}

static char *serve_make_metrics(void *context)
{
    const struct report report = serve_report(context);
    return report_make_metrics(&report);
}

/* What holds now of the settings that reload. */
static const struct config *serve_settings(const struct serve *serve)
{
    return serve->again != NULL ? serve->again : serve->config;
}

static struct net_settings serve_net_settings(const struct serve *serve)
{
    const struct config *settings = serve_settings(serve);
    return (struct net_settings){.origins = &serve->bootstrap.origins,
                                 .proxies = {.networks = settings->proxies, .count = settings->proxies_count},
                                 .connections_max = settings->connections_max};
}

/* A demo's tokens need not outlive the process. */
static void serve_choose_secrets(struct serve *serve)
{
    struct bytes secret = config_secret(serve_settings(serve));
    struct bytes previous = config_previous_secret(serve_settings(serve));
    if (secret.size == 0)
        secret = bytes_make(serve->demo_secret_data, sizeof(serve->demo_secret_data));
    serve->secrets =
        (struct token_secrets){.secrets = {secret, previous}, .count = previous.size > 0 ? 2 : 1};
}

/* What needs no loop. Returns what to exit with, EXIT_DONE to go on. */
static int serve_prepare(struct serve *serve)
{
    static const int codes[] = {
        [BOOTSTRAP_DONE] = EXIT_DONE, [BOOTSTRAP_FAILED] = EXIT_FAILED, [BOOTSTRAP_UNFIT] = EXIT_CONFIG};
    size_t secret_size = sizeof(serve->demo_secret_data);
    if (getrandom(serve->demo_secret_data, secret_size, 0) != (ssize_t)secret_size)
        return exit_saying(EXIT_FAILED, "the kernel gives no random numbers");
    serve_choose_secrets(serve);
    int code = EXIT_DONE;
    for (size_t i = 0; code == EXIT_DONE && i < bootstrap_steps_count; i++) {
        char *sentence;
        code = codes[bootstrap_steps[i].build(&serve->bootstrap, serve->config, &sentence)];
        if (code != EXIT_DONE)
            exit_saying(code, "%s", sentence);
        free(sentence);
    }
    return code;
}

/* From now on what has been read again holds, with these origins: all that reloads, at once. What went before
 * is given up, as nothing points into it any more. */
static void serve_take_over(struct serve *serve, struct config *again, const struct origins *origins)
{
    struct config *before = serve->again;
    struct origins origins_before = serve->bootstrap.origins;
    serve->again = again;
    serve->bootstrap.origins = *origins;
    struct net_settings net_settings = serve_net_settings(serve);
    serve_choose_secrets(serve);
    net_set(serve->net, &net_settings);
    hub_set_quotas(serve->hub, &again->quotas);
    size_t closed = hub_check_trust(serve->hub);
    if (closed > 0)
        log_info("secret_gone", "sessions_closed=%zu", closed);
    origins_finish(&origins_before);
    config_destroy(&before);
}

/* Does so and tells of it; at the end, so that whoever has read "reloaded" knows that all holds. */
static void serve_take_over_telling(struct serve *serve, struct config *again, const struct origins *origins)
{
    char *changed = config_list_changes(serve_settings(serve), again, true);
    char *others = config_list_changes(serve->config, again, false);
    if (again->log_level < serve_settings(serve)->log_level)
        log_set_level(again->log_level);
    config_warn_of_exposed(again);
    serve_take_over(serve, again, origins);
    if (others[0] != '\0')
        log_warn("restart_needed", "settings=%s hint=%s", log_quote(others),
                 log_quote("they have changed, but hold from the next start on only"));
    log_info("reloaded", "changed=%s", log_quote(changed));
    log_set_level(again->log_level);
    log_set_format(again->log_format);
    free(changed);
    free(others);
}

static void serve_reload(struct serve *serve)
{
    struct config *again = alloc_zeroed(sizeof(*again));
    struct origins origins = {.allowed_count = 0};
    char *sentence;
    bool ok = config_read_again(serve->config, again, &sentence) == CONFIG_OK &&
              bootstrap_build_origins(&serve->bootstrap, again, &origins, &sentence) == BOOTSTRAP_DONE;
    if (ok) {
        serve->reloads_done++;
        serve_take_over_telling(serve, again, &origins);
    } else {
        serve->reloads_refused++;
        log_error("reload_refused", "why=%s hint=%s", log_quote(sentence),
                  log_quote("all holds as it did before"));
        origins_finish(&origins);
        config_destroy(&again);
    }
    free(sentence);
}

static void serve_on_hangup(uv_signal_t *signal, int number)
{
    struct serve *serve = signal->data;
    (void)number;
    if (serve->state != SERVE_RUNNING) {
        serve->reloads_refused++;
        log_warn("reload_refused", "why=%s", log_quote("the server is stopping"));
        return;
    }
    service_status_reloading(&serve->status);
    serve_reload(serve);
    service_status_reloaded(&serve->status);
}

static void serve_on_look(uv_signal_t *signal, int number)
{
    struct serve *serve = signal->data;
    if (!log_ration_allows(&serve->signal_lines, "signals"))
        return;
    const struct report report = serve_report(serve);
    log_info("state",
             "signal=%d database=%s stopping=%s connections=%zu clients=%zu desks=%zu rows=%zu "
             "commands_queued=%zu resident_bytes=%" PRIu64,
             number, report.hub.store_is_up ? "up" : "away", report.hub.is_draining ? "yes" : "no",
             report.net.connections, report.hub.sessions, report.hub.desks, report.census.rows,
             report.census.commands_queued, report.process.resident_bytes);
}

static void serve_on_other(uv_signal_t *signal, int number)
{
    struct serve *serve = signal->data;
    if (log_ration_allows(&serve->signal_lines, "signals"))
        log_info("signal_ignored", "signal=%d", number);
}

static const struct signal_handler signal_handlers[SIGNALS_COUNT] = {{SIGTERM, serve_on_stop},
                                                                     {SIGINT, serve_on_stop},
                                                                     {SIGHUP, serve_on_hangup},
                                                                     {SIGUSR1, serve_on_look},
                                                                     {SIGUSR2, serve_on_other}};

static int serve_start(struct serve *serve)
{
    struct node_options hub_options = {.credentials = token_checker(&serve->secrets),
                                       .limits = NODE_LIMITS,
                                       .quotas = serve->config->quotas,
                                       .now = tick_now()};
    if (getrandom(&hub_options.random, sizeof(hub_options.random), 0) != sizeof(hub_options.random))
        return exit_saying(EXIT_FAILED, "the kernel gives no random numbers");
    serve->store = store_pg_create(
        &serve->loop, &(struct store_pg_options){
                          .conninfo = serve->config->database == NULL ? "" : serve->config->database,
                          .lanes = serve->config->lanes,
                          .allow_unsafe = serve->config->allow_unsafe_database,
                          .unfit = serve_on_unfit,
                          .context = serve,
                      });
    hub_options.store = serve->store;
    serve->hub = hub_create(&hub_options);
    serve->net = net_create(&(struct net_options){.loop = &serve->loop,
                                                  .hub = serve->hub,
                                                  .listener = serve->bootstrap.listener,
                                                  .settings = serve_net_settings(serve),
                                                  .site = serve->bootstrap.site,
                                                  .demo = serve->config->demo ? serve_make_demo : NULL,
                                                  .admin_listener = serve->bootstrap.admin_listener,
                                                  .checks = serve_make_checks,
                                                  .metrics = serve_make_metrics,
                                                  .top = serve_make_top,
                                                  .context = serve});
    if (serve->net == NULL)
        return EXIT_FAILED;
    uv_timer_init(&serve->loop, &serve->drain_look);
    serve->drain_look.data = serve;
    signals_listen(&serve->signals, &serve->loop, signal_handlers, serve);
    store_pg_start(serve->store);
    service_status_start(&serve->status, &serve->loop, serve->hub);
    reclaim_start(&serve->reclaim, &serve->loop);
    const struct listener *admin = serve->bootstrap.admin_listener;
    log_info("listening", "version=%s addresses=%s admin=%s page=%s demo=%s", RELEVO_VERSION,
             log_quote(listener_addresses(serve->bootstrap.listener)),
             log_quote(admin == NULL ? "" : listener_addresses(admin)),
             serve->bootstrap.site == NULL ? "no" : "yes", serve->config->demo ? "yes" : "no");
    return EXIT_DONE;
}

int verb_serve(const struct config *config)
{
    struct serve *serve = alloc_zeroed(sizeof(*serve));
    serve->config = config;
    serve->started_ms = tick_now().wall_ms;
    log_set_level(config->log_level);
    signal(SIGPIPE, SIG_IGN);
    process_return_memory();
    uv_loop_init(&serve->loop);
    int code = serve_prepare(serve);
    if (code == EXIT_DONE)
        code = serve_start(serve);
    if (code == EXIT_DONE) {
        serve_enter_state(serve, SERVE_RUNNING);
        uv_run(&serve->loop, UV_RUN_DEFAULT);
        signals_stop_listening(&serve->signals, &serve->loop, signal_handlers);
        code = serve->exit_code;
    }
    net_destroy(&serve->net);
    if (serve->hub != NULL)
        hub_destroy(&serve->hub);
    store_pg_destroy(&serve->store);
    bootstrap_finish(&serve->bootstrap);
    config_destroy(&serve->again);
    explicit_bzero(serve->demo_secret_data, sizeof(serve->demo_secret_data));
    if (uv_loop_close(&serve->loop) != 0)
        log_error("handles_left", "why=%s", log_quote("something did not end with the loop"));
    free(serve);
    return code;
}
