#ifndef RELEVO_STORE_JOB_TAIL_H
#define RELEVO_STORE_JOB_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "app/ports/store.h"
#include "store/job.h"

/* The log of one workspace, followed by a program that does nothing else: everything here blocks. While it
 * waits, nodes know that it is there, and tell it what they commit. */

struct job_tail;

/* Connects, and finds the workspace by its name. `*last_seq_r`: where its log ends. `sentence_r` is to be
 * freed with free(), NULL where it is done. The caller closes *tail_r whatever the result. */
MUST_USE enum job_result job_tail_open(const char *conninfo, const char *workspace, struct job_tail **tail_r,
                                       int64_t *last_seq_r, char **sentence_r);

/* Reads the page after log->after_seq into `log`, which is empty; the caller finishes it. */
MUST_USE enum job_result job_tail_read(struct job_tail *tail, struct store_log *log, char **sentence_r);

/* Waits until something may have been committed, at most ms. */
void job_tail_wait(struct job_tail *tail, int64_t ms);

/* NULL is fine; the caller's pointer is nulled. */
void job_tail_close(struct job_tail **tail);

#endif
