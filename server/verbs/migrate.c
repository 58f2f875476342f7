#include "verbs/verbs.h"

#include <stdio.h>

#include "store/migrate.h"
#include "store/sql.h"

enum {
    WAIT_MS = 60 * 1000, /* for another one who is migrating */
};

int verb_migrate(const struct config *config)
{
    int applied = 0;
    char *sentence = NULL;
    struct migrate_options options = {.conninfo = config->database == NULL ? "" : config->database,
                                      .grant_to = config->grant_to,
                                      .retain_days = config->retain_days,
                                      .wait_ms = WAIT_MS};
    enum job_result result = migrate_run(&options, &applied, &sentence);
    if (result == JOB_DONE) {
        printf("The schema is at version %d; %d carried out now.\n", sql_schema_version(), applied);
        if (config->retain_days > 0)
            printf("What of the log is older than %d days goes.\n", config->retain_days);
        else
            puts("The log is kept for ever.");
    }
    return exit_after(result, &sentence);
}
