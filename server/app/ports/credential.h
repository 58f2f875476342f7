#ifndef RELEVO_APP_PORTS_CREDENTIAL_H
#define RELEVO_APP_PORTS_CREDENTIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/text.h"
#include "core/role.h"

/* Who somebody is, as a credential says. Holds its strings. */
struct identity {
    struct text *workspace;
    struct text *id;
    struct text *name;
    enum role role;
    int64_t expires_ms; /* Unix milliseconds by the issuer's clock; good for LIMIT_TOKEN_LEEWAY_MS longer */
    int64_t issued_ms;  /* likewise; 0: the credential does not say */
    uint64_t signer;    /* what vouches for it, for the checker to know again */
};

void identity_finish(struct identity *identity);

enum credential_verdict {
    CREDENTIAL_OK,
    CREDENTIAL_BAD,     /* forged, malformed, for another audience, without a claim that it needs */
    CREDENTIAL_EXPIRED, /* genuine, but its time is over */
};

/* The port to whoever can tell a credential (server/auth for tokens). Workspace, person and role come from
 * here and nowhere else. */
struct credential_checker {
    /* On CREDENTIAL_OK *identity_r is filled and the caller finishes it. Otherwise *why_r says what was
     * wrong: a constant for the log and the close reason, at most 60 bytes, in which nothing of the token
     * stands. */
    enum credential_verdict (*check)(void *context, struct bytes token, int64_t now_ms,
                                     struct identity *identity_r, const char **why_r);
    /* Whether what vouched for an identity that it has given out is still trusted. */
    bool (*still_trusts)(void *context, const struct identity *identity);
    void *context;
};

#endif
