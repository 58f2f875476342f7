#ifndef RELEVO_APP_SESSION_REVOCATIONS_H
#define RELEVO_APP_SESSION_REVOCATIONS_H

#include "app/ports/credential.h"
#include "app/ports/store.h"
#include "base/list.h"
#include "base/map.h"

/* Whose tokens are void before they expire. The LIMIT_REVOCATIONS newest revocations are known exactly. Where
 * there are more, the oldest are forgotten, and then every token of anybody that is as old as these is void,
 * too. So memory is bounded, and no revoked token becomes valid again. When a token expires on a connection
 * that is open says sign_in.c (session_watch_expiry). */
struct revocations {
    struct map by_person;     /* struct revocation_kept */
    struct list oldest_first; /* struct revocation_kept; the oldest is first */
    int64_t newest_number;    /* the number of the newest one that has been added; 0: none */
    int64_t forgotten_at_ms;  /* the time of the newest one that was forgotten; -1: none was */
};

void revocations_init(struct revocations *revocations, struct hash_key random);
void revocations_finish(struct revocations *revocations);

/* Adds a revocation. They come in the order of their numbers; one may come twice. */
void revocations_add(struct revocations *revocations, const struct revocation *revocation);

/* Whether a token of this identity is void. A token that does not say when it was issued counts as older than
 * any. */
bool revocations_void(const struct revocations *revocations, const struct identity *identity);

#endif
