#include <criterion/criterion.h>
#include <stdio.h>

#include "core/action.h"
#include "support/builders.h"
#include "support/team.h"

/* Role × action × workspace, through the whole server: whoever asks gets `forbidden` where the table of
 * core/action.h says so and nowhere else, and whatever is asked in one workspace leaves the others as they
 * are. */

static void begin(void)
{
    team_begin();
    team_join(&team.ana);
    team_do(&team.ana, (struct wire_command){
                           .action = "assign", .conversation = "c1", .agent = "ana", .channel = "whatsapp"});
}

TestSuite(access_matrix, .init = begin, .fini = team_end);

/* One well-formed command for each action that can be asked for: a new action needs a line here. */
static bool sample_make(enum action action, struct wire_command *command_r)
{
    *command_r = (struct wire_command){.action = action_name(action), .conversation = "c1", .pause = HOUR_MS};
    switch (action) {
    case ACTION_REOPEN:
    case ACTION_OPEN:
    case ACTION_KEEP_OPEN:
    case ACTION_RESUME_BOT:
    case ACTION_COMPLETE:
    case ACTION_UNLINK:
    case ACTION_MARK_READ:
    case ACTION_ERASE: return true;
    case ACTION_ASSIGN: command_r->agent = "ana"; return true;
    case ACTION_SEND_MESSAGE:
    case ACTION_CONTACT_MESSAGE:
    case ACTION_BOT_MESSAGE: command_r->body = "Hello"; return true;
    case ACTION_SET_AUTOMATION: command_r->has_enabled = true; return true;
    case ACTION_MESSAGE_STATUS:
        command_r->message = 1;
        command_r->status = "sent";
        return true;
    case ACTION_EXPIRE:
    case ACTION_BOT_BLOCKED:
    case ACTION_AGENT_SEEN: return false;
    }
    return false;
}

struct asker {
    const char *id;
    const char *role;
};
static const struct asker askers[] = {
    {"bea", "agent"},
    {"sol", "supervisor"},
    {"bot", "automation"},
    {"telegram", "channel"},
    /* c1 is another's */ {"whatsapp", "channel"},
};

static enum role role_of(const struct asker *asker)
{
    enum role role;
    cr_assert(role_parse(bytes_of_string(asker->role), &role));
    return role;
}

/* What the server says to this command of this one in this workspace. */
static struct wire_message ask(const struct asker *asker, const char *workspace,
                               const struct wire_command *command)
{
    struct client client = {0};
    join_in(workspace, &client, asker->id, asker->role);
    struct wire_message answer = *team_do(&client, *command);
    cr_assert_eq(client.closed, CLOSE_NONE);
    client_finish(&client);
    return answer;
}

static void assert_judged(const struct asker *asker, enum action action, const struct wire_message *answer)
{
    bool is_forbidden = strcmp(answer->reason, "forbidden") == 0;
    cr_assert_eq(is_forbidden, !action_is_allowed(action, role_of(asker)), "%s %s: %s %s", asker->role,
                 action_name(action), answer->outcome, answer->reason);
}

Test(access_matrix, each_role_is_forbidden_what_the_table_says_and_nothing_else)
{
    for (size_t i = 0; i < ARRAY_COUNT(askers); i++) {
        for (int number = 1; number < ACTION_COUNT; number++) {
            struct wire_command command;
            enum action action;
            if (!action_from_number(number, &action) || !sample_make(action, &command))
                continue;
            int64_t before = team_seq();
            struct wire_message answer = ask(&askers[i], TEAM_WORKSPACE, &command);
            assert_judged(&askers[i], action, &answer);
            if (strcmp(answer.reason, "forbidden") == 0) /* but for the asker's own coming */
                cr_assert_leq(team_seq(), before + 1, "%s %s", askers[i].role, command.action);
        }
    }
}

Test(access_matrix, whatever_can_be_asked_for_has_a_line_and_nothing_else_can_be)
{
    for (int number = 1; number < ACTION_COUNT; number++) {
        struct wire_command command;
        enum action action, parsed;
        if (!action_from_number(number, &action))
            continue;
        bool can_be_asked = action_parse(bytes_of_string(action_name(action)), &parsed);
        cr_assert_eq(sample_make(action, &command), can_be_asked, "%s", action_name(action));
    }
}

Test(access_matrix, a_channel_has_its_own_conversations_only)
{
    static const enum action actions[] = {ACTION_CONTACT_MESSAGE, ACTION_MESSAGE_STATUS};
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
        struct wire_command command;
        cr_assert(sample_make(actions[i], &command));
        struct wire_message answer = ask(&(struct asker){"telegram", "channel"}, TEAM_WORKSPACE, &command);
        cr_assert_str_eq(answer.reason, "not_your_channel", "%s: %s", command.action, answer.reason);
    }
}

Test(access_matrix, nothing_crosses_from_one_workspace_to_another)
{
    int64_t before = team_seq();
    for (size_t i = 0; i < ARRAY_COUNT(askers); i++) {
        for (int number = 1; number < ACTION_COUNT; number++) {
            struct wire_command command;
            enum action action;
            if (!action_from_number(number, &action) || !sample_make(action, &command))
                continue;
            char workspace[32]; /* one where c1 is not, for each */
            snprintf(workspace, sizeof(workspace), "other-%zu-%d", i, number);
            struct wire_message answer = ask(&askers[i], workspace, &command);
            assert_judged(&askers[i], action, &answer);
            const char *const possible[] = {"forbidden", "unknown_conversation", "channel_needed",
                                            "unknown_agent"};
            bool is_possible = action == ACTION_CONTACT_MESSAGE && strcmp(answer.outcome, "done") == 0;
            for (size_t j = 0; j < ARRAY_COUNT(possible); j++)
                is_possible |= strcmp(answer.reason, possible[j]) == 0;
            cr_assert(is_possible, "%s %s: %s %s", askers[i].role, command.action, answer.outcome,
                      answer.reason);
        }
    }
    cr_assert_eq(team_seq(), before);
    team_expect_in_sync(&team.ana);
}
