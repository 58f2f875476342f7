#ifndef RELEVO_APP_SESSION_REVOCATIONS_H
#define RELEVO_APP_SESSION_REVOCATIONS_H

#include "app/ports/credential.h"
#include "app/ports/store.h"
#include "base/list.h"
#include "base/map.h"

/* Whose tokens are void before they expire. Of LIMIT_REVOCATIONS persons it is known exactly. Where there are
 * more, the oldest revocations are forgotten, and with them every token of anybody that is as old as these:
 * so memory is bounded, and nothing that was revoked comes back to life. */
struct revocations {
    struct map by_person;     /* struct revocation_kept */
    struct list oldest_first; /* of the same */
    int64_t newest_number;    /* that has been added; 0: none */
    int64_t forgotten_at_ms;  /* the newest that was forgotten; -1: none was */
};

void revocations_init(struct revocations *revocations, struct hash_key random);
void revocations_finish(struct revocations *revocations);

/* Adds one. Revocations come in the order of their numbers; one may come again. */
void revocations_add(struct revocations *revocations, const struct revocation *revocation);

/* Whether a token of this identity is void. One that does not say when it was issued is as old as can be. */
bool revocations_void(const struct revocations *revocations, const struct identity *identity);

#endif
