#include "verbs.h"

#include <stdio.h>

#include "store/migrate.h"

enum {
    WAIT_MS = 60 * 1000, /* for another one who is migrating */
};

int verb_migrate(const struct config *config)
{
    int applied = 0;
    char *sentence = NULL;
    enum errand_result result = migrate_run(config->database == NULL ? "" : config->database,
                                            config->grant_to, WAIT_MS, &applied, &sentence);
    if (result == ERRAND_DONE)
        printf("The schema is at version %d; %d carried out now.\n", migrate_version(), applied);
    return exit_after(result, &sentence);
}
