#include "auth/token.h"

#include <assert.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

static void token_add(jwt_t *jwt, const char *claim, const char *value)
{
    int failed = jwt_add_grant(jwt, claim, value);
    assert(failed == 0);
}

static void token_add_time(jwt_t *jwt, const char *claim, int64_t time_ms)
{
    int failed = jwt_add_grant_int(jwt, claim, (long)(time_ms / 1000));
    assert(failed == 0);
}

char *token_mint(struct bytes secret, const struct identity *identity, int64_t now_ms)
{
    jwt_t *jwt = NULL;
    int failed = jwt_new(&jwt);
    assert(failed == 0);
    failed = jwt_set_alg(jwt, JWT_ALG_HS256, secret.data, (int)secret.size);
    assert(failed == 0);
    token_add(jwt, "aud", TOKEN_AUDIENCE);
    token_add_time(jwt, "iat", now_ms);
    token_add_time(jwt, "exp", identity->expires_ms);
    token_add(jwt, "workspace", text_string(identity->workspace));
    token_add(jwt, "agent", text_string(identity->id));
    if (identity->name != NULL)
        token_add(jwt, "name", text_string(identity->name));
    token_add(jwt, "role", role_name(identity->role));
    char *encoded = jwt_encode_str(jwt);
    assert(encoded != NULL);
    char *token = alloc_string(encoded, strlen(encoded));
    free(encoded);
    jwt_free(jwt);
    return token;
}
