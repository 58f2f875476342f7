#include <criterion/criterion.h>

#include "base/alloc.h"
#include "net/upgrade.h"

#define TEXT(string) bytes_make("" string, sizeof(string) - 1)

static struct upgrade good_upgrade(void)
{
    return (struct upgrade){.path = TEXT("/ws"), .to = TEXT("websocket"), .protocols = TEXT("relevo.v1")};
}

static enum upgrade_verdict judge(const struct upgrade *upgrade)
{
    struct origins origins = {.allowed_count = 0};
    cr_assert(origins_add(&origins, "https://desk.example.com"));
    cr_assert(origins_add(&origins, "http://localhost:7681"));
    enum upgrade_verdict verdict = upgrade_judge(upgrade, &origins);
    origins_finish(&origins);
    return verdict;
}

Test(upgrade, without_an_origin_is_a_bots_and_passes)
{
    struct upgrade upgrade = good_upgrade();
    cr_assert_eq(judge(&upgrade), UPGRADE_OK);
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
        {"", UPGRADE_WRONG_ORIGIN}, /* there, but too long to be read */
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct upgrade upgrade = good_upgrade();
        upgrade.has_origin = true;
        upgrade.origin = bytes_of_string(cases[i].origin);
        cr_assert_eq(judge(&upgrade), cases[i].verdict, "%s", cases[i].origin);
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
        {"", UPGRADE_WRONG_PROTOCOL},
        {",", UPGRADE_WRONG_PROTOCOL},
        {"relevo.v2", UPGRADE_WRONG_PROTOCOL},
        {"relevo.v11", UPGRADE_WRONG_PROTOCOL},
        {"relevo", UPGRADE_WRONG_PROTOCOL},
        {"RELEVO.V1", UPGRADE_WRONG_PROTOCOL},
        {"relevo.v1 x", UPGRADE_WRONG_PROTOCOL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct upgrade upgrade = good_upgrade();
        upgrade.protocols = bytes_of_string(cases[i].protocols);
        cr_assert_eq(judge(&upgrade), cases[i].verdict, "%s", cases[i].protocols);
    }
}

Test(upgrade, is_not_to_be_had_where_operators_look)
{
    struct upgrade upgrade = good_upgrade();
    upgrade.is_at_admin_port = true;
    cr_assert_eq(judge(&upgrade), UPGRADE_WRONG_PORT);
    cr_assert_eq(upgrade_verdict_status(UPGRADE_WRONG_PORT), 404);
    upgrade.to = TEXT("h2c");
    cr_assert_eq(judge(&upgrade), UPGRADE_NOT_WEBSOCKET);
}

Test(upgrade, to_anything_but_a_websocket_is_hung_up_on)
{
    static const char *const cases[] = {"h2c", "", "websocket2", "web", "foo", "websocket, h2c"};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct upgrade upgrade = good_upgrade();
        upgrade.to = bytes_of_string(cases[i]);
        cr_assert_eq(judge(&upgrade), UPGRADE_NOT_WEBSOCKET, "%s", cases[i]);
    }
    struct upgrade upgrade = good_upgrade();
    upgrade.to = TEXT("WebSocket"); /* RFC 6455, section 4.2.1: in any case */
    cr_assert_eq(judge(&upgrade), UPGRADE_OK);
}

Test(upgrade, happens_at_one_path_only)
{
    static const char *const cases[] = {"/", "/ws/", "/WS", "ws", "/wss", ""};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct upgrade upgrade = good_upgrade();
        upgrade.path = bytes_of_string(cases[i]);
        cr_assert_eq(judge(&upgrade), UPGRADE_WRONG_PATH, "%s", cases[i]);
    }
}

Test(upgrade, that_is_refused_is_answered_with_a_sentence)
{
    static const struct {
        enum upgrade_verdict verdict;
        int status;
    } cases[] = {{UPGRADE_WRONG_PATH, 404}, {UPGRADE_WRONG_ORIGIN, 403}, {UPGRADE_WRONG_PROTOCOL, 400}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        cr_assert_eq(upgrade_verdict_status(cases[i].verdict), cases[i].status);
        cr_assert_gt(strlen(upgrade_verdict_sentence(cases[i].verdict)), 20);
    }
}

Test(origins, name_the_hosts_that_tokens_are_handed_out_at)
{
    struct origins origins = {.allowed_count = 0};
    cr_assert(origins_add(&origins, "http://localhost:7681"));
    cr_assert(origins_allow_host(&origins, TEXT("localhost:7681")));
    cr_assert_not(origins_allow_host(&origins, TEXT("evil.com:7681")));
    cr_assert_not(origins_allow_host(&origins, TEXT("localhost")));
    cr_assert_not(origins_allow_host(&origins, TEXT("")));
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
