#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "support/team.h"

/* What is slow is named in the log, so that whoever searches it finds when, and whose. */

enum { SECOND_MS = 1000 };

static int pipe_ends[2];
static char output[16384];

/* What is written to stderr goes into a pipe. */
static void begin(void)
{
    cr_assert_eq(pipe(pipe_ends), 0);
    cr_assert_neq(dup2(pipe_ends[1], STDERR_FILENO), -1);
    team_begin();
    team_join(&team.ana);
    team_join(&team.bea);
}

TestSuite(slow_lines, .init = begin, .fini = team_end);

/* How many lines with these words have been written since the last call. */
static int count_lines(const char *words)
{
    ssize_t mark = write(STDERR_FILENO, "#", 1); /* so that reading nothing does not wait */
    ssize_t size = read(pipe_ends[0], output, sizeof(output) - 1);
    int count = 0;
    cr_assert(mark == 1 && size > 0);
    output[size] = '\0';
    for (const char *found = output; (found = strstr(found, words)) != NULL; found++)
        count++;
    return count;
}

static void say(void)
{
    team_do(&team.ana, (struct wire_command){.action = "send_message", .body = "hi", .channel = "web"});
}

Test(slow_lines, a_commit_of_more_than_a_second_is_named_with_its_workspace)
{
    say();
    cr_assert_eq(count_lines("commit_slow"), 0);
    store_memory_set_delay_ms(team.server.store, 600, 600);
    team_send(&team.ana, (struct wire_command){.action = "complete"});
    wait_ms(5 * SECOND_MS);
    cr_assert_eq(count_lines("level=warn event=commit_slow workspace=\"demo\" ms=1200 commands=1\n"), 1, "%s",
                 output);
}

Test(slow_lines, a_dashboard_that_stays_behind_is_named_after_half_a_minute)
{
    team.bea.is_deaf = true;
    wait_ms(60 * SECOND_MS);
    cr_assert_eq(count_lines("dashboard_behind"), 0, "there is nothing for it");
    say();
    wait_ms(29 * SECOND_MS);
    say();
    cr_assert_eq(count_lines("dashboard_behind"), 0, "not yet");
    wait_ms(4 * SECOND_MS);
    cr_assert_eq(count_lines("level=warn event=dashboard_behind workspace=\"demo\" agent=\"bea\" address="),
                 1);
    cr_assert_not_null(strstr(output, "transitions=2\n"));
    wait_ms(60 * SECOND_MS);
    cr_assert_eq(count_lines("event=dashboard_behind"), 2, "again, while it stays so");
    client_listen(&team.bea);
    wait_ms(60 * SECOND_MS);
    cr_assert_eq(count_lines("event=dashboard_behind"), 0);
}

Test(slow_lines, a_dashboard_that_goes_is_not_named)
{
    team.bea.is_deaf = true;
    say();
    wait_ms(10 * SECOND_MS);
    client_leave(&team.bea);
    wait_ms(60 * SECOND_MS);
    cr_assert_eq(count_lines("dashboard_behind"), 0);
}
