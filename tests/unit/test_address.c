#include <criterion/criterion.h>

#include "base/address.h"
#include "base/alloc.h"

static struct address parsed(const char *text)
{
    struct address address;
    cr_assert(address_parse(bytes_of_string(text), &address), "%s", text);
    return address;
}

Test(address, is_written_in_one_way_however_it_was_read)
{
    static const struct {
        const char *read;
        const char *written;
    } cases[] = {
        {"192.0.2.7", "192.0.2.7"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::ffff:192.0.2.7", "192.0.2.7"},
        {"::ffff:c000:207", "192.0.2.7"},
        {"0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char place[ADDRESS_TEXT_SIZE];
        struct address address = parsed(cases[i].read);
        cr_assert_str_eq(address_format(&address, place), cases[i].written, "%s: %s", cases[i].read, place);
    }
}

Test(address, is_nothing_else)
{
    static const char *const cases[] = {
        "",
        " ",
        ".",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.4.",
        ".1.2.3.4",
        "1..2.3",
        "256.1.1.1",
        "1.2.3.0004",
        "01.2.3.4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.4:5",
        "1.2.3.-4",
        "0x1.2.3.4",
        "1,2.3.4",
        "::ffff:1.2.3",
        ":",
        ":::",
        "::1::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "12345::",
        "g::",
        "1:",
        ":1",
        "1::2:",
        ":1::2",
        "[::1]",
        "::1%eth0",
        "fe80::1%1",
        "::1.2.3.4.5",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "unknown",
        "localhost",
        "99999999999999999999.1.1.1",
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct address address;
        cr_assert_not(address_parse(bytes_of_string(cases[i]), &address), "%s", cases[i]);
    }
}

/* Cut anywhere, from memory that ends there. */
Test(address, of_any_length_is_read_no_further_than_it_goes)
{
    static const char *const texts[] = {"2001:db8:1:2::192.0.2.7",
                                        "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        for (size_t size = 1; size <= strlen(texts[i]); size++) {
            struct address address;
            uint8_t *cut = alloc_array(size, 1);
            memcpy(cut, texts[i], size);
            (void)address_parse(bytes_make(cut, size), &address);
            free(cut);
        }
    }
}

Test(address, of_this_machine_is_known)
{
    static const struct {
        const char *text;
        bool is_loopback;
    } cases[] = {{"127.0.0.1", true},  {"127.255.0.9", true}, {"::1", true}, {"::ffff:127.0.0.1", true},
                 {"128.0.0.1", false}, {"::2", false},        {"::", false}, {"::127.0.0.1", false}};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct address address = parsed(cases[i].text);
        cr_assert_eq(address_is_loopback(&address), cases[i].is_loopback, "%s", cases[i].text);
    }
}

Test(network, has_the_addresses_that_begin_as_it_does)
{
    static const struct {
        const char *network;
        const char *address;
        bool has;
    } cases[] = {
        {"192.0.2.7", "192.0.2.7", true},           {"192.0.2.7", "192.0.2.6", false},
        {"192.0.2.7", "::ffff:192.0.2.7", true},    {"::ffff:192.0.2.7", "192.0.2.7", true},
        {"10.1.0.0/16", "10.1.255.255", true},      {"10.1.0.0/16", "10.2.0.0", false},
        {"10.1.2.3/16", "10.1.0.0", true},          {"10.0.0.0/9", "10.127.0.1", true},
        {"10.0.0.0/9", "10.128.0.1", false},        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},        {"::/0", "203.0.113.9", true},
        {"2001:db8::/32", "2001:db8:ffff::", true}, {"2001:db8::/32", "2001:db9::", false},
        {"2001:db8::/127", "2001:db8::1", true},    {"2001:db8::/127", "2001:db8::2", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct network network;
        struct address address = parsed(cases[i].address);
        cr_assert(network_parse(bytes_of_string(cases[i].network), &network), "%s", cases[i].network);
        cr_assert_eq(network_has(&network, &address), cases[i].has, "%s %s", cases[i].network,
                     cases[i].address);
    }
}

Test(network, is_nothing_else)
{
    static const char *const cases[] = {"",
                                        "/",
                                        "/8",
                                        "10.0.0.0/",
                                        "10.0.0.0/33",
                                        "10.0.0.0/-1",
                                        "10.0.0.0/08",
                                        "10.0.0.0/8 ",
                                        "10.0.0.0/8/8",
                                        "10.0.0/8",
                                        "::/129",
                                        "::/x",
                                        "example.com",
                                        "10.0.0.0/255.0.0.0"};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct network network;
        cr_assert_not(network_parse(bytes_of_string(cases[i]), &network), "%s", cases[i]);
    }
}
