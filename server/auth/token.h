#ifndef RELEVO_AUTH_TOKEN_H
#define RELEVO_AUTH_TOKEN_H

#include <stdint.h>

#include "app/ports/credential.h"
#include "base/bytes.h"
#include "protocol/limits.h"

/* Tokens are JWTs (RFC 7519) signed with HS256 under a secret that the server and the integrator's backend
 * share:
 *
 *   {"aud": "relevo", "exp": 1767229200, "workspace": "demo", "agent": "ana", "name": "Ana", "role": "agent"}
 *
 * README.md, "A token", says the same to integrators. When the token of a live connection expires:
 * app/session/sign_in.c (session_watch_expiry). */
#define TOKEN_AUDIENCE "relevo"

/* What tokens are signed with, borrowed. A token that any of them has signed is good, so that one can take
 * another's place while tokens of both are about; the first is the one to sign with. */
struct token_secrets {
    struct bytes secrets[LIMIT_SECRETS];
    size_t count;
};

/* Checks tokens against the secrets as they are then: they are borrowed for as long as the checker is used,
 * and may change in between; it still trusts whoever came with a token of one that is there. The signature is
 * judged first: a token is EXPIRED only if it is genuine. The issuer's clock may be LIMIT_TOKEN_LEEWAY_MS
 * off. `name` may be missing where nobody reads it (automation, channel): the id stands in. A header that
 * calls for what we do not know (`crit`) and claims that stand there twice make a token bad. */
struct credential_checker token_checker(const struct token_secrets *secrets);

/* A token for `identity`, issued at now_ms, on the heap. */
char *token_mint(struct bytes secret, const struct identity *identity, int64_t now_ms);

#endif
