#ifndef RELEVO_SYSTEMD_NOTIFY_SOCKET_H
#define RELEVO_SYSTEMD_NOTIFY_SOCKET_H

#include <stdint.h>

/* Telling the service manager how we are, where one has started us and wants to hear it. The protocol is that
 * of sd_notify(3): a datagram of VARIABLE=VALUE lines to the socket that $NOTIFY_SOCKET names. */
struct notify_socket;

/* Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment: they are not for processes that
 * we might start. NULL: nobody wants to hear, or not at an address that we can write to, which has been
 * logged. */
struct notify_socket *notify_socket_create(void);

/* Without a "WATCHDOG=1" within every so many microseconds, the service manager takes us for dead. 0: it does
 * not watch. NULL is fine. */
uint64_t notify_socket_watchdog_us(const struct notify_socket *notify);

/* Sends the lines, such as "READY=1\nSTATUS=Serving." Does nothing where it is NULL. */
void notify_socket_say(struct notify_socket *notify, const char *lines);

/* Nulls the pointer. */
void notify_socket_destroy(struct notify_socket **notify);

#endif
