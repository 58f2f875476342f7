#ifndef RELEVO_STORE_FOLLOW_H
#define RELEVO_STORE_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "app/ports/store.h"
#include "store/job.h"

/* The log of one workspace, followed by a program that does nothing else: everything here blocks. */

struct follow;

/* Connects, and finds the workspace by its name. `*last_seq_r`: where its log ends. `sentence_r` is to be
 * freed with free(), NULL where it is done. The caller closes *follow_r whatever the result. */
MUST_USE enum job_result follow_open(const char *conninfo, const char *workspace, struct follow **follow_r,
                                     int64_t *last_seq_r, char **sentence_r);

/* Reads the page after log->after_seq into `log`, which is empty; the caller finishes it. */
MUST_USE enum job_result follow_read(struct follow *follow, struct store_log *log, char **sentence_r);

/* Waits until something may have been committed, at most ms. */
void follow_wait(struct follow *follow, int64_t ms);

/* NULL is fine; the caller's pointer is nulled. */
void follow_close(struct follow **follow);

#endif
