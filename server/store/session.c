#include "store/session.h"

#include "store/statement.h"

void session_plan(const struct session_options *options, struct session_step steps_r[SESSION_STEPS_COUNT])
{
    /* A command for which nothing has to be looked up, and so quick enough for any time that a role has. */
    steps_r[SESSION_STEP_TIME] = (struct session_step){.sql = "SET statement_timeout = '10s'"};
    steps_r[SESSION_STEP_CHOICES] =
        (struct session_step){.sql = statement_sql("session"),
                              .values = {options->isolation, options->statement_timeout,
                                         options->waits_for_standbys ? "true" : "false"},
                              .values_count = 3};
    steps_r[SESSION_STEP_DEFAULTS] = (struct session_step){.sql = statement_sql("defaults")};
}
