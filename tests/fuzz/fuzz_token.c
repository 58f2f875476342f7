#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "auth/token.h"
#include "support/fuzz_input.h"
#include "support/hmac.h"

/* Tokens: any bytes as one, and any header and any claims that have been signed as they should, or almost.
 * What is accepted has been signed with one of our secrets by HS256 to the letter, for us, and for now; of
 * what is not, nothing is told but why.
 *
 * The first byte says how: */
enum {
    WAY_RAW = 1,        /* the rest is the token; else: */
    WAY_HEADER = 2,     /* the rest is a header, a NUL, and claims; else it is claims, under a good header */
    WAY_OLD_SECRET = 4, /* signed with the second secret */
    WAY_WRONG_SECRET = 8,  /* signed with neither */
    WAY_BROKEN = 16,       /* one bit of the signature is another */
    WAY_AS_THEY_STAND = 32 /* the parts are not put into base64url */
};

#define SECRET       "0123456789abcdef0123456789abcdef"
#define OLD_SECRET   "the secret of last year, of 38 bytes.."
#define WRONG_SECRET "somebody else's secret, of 39 bytes ..."

static const int64_t now_ms = INT64_C(1767225600000);
static const struct token_secrets secrets = {
    .secrets = {{.data = (const uint8_t *)SECRET, .size = sizeof(SECRET) - 1},
                {.data = (const uint8_t *)OLD_SECRET, .size = sizeof(OLD_SECRET) - 1}},
    .count = 2,
};

enum { TOKEN_ROOM = 16 * 1024 };

struct token {
    char text[TOKEN_ROOM];
    size_t size;
};

/* base64url without padding (RFC 4648, section 5). */
static void put_base64(struct token *token, struct bytes bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t three = (uint32_t)bytes.data[i] << 16;
        three |= left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0;
        three |= left > 2 ? bytes.data[i + 2] : 0;
        for (int digit = 0; digit < 4 && (size_t)digit <= left; digit++)
            token->text[token->size++] = digits[three >> (18 - 6 * digit) & 63];
    }
}

static void put(struct token *token, struct bytes part, unsigned way)
{
    if ((way & WAY_AS_THEY_STAND) == 0) {
        put_base64(token, part);
        return;
    }
    if (part.size > 0)
        memcpy(token->text + token->size, part.data, part.size);
    token->size += part.size;
}

static void put_signature(struct token *token, struct bytes secret, unsigned way)
{
    uint8_t mac[HMAC_SIZE];
    hmac_sha256(secret, bytes_make(token->text, token->size), mac);
    if ((way & WAY_BROKEN) != 0)
        mac[HMAC_SIZE - 1] ^= 1;
    token->text[token->size++] = '.';
    put_base64(token, bytes_make(mac, sizeof(mac)));
}

static void make(struct token *token, struct bytes input, unsigned way)
{
    token->size = 0;
    if ((way & WAY_RAW) != 0) {
        put(token, input, WAY_AS_THEY_STAND);
        return;
    }
    struct bytes header = bytes_of_string("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    if ((way & WAY_HEADER) != 0)
        header = input_take_until(&input, '\0');
    put(token, header, way);
    token->text[token->size++] = '.';
    put(token, input, way);
    if ((way & WAY_WRONG_SECRET) != 0)
        put_signature(token, bytes_of_string(WRONG_SECRET), way);
    else
        put_signature(token, secrets.secrets[(way & WAY_OLD_SECRET) != 0], way);
}

/* Whether the last of three parts is what one of our secrets makes of the others. */
static bool is_genuine(const struct token *token)
{
    const char *dot = token->size == 0 ? NULL : memrchr(token->text, '.', token->size);
    if (dot == NULL)
        return false;
    for (size_t i = 0; i < secrets.count; i++) {
        static struct token again;
        again.size = (size_t)(dot - token->text);
        memcpy(again.text, token->text, again.size);
        put_signature(&again, secrets.secrets[i], 0);
        if (bytes_equal(bytes_make(again.text, again.size), bytes_make(token->text, token->size)))
            return true;
    }
    return false;
}

static void check_header(struct bytes header)
{
    json_t *json = json_loadb((const char *)header.data, header.size, JSON_REJECT_DUPLICATES, NULL);
    const char *algorithm = json_string_value(json_object_get(json, "alg"));
    must(algorithm != NULL && strcmp(algorithm, "HS256") == 0 && json_object_get(json, "crit") == NULL);
    json_decref(json);
}

static void check_identity(const struct identity *identity)
{
    struct bytes workspace = text_bytes(identity->workspace);
    struct bytes id = text_bytes(identity->id);
    struct bytes name = text_bytes(identity->name);
    enum role role;
    must(workspace.size > 0 && workspace.size <= LIMIT_WORKSPACE_BYTES && bytes_are_text(workspace, false));
    must(id.size > 0 && id.size <= LIMIT_ID_BYTES && bytes_are_text(id, false));
    must(name.size > 0 && name.size <= LIMIT_NAME_BYTES && bytes_are_text(name, false));
    must(role_from_number(identity->role, &role) && role == identity->role);
    must(now_ms < identity->expires_ms + LIMIT_TOKEN_LEEWAY_MS);
    must(identity->issued_ms >= 0 && identity->issued_ms <= now_ms + LIMIT_TOKEN_LEEWAY_MS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct token token;
    struct bytes input = bytes_make(data, size < TOKEN_ROOM / 2 ? size : TOKEN_ROOM / 2);
    unsigned way = input_take_byte(&input);
    make(&token, input, way);

    /* In memory that ends where the token ends. */
    uint8_t *copy = malloc(token.size == 0 ? 1 : token.size);
    memcpy(copy, token.text, token.size);
    struct identity identity;
    const char *why = NULL;
    struct credential_checker checker = token_checker(&secrets);
    enum credential_verdict verdict =
        checker.check(checker.context, bytes_make(copy, token.size), now_ms, &identity, &why);
    free(copy);

    must(verdict == CREDENTIAL_BAD || (token.size <= LIMIT_HELLO_TOKEN_BYTES && is_genuine(&token)));
    if (verdict != CREDENTIAL_OK) {
        must(why != NULL && strlen(why) <= 60 && identity.workspace == NULL);
        return 0;
    }
    check_identity(&identity);
    if ((way & (WAY_RAW | WAY_AS_THEY_STAND)) == 0 && (way & WAY_HEADER) != 0)
        check_header(input_take_until(&input, '\0'));
    identity_finish(&identity);
    return 0;
}
