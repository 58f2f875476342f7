#include "verbs/verbs.h"

#include <stdio.h>
#include <time.h>

#include "store/revoke.h"

static void print_report(const struct config *config, const struct revoke_report *report)
{
    time_t second = (time_t)(report->at_ms / 1000);
    struct tm utc;
    char at[32];
    gmtime_r(&second, &utc);
    strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &utc);
    printf("Every token of %s in %s that was issued up to %s is void; all servers know within %d seconds.\n",
           config->agent, config->workspace, at, 2 * LIMIT_REVOCATIONS_POLL_MS / 1000);
    if (!report->has_workspace)
        printf("Nobody has come to a workspace of this name so far: is it %s?\n", config->workspace);
}

int verb_revoke(const struct config *config)
{
    struct revoke_report report;
    char *sentence = NULL;
    enum job_result result = revoke_run(config->database == NULL ? "" : config->database, config->workspace,
                                        config->agent, &report, &sentence);
    if (result == JOB_DONE)
        print_report(config, &report);
    return exit_after(result, &sentence);
}
