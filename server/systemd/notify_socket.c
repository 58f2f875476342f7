#include "systemd/notify_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "systemd/variable.h"

enum {
    PATIENCE_S = 2, /* with a service manager that does not read: it must not stop the loop for good */
};

struct notify_socket {
    int descriptor;
    struct sockaddr_un address;
    socklen_t address_size;
    uint64_t watchdog_us;
    bool failure_logged;
};

/* A path, or "@" and a name in the abstract namespace. */
static bool address_set(struct notify_socket *notify, const char *name)
{
    size_t size = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || size < 2 || size >= sizeof(notify->address.sun_path))
        return false;
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, name, size);
    if (name[0] == '@')
        notify->address.sun_path[0] = '\0';
    notify->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    return true;
}

/* How often the service manager wants to hear from this process; 0: it does not watch, or another one. */
static uint64_t watchdog_take(void)
{
    uint64_t interval_us = 0;
    uint64_t pid = (uint64_t)getpid();
    bool is_watched = variable_take_number("WATCHDOG_USEC", &interval_us) == VARIABLE_NUMBER;
    bool is_ours = variable_take_number("WATCHDOG_PID", &pid) != VARIABLE_OTHER && pid == (uint64_t)getpid();
    return is_watched && is_ours ? interval_us : 0;
}

struct notify_socket *notify_socket_create(void)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    uint64_t watchdog_us = watchdog_take();
    char *name = variable_take("NOTIFY_SOCKET");
    if (name == NULL)
        return NULL;
    struct notify_socket *notify = alloc_zeroed(sizeof(*notify));
    notify->descriptor = -1;
    notify->watchdog_us = watchdog_us;
    if (!address_set(notify, name)) {
        log_warn("notify_socket_unknown", "socket=%s why=\"a path or @name is expected\"", log_quote(name));
        notify_socket_destroy(&notify);
        goto out;
    }
    notify->descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notify->descriptor < 0) {
        log_warn("notify_failed", "socket=%s error=%s", log_quote(name), log_quote(strerror(errno)));
        notify_socket_destroy(&notify);
        goto out;
    }
    setsockopt(notify->descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
out:
    free(name);
    return notify;
}

uint64_t notify_socket_watchdog_us(const struct notify_socket *notify)
{
    return notify == NULL ? 0 : notify->watchdog_us;
}

void notify_socket_say(struct notify_socket *notify, const char *lines)
{
    if (notify == NULL)
        return;
    /* To the address each time: the socket may have been made anew since. */
    ssize_t sent = sendto(notify->descriptor, lines, strlen(lines), MSG_NOSIGNAL,
                          (const struct sockaddr *)&notify->address, notify->address_size);
    if (sent < 0 && !notify->failure_logged)
        log_warn("notify_failed", "error=%s", log_quote(strerror(errno)));
    notify->failure_logged = sent < 0;
}

void notify_socket_destroy(struct notify_socket **notify)
{
    if (*notify == NULL)
        return;
    if ((*notify)->descriptor >= 0)
        close((*notify)->descriptor);
    free(*notify);
    *notify = NULL;
}
