#include "verbs/verbs.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/options.h"
#include "net/net.h"
#include "serve/bootstrap.h"
#include "store/preflight.h"
#include "store/store_pg.h"

enum {
    SENTENCE_SIZE = 1024,
};

/* Says one thing that was looked at, and makes the exit code, the context, as bad as it is. */
static void check_say(void *context, enum preflight_grade grade, const char *about, const char *sentence)
{
    static const char *const words[] = {"ok", "warning", "FAILED", "FAILED"};
    int *code = context;
    printf("%-8s%s: %s\n", words[grade], about, sentence);
    fflush(stdout);
    if (grade == PREFLIGHT_UNFIT)
        *code = EXIT_CONFIG;
    else if (grade == PREFLIGHT_FAILED && *code == EXIT_DONE)
        *code = EXIT_FAILED;
}

static void check_settings(const struct config *config, int *code)
{
    char sentence[SENTENCE_SIZE];
    check_say(code, PREFLIGHT_OK, "settings", "understood; relevo config shows them");
    for (size_t i = 0; i < options_count; i++) {
        const struct setting *setting = &config->settings[i];
        if (!setting->is_exposed)
            continue;
        snprintf(sentence, sizeof(sentence), "others can read %s: chmod o-r it",
                 setting_file(config, setting));
        check_say(code, PREFLIGHT_WARNING, "settings", sentence);
    }
}

static void check_bootstrap(const struct config *config, int *code)
{
    static const enum preflight_grade grades[] = {[BOOTSTRAP_DONE] = PREFLIGHT_OK,
                                                  [BOOTSTRAP_FAILED] = PREFLIGHT_FAILED,
                                                  [BOOTSTRAP_UNFIT] = PREFLIGHT_UNFIT};
    struct bootstrap bootstrap = {.site = NULL};
    for (size_t i = 0; i < bootstrap_steps_count; i++) {
        char *sentence;
        enum bootstrap_result result = bootstrap_steps[i].build(&bootstrap, config, &sentence);
        check_say(code, grades[result], bootstrap_steps[i].about, sentence);
        free(sentence);
    }
    bootstrap_finish(&bootstrap);
}

static void check_descriptors(const struct config *config, int *code)
{
    char sentence[SENTENCE_SIZE];
    size_t needed;
    size_t room = net_reserve_descriptors(config->connections_max, &needed);
    bool is_enough = room == config->connections_max;
    if (is_enough)
        snprintf(sentence, sizeof(sentence), "enough for %zu clients", room);
    else
        snprintf(sentence, sizeof(sentence),
                 "enough for %zu clients of %zu: raise the hard limit on open files to %zu (LimitNOFILE= of "
                 "systemd, "
                 "ulimit -Hn), or say --max-connections %zu",
                 room, config->connections_max, needed, room);
    check_say(code, is_enough ? PREFLIGHT_OK : PREFLIGHT_WARNING, "descriptors", sentence);
}

int verb_check(const struct config *config)
{
    int code = EXIT_DONE;
    check_settings(config, &code);
    check_bootstrap(config, &code);
    check_descriptors(config, &code);
    preflight_run(&(struct preflight_options){
        .conninfo = config->database == NULL ? "" : config->database,
        .allow_unsafe = config->allow_unsafe_database,
        .connections = config->lanes + STORE_PG_CONNECTIONS_BESIDE,
        .say = check_say,
        .context = &code,
    });
    return code;
}
