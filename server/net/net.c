#include "net/net.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "net/client.h"
#include "net/lws_log.h"
#include "net/private.h"
#include "net/upgrade.h"
#include "net/ws.h"
#include "protocol/limits.h"

enum {
    RECEIVE_BYTES = 512,          /* read at once, and kept for that per connection: a few commands */
    RECEIVE_PAGE_BYTES = 128,     /* of a page, which says little; the least that holds every control frame */
    SEND_BYTES = 65536,           /* at once; unset, it would be the receive buffer's size */
    SERVICE_BUFFER_BYTES = 20480, /* one for the process, larger than anything that one read brings */
    HEADER_BYTES = 512,           /* of a request of our own making */
    HEADER_POOL = 4,              /* such requests at once; they are read as they are made */
    ADMIN_CONNECTIONS = 16,       /* a scraper and some probes */
    DESCRIPTORS_RESERVED = 64,    /* for these, the database's lanes, the loop, the log */
};

/* libwebsockets keeps 16 bytes for each descriptor that there might be, and above ten million falls back to
 * 2560 of them: so the limit is set to what we need, up or down. */
size_t net_reserve_descriptors(size_t connections, size_t *needed_r)
{
    struct rlimit limit;
    const rlim_t wanted = connections + DESCRIPTORS_RESERVED;
    *needed_r = wanted;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return connections;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return connections;
    if (limit.rlim_cur >= wanted)
        return connections;
    size_t room = limit.rlim_cur > 2 * DESCRIPTORS_RESERVED ? limit.rlim_cur - DESCRIPTORS_RESERVED
                                                            : limit.rlim_cur / 2;
    return room < connections ? room : connections;
}

/* One that has clients with a receive buffer of this size. */
static struct lws_vhost *net_create_vhost(struct net *net, struct lws_context_creation_info *info,
                                          const char *name, size_t receive_bytes)
{
    /* libwebsockets copies it. The first is what a connection has before its handshake; the table ends with
     * an entry of zeros. */
    const struct lws_protocols protocols[] = {
        {.name = "handshake",
         .callback = client_callback,
         .rx_buffer_size = receive_bytes,
         .tx_packet_size = SEND_BYTES},
        {.name = UPGRADE_PROTOCOL,
         .callback = ws_callback,
         .per_session_data_size = ws_size(),
         .rx_buffer_size = receive_bytes,
         .tx_packet_size = SEND_BYTES},
        {.name = NULL},
    };
    info->vhost_name = name;
    info->protocols = protocols;
    struct lws_vhost *vhost = lws_create_vhost(net->context, info);
    info->protocols = NULL;
    return vhost;
}

static bool net_create_context(struct net *net)
{
    static const lws_retry_bo_t no_pings = {.secs_since_valid_hangup = 0}; /* net/liveness.c pings */
    void *foreign_loops[] = {net->options.loop};
    struct lws_context_creation_info info;
    memset(&info, 0, sizeof(info));
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.foreign_loops = foreign_loops;
    info.pcontext = &net->context;
    info.pt_serv_buf_size = SERVICE_BUFFER_BYTES;
    info.max_http_header_data = HEADER_BYTES;
    info.max_http_header_pool = HEADER_POOL;
    info.retry_and_idle_policy = &no_pings;
    info.gid = -1;
    info.uid = -1;
    info.user = net;
    lws_log_start();
    net->context = lws_create_context(&info);
    if (net->context == NULL)
        return false;
    net->programs = net_create_vhost(net, &info, "programs", RECEIVE_BYTES);
    net->pages = net_create_vhost(net, &info, "pages", RECEIVE_PAGE_BYTES);
    return net->programs != NULL && net->pages != NULL;
}

static bool net_flush(void *context)
{
    return ws_flush(context);
}

static void net_init_address_limit(struct net *net)
{
    struct hash_key random;
    int trouble = uv_random(NULL, NULL, &random, sizeof(random), 0, NULL);
    assert(trouble == 0);
    address_limit_init(&net->address_limit, &net->options.settings.proxies, random);
}

struct net *net_create(const struct net_options *options)
{
    struct net *net = alloc_zeroed(sizeof(*net));
    net->options = *options;
    size_t needed;
    net_init_address_limit(net);
    /* As libwebsockets is told once for all, for as many as there may ever be. */
    net->connections_room = net_reserve_descriptors(LIMIT_CONNECTIONS, &needed);
    net->public_port = (struct port){.net = net};
    net->options.settings.connections_max = 0; /* none has been said yet */
    net_set(net, &options->settings);
    net->admin_port = (struct port){.net = net, .connections_max = ADMIN_CONNECTIONS};
    if (!net_create_context(net)) {
        log_error("libwebsockets_failed", "hint=%s",
                  log_quote("is the package libwebsockets-evlib-uv installed?"));
        /* With a loop that is not its own, a context that failed may be there in part, with handles on the
         * loop. */
        if (net->context != NULL)
            lws_context_destroy(net->context);
        uv_run(options->loop, UV_RUN_DEFAULT);
        net_destroy(&net);
        return NULL;
    }
    net->tick = (struct tick){.loop = options->loop, .hub = options->hub, .flush = net_flush, .context = net};
    tick_start(&net->tick);
    liveness_start(&net->liveness, options->loop, ws_ping, ws_give_up);
    exchanges_start(net);
    port_open(&net->public_port, options->listener);
    if (options->admin_listener != NULL)
        port_open(&net->admin_port, options->admin_listener);
    return net;
}

void net_set(struct net *net, const struct net_settings *settings)
{
    bool is_scarce = settings->connections_max > net->connections_room;
    bool is_new = settings->connections_max != net->options.settings.connections_max;
    net->options.settings = *settings;
    net->public_port.connections_max = is_scarce ? net->connections_room : settings->connections_max;
    if (is_scarce && is_new)
        log_warn("few_descriptors", "wanted=%zu connections=%zu",
                 settings->connections_max + DESCRIPTORS_RESERVED, net->connections_room);
}

void net_stop(struct net *net)
{
    listener_stop(net->options.listener);
    if (net->options.admin_listener != NULL)
        listener_stop(net->options.admin_listener);
    tick_stop(&net->tick);
    liveness_stop(&net->liveness);
    exchanges_stop(net);
    lws_context_destroy(net->context);
}

void net_destroy(struct net **net)
{
    if (*net == NULL)
        return;
    /* The first call, in net_stop, only closes handles when the loop is not its own; it nulls the pointer
     * when it did it all. */
    if ((*net)->context != NULL)
        lws_context_destroy((*net)->context);
    address_limit_finish(&(*net)->address_limit);
    free(*net);
    *net = NULL;
}

struct net_stats net_stats(const struct net *net)
{
    const struct port *port = &net->public_port;
    return (struct net_stats){.connections = port->connections,
                              .connections_max = port->connections_max,
                              .refused_full = port->refused_full,
                              .refused_crowd = port->refused_crowd,
                              .busy_us = net->tick.busy_us};
}
