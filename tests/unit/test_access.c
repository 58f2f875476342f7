#include <criterion/criterion.h>

#include "base/alloc.h"
#include "core/action.h"

/* The column "who" of the rules, once more and in full: a change of the table has to be made twice. */
static const struct {
    enum action action;
    const char *allowed; /* by the roles' order: agent, supervisor, automation, channel, server */
} cases[] = {
    {ACTION_REOPEN, "AS..."},         {ACTION_ASSIGN, "ASB.."},
    {ACTION_SEND_MESSAGE, "AS..."},   {ACTION_OPEN, "..B.."},
    {ACTION_KEEP_OPEN, "AS..."},      {ACTION_RESUME_BOT, "AS..."},
    {ACTION_COMPLETE, "ASB.."},       {ACTION_UNLINK, "ASB.."},
    {ACTION_SET_AUTOMATION, "AS..."}, {ACTION_CONTACT_MESSAGE, "...C."},
    {ACTION_BOT_MESSAGE, "..B.."},    {ACTION_MARK_READ, "AS..."},
    {ACTION_MESSAGE_STATUS, "...C."}, {ACTION_EXPIRE, "....S"},
    {ACTION_BOT_BLOCKED, "....."},    {ACTION_AGENT_SEEN, "....."},
    {ACTION_ERASE, ".S..."},
};

Test(access, allows_exactly_what_the_rules_say)
{
    static const enum role roles[] = {ROLE_AGENT, ROLE_SUPERVISOR, ROLE_AUTOMATION, ROLE_CHANNEL,
                                      ROLE_SERVER};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(roles); j++)
            cr_assert_eq(action_is_allowed(cases[i].action, roles[j]), cases[i].allowed[j] != '.', "%s %s",
                         role_name(roles[j]), action_name(cases[i].action));
    }
}

Test(access, the_rules_above_leave_no_action_out)
{
    for (int number = 1; number <= 100; number++) {
        enum action action;
        bool is_action = action_from_number(number, &action);
        bool is_covered = false;
        for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
            is_covered = is_covered || (int)cases[i].action == number;
        cr_assert_eq(is_action, is_covered, "action %d", number);
    }
}
