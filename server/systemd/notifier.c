#include "systemd/notifier.h"

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

struct notifier {
    int descriptor;
    struct sockaddr_un address;
    socklen_t address_size;
    uint64_t watchdog_us;
    bool failure_logged;
};

/* A path, or "@" and a name in the abstract namespace. */
static bool address_set(struct notifier *notifier, const char *name)
{
    size_t size = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || size < 2 || size >= sizeof(notifier->address.sun_path))
        return false;
    notifier->address.sun_family = AF_UNIX;
    memcpy(notifier->address.sun_path, name, size);
    if (name[0] == '@')
        notifier->address.sun_path[0] = '\0';
    notifier->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
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

struct notifier *notifier_create(void)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    uint64_t watchdog_us = watchdog_take();
    char *name = variable_take("NOTIFY_SOCKET");
    if (name == NULL)
        return NULL;
    struct notifier *notifier = alloc_zeroed(sizeof(*notifier));
    notifier->descriptor = -1;
    notifier->watchdog_us = watchdog_us;
    if (!address_set(notifier, name)) {
        log_warn("notify_socket_unknown", "socket=%s why=\"a path or @name is expected\"", log_quote(name));
        notifier_destroy(&notifier);
        goto out;
    }
    notifier->descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notifier->descriptor < 0) {
        log_warn("notify_failed", "socket=%s error=%s", log_quote(name), log_quote(strerror(errno)));
        notifier_destroy(&notifier);
        goto out;
    }
    setsockopt(notifier->descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
out:
    free(name);
    return notifier;
}

uint64_t notifier_watchdog_us(const struct notifier *notifier)
{
    return notifier == NULL ? 0 : notifier->watchdog_us;
}

void notifier_say(struct notifier *notifier, const char *lines)
{
    if (notifier == NULL)
        return;
    /* To the address each time: the socket may have been made anew since. */
    ssize_t sent = sendto(notifier->descriptor, lines, strlen(lines), MSG_NOSIGNAL,
                          (const struct sockaddr *)&notifier->address, notifier->address_size);
    if (sent < 0 && !notifier->failure_logged)
        log_warn("notify_failed", "error=%s", log_quote(strerror(errno)));
    notifier->failure_logged = sent < 0;
}

void notifier_destroy(struct notifier **notifier)
{
    if (*notifier == NULL)
        return;
    if ((*notifier)->descriptor >= 0)
        close((*notifier)->descriptor);
    free(*notifier);
    *notifier = NULL;
}
