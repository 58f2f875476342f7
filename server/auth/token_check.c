#include "auth/token.h"

#include <assert.h>
#include <jansson.h>
#include <jwt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/limits.h"

enum {
    LEEWAY_S = 5, /* between this machine's clock and the issuer's */
};

/* Whether a token is one that we signed, and nothing else: libjwt takes the algorithm from the token and
 * looks at no claim. On true the caller frees *claims_r. */
static bool token_read_claims(struct bytes token, struct bytes secret, json_t **claims_r)
{
    jwt_t *jwt = NULL;
    char *claims = NULL;
    *claims_r = NULL;

    char *string = alloc_string((const char *)token.data, token.size);
    if (strlen(string) != token.size || jwt_decode(&jwt, string, secret.data, (int)secret.size) != 0)
        goto out;
    if (jwt_get_alg(jwt) != JWT_ALG_HS256)
        goto out;
    claims = jwt_get_grants_json(jwt, NULL);
    if (claims != NULL)
        *claims_r = json_loads(claims, JSON_REJECT_DUPLICATES, NULL);
out:
    free(claims);
    jwt_free(jwt);
    free(string);
    return *claims_r != NULL;
}

/* "aud" is one audience or a list of them (RFC 7519, section 4.1.3). */
static bool claims_are_for_us(const json_t *claims)
{
    const json_t *audience = json_object_get(claims, "aud");
    if (json_is_string(audience))
        return strcmp(json_string_value(audience), TOKEN_AUDIENCE) == 0;
    for (size_t i = 0; i < json_array_size(audience); i++) {
        const json_t *each = json_array_get(audience, i);
        if (json_is_string(each) && strcmp(json_string_value(each), TOKEN_AUDIENCE) == 0)
            return true;
    }
    return false;
}

/* A NumericDate (RFC 7519, section 2) in seconds, fractions dropped. False where it is there and is none. */
static bool claim_read_time(const json_t *claims, const char *name, int64_t absent, int64_t *time_s_r)
{
    const int64_t latest_s = LIMIT_INTEGER / 1000; /* in milliseconds it still has to travel */
    const json_t *claim = json_object_get(claims, name);
    *time_s_r = absent;
    if (claim == NULL)
        return true;
    if (json_is_real(claim)) {
        double value = json_real_value(claim);
        if (!(value >= 0 && value < 1e12))
            return false;
        *time_s_r = (int64_t)value;
        return true;
    }
    if (!json_is_integer(claim))
        return false;
    *time_s_r = json_integer_value(claim);
    return *time_s_r >= 0 && *time_s_r < latest_s;
}

/* A text of 1 to size_max bytes; false where there is none. Reads it into *place. */
static bool claim_read_text(const json_t *claims, const char *name, size_t size_max, struct text **place)
{
    const json_t *claim = json_object_get(claims, name);
    if (!json_is_string(claim))
        return false;
    struct bytes value = bytes_make(json_string_value(claim), json_string_length(claim));
    if (value.size == 0 || value.size > size_max || !bytes_are_text(value, false))
        return false;
    text_assign_bytes(place, value);
    return true;
}

/* Why these claims are not those of a token for now; NULL where they are. */
static const char *claims_judge_time(const json_t *claims, int64_t now_ms, int64_t *expires_ms_r,
                                     bool *expired_r)
{
    int64_t expires_s, not_before_s, issued_s;
    int64_t now_s = now_ms / 1000;
    *expired_r = false;
    if (!claim_read_time(claims, "exp", -1, &expires_s) || expires_s < 0)
        return "the token says no exp";
    if (!claim_read_time(claims, "nbf", 0, &not_before_s))
        return "the token's nbf is no time";
    if (!claim_read_time(claims, "iat", 0, &issued_s))
        return "the token's iat is no time";
    *expires_ms_r = expires_s * 1000;
    *expired_r = now_ms >= *expires_ms_r + LEEWAY_S * 1000;
    if (*expired_r)
        return "the token has expired";
    if (not_before_s > now_s + LEEWAY_S)
        return "the token is not valid yet";
    if (issued_s > now_s + LEEWAY_S)
        return "the token was issued in the future";
    return NULL;
}

/* Why these claims do not say who somebody is; NULL where they do. */
static const char *claims_read_identity(const json_t *claims, struct identity *identity)
{
    const json_t *role = json_object_get(claims, "role");
    if (!claim_read_text(claims, "workspace", LIMIT_ID_BYTES, &identity->workspace))
        return "the token says no usable workspace";
    if (!claim_read_text(claims, "agent", LIMIT_ID_BYTES, &identity->id))
        return "the token says no usable agent";
    if (!json_is_string(role) ||
        !role_parse(bytes_make(json_string_value(role), json_string_length(role)), &identity->role))
        return "the token says no known role";
    if (claim_read_text(claims, "name", LIMIT_NAME_BYTES, &identity->name))
        return NULL;
    if (role_is_person(identity->role) || json_object_get(claims, "name") != NULL)
        return "the token says no usable name";
    text_assign(&identity->name, identity->id);
    return NULL;
}

static enum credential_verdict token_check(void *context, struct bytes token, int64_t now_ms,
                                           struct identity *identity_r, const char **why_r)
{
    const struct bytes *secret = context;
    json_t *claims = NULL;
    bool expired = false;
    *identity_r = (struct identity){.workspace = NULL};
    *why_r = NULL;

    if (token.size == 0 || token.size > LIMIT_HELLO_TOKEN_BYTES ||
        !token_read_claims(token, *secret, &claims))
        *why_r = "the token is not signed by us";
    else if (!claims_are_for_us(claims))
        *why_r = "the token is for another audience";
    else
        *why_r = claims_judge_time(claims, now_ms, &identity_r->expires_ms, &expired);
    if (*why_r == NULL)
        *why_r = claims_read_identity(claims, identity_r);
    json_decref(claims);
    if (*why_r == NULL)
        return CREDENTIAL_OK;
    identity_finish(identity_r);
    return expired ? CREDENTIAL_EXPIRED : CREDENTIAL_BAD;
}

struct credential_checker token_checker(const struct bytes *secret)
{
    assert(secret->size >= LIMIT_SECRET_MIN_BYTES && secret->size <= LIMIT_SECRET_BYTES);
    return (struct credential_checker){.check = token_check, .context = (void *)secret};
}
