#ifndef RELEVO_NET_TCP_INFO_H
#define RELEVO_NET_TCP_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes this process has read of a TCP connection since it began, by the kernel's count; perhaps a
 * few more, never less. False where that cannot be told. */
bool tcp_info_received_bytes(int descriptor, uint64_t *bytes_r);

#endif
