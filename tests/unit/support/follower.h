/* A client that keeps rows as PROTOCOL.md says, and the cursor that the server has of it: what tests of the
 * walk begin with. There is one scene, and one cache that all followers share. */
#ifndef RELEVO_TESTS_FOLLOWER_H
#define RELEVO_TESTS_FOLLOWER_H

#include "app/desk/sync.h"
#include "support/builders.h"
#include "support/wire_client.h"

struct follower {
    struct cursor cursor;
    struct wire_client client;
};

/* A suite's .init and .fini. */
void follower_begin(void);
void follower_end(void);

void follow_fresh(struct follower *follower);

/* The client comes back with what it has. */
void follow_again(struct follower *follower);
void finish_both(struct follower *one, struct follower *two);

/* One frame, if there is one: it is taken in, and is the caller's. */
struct frame *step(struct follower *follower);

/* Reads until there is nothing left; how many frames it was. */
int read_all(struct follower *follower);

/* All that is listed in truth is what the client shows, to the last column. */
void expect_truth(const struct follower *follower);

void do_to(const char *id, struct actor actor, struct command command);

/* "c<n>", until the next call. */
const char *nth(int n);

/* So many conversations, from c<from> on, each opened. */
void open_many(int from, int count);
void contact_writes(const char *id);

/* In so many conversations, from c0 on. */
void contacts_write(int count);

#endif
