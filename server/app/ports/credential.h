#ifndef RELEVO_APP_PORTS_CREDENTIAL_H
#define RELEVO_APP_PORTS_CREDENTIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/text.h"
#include "core/role.h"

/* Who somebody is, as a credential says. It owns its texts; identity_finish gives them up. */
struct identity {
    struct text *workspace;
    struct text *id;
    struct text *name;
    enum role role;
    /* Unix milliseconds by the issuer's clock; the credential is accepted for LIMIT_TOKEN_LEEWAY_MS
     * longer. */
    int64_t expires_ms;
    int64_t issued_ms; /* Unix milliseconds by the issuer's clock; 0: the credential does not say */
    uint64_t signer;   /* identifies the secret that signed it, for the checker only */
};

void identity_finish(struct identity *identity);

enum credential_verdict {
    CREDENTIAL_OK,
    /* It is forged or malformed, or is for another audience, or lacks a claim that it needs. */
    CREDENTIAL_BAD,
    CREDENTIAL_EXPIRED, /* it is genuine, but its time is over */
};

/* The port to whoever can check a credential (server/auth does it for tokens). The workspace, the person and
 * the role of a client come from here and from nowhere else. */
struct credential_checker {
    /* On CREDENTIAL_OK *identity_r is filled, and the caller finishes it. Otherwise *why_r says what was
     * wrong. It is a constant of at most 60 bytes for the log and the close reason, and contains nothing of
     * the token. */
    enum credential_verdict (*check)(void *context, struct bytes token, int64_t now_ms,
                                     struct identity *identity_r, const char **why_r);
    /* Whether the secret that signed this identity's credential is still trusted. The identity came from
     * `check`. */
    bool (*still_trusts)(void *context, const struct identity *identity);
    void *context;
};

#endif
