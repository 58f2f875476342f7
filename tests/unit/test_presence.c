#include <criterion/criterion.h>

#include "core/presence.h"
#include "support/leak.h"
#include "support/random.h"

static struct presence presence;
static struct text *ana;
static struct text *bruno;
static struct text *chat;
static const struct presence_source tab = {.number = 1, .is_own = true};
static const struct presence_source other_tab = {.number = 2, .is_own = true};
static const struct presence_source other_node = {.number = 2, .is_own = false};

static void begin(void)
{
    presence_init(&presence, (struct hash_key){{1, 2}});
    ana = text_create(bytes_of_string("ana"));
    bruno = text_create(bytes_of_string("bruno"));
    chat = text_create(bytes_of_string("chat"));
}

static void end(void)
{
    presence_check(&presence);
    presence_finish(&presence);
    text_unref(&ana);
    text_unref(&bruno);
    text_unref(&chat);
}

static void say(struct text *id, struct presence_source source, struct text *conversation, bool is_typing)
{
    struct presence_statement statement = {.conversation = conversation,
                                           .is_typing = is_typing,
                                           .typing_ms = 100,
                                           .end_ms = source.is_own ? INT64_MAX : 1000};
    presence_say(&presence, id, source, &statement);
    presence_check(&presence);
}

/* How somebody looks, in a word: "-" not there, "o" online, "v" viewing the chat, "t" typing in it. */
static const char *look(const struct text *id)
{
    const struct presence_person *person = map_get(&presence.people, text_bytes(id));
    if (person == NULL || !person->view.is_online)
        return "-";
    cr_assert(person->view.conversation != NULL || !person->view.is_typing);
    return person->view.is_typing ? "t" : person->view.conversation != NULL ? "v" : "o";
}

TestSuite(presence, .init = begin, .fini = end_without_leak);

Test(presence, somebody_is_online_as_long_as_one_connection_is)
{
    cr_assert_str_eq(look(ana), "-");
    say(ana, tab, NULL, false);
    say(ana, other_tab, NULL, false);
    presence_take_back(&presence, text_bytes(ana), tab);
    cr_assert_str_eq(look(ana), "o");
    presence_take_back(&presence, text_bytes(ana), other_tab);
    cr_assert_str_eq(look(ana), "-");
    presence_take_back(&presence, text_bytes(ana), other_tab);
    presence_take_back(&presence, text_bytes(bruno), tab);
    end();
}

Test(presence, the_newest_statement_counts)
{
    say(ana, tab, NULL, false);
    say(ana, other_tab, chat, false);
    cr_assert_str_eq(look(ana), "v");
    say(ana, tab, NULL, false); /* said again: nothing new */
    cr_assert_str_eq(look(ana), "v");
    say(ana, tab, chat, true);
    cr_assert_str_eq(look(ana), "t");
    presence_take_back(&presence, text_bytes(ana), tab);
    cr_assert_str_eq(look(ana), "v");
    end();
}

Test(presence, typing_is_forgotten_unless_it_is_said_again)
{
    say(ana, tab, chat, true);
    cr_assert_eq(presence_end_ms(&presence), 100);
    presence_advance(&presence, 99);
    cr_assert_str_eq(look(ana), "t");
    presence_advance(&presence, 100);
    cr_assert_str_eq(look(ana), "v");
    cr_assert_eq(presence_end_ms(&presence), INT64_MAX);
    end();
}

Test(presence, what_a_node_said_ends_when_it_says_no_more)
{
    say(ana, other_node, chat, true);
    say(ana, tab, NULL, false);
    presence_advance(&presence, 1000);
    cr_assert_str_eq(look(ana), "o");
    presence_take_back(&presence, text_bytes(ana), tab);
    cr_assert_str_eq(look(ana), "-");
    end();
}

Test(presence, with_a_node_all_go_that_were_with_it)
{
    say(ana, other_node, chat, true);
    say(bruno, other_node, NULL, false);
    say(bruno, tab, NULL, false);
    presence_take_back_all(&presence, other_node);
    cr_assert_str_eq(look(ana), "-");
    cr_assert_str_eq(look(bruno), "o");
    end();
}

Test(presence, a_connection_and_a_node_of_the_same_number_are_two)
{
    say(ana, other_tab, NULL, false);
    say(ana, other_node, chat, false);
    presence_take_back(&presence, text_bytes(ana), other_tab);
    cr_assert_str_eq(look(ana), "v");
    end();
}

Test(presence, whoever_is_behind_gets_each_person_once_as_he_is_now)
{
    int64_t version;
    say(ana, tab, NULL, false);
    say(bruno, tab, NULL, false);
    say(ana, tab, chat, false);
    const struct presence_person *first = presence_after(&presence, 0, &version);
    cr_assert(text_equal(first->id, bruno));
    const struct presence_person *second = presence_after(&presence, version, &version);
    cr_assert(text_equal(second->id, ana));
    cr_assert(text_equal(second->view.conversation, chat));
    cr_assert_null(presence_after(&presence, version, &version));
    presence_take_back(&presence, text_bytes(ana), tab);
    const struct presence_person *gone = presence_after(&presence, version, &version);
    cr_assert(text_equal(gone->id, ana));
    cr_assert_not(gone->view.is_online);
    end();
}

Test(presence, other_nodes_are_told_of_own_connections_only)
{
    int64_t version;
    say(ana, other_node, chat, true);
    cr_assert_null(presence_own_after(&presence, 0, &version));
    say(ana, tab, NULL, false);
    const struct presence_person *person = presence_own_after(&presence, 0, &version);
    cr_assert(text_equal(person->id, ana));
    cr_assert(person->own_view.is_online);
    cr_assert_null(person->own_view.conversation);
    say(ana, other_node, NULL, false);
    cr_assert_null(presence_own_after(&presence, version, &version));
    end();
}

Test(presence, keeps_its_invariants_at_random)
{
    struct random random = {.state = 7};
    struct text *people[] = {ana, bruno, chat};
    int64_t now_ms = 0;
    for (int step = 0; step < 20000; step++) {
        struct text *person = people[random_below(&random, 3)];
        struct presence_source source = {.number = random_below(&random, 3),
                                         .is_own = random_below(&random, 2) == 0};
        bool is_typing = random_below(&random, 3) == 0;
        struct presence_statement statement = {.conversation =
                                                   is_typing || random_below(&random, 2) ? chat : NULL,
                                               .is_typing = is_typing,
                                               .typing_ms = now_ms + 1 + random_below(&random, 50),
                                               .end_ms = now_ms + 1 + random_below(&random, 200)};
        switch (random_below(&random, 4)) {
        case 0: presence_take_back(&presence, text_bytes(person), source); break;
        case 1: presence_advance(&presence, now_ms += random_below(&random, 40)); break;
        default: presence_say(&presence, person, source, &statement); break;
        }
        presence_check(&presence);
    }
    presence_advance(&presence, now_ms + 1000);
    for (size_t i = 0; i < 3; i++)
        cr_assert_str_eq(look(people[i]), "-");
    end();
}
