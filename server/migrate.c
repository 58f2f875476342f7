#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/migrate.h"

enum {
    WAIT_MS = 60 * 1000, /* for another one who is migrating */
};

int verb_migrate(const struct config *config)
{
    int applied = 0;
    char *sentence = NULL;
    int code = EXIT_DONE;
    switch (migrate_run(config->database == NULL ? "" : config->database, config->grant_to, WAIT_MS, &applied,
                        &sentence)) {
    case MIGRATE_DONE:
        printf("The schema is at version %d; %d carried out now.\n", migrate_version(), applied);
        break;
    case MIGRATE_REFUSED: code = exit_saying(EXIT_CONFIG, "%s", sentence); break;
    case MIGRATE_FAILED: code = exit_saying(EXIT_FAILED, "%s", sentence); break;
    }
    free(sentence);
    return code;
}
