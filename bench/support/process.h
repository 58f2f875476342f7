#ifndef RELEVO_BENCH_SUPPORT_PROCESS_H
#define RELEVO_BENCH_SUPPORT_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Processes that are measured, and how. A failure of any call ends the program with a message. */

/* Creates an empty, migrated database on the server that PG* name and makes it the one to use; dropped when
 * the program ends, at the latest. */
void process_create_database(void);
void process_drop_database(void);

/* The same, but there is nothing in it. */
void process_create_empty_database(void);

/* The one number that the query gives. */
int64_t process_ask_database(const char *query);

/* Lets psql run the script, with these settings ("name=value", NULL at the end) as its variables. */
void process_run_script(const char *path, const char *const *settings);

/* Carries out SQL, reads what it gives, and throws it away. */
void process_tell_database(const char *sql);

/* This process from now on runs on the last processor: what it costs is not taken from what is measured. */
void process_step_aside(void);

/* A child that runs `serve(argument)` on the first processor. */
pid_t process_start(void (*serve)(void *argument), void *argument);

/* `relevo serve` on this port, pinned to the first processor; returns once it is ready. RELEVO_BIN names the
 * binary. */
pid_t process_start_relevo(int port);

/* A program (its name and arguments, NULL at the end) on the first processor; returns once it listens there.
 */
pid_t process_start_program(const char *const *arguments, int port);

/* Ends it and waits for it. */
void process_stop(pid_t pid);

/* Processor time that the process has used so far, all threads, kernel and user. */
int64_t process_cpu_ns(pid_t pid);

/* Processor time that PostgreSQL has used so far: all its processes, those that have ended too. */
int64_t process_database_cpu_ns(void);

/* Its own memory: what is mapped for it alone, in bytes. */
int64_t process_memory_bytes(pid_t pid);

/* A token for the workspace that holds for an hour. Freed by the caller. */
char *process_token(const char *workspace, const char *agent, const char *role);

int64_t now_ns(void);

/* Sorts, and gives the value in the middle. */
double median(double *values, size_t count);

#endif
