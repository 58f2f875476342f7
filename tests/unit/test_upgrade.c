#include <criterion/criterion.h>
#include <stdio.h>

#include "base/alloc.h"
#include "net/upgrade.h"

/* The lines of a handshake; each may be replaced by others. */
struct handshake {
    const char *first, *to, *connection, *version, *key, *protocols, *more;
};

static struct handshake good_handshake(void)
{
    return (struct handshake){.first = "GET /ws HTTP/1.1\r\n",
                              .to = "Upgrade: websocket\r\n",
                              .connection = "Connection: Upgrade\r\n",
                              .version = "Sec-WebSocket-Version: 13\r\n",
                              .key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                              .protocols = "Sec-WebSocket-Protocol: relevo.v1\r\n",
                              .more = ""};
}

static enum upgrade_verdict judge_at(const struct handshake *handshake, bool is_at_admin_port)
{
    char head[1024];
    struct request request;
    struct origins origins = {.allowed_count = 0};
    cr_assert(origins_add(&origins, "https://desk.example.com"));
    cr_assert(origins_add(&origins, "http://localhost:7681"));
    snprintf(head, sizeof(head), "%sHost: localhost\r\n%s%s%s%s%s%s\r\n", handshake->first, handshake->to,
             handshake->connection, handshake->version, handshake->key, handshake->protocols,
             handshake->more);
    cr_assert_eq(request_parse(bytes_of_string(head), &request), REQUEST_OK, "%s", head);
    enum upgrade_verdict verdict = upgrade_judge(&request, is_at_admin_port, &origins);
    origins_finish(&origins);
    return verdict;
}

static enum upgrade_verdict judge(const struct handshake *handshake)
{
    return judge_at(handshake, false);
}

/* The line with this value, until the next call. */
static const char *header(const char *name, const char *value)
{
    static char line[256];
    snprintf(line, sizeof(line), "%s: %s\r\n", name, value);
    return line;
}

Test(upgrade, without_an_origin_is_a_bots_and_passes)
{
    struct handshake handshake = good_handshake();
    cr_assert_eq(judge(&handshake), UPGRADE_OK);
}

Test(upgrade, passes_from_exactly_the_origins_that_are_allowed)
{
    static const struct {
        const char *origin;
        enum upgrade_verdict verdict;
    } cases[] = {
        {"https://desk.example.com", UPGRADE_OK},
        {"http://localhost:7681", UPGRADE_OK},
        {"http://desk.example.com", UPGRADE_WRONG_ORIGIN},
        {"https://desk.example.com:8443", UPGRADE_WRONG_ORIGIN},
        {"https://desk.example.com.evil.com", UPGRADE_WRONG_ORIGIN},
        {"https://evil.com/https://desk.example.com", UPGRADE_WRONG_ORIGIN},
        {"https://desk.example.co", UPGRADE_WRONG_ORIGIN},
        {"null", UPGRADE_WRONG_ORIGIN},
        {"", UPGRADE_WRONG_ORIGIN},
        {"https://desk.example.com\r\nOrigin: https://desk.example.com", UPGRADE_WRONG_ORIGIN},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct handshake handshake = good_handshake();
        handshake.more = header("Origin", cases[i].origin);
        cr_assert_eq(judge(&handshake), cases[i].verdict, "%s", cases[i].origin);
    }
}

Test(upgrade, must_offer_our_protocol)
{
    static const struct {
        const char *protocols;
        enum upgrade_verdict verdict;
    } cases[] = {
        {"relevo.v1", UPGRADE_OK},
        {"other, relevo.v1", UPGRADE_OK},
        {"relevo.v1,other", UPGRADE_OK},
        {"other\t,\trelevo.v1\t", UPGRADE_OK},
        {"other\r\nSec-WebSocket-Protocol: relevo.v1", UPGRADE_OK},
        {"", UPGRADE_WRONG_PROTOCOL},
        {",", UPGRADE_WRONG_PROTOCOL},
        {"relevo.v2", UPGRADE_WRONG_PROTOCOL},
        {"relevo.v11", UPGRADE_WRONG_PROTOCOL},
        {"relevo", UPGRADE_WRONG_PROTOCOL},
        {"RELEVO.V1", UPGRADE_WRONG_PROTOCOL},
        {"relevo.v1 x", UPGRADE_WRONG_PROTOCOL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct handshake handshake = good_handshake();
        handshake.protocols = header("Sec-WebSocket-Protocol", cases[i].protocols);
        cr_assert_eq(judge(&handshake), cases[i].verdict, "%s", cases[i].protocols);
    }
}

Test(upgrade, is_not_to_be_had_where_operators_look)
{
    struct handshake handshake = good_handshake();
    cr_assert_eq(judge_at(&handshake, true), UPGRADE_WRONG_PORT);
    handshake.to = "Upgrade: h2c\r\n";
    cr_assert_eq(judge_at(&handshake, true), UPGRADE_NONE);
}

Test(upgrade, to_anything_but_a_websocket_is_none)
{
    static const char *const cases[] = {"h2c", "", "websocket2", "web", "foo"};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct handshake handshake = good_handshake();
        handshake.to = header("Upgrade", cases[i]);
        cr_assert_eq(judge(&handshake), UPGRADE_NONE, "%s", cases[i]);
    }
    struct handshake handshake = good_handshake();
    handshake.to = "Upgrade: h2c, WebSocket\r\n"; /* RFC 6455, section 4.2.1: in any case, among others */
    cr_assert_eq(judge(&handshake), UPGRADE_OK);
}

Test(upgrade, happens_at_one_path_only)
{
    static const char *const cases[] = {"GET / HTTP/1.1\r\n", "GET /ws/ HTTP/1.1\r\n", "GET /WS HTTP/1.1\r\n",
                                        "GET /wss HTTP/1.1\r\n"};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct handshake handshake = good_handshake();
        handshake.first = cases[i];
        cr_assert_eq(judge(&handshake), UPGRADE_WRONG_PATH, "%s", cases[i]);
    }
}

Test(upgrade, is_asked_for_as_rfc_6455_says)
{
    struct handshake handshake = good_handshake();
    handshake.first = "HEAD /ws HTTP/1.1\r\n";
    cr_assert_eq(judge(&handshake), UPGRADE_WRONG_HANDSHAKE);
    handshake.first = "GET /ws HTTP/1.0\r\n";
    cr_assert_eq(judge(&handshake), UPGRADE_WRONG_HANDSHAKE);
    handshake = good_handshake();
    handshake.connection = "";
    cr_assert_eq(judge(&handshake), UPGRADE_WRONG_HANDSHAKE);
    handshake.connection = "Connection: keep-alive, upgrade\r\n";
    cr_assert_eq(judge(&handshake), UPGRADE_OK);
}

Test(upgrade, is_to_version_13)
{
    static const char *const cases[] = {
        "8", "0", "130", "-1", "", "13, 8", "13\r\nSec-WebSocket-Version: 13"};
    struct handshake handshake = good_handshake();
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        handshake.version = header("Sec-WebSocket-Version", cases[i]);
        cr_assert_eq(judge(&handshake), UPGRADE_WRONG_VERSION, "%s", cases[i]);
    }
    handshake.version = "";
    cr_assert_eq(judge(&handshake), UPGRADE_WRONG_VERSION);
    cr_assert_str_eq(upgrade_verdict_headers(UPGRADE_WRONG_VERSION),
                     "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n");
}

Test(upgrade, has_one_key_of_16_bytes)
{
    static const char *const cases[] = {
        "",
        "dGhlIHNhbXBsZSBub25jZQ=",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZR==", /* bits that say nothing */
        "dGhlIHNhbXBsZSBub25jZWU=", /* 17 bytes */
        "dGhlIHNhbXBsZSBub25jZ===",
        "dGhlIHNhbXBs_SBub25jZQ==",
        "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    };
    struct handshake handshake = good_handshake();
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        handshake.key = header("Sec-WebSocket-Key", cases[i]);
        cr_assert_eq(judge(&handshake), UPGRADE_WRONG_KEY, "%s", cases[i]);
    }
    handshake.key = "";
    cr_assert_eq(judge(&handshake), UPGRADE_WRONG_KEY);
}

Test(upgrade, that_is_refused_is_answered_with_a_sentence)
{
    static const struct {
        enum upgrade_verdict verdict;
        int status;
    } cases[] = {{UPGRADE_WRONG_PORT, 404},    {UPGRADE_WRONG_PATH, 404}, {UPGRADE_WRONG_HANDSHAKE, 400},
                 {UPGRADE_WRONG_VERSION, 426}, {UPGRADE_WRONG_KEY, 400},  {UPGRADE_WRONG_ORIGIN, 403},
                 {UPGRADE_WRONG_PROTOCOL, 400}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        cr_assert_eq(upgrade_verdict_status(cases[i].verdict), cases[i].status);
        cr_assert_gt(strlen(upgrade_verdict_sentence(cases[i].verdict)), 20);
    }
}

Test(origins, name_the_hosts_that_tokens_are_handed_out_at)
{
    struct origins origins = {.allowed_count = 0};
    cr_assert(origins_add(&origins, "http://localhost:7681"));
    cr_assert(origins_allow_host(&origins, bytes_of_string("localhost:7681")));
    cr_assert_not(origins_allow_host(&origins, bytes_of_string("evil.com:7681")));
    cr_assert_not(origins_allow_host(&origins, bytes_of_string("localhost")));
    cr_assert_not(origins_allow_host(&origins, bytes_of_string("")));
    origins_finish(&origins);
}

Test(origins, are_not_more_than_there_is_room_for)
{
    struct origins origins = {.allowed_count = 0};
    for (int i = 0; i < LIMIT_ORIGINS; i++)
        cr_assert(origins_add(&origins, "http://localhost"));
    cr_assert_not(origins_add(&origins, "http://localhost"));
    origins_finish(&origins);
}
