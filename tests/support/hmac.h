#ifndef RELEVO_TESTS_SUPPORT_HMAC_H
#define RELEVO_TESTS_SUPPORT_HMAC_H

#include <stdint.h>

#include "base/bytes.h"

/* HMAC with SHA-256 (RFC 2104, FIPS 180-4), written here so that what signs in a test is not what is tested.
 */
enum { HMAC_SIZE = 32 };
void hmac_sha256(struct bytes key, struct bytes text, uint8_t mac_r[HMAC_SIZE]);

#endif
