#ifndef RELEVO_BASE_ADDRESS_H
#define RELEVO_BASE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* Internet addresses and networks, as bytes and as text (RFC 4291, section 2.2; RFC 5952). */

/* An IPv6 address; an IPv4 one as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2), so that one is the same however
 * it came. */
struct address {
    uint8_t bytes[16];
};

/* Reads "192.0.2.1" or "2001:db8::1", all of it; no port, no brackets, no zone. */
bool address_parse(struct bytes text, struct address *address_r);

/* "192.0.2.1", "2001:db8::1". */
enum { ADDRESS_TEXT_SIZE = 40 };
const char *address_format(const struct address *address, char place[ADDRESS_TEXT_SIZE]);

/* From the four bytes of an IPv4 address. */
struct address address_of_v4(const uint8_t bytes[4]);

bool address_is_v4(const struct address *address);

/* This machine itself: 127.0.0.0/8, ::1. */
bool address_is_loopback(const struct address *address);

static inline bool address_equal(const struct address *a, const struct address *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* The addresses that begin with the same bits. */
struct network {
    struct address address;
    int bits; /* of 128, for IPv4 too */
};

/* Reads ADDRESS or ADDRESS/BITS, all of it. */
bool network_parse(struct bytes text, struct network *network_r);

bool network_has(const struct network *network, const struct address *address);

#endif
