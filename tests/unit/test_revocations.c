#include <criterion/criterion.h>
#include <stdio.h>

#include "app/session/revocations.h"
#include "support/builders.h"
#include "support/leak.h"

/* What is known of revocations. */

static struct revocations known;

static void add(const char *workspace, const char *id, int64_t at_ms)
{
    struct revocation revocation = {.workspace = text_create(bytes_of_string(workspace)),
                                    .id = text_create(bytes_of_string(id)),
                                    .at_ms = at_ms,
                                    .number = known.newest_number + 1};
    revocations_add(&known, &revocation);
    text_unref(&revocation.workspace);
    text_unref(&revocation.id);
}

static bool is_void(const char *workspace, const char *id, int64_t issued_ms)
{
    struct identity identity = {.workspace = text_create(bytes_of_string(workspace)),
                                .id = text_create(bytes_of_string(id)),
                                .issued_ms = issued_ms};
    bool answer = revocations_void(&known, &identity);
    identity_finish(&identity);
    return answer;
}

static void begin_known(void)
{
    revocations_init(&known, (struct hash_key){{1, 2}});
}

static void end_known(void)
{
    revocations_finish(&known);
    assert_no_leak();
}

TestSuite(revocations, .init = begin_known, .fini = end_known);

Test(revocations, concern_one_person_of_one_workspace)
{
    cr_assert_not(is_void("demo", "ana", 0), "nobody's at first, also where a token does not say when");
    add("demo", "ana", 5000);
    cr_assert(is_void("demo", "ana", 0));
    cr_assert(is_void("demo", "ana", 5000));
    cr_assert_not(is_void("demo", "ana", 5001));
    cr_assert_not(is_void("demo", "bea", 0));
    cr_assert_not(is_void("other", "ana", 0));
    cr_assert_not(is_void("dem", "oana", 0));
}

Test(revocations, of_one_person_come_to_the_latest)
{
    add("demo", "ana", 5000);
    add("demo", "ana", 9000);
    add("demo", "ana", 7000);
    cr_assert(is_void("demo", "ana", 9000));
    cr_assert_eq(known.by_person.count, 1);
    cr_assert_eq(known.newest_number, 3);
}

Test(revocations, that_are_too_many_void_all_tokens_as_old_as_those_that_were_forgotten)
{
    char id[16];
    for (int i = 0; i < LIMIT_REVOCATIONS + 2; i++) {
        snprintf(id, sizeof(id), "agent%d", i);
        add("demo", id, 1000 + i);
        cr_assert_eq(is_void("demo", "ana", 1000), i >= LIMIT_REVOCATIONS);
    }
    cr_assert_eq(known.by_person.count, LIMIT_REVOCATIONS);
    cr_assert(is_void("demo", "agent0", 1000));
    cr_assert(is_void("demo", "agent1", 1001));
    cr_assert(is_void("demo", "agent2", 1002));
    cr_assert(is_void("other", "ana", 1001));
    cr_assert_not(is_void("other", "ana", 1002));
}
