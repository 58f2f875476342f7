#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/address_limit.h"
#include "protocol/limits.h"
#include "support/leak.h"

static struct network networks[2];
static const struct proxies proxies = {.networks = networks, .count = ARRAY_COUNT(networks)};
static struct address_limit limit;

static struct address at(const char *text)
{
    struct address address;
    cr_assert(address_parse(bytes_of_string(text), &address), "%s", text);
    return address;
}

static void begin(void)
{
    cr_assert(network_parse(bytes_of_string("10.0.0.0/24"), &networks[0]));
    cr_assert(network_parse(bytes_of_string("2001:db8:1::/48"), &networks[1]));
    address_limit_init(&limit, &proxies, (struct hash_key){{1, 2}});
}

static void end(void)
{
    address_limit_finish(&limit);
    assert_no_leak();
}

TestSuite(forwarded, .init = begin, .fini = end);
TestSuite(address_limit, .init = begin, .fini = end);

/* Where a client is. */

static void assert_client(const char *peer, const char *forwarded_for, const char *expected)
{
    char place[ADDRESS_TEXT_SIZE];
    size_t size = strlen(forwarded_for);
    uint8_t *exact = alloc_array(size, 1);
    memcpy(exact, forwarded_for, size);
    struct address client = forwarded_client(at(peer), &proxies, bytes_make(exact, size));
    cr_assert_str_eq(address_format(&client, place), expected, "%s, %s: %s", peer, forwarded_for, place);
    free(exact);
}

Test(forwarded, is_believed_from_proxies_that_are_named_and_from_nobody_else)
{
    assert_client("203.0.113.9", "198.51.100.1", "203.0.113.9");
    assert_client("10.0.1.1", "198.51.100.1", "10.0.1.1");
    assert_client("127.0.0.1", "198.51.100.1", "127.0.0.1");
    assert_client("10.0.0.1", "198.51.100.1", "198.51.100.1");
    assert_client("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1");
    assert_client("2001:db8:1::5", "198.51.100.1", "198.51.100.1");
    assert_client("10.0.0.1", "", "10.0.0.1");
}

Test(forwarded, through_several_proxies_is_the_last_that_is_none_of_ours)
{
    assert_client("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1");
    assert_client("10.0.0.1", "198.51.100.1,2001:db8:1::7,\t10.0.0.2 ", "198.51.100.1");
    assert_client("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3");
}

Test(forwarded, cannot_be_forged_by_who_sends_a_header_himself)
{
    assert_client("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1");
    assert_client("10.0.0.1", "10.0.0.9, 198.51.100.1", "198.51.100.1");
    assert_client("10.0.0.1", "1.1.1.1, 10.0.0.9, 198.51.100.1, 10.0.0.2", "198.51.100.1");
}

Test(forwarded, may_be_written_with_ports_and_brackets)
{
    assert_client("10.0.0.1", "198.51.100.1:443", "198.51.100.1");
    assert_client("10.0.0.1", "[2001:db8::1]:443", "2001:db8::1");
    assert_client("10.0.0.1", "[2001:db8::1]", "2001:db8::1");
    assert_client("10.0.0.1", "2001:db8::1", "2001:db8::1");
    assert_client("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1");
}

Test(forwarded, that_cannot_be_read_leaves_the_last_that_could_be)
{
    static const char *const cases[] = {
        "unknown",     "_hidden",     ",",        " ",          "1.1.1.1,",   "1.1.1.1, unknown",
        "[",           "[]",          "[::1",     "]",          ":",          ":443",
        "1.1.1.1:x",   "1.1.1.1 443", "[::1]x",   "[1::]:4x",   "999.1.1.1",  "\xff\xff",
        "\"1.1.1.1\"", "for=1.1.1.1", "1.1.1.1;", "1.1.1.1, ,", "1.1.1.1:4:4"};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_client("10.0.0.1", cases[i], "10.0.0.1");
    assert_client("10.0.0.1", "1.1.1.1, unknown, 10.0.0.2", "10.0.0.2");
}

Test(forwarded, with_a_very_long_header_costs_a_walk)
{
    char header[4096];
    memset(header, ',', sizeof(header) - 1);
    header[sizeof(header) - 1] = '\0';
    assert_client("10.0.0.1", header, "10.0.0.1");
    for (size_t i = 0; i + 1 < sizeof(header); i++)
        header[i] = "10.0.0.7,"[i % 9];
    memcpy(header, "9.9.9.9, ", 9);
    header[sizeof(header) - 1 - (sizeof(header) - 1) % 9 - 1] = '\0';
    assert_client("10.0.0.1", header, "9.9.9.9");
}

/* How many there may be. */

static bool come(struct address_use *use, const char *from)
{
    return address_limit_admit(&limit, use, at(from));
}

/* So many from there who have signed in, or have not. */
static struct address_use *crowd(const char *from, int count, bool is_known)
{
    struct address_use *uses = alloc_array((size_t)count, sizeof(*uses));
    for (int i = 0; i < count; i++) {
        cr_assert(come(&uses[i], from), "%d", i);
        if (is_known)
            address_limit_sign_in(&uses[i]);
    }
    return uses;
}

static void leave(struct address_use *uses, int count)
{
    for (int i = 0; i < count; i++)
        address_limit_leave(&limit, &uses[i]);
    free(uses);
}

Test(address_limit, from_one_address_are_so_many_and_others_come_all_the_same)
{
    struct address_use *known = crowd("198.51.100.1", LIMIT_CONNECTIONS_OF_ADDRESS, true);
    struct address_use late = {.is_known = false}, other = {.is_known = false};
    cr_assert_not(come(&late, "198.51.100.1"));
    cr_assert_not(come(&late, "::ffff:198.51.100.1"));
    cr_assert(come(&other, "198.51.100.2"));
    address_limit_leave(&limit, &known[7]);
    cr_assert(come(&late, "198.51.100.1"));
    address_limit_leave(&limit, &late);
    address_limit_leave(&limit, &late);
    address_limit_leave(&limit, &other);
    leave(known, LIMIT_CONNECTIONS_OF_ADDRESS);
}

Test(address_limit, who_have_not_signed_in_are_fewer)
{
    struct address_use *strangers = crowd("198.51.100.1", LIMIT_STRANGERS_OF_ADDRESS, false);
    struct address_use late = {.is_known = false};
    cr_assert_not(come(&late, "198.51.100.1"));
    address_limit_sign_in(&strangers[0]);
    address_limit_sign_in(&strangers[0]);
    cr_assert(come(&late, "198.51.100.1"));
    struct address_use later = {.is_known = false};
    cr_assert_not(come(&later, "198.51.100.1"));
    address_limit_leave(&limit, &late);
    leave(strangers, LIMIT_STRANGERS_OF_ADDRESS);
}

Test(address_limit, of_one_ipv6_network_count_together)
{
    char from[64];
    struct address_use uses[LIMIT_STRANGERS_OF_ADDRESS] = {0}, late = {.is_known = false};
    for (int i = 0; i < LIMIT_STRANGERS_OF_ADDRESS; i++) {
        snprintf(from, sizeof(from), "2001:db8:5:6:%x::%x", (unsigned)i, (unsigned)i * 7);
        cr_assert(come(&uses[i], from));
    }
    cr_assert_not(come(&late, "2001:db8:5:6::77"));
    cr_assert(come(&late, "2001:db8:5:7::77"));
    address_limit_leave(&limit, &late);
    for (int i = 0; i < LIMIT_STRANGERS_OF_ADDRESS; i++)
        address_limit_leave(&limit, &uses[i]);
}

Test(address_limit, of_this_machine_and_of_proxies_are_not_counted)
{
    struct address_use *here = crowd("127.0.0.1", 2 * LIMIT_CONNECTIONS_OF_ADDRESS, false);
    struct address_use *proxy = crowd("10.0.0.1", 2 * LIMIT_CONNECTIONS_OF_ADDRESS, false);
    cr_assert_eq(limit.by_address.count, 0);
    leave(here, 2 * LIMIT_CONNECTIONS_OF_ADDRESS);
    leave(proxy, 2 * LIMIT_CONNECTIONS_OF_ADDRESS);
}

Test(address_limit, who_turn_out_to_come_from_elsewhere_count_there)
{
    struct address_use use = {.is_known = false};
    cr_assert(come(&use, "10.0.0.1"));
    cr_assert(come(&use, "198.51.100.1"));
    cr_assert(come(&use, "198.51.100.2"));
    cr_assert_eq(limit.by_address.count, 1);
    cr_assert(address_equal(&use.address, &(struct address){.bytes = {[10] = 0xff, 0xff, 198, 51, 100, 2}}));
    address_limit_leave(&limit, &use);
    cr_assert_eq(limit.by_address.count, 0);
}
