#ifndef RELEVO_SERVE_BOOTSTRAP_H
#define RELEVO_SERVE_BOOTSTRAP_H

#include "config/config.h"
#include "net/listener.h"
#include "net/origins.h"
#include "net/site.h"

/* What a server stands on before it has a loop and a database. `serve` builds it up to use it, `check` to see
 * whether it could. */
struct bootstrap {
    struct site *site; /* NULL: no page */
    struct listener *listener;
    struct listener *admin_listener; /* NULL: no port for operators */
    struct origins origins;
};

enum bootstrap_result {
    BOOTSTRAP_DONE,
    BOOTSTRAP_FAILED, /* the world was against it */
    BOOTSTRAP_UNFIT,  /* the settings are not as they must be */
};

/* One step of building; it may rest on those before it. */
struct bootstrap_step {
    const char *about; /* "page" … */
    /* *sentence_r says what is there now, or what is wrong and what would be right; the caller frees it. */
    enum bootstrap_result (*build)(struct bootstrap *bootstrap, const struct config *config,
                                   char **sentence_r);
};

extern const struct bootstrap_step bootstrap_steps[];
extern const size_t bootstrap_steps_count;

/* From which pages browsers may connect, as the config says now: into *origins_r, which the caller finishes.
 * The rest as above. */
enum bootstrap_result bootstrap_build_origins(const struct bootstrap *bootstrap, const struct config *config,
                                              struct origins *origins_r, char **sentence_r);

/* Also of what was built in part. */
void bootstrap_finish(struct bootstrap *bootstrap);

#endif
