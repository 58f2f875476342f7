#include "auth/token.h"

#include <assert.h>
#include <jansson.h>
#include <jwt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "core/clean.h"
#include "protocol/limits.h"

/* From a token to an identity: its signature is checked first, by each secret that holds; then who it is for,
 * its times, and who it says that its bearer is. Nothing of it is believed, and no claim is looked at, before
 * the signature is found good.
 *
 * What may fail has a sentence, which goes to the client. A token that has expired is told from a bad one, as
 * its bearer can get another one. */

/* The value of a base64url digit (RFC 4648, section 5); -1: it is none. */
static int digit_value(uint8_t digit)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *found = digit == '\0' ? NULL : strchr(digits, digit);
    return found == NULL ? -1 : (int)(found - digits);
}

/* Reads one part of a token: an object of JSON in base64url, without padding, in which no name stands twice.
 * NULL where it is none; the caller gives it up. */
static json_t *part_read(struct bytes part)
{
    uint8_t *json = alloc_array(part.size / 4 * 3 + 3, 1);
    size_t size = 0;
    uint32_t bits = 0;
    json_t *object = NULL;
    for (size_t i = 0; i < part.size; i++) {
        int value = digit_value(part.data[i]);
        if (value < 0)
            goto out;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 != 0) /* each digit but the first of four completes a byte */
            json[size++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    object = json_loadb((const char *)json, size, JSON_REJECT_DUPLICATES, NULL);
out:
    free(json);
    return object;
}

/* A secret's number, by which it is known again. It stays in the process: nobody can learn anything from it.
 */
static uint64_t secret_number(struct bytes secret)
{
    return hash_sip((struct hash_key){{0}}, secret);
}

/* Whether one of the secrets has signed it, by HMAC with SHA-256 and nothing else: libjwt takes the algorithm
 * from the token. All are tried, whichever it is. */
static bool token_is_signed(const char *token, const struct token_secrets *secrets, uint64_t *signer_r)
{
    bool is_signed = false;
    for (size_t i = 0; i < secrets->count; i++) {
        jwt_t *jwt = NULL;
        const struct bytes secret = secrets->secrets[i];
        if (jwt_decode(&jwt, token, secret.data, (int)secret.size) == 0 &&
            jwt_get_alg(jwt) == JWT_ALG_HS256) {
            is_signed = true;
            *signer_r = secret_number(secret);
        }
        jwt_free(jwt);
    }
    return is_signed;
}

/* To the letter (RFC 7515, section 4.1.1): libjwt takes it in any case. */
static bool header_names_our_algorithm(const json_t *header)
{
    const json_t *algorithm = json_object_get(header, "alg");
    return json_is_string(algorithm) && strcmp(json_string_value(algorithm), "HS256") == 0;
}

/* What a token that we have signed claims: read here, for libjwt takes claims that stand there twice, and
 * knows nothing of `crit` (RFC 7515, section 4.1.11). NULL, and why, where we have not signed it; else the
 * caller gives it up. */
static json_t *token_read_claims(struct bytes token, const struct token_secrets *secrets, uint64_t *signer_r,
                                 const char **why_r)
{
    json_t *header = NULL;
    json_t *claims = NULL;
    *why_r = "the token is not signed by us";
    char *string = alloc_string((const char *)token.data, token.size);
    const char *header_end = strchr(string, '.');
    const char *claims_end = header_end == NULL ? NULL : strchr(header_end + 1, '.');
    if (strlen(string) != token.size || claims_end == NULL || !token_is_signed(string, secrets, signer_r))
        goto out;
    *why_r = "the token's header is not one that we understand";
    header = part_read(bytes_make(string, (size_t)(header_end - string)));
    if (header == NULL || json_object_get(header, "crit") != NULL || !header_names_our_algorithm(header))
        goto out;
    *why_r = "the token's claims are no JSON, or one stands there twice";
    claims = part_read(bytes_make(header_end + 1, (size_t)(claims_end - header_end - 1)));
out:
    json_decref(header);
    free(string);
    return claims;
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

/* The last second of the year 9999: who says a later one counts milliseconds. */
#define LATEST_S INT64_C(253402300799)

struct time_claim {
    const char *name;
    int64_t absent_s; /* what it is where it is not there */
    /* What is wrong with it, for whoever issues tokens. */
    const char *no_time;
    const char *too_late;
};

static const struct time_claim exp_claim = {"exp", -1, "the token says no exp",
                                            "the token's exp must be in seconds, not milliseconds"};
static const struct time_claim nbf_claim = {"nbf", 0, "the token's nbf is no time",
                                            "the token's nbf must be in seconds, not milliseconds"};
static const struct time_claim iat_claim = {"iat", 0, "the token's iat is no time",
                                            "the token's iat must be in seconds, not milliseconds"};

/* Reads a NumericDate (RFC 7519, section 2) in seconds, fractions dropped; says why not where it cannot. */
static const char *claim_read_time(const json_t *claims, const struct time_claim *about, int64_t *time_s_r)
{
    const json_t *claim = json_object_get(claims, about->name);
    *time_s_r = about->absent_s;
    if (json_is_real(claim)) {
        double value = json_real_value(claim);
        if (!(value >= 0 && value < 1e18))
            return about->no_time;
        *time_s_r = (int64_t)value;
    } else if (json_is_integer(claim)) {
        *time_s_r = json_integer_value(claim);
    } else if (claim != NULL) {
        return about->no_time;
    }
    if (*time_s_r < 0)
        return about->no_time;
    return *time_s_r > LATEST_S ? about->too_late : NULL;
}

struct id_claim {
    const char *name;
    size_t size_max;
    /* What is wrong with it, for whoever issues tokens. */
    const char *missing;
    const char *too_long;
    const char *no_text;
};

static const struct id_claim workspace_claim = {
    "workspace", LIMIT_WORKSPACE_BYTES, "the token says no workspace",
    "the token's workspace is longer than 64 bytes", "the token's workspace holds control characters"};
static const struct id_claim agent_claim = {"agent", LIMIT_ID_BYTES, "the token says no agent",
                                            "the token's agent is longer than 255 bytes",
                                            "the token's agent holds control characters"};

/* Reads an id into *place; says why not where it cannot. */
static const char *claim_read_id(const json_t *claims, const struct id_claim *about, struct text **place)
{
    const json_t *claim = json_object_get(claims, about->name);
    struct bytes value = bytes_make(json_string_value(claim), json_string_length(claim));
    if (value.size == 0)
        return about->missing;
    if (value.size > about->size_max)
        return about->too_long;
    if (!bytes_are_text(value, false))
        return about->no_text;
    text_assign_bytes(place, value);
    return NULL;
}

/* Why these claims are not those of a token for now; NULL where they are. */
static const char *claims_judge_time(const json_t *claims, int64_t now_ms, struct identity *identity,
                                     bool *expired_r)
{
    int64_t expires_s, not_before_s, issued_s;
    int64_t latest_s = (now_ms + LIMIT_TOKEN_LEEWAY_MS) / 1000;
    *expired_r = false;
    const char *why = claim_read_time(claims, &exp_claim, &expires_s);
    if (why == NULL)
        why = claim_read_time(claims, &nbf_claim, &not_before_s);
    if (why == NULL)
        why = claim_read_time(claims, &iat_claim, &issued_s);
    if (why != NULL)
        return why;
    identity->expires_ms = expires_s * 1000;
    identity->issued_ms = issued_s * 1000;
    *expired_r = now_ms >= identity->expires_ms + LIMIT_TOKEN_LEEWAY_MS;
    if (*expired_r)
        return "the token has expired";
    if (not_before_s > latest_s)
        return "the token is not valid yet";
    if (issued_s > latest_s)
        return "the token was issued in the future";
    return NULL;
}

/* A name, as it is recorded; false where there is none. Reads it into *place. */
static bool claim_read_name(const json_t *claims, struct text **place)
{
    const json_t *claim = json_object_get(claims, "name");
    if (!json_is_string(claim))
        return false;
    *place = clean_name(bytes_make(json_string_value(claim), json_string_length(claim)), LIMIT_NAME_BYTES);
    return *place != NULL;
}

/* Why these claims do not say who somebody is; NULL where they do. */
static const char *claims_read_identity(const json_t *claims, struct identity *identity)
{
    const json_t *role = json_object_get(claims, "role");
    const char *why = claim_read_id(claims, &workspace_claim, &identity->workspace);
    if (why == NULL)
        why = claim_read_id(claims, &agent_claim, &identity->id);
    if (why != NULL)
        return why;
    if (!json_is_string(role) ||
        !role_parse(bytes_make(json_string_value(role), json_string_length(role)), &identity->role))
        return "the token says no known role";
    if (claim_read_name(claims, &identity->name))
        return NULL;
    if (role_is_person(identity->role) || json_object_get(claims, "name") != NULL)
        return "the token says no usable name";
    text_assign(&identity->name, identity->id);
    return NULL;
}

static enum credential_verdict token_check(void *context, struct bytes token, int64_t now_ms,
                                           struct identity *identity_r, const char **why_r)
{
    json_t *claims = NULL;
    bool expired = false;
    *identity_r = (struct identity){.workspace = NULL};
    *why_r = "the token is longer than 4096 bytes";

    static_assert(LIMIT_HELLO_TOKEN_BYTES == 4096, "said above");
    if (token.size <= LIMIT_HELLO_TOKEN_BYTES)
        claims = token_read_claims(token, context, &identity_r->signer, why_r);
    if (claims != NULL)
        *why_r = claims_are_for_us(claims) ? claims_judge_time(claims, now_ms, identity_r, &expired)
                                           : "the token is for another audience";
    if (*why_r == NULL)
        *why_r = claims_read_identity(claims, identity_r);
    json_decref(claims);
    if (*why_r == NULL)
        return CREDENTIAL_OK;
    identity_finish(identity_r);
    return expired ? CREDENTIAL_EXPIRED : CREDENTIAL_BAD;
}

static bool token_still_trusts(void *context, const struct identity *identity)
{
    const struct token_secrets *secrets = context;
    for (size_t i = 0; i < secrets->count; i++)
        if (secret_number(secrets->secrets[i]) == identity->signer)
            return true;
    return false;
}

struct credential_checker token_checker(const struct token_secrets *secrets)
{
    assert(secrets->count > 0 && secrets->count <= LIMIT_SECRETS);
    for (size_t i = 0; i < secrets->count; i++)
        assert(secrets->secrets[i].size >= LIMIT_SECRET_MIN_BYTES &&
               secrets->secrets[i].size <= LIMIT_SECRET_BYTES);
    return (struct credential_checker){
        .check = token_check, .still_trusts = token_still_trusts, .context = (void *)secrets};
}
