#include <criterion/criterion.h>

#include "base/text.h"
#include "support/leak.h"

static struct text *make(const char *string)
{
    return text_create(bytes_of_string(string));
}

TestSuite(text, .fini = end_without_leak);

Test(text, holds_its_own_copy_and_ends_with_a_nul)
{
    char source[] = "hello";
    struct text *text = text_create(bytes_make(source, 4));
    source[0] = 'X';
    cr_assert_str_eq(text_string(text), "hell");
    cr_assert_eq(text->size, 4);
    text_unref(&text);
    cr_assert_null(text);
}

Test(text, the_empty_string_is_null_and_every_function_takes_it)
{
    struct text *text = text_create(bytes_make("", 0));
    cr_assert_null(text);
    cr_assert_null(text_ref(text));
    cr_assert_str_eq(text_string(text), "");
    cr_assert_eq(text_bytes(text).size, 0);
    cr_assert(text_equal(text, NULL));
    text_assign(&text, NULL);
    text_assign_bytes(&text, bytes_make(NULL, 0));
    cr_assert_null(text);
    text_unref(&text);
}

Test(text, lives_until_its_last_reference_is_given_up)
{
    struct text *text = make("hello");
    struct text *other = text_ref(text);
    cr_assert_eq(other, text);
    text_unref(&text);
    cr_assert_str_eq(text_string(other), "hello");
    text_unref(&other);
}

Test(text, assigning_shares_and_gives_up_what_was_there)
{
    struct text *place = make("before");
    struct text *text = make("after");
    text_assign(&place, text);
    cr_assert_eq(place, text);
    cr_assert_eq(text->references, 2);
    text_assign(&place, text);
    cr_assert_eq(text->references, 2, "the same once more is harmless");
    text_unref(&text);
    text_assign(&place, place);
    cr_assert_str_eq(text_string(place), "after");
    text_assign(&place, NULL);
    cr_assert_null(place);
}

Test(text, assigning_equal_bytes_keeps_the_string)
{
    struct text *place = make("same");
    struct text *before = place;
    text_assign_bytes(&place, bytes_of_string("same"));
    cr_assert_eq(place, before);
    text_assign_bytes(&place, bytes_of_string("other"));
    cr_assert_str_eq(text_string(place), "other");
    text_assign_bytes(&place, bytes_make(place->data, 2)); /* its own bytes */
    cr_assert_str_eq(text_string(place), "ot");
    text_assign_bytes(&place, bytes_make(NULL, 0));
    cr_assert_null(place);
}

Test(text, equal_strings_are_equal)
{
    struct text *one = make("one");
    struct text *same = make("one");
    struct text *other = make("two");
    cr_assert(text_equal(one, same));
    cr_assert(text_equal(one, one));
    cr_assert_not(text_equal(one, other));
    cr_assert_not(text_equal(one, NULL));
    cr_assert_not(text_equal(NULL, one));
    text_unref(&one);
    text_unref(&same);
    text_unref(&other);
}
