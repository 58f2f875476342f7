#include <criterion/criterion.h>

#include "core/action.h"
#include "core/columns.h"
#include "core/due.h"
#include "core/reason.h"
#include "core/role.h"

/* Numbers and names are stored and travel. */

#define COUNT_ONE(...) +1

Test(vocabulary, every_role_but_the_servers_is_parsed_from_its_name)
{
    for (int number = ROLE_AGENT; number <= ROLE_CHANNEL; number++) {
        enum role role;
        cr_assert(role_from_number(number, &role));
        cr_assert_eq((int)role, number);
        enum role parsed;
        cr_assert(role_parse(bytes_of_string(role_name(role)), &parsed));
        cr_assert_eq(parsed, role);
    }
}

Test(vocabulary, nobody_gets_the_servers_role_by_name)
{
    enum role role;
    cr_assert_not(role_parse(bytes_of_string("server"), &role));
    cr_assert(role_from_number(ROLE_SERVER, &role));
    cr_assert_str_eq(role_name(role), "server");
}

Test(vocabulary, what_is_no_role_is_none)
{
    enum role role;
    cr_assert_not(role_parse(bytes_of_string(""), &role));
    cr_assert_not(role_parse(bytes_of_string("agents"), &role));
    cr_assert_not(role_parse(bytes_of_string("agen"), &role));
    cr_assert_not(role_parse(bytes_of_string("Agent"), &role));
    cr_assert_not(role_from_number(0, &role));
    cr_assert_not(role_from_number(-1, &role));
    cr_assert_not(role_from_number(6, &role));
    cr_assert_not(role_from_number(INT64_C(1) << 32 | 1, &role));
}

Test(vocabulary, every_action_of_a_client_is_parsed_from_its_name)
{
    for (int number = 1; number < ACTION_COUNT; number++) {
        enum action action;
        cr_assert(action_from_number(number, &action));
        cr_assert_eq((int)action, number);
        bool is_a_clients = false;
        for (int role = ROLE_AGENT; role <= ROLE_CHANNEL; role++)
            is_a_clients = is_a_clients || action_is_allowed(action, (enum role)role);
        if (!is_a_clients)
            continue;
        enum action parsed;
        cr_assert(action_parse(bytes_of_string(action_name(action)), &parsed));
        cr_assert_eq(parsed, action);
    }
}

Test(vocabulary, the_servers_own_actions_cannot_be_asked_for)
{
    enum action action;
    for (int number = ACTION_EXPIRE; number <= ACTION_AGENT_SEEN; number++) {
        cr_assert(action_from_number(number, &action));
        cr_assert_not(action_parse(bytes_of_string(action_name(action)), &action));
    }
}

Test(vocabulary, what_is_no_action_is_none)
{
    enum action action;
    cr_assert_not(action_parse(bytes_of_string(""), &action));
    cr_assert_not(action_parse(bytes_make("reopen\0", 7), &action));
    cr_assert_not(action_from_number(0, &action));
    cr_assert_not(action_from_number(-3, &action));
    cr_assert_not(action_from_number(ACTION_COUNT, &action));
    cr_assert_not(action_from_number(INT64_MAX, &action));
}

Test(vocabulary, what_is_due_is_carried_out_by_an_action_of_the_servers_alone)
{
    for (int number = 0; number < DUE_COUNT; number++) {
        enum action action = due_action((enum due_kind)number);
        for (int role = 1; role < ROLE_COUNT; role++)
            cr_assert_eq(action_is_allowed(action, (enum role)role), role == ROLE_SERVER, "%s",
                         action_name(action));
        enum due_kind kind;
        cr_assert(due_kind_of_action(action, &kind));
        cr_assert_eq((int)kind, number, "%s carries out two kinds", action_name(action));
    }
    enum due_kind kind;
    cr_assert_not(due_kind_of_action(ACTION_COMPLETE, &kind));
}

Test(vocabulary, every_deadline_that_a_row_keeps_is_a_due)
{
    int deadlines = 0;
#define X(KIND, ...) deadlines += strcmp(#KIND, "DEADLINE") == 0;
    CONVERSATION_COLUMN_LIST(X)
#undef X
    cr_assert_eq(deadlines, DUE_COUNT);
}

Test(vocabulary, every_reason_has_a_number_a_name_and_a_sentence)
{
    enum { REASONS_COUNT = 0 REASON_LIST(COUNT_ONE) };
    for (int number = 1; number <= REASONS_COUNT; number++) {
        enum reason reason;
        cr_assert(reason_from_number(number, &reason));
        cr_assert_eq((int)reason, number);
        cr_assert_gt(strlen(reason_name(reason)), 0);
        cr_assert_gt(strlen(reason_sentence(reason)), 10);
    }
    enum reason reason;
    cr_assert_not(reason_from_number(0, &reason));
    cr_assert_not(reason_from_number(-1, &reason));
    cr_assert_not(reason_from_number(REASONS_COUNT + 1, &reason));
    cr_assert_str_eq(reason_name(REASON_NONE), "none");
}

Test(vocabulary, only_what_may_be_sent_again_as_it_is_is_temporary)
{
    cr_assert(reason_is_temporary(REASON_BUSY));
    cr_assert(reason_is_temporary(REASON_TOO_MANY));
    cr_assert(reason_is_temporary(REASON_UNAVAILABLE));
    cr_assert_not(reason_is_temporary(REASON_STALE));
    cr_assert_not(reason_is_temporary(REASON_PAUSED));
    cr_assert_not(reason_is_temporary(REASON_INTERNAL));
}

Test(vocabulary, numbers_that_are_stored_stay)
{
    cr_assert_eq(ROLE_SERVER, 5);
    cr_assert_eq(ACTION_REOPEN, 1);
    cr_assert_eq(ACTION_MESSAGE_STATUS, 13);
    cr_assert_eq(ACTION_EXPIRE, 14);
    cr_assert_eq(ACTION_BOT_BLOCKED, 15);
    cr_assert_eq(ACTION_AGENT_SEEN, 16);
    cr_assert_eq(ACTION_ERASE, 17);
    cr_assert_eq(REASON_BAD_VALUE, 1);
    cr_assert_eq(REASON_STALE, 8);
    cr_assert_eq(REASON_PAUSED, 14);
    cr_assert_eq(REASON_INTERNAL, 19);
}
