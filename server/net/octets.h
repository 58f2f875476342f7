#ifndef RELEVO_NET_OCTETS_H
#define RELEVO_NET_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes this process has read of a TCP connection since it began, by the kernel's count; perhaps a
 * few more, never less. False where that cannot be told. */
bool octets_read(int descriptor, uint64_t *octets_r);

#endif
