#ifndef RELEVO_AUTH_TOKEN_H
#define RELEVO_AUTH_TOKEN_H

#include <stdint.h>

#include "app/credential.h"
#include "base/bytes.h"

/* Tokens are JWTs (RFC 7519) signed with HS256 under a secret that the server and the integrator's backend
 * share:
 *
 *   {"aud": "relevo", "exp": 1767229200, "workspace": "demo", "agent": "ana", "name": "Ana", "role": "agent"}
 *
 * README.md, "A token", says the same to integrators. */
#define TOKEN_AUDIENCE "relevo"

/* Checks tokens against `secret`, which is borrowed for as long as the checker is used. The signature is
 * judged first: a token is EXPIRED only if it is genuine. The issuer's clock may be some seconds off. `name`
 * may be missing where nobody reads it (automation, channel): the id stands in. */
struct credential_checker token_checker(const struct bytes *secret);

/* A token for `identity`, issued now, on the heap. */
char *token_mint(struct bytes secret, const struct identity *identity, int64_t now_ms);

#endif
