#ifndef RELEVO_PREMISES_H
#define RELEVO_PREMISES_H

#include "config/config.h"
#include "net/listener.h"
#include "net/origins.h"
#include "net/site.h"

/* What a server stands on before it has a loop and a database. `serve` builds it up to use it, `check` to see
 * whether it could. */
struct premises {
    struct site *site; /* NULL: no page */
    struct listener *listener;
    struct listener *admin_listener; /* NULL: no port for operators */
    struct origins origins;
};

/* One step of building; it may rest on those before it. */
struct premises_step {
    const char *about; /* "page" … */
    /* Returns EXIT_DONE, or what to exit with. *sentence_r says what is there now, or what is wrong and what
     * would be right; the caller frees it. */
    int (*build)(struct premises *premises, const struct config *config, char **sentence_r);
};

extern const struct premises_step premises_steps[];
extern const size_t premises_steps_count;

/* From which pages browsers may connect, as the config says now: into *origins_r, which the caller finishes.
 * The rest as above. */
int premises_build_origins(const struct premises *premises, const struct config *config,
                           struct origins *origins_r, char **sentence_r);

/* Also of what was built in part. */
void premises_finish(struct premises *premises);

#endif
