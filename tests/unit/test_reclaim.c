#include <criterion/criterion.h>

#include "serve/reclaim.h"

static const uint64_t mb = 1024 * 1024;

Test(reclaim, is_due_where_the_process_has_grown_since_it_was_smallest)
{
    struct reclaim reclaim = {.resident_bytes = 20 * mb};
    cr_assert_not(reclaim_is_due(&reclaim, 27 * mb));
    cr_assert(reclaim_is_due(&reclaim, 28 * mb));
    cr_assert_not(reclaim_is_due(&reclaim, 10 * mb));
    cr_assert_not(reclaim_is_due(&reclaim, 17 * mb));
    cr_assert(reclaim_is_due(&reclaim, 18 * mb));
}

Test(reclaim, is_not_due_again_for_what_is_in_use)
{
    struct reclaim reclaim = {.resident_bytes = 20 * mb};
    cr_assert(reclaim_is_due(&reclaim, 500 * mb));
    reclaim.resident_bytes = 490 * mb; /* what was left when it had been done */
    cr_assert_not(reclaim_is_due(&reclaim, 495 * mb));
}
