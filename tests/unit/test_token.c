#include <criterion/criterion.h>
#include <jansson.h>
#include <jwt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/token.h"
#include "protocol/limits.h"
#include "support/leak.h"

#define SECRET "0123456789abcdef0123456789abcdef"

static const int64_t now_ms = INT64_C(1767225600000);
#define OLD_SECRET "the secret of last year, of 38 bytes.."
static const struct token_secrets secrets = {
    .secrets = {{.data = (const uint8_t *)SECRET, .size = sizeof(SECRET) - 1},
                {.data = (const uint8_t *)OLD_SECRET, .size = sizeof(OLD_SECRET) - 1}},
    .count = 2,
};

static json_t *claims; /* a good token's, for a test to change one of */

static json_t *claims_make(void)
{
    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "aud", "relevo", "exp",
                     (json_int_t)(now_ms / 1000 + 60), "workspace", "demo", "agent", "ana", "name", "Ana",
                     "role", "agent");
}

static char *token_sign(const json_t *grants, jwt_alg_t algorithm, const char *key)
{
    jwt_t *jwt;
    char *json = json_dumps(grants, 0);
    cr_assert_eq(jwt_new(&jwt), 0);
    cr_assert_eq(jwt_set_alg(jwt, algorithm, (const unsigned char *)key, key == NULL ? 0 : (int)strlen(key)),
                 0);
    cr_assert_eq(jwt_add_grants_json(jwt, json), 0);
    char *token = jwt_encode_str(jwt);
    cr_assert_not_null(token);
    jwt_free(jwt);
    free(json);
    return token;
}

static const char *last_why; /* of the token checked last; NULL: it is good */

static enum credential_verdict check_bytes(struct bytes token, struct identity *identity_r)
{
    const char *why = NULL;
    struct credential_checker checker = token_checker(&secrets);
    enum credential_verdict verdict = checker.check(checker.context, token, now_ms, identity_r, &why);
    if (verdict != CREDENTIAL_OK) {
        cr_assert_not_null(why);
        cr_assert_leq(strlen(why), 60, "%s", why);
        cr_assert_null(identity_r->workspace);
    }
    last_why = verdict == CREDENTIAL_OK ? NULL : why;
    return verdict;
}

static enum credential_verdict check(const char *token)
{
    struct identity identity;
    enum credential_verdict verdict = check_bytes(bytes_of_string(token), &identity);
    identity_finish(&identity);
    return verdict;
}

/* What comes of a good token with this claim instead (NULL: without it). Takes over the value. */
static enum credential_verdict check_with(const char *claim, json_t *value)
{
    json_t *changed = claims_make();
    if (value == NULL)
        json_object_del(changed, claim);
    else
        json_object_set_new(changed, claim, value);
    char *token = token_sign(changed, JWT_ALG_HS256, SECRET);
    enum credential_verdict verdict = check(token);
    free(token);
    json_decref(changed);
    return verdict;
}

static json_t *seconds_from_now(int64_t seconds)
{
    return json_integer(now_ms / 1000 + seconds);
}

static json_t *letters(size_t count)
{
    char text[256];
    memset(text, 'x', sizeof(text));
    return json_stringn(text, count);
}

static void begin(void)
{
    claims = claims_make();
}

static void end(void)
{
    json_decref(claims);
    assert_no_leak();
}

TestSuite(token, .init = begin, .fini = end);

Test(token, says_who_somebody_is)
{
    char *token = token_sign(claims, JWT_ALG_HS256, SECRET);
    struct identity identity;

    cr_assert_eq(check_bytes(bytes_of_string(token), &identity), CREDENTIAL_OK);

    cr_assert_str_eq(text_string(identity.workspace), "demo");
    cr_assert_str_eq(text_string(identity.id), "ana");
    cr_assert_str_eq(text_string(identity.name), "Ana");
    cr_assert_eq(identity.role, ROLE_AGENT);
    cr_assert_eq(identity.expires_ms, now_ms + 60 * 1000);
    cr_assert_eq(identity.issued_ms, 0);
    identity_finish(&identity);
    free(token);
}

Test(token, is_minted_as_it_is_checked)
{
    static const enum role roles[] = {ROLE_AGENT, ROLE_SUPERVISOR, ROLE_AUTOMATION, ROLE_CHANNEL};
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++) {
        struct identity given = {.workspace = text_create(bytes_of_string("demo")),
                                 .id = text_create(bytes_of_string("ana")),
                                 .name = text_create(bytes_of_string("Ana \"la jefa\" Núñez")),
                                 .role = roles[i],
                                 .expires_ms = now_ms + 3600 * 1000};
        struct identity got;
        char *token = token_mint(secrets.secrets[0], &given, now_ms);

        cr_assert_eq(check_bytes(bytes_of_string(token), &got), CREDENTIAL_OK);

        cr_assert(text_equal(got.workspace, given.workspace));
        cr_assert(text_equal(got.id, given.id));
        cr_assert(text_equal(got.name, given.name));
        cr_assert_eq(got.role, given.role);
        cr_assert_eq(got.expires_ms, given.expires_ms);
        cr_assert_eq(got.issued_ms, now_ms);
        identity_finish(&given);
        identity_finish(&got);
        free(token);
    }
}

Test(token, signed_with_another_secret_is_bad)
{
    char *token = token_sign(claims, JWT_ALG_HS256, "ffffffffffffffffffffffffffffffff");
    cr_assert_eq(check(token), CREDENTIAL_BAD);
    free(token);
}

Test(token, signed_with_the_secret_before_is_good_for_as_long_as_that_is_known)
{
    char *token = token_sign(claims, JWT_ALG_HS256, OLD_SECRET);
    const struct token_secrets newest = {.secrets = {secrets.secrets[0]}, .count = 1};
    struct credential_checker checker = token_checker(&newest);
    struct identity identity;
    const char *why;
    cr_assert_eq(check(token), CREDENTIAL_OK);
    cr_assert_eq(checker.check(checker.context, bytes_of_string(token), now_ms, &identity, &why),
                 CREDENTIAL_BAD);
    free(token);
}

Test(token, is_trusted_for_as_long_as_its_secret_is_there)
{
    char *token = token_sign(claims, JWT_ALG_HS256, OLD_SECRET);
    struct token_secrets now = secrets;
    struct credential_checker checker = token_checker(&now);
    struct identity identity;
    const char *why;
    cr_assert_eq(checker.check(checker.context, bytes_of_string(token), now_ms, &identity, &why),
                 CREDENTIAL_OK);
    cr_assert(checker.still_trusts(checker.context, &identity));
    now.secrets[0] = secrets.secrets[1]; /* back to the one before: the bytes count, not the place */
    now.count = 1;
    cr_assert(checker.still_trusts(checker.context, &identity));
    now.secrets[0] = secrets.secrets[0];
    cr_assert_not(checker.still_trusts(checker.context, &identity));
    identity_finish(&identity);
    free(token);
}

Test(token, of_any_other_algorithm_is_bad)
{
    char *none = token_sign(claims, JWT_ALG_NONE, NULL);
    char *hs384 = token_sign(claims, JWT_ALG_HS384, SECRET);
    char *hs512 = token_sign(claims, JWT_ALG_HS512, SECRET);
    cr_assert_eq(check(none), CREDENTIAL_BAD);
    cr_assert_eq(check(hs384), CREDENTIAL_BAD);
    cr_assert_eq(check(hs512), CREDENTIAL_BAD);
    free(none);
    free(hs384);
    free(hs512);
}

Test(token, whose_header_was_exchanged_is_bad)
{
    /* base64url of {"alg":"none"}, {"alg":"RS256"}, {"alg":"HS384"}, {}, and of no JSON */
    static const char *const headers[] = {"eyJhbGciOiJub25lIn0", "eyJhbGciOiJSUzI1NiJ9",
                                          "eyJhbGciOiJIUzM4NCJ9", "e30", "eHg"};
    char *token = token_sign(claims, JWT_ALG_HS256, SECRET);
    const char *rest = strchr(token, '.');
    char *signature = strrchr(token, '.');
    for (size_t i = 0; i < ARRAY_COUNT(headers); i++) {
        char forged[1024];
        snprintf(forged, sizeof(forged), "%s%s", headers[i], rest);
        cr_assert_eq(check(forged), CREDENTIAL_BAD, "header %zu", i);
        snprintf(forged, sizeof(forged), "%s%.*s.", headers[i], (int)(signature - rest), rest);
        cr_assert_eq(check(forged), CREDENTIAL_BAD, "header %zu without a signature", i);
    }
    free(token);
}

/* No library makes such tokens: they are signed with SECRET by hand. */
#define GOOD_HEADER "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." /* {"alg":"HS256","typ":"JWT"} */
/* {"aud":"relevo","exp":1767225660,"workspace":"demo","agent":"ana","name":"Ana","role":"agent */
#define GOOD_CLAIMS                                                                                          \
    "eyJhdWQiOiJyZWxldm8iLCJleHAiOjE3NjcyMjU2NjAsIndvcmtzcGFjZSI6ImRlbW8iLCJhZ2VudCI6ImFuYSIsIm5hbWUiOiJB"   \
    "bmEiLCJyb2xlIjoiYWdlbnQ"

Test(token, whose_header_or_claims_may_be_read_in_two_ways_is_bad)
{
    static const struct {
        const char *what;
        const char *token;
    } cases[] = {
        {"crit: [\"exp\"]", "eyJhbGciOiJIUzI1NiIsImNyaXQiOlsiZXhwIl19." GOOD_CLAIMS
                            "ifQ.jAlJ1fmbU5o8uZUG318BgsbdJsDhrHjixfQ-oPnHz80"},
        {"alg: none, alg: HS256", "eyJhbGciOiJub25lIiwiYWxnIjoiSFMyNTYifQ." GOOD_CLAIMS
                                  "ifQ.SeXomI-04uSNxQV687kxf8Z9px0AhFAsgtaG8MT6_uI"},
        {"role: agent, role: supervisor",
         GOOD_HEADER GOOD_CLAIMS "iLCJyb2xlIjoic3VwZXJ2aXNvciJ9.B6wgflpn0ExxLolwKMxvbm5uwM1ZG2LhI4h7xGKl7ec"},
        {"x: {y: 1, y: 2}",
         GOOD_HEADER GOOD_CLAIMS "iLCJ4Ijp7InkiOjEsInkiOjJ9fQ.x9DjBntqW_aDpyVFm9i5C1q1PdCgymCu82qis9D1Ttg"},
        {"an array", GOOD_HEADER "WyJhdWQiXQ.GZTb6GMglcAzPe00Jg_nB3Kz3-B2ZpilUwIpUytMHbY"},
        {"{} after the claims", GOOD_HEADER GOOD_CLAIMS "ifXt9.4zcEirLKODyjED-AnjGoYvyh3LgAL3A3y_GrIGc_NfY"},
    };
    cr_assert_eq(check(GOOD_HEADER GOOD_CLAIMS "ifQ.thNtKrGf1mFuXJ4ksSx12T1XZePXOaiUNewlEwoGlW4"),
                 CREDENTIAL_OK);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        cr_assert_eq(check(cases[i].token), CREDENTIAL_BAD, "%s", cases[i].what);
}

Test(token, with_any_character_changed_is_bad)
{
    char *token = token_sign(claims, JWT_ALG_HS256, SECRET);
    size_t size = strlen(token);
    /* The last character has bits that no byte needs. */
    for (size_t i = 0; i + 1 < size; i++) {
        char before = token[i];
        token[i] = before == 'A' ? 'B' : 'A';
        cr_assert_eq(check(token), CREDENTIAL_BAD, "character %zu", i);
        token[i] = before;
    }
    for (size_t cut = 0; cut < size; cut++) {
        struct identity identity;
        cr_assert_eq(check_bytes(bytes_make(token, cut), &identity), CREDENTIAL_BAD, "cut to %zu", cut);
    }
    cr_assert_eq(check(token), CREDENTIAL_OK);
    free(token);
}

Test(token, that_is_garbage_is_bad)
{
    static const char *const cases[] = {"",
                                        ".",
                                        "..",
                                        "...",
                                        "a.b.c",
                                        "eyJ9.e30.",
                                        "e30.e30.e30",
                                        "\xFF",
                                        "a b c",
                                        "{\"}.x",
                                        "e30.e30.e30.e30"};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        cr_assert_eq(check(cases[i]), CREDENTIAL_BAD, "%s", cases[i]);
}

Test(token, followed_by_a_nul_is_bad)
{
    char *token = token_sign(claims, JWT_ALG_HS256, SECRET);
    struct identity identity;
    cr_assert_eq(check_bytes(bytes_make(token, strlen(token) + 1), &identity), CREDENTIAL_BAD);
    free(token);
}

Test(token, longer_than_the_limit_is_bad)
{
    char padding[LIMIT_HELLO_TOKEN_BYTES];
    memset(padding, 'x', sizeof(padding));
    json_object_set_new(claims, "padding", json_stringn(padding, 2500));
    char *within = token_sign(claims, JWT_ALG_HS256, SECRET);
    json_object_set_new(claims, "padding", json_stringn(padding, 3000));
    char *beyond = token_sign(claims, JWT_ALG_HS256, SECRET);
    cr_assert_eq(check(within), CREDENTIAL_OK);
    cr_assert_gt(strlen(beyond), LIMIT_HELLO_TOKEN_BYTES);
    cr_assert_eq(check(beyond), CREDENTIAL_BAD);
    free(within);
    free(beyond);
}

Test(token, expires_with_a_leeway_of_five_seconds)
{
    cr_assert_eq(check_with("exp", seconds_from_now(1)), CREDENTIAL_OK);
    cr_assert_eq(check_with("exp", seconds_from_now(-4)), CREDENTIAL_OK);
    cr_assert_eq(check_with("exp", seconds_from_now(-5)), CREDENTIAL_EXPIRED);
    cr_assert_eq(check_with("exp", json_integer(0)), CREDENTIAL_EXPIRED);
}

Test(token, that_is_forged_is_bad_even_where_it_has_expired)
{
    json_object_set_new(claims, "exp", json_integer(0));
    char *token = token_sign(claims, JWT_ALG_HS256, "ffffffffffffffffffffffffffffffff");
    cr_assert_eq(check(token), CREDENTIAL_BAD);
    free(token);
}

Test(token, must_say_when_it_expires)
{
    cr_assert_eq(check_with("exp", NULL), CREDENTIAL_BAD);
    cr_assert_eq(check_with("exp", json_null()), CREDENTIAL_BAD);
    cr_assert_eq(check_with("exp", json_true()), CREDENTIAL_BAD);
    cr_assert_eq(check_with("exp", json_string("9999999999")), CREDENTIAL_BAD);
    cr_assert_eq(check_with("exp", json_integer(-1)), CREDENTIAL_BAD);
    cr_assert_eq(check_with("exp", json_integer(INT64_MAX)), CREDENTIAL_BAD);
    cr_assert_eq(check_with("exp", json_integer(INT64_MAX / 1000 - 1)), CREDENTIAL_BAD);
    cr_assert_eq(check_with("exp", json_integer(INT64_C(253402300800))), CREDENTIAL_BAD);
    cr_assert_eq(check_with("exp", json_integer(INT64_C(253402300799))), CREDENTIAL_OK);
    cr_assert_eq(check_with("exp", json_real(1e300)), CREDENTIAL_BAD);
    cr_assert_eq(check_with("exp", json_real((double)now_ms / 1000 + 60.5)), CREDENTIAL_OK);
}

Test(token, is_not_valid_before_its_time)
{
    cr_assert_eq(check_with("nbf", seconds_from_now(5)), CREDENTIAL_OK);
    cr_assert_eq(check_with("nbf", seconds_from_now(6)), CREDENTIAL_BAD);
    cr_assert_eq(check_with("nbf", json_string("now")), CREDENTIAL_BAD);
    cr_assert_eq(check_with("iat", seconds_from_now(5)), CREDENTIAL_OK);
    cr_assert_eq(check_with("iat", seconds_from_now(6)), CREDENTIAL_BAD);
    cr_assert_eq(check_with("iat", json_object()), CREDENTIAL_BAD);
}

Test(token, tells_when_it_was_issued)
{
    json_object_set_new(claims, "iat", json_real((double)now_ms / 1000 - 7.5));
    char *token = token_sign(claims, JWT_ALG_HS256, SECRET);
    struct identity identity;
    cr_assert_eq(check_bytes(bytes_of_string(token), &identity), CREDENTIAL_OK);
    cr_assert_eq(identity.issued_ms, now_ms - 8000);
    identity_finish(&identity);
    free(token);
}

Test(token, must_be_for_us)
{
    cr_assert_eq(check_with("aud", NULL), CREDENTIAL_BAD);
    cr_assert_eq(check_with("aud", json_string("relevo2")), CREDENTIAL_BAD);
    cr_assert_eq(check_with("aud", json_string("Relevo")), CREDENTIAL_BAD);
    cr_assert_eq(check_with("aud", json_integer(1)), CREDENTIAL_BAD);
    cr_assert_eq(check_with("aud", json_pack("[]")), CREDENTIAL_BAD);
    cr_assert_eq(check_with("aud", json_pack("[s,s]", "crm", "mail")), CREDENTIAL_BAD);
    cr_assert_eq(check_with("aud", json_pack("[i,s]", 7, "relevo")), CREDENTIAL_OK);
}

Test(token, must_say_who_in_bounds)
{
    static const struct {
        const char *claim;
        size_t size_max;
        const char *too_long;
    } cases[] = {{"workspace", LIMIT_WORKSPACE_BYTES, "the token's workspace is longer than 64 bytes"},
                 {"agent", LIMIT_ID_BYTES, "the token's agent is longer than 255 bytes"}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const char *claim = cases[i].claim;
        cr_assert_eq(check_with(claim, NULL), CREDENTIAL_BAD, "%s", claim);
        cr_assert_eq(check_with(claim, json_integer(1)), CREDENTIAL_BAD, "%s", claim);
        cr_assert_eq(check_with(claim, json_string("")), CREDENTIAL_BAD, "%s", claim);
        cr_assert_eq(check_with(claim, json_string("a\nb")), CREDENTIAL_BAD, "%s", claim);
        cr_assert_eq(check_with(claim, letters(cases[i].size_max)), CREDENTIAL_OK, "%s", claim);
        cr_assert_eq(check_with(claim, letters(cases[i].size_max + 1)), CREDENTIAL_BAD, "%s", claim);
        cr_assert_str_eq(last_why, cases[i].too_long);
    }
}

Test(token, s_name_is_taken_as_it_is_and_recorded_cleaned)
{
    static const struct {
        const char *said;
        const char *name;
    } cases[] = {{"Ana\r\nL\x01", "Ana L"}, {"Ana\tL\x7F", "Ana L"}, {"Ana 😀", "Ana 😀"}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct identity identity;
        json_object_set_new(claims, "name", json_string(cases[i].said));
        char *token = token_sign(claims, JWT_ALG_HS256, SECRET);
        cr_assert_eq(check_bytes(bytes_of_string(token), &identity), CREDENTIAL_OK);
        cr_assert_str_eq(text_string(identity.name), cases[i].name);
        identity_finish(&identity);
        free(token);
    }
    cr_assert_eq(check_with("name", letters(LIMIT_NAME_BYTES + 1)), CREDENTIAL_OK);
    cr_assert_eq(check_with("name", NULL), CREDENTIAL_BAD);
    cr_assert_eq(check_with("name", json_integer(1)), CREDENTIAL_BAD);
    cr_assert_eq(check_with("name", json_string("")), CREDENTIAL_BAD);
    cr_assert_eq(check_with("name", json_string("\x01\x7F")), CREDENTIAL_BAD);
}

Test(token, must_name_a_role_that_can_be_had)
{
    cr_assert_eq(check_with("role", NULL), CREDENTIAL_BAD);
    cr_assert_eq(check_with("role", json_string("server")), CREDENTIAL_BAD);
    cr_assert_eq(check_with("role", json_string("admin")), CREDENTIAL_BAD);
    cr_assert_eq(check_with("role", json_string("")), CREDENTIAL_BAD);
    cr_assert_eq(check_with("role", json_integer(1)), CREDENTIAL_BAD);
    cr_assert_eq(check_with("role", json_string("supervisor")), CREDENTIAL_OK);
}

Test(token, of_a_program_needs_no_name)
{
    static const char *const roles[] = {"automation", "channel"};
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++) {
        struct identity identity;
        json_object_set_new(claims, "role", json_string(roles[i]));
        json_object_del(claims, "name");
        char *token = token_sign(claims, JWT_ALG_HS256, SECRET);

        cr_assert_eq(check_bytes(bytes_of_string(token), &identity), CREDENTIAL_OK);

        cr_assert_str_eq(text_string(identity.name), "ana");
        identity_finish(&identity);
        free(token);
    }
}
