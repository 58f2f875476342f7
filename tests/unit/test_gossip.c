#include <criterion/criterion.h>

#include "app/desk/gossip.h"
#include "support/leak.h"
#include "support/random.h"

static struct gossip words;
static struct gossip_reader reader;
static struct gossip_entry word;

static struct bytes said(void)
{
    return bytes_make((const uint8_t *)words.text, words.size);
}

static bool add(const char *agent, const char *conversation, bool is_online, bool is_typing)
{
    struct presence_person person = {
        .id = text_create(bytes_of_string(agent)),
        .own_view = {.is_online = is_online,
                     .conversation = text_create(bytes_of_string(conversation)),
                     .is_typing = is_typing},
    };
    bool has_room = gossip_add(&words, &person);
    text_unref(&person.id);
    text_unref(&person.own_view.conversation);
    return has_room;
}

static void assert_next(char state, const char *agent, const char *conversation)
{
    cr_assert(gossip_next(&reader, &word), "no %s", agent);
    cr_assert_eq(word.state, state);
    cr_assert(bytes_equal(word.agent, bytes_of_string(agent)));
    cr_assert(bytes_equal(word.conversation, bytes_of_string(conversation)));
}

TestSuite(gossip, .fini = end_without_leak);

Test(gossip, are_read_as_they_were_written)
{
    gossip_begin(&words, UINT64_C(0xfedcba9876543210), 150000);
    cr_assert(add("ana", "wa-1", true, true));
    cr_assert(add("bruno gómez", "", true, false));
    cr_assert(add("carla", "", false, false));
    cr_assert(gossip_read(said(), &reader));
    cr_assert_eq(reader.node, UINT64_C(0xfedcba9876543210));
    cr_assert_eq(reader.lasts_ms, 150000);
    assert_next('t', "ana", "wa-1");
    assert_next('o', "bruno gómez", "");
    assert_next('-', "carla", "");
    cr_assert_not(gossip_next(&reader, &word));
}

Test(gossip, ask_with_nobody)
{
    gossip_begin(&words, 1, 0);
    cr_assert(gossip_read(said(), &reader));
    cr_assert_eq(reader.lasts_ms, 0);
    cr_assert_not(gossip_next(&reader, &word));
}

Test(gossip, never_outgrow_what_can_be_told)
{
    char conversation[LIMIT_ID_BYTES + 1] = {0};
    memset(conversation, 'c', LIMIT_ID_BYTES);
    gossip_begin(&words, UINT64_MAX, 600000);
    int count = 0;
    while (add(conversation, conversation, true, true))
        count++;
    cr_assert_leq(words.size, LIMIT_TELL_BYTES);
    cr_assert_geq(count, 7);
    cr_assert(gossip_read(said(), &reader));
    while (gossip_next(&reader, &word))
        count--;
    cr_assert_eq(count, 0);
}

Test(gossip, of_somebody_else_are_none)
{
    static const char *const strange[] = {
        "",
        "p",
        "p\t",
        "p\tx\t1",
        "p\t1",
        "q\t1\t1",
        "p\t1\t",
        "p\t1\t-1",
        "p\t1\t600001",
        "p\t1\t1a",
        "p\tABC\t1",
        "p\t00000000000000001\t1",
        "hello",
        "p 1 1",
        "p\t\t1",
        "p\t1\t9999999999999999999",
    };
    for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++)
        cr_assert_not(gossip_read(bytes_of_string(strange[i]), &reader), "%s", strange[i]);
}

Test(gossip, end_where_they_make_no_sense)
{
    static const char *const strange[] = {
        "p\t1\t5\tx\tana\t",     "p\t1\t5\to\t\t",          "p\t1\t5\to\tana",   "p\t1\t5\too\tana\tc",
        "p\t1\t5\to\tan\x01\tc", "p\t1\t5\to\t\xff\xfe\tc", "p\t1\t5\t\tana\tc",
    };
    for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
        cr_assert(gossip_read(bytes_of_string(strange[i]), &reader), "%zu", i);
        cr_assert_not(gossip_next(&reader, &word), "%zu", i);
    }
}

Test(gossip, take_any_bytes)
{
    struct random random = {.state = 11};
    static const char alphabet[] = "p\t1a-ot\x01\xff ";
    for (int run = 0; run < 100000; run++) {
        uint8_t bytes[24];
        size_t size = random_below(&random, sizeof(bytes) + 1);
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)alphabet[random_below(&random, sizeof(alphabet) - 1)];
        if (!gossip_read(bytes_make(bytes, size), &reader))
            continue;
        while (gossip_next(&reader, &word))
            cr_assert(word.agent.size > 0);
    }
}
