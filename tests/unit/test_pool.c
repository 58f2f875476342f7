#include <criterion/criterion.h>
#include <stdio.h>

#include "base/pool.h"
#include "support/leak.h"

static struct pool pool;

static void begin(void)
{
    pool_init(&pool, (struct hash_key){{1, 2}});
}

static void end(void)
{
    pool_finish(&pool);
    assert_no_leak();
}

TestSuite(pool, .init = begin, .fini = end);

static struct text *shared(const char *string)
{
    struct text *text = text_create(bytes_of_string(string));
    pool_share(&pool, &text);
    return text;
}

Test(pool, equal_texts_become_one)
{
    struct text *one = shared("ana");
    struct text *again = shared("ana");
    struct text *other = shared("bea");
    cr_assert_eq(again, one);
    cr_assert_neq(other, one);
    cr_assert_str_eq(text_string(other), "bea");
    pool_share(&pool, &one);
    cr_assert_eq(again, one, "what is the pool's already stays");
    text_unref(&one);
    text_unref(&again);
    text_unref(&other);
}

Test(pool, nothing_is_nothing)
{
    struct text *none = NULL;
    pool_share(&pool, &none);
    cr_assert_null(none);
    cr_assert_eq(pool.texts.count, 0);
}

Test(pool, what_nobody_holds_any_more_goes_and_the_rest_stays)
{
    struct text *kept[100];
    for (int i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof(name), "kept%d", i);
        kept[i] = shared(name);
    }
    for (int i = 0; i < 10000; i++) {
        char name[16];
        snprintf(name, sizeof(name), "gone%d", i);
        struct text *gone = shared(name);
        text_unref(&gone);
        cr_assert_leq(pool.texts.count, 64 + 2 * (100 + 64));
    }
    for (int i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof(name), "kept%d", i);
        struct text *again = shared(name);
        cr_assert_eq(again, kept[i]);
        text_unref(&again);
        text_unref(&kept[i]);
    }
}
