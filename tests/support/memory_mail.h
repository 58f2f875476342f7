#ifndef RELEVO_TESTS_SUPPORT_MEMORY_MAIL_H
#define RELEVO_TESTS_SUPPORT_MEMORY_MAIL_H

#include "support/memory_database.h"

/* What the stores of a database in memory tell each other, on its way: a part of store_memory.c, which says
 * how long it takes. */

struct mailbox {
    struct list link; /* in the database's mailboxes */
    struct store_memory_database *database;
    const struct store_listener *listener;
    struct list letters;   /* to here, in the order of their sending */
    int64_t last_due_us;   /* when the last letter from here will have arrived */
    int64_t deaf_until_us; /* what is sent here until then is lost */
    bool is_open;          /* letters can come */
};

/* Closed. The database outlives it. */
void mailbox_init(struct mailbox *mailbox, struct store_memory_database *database,
                  const struct store_listener *listener);
void mailbox_finish(struct mailbox *mailbox);

void mailbox_open(struct mailbox *mailbox);

/* Loses what is under way to here. */
void mailbox_close(struct mailbox *mailbox);

/* From now on what is sent here is lost, for so long by the database's clock. */
void mailbox_lose(struct mailbox *mailbox, int64_t ms);

/* Sends to all others, to arrive at due_us, but not before what was sent from here earlier: a hint, words, or
 * the hint of what the append has committed, if anything. */
void mailbox_send_hint(struct mailbox *mailbox, int64_t due_us, int64_t workspace_id, int64_t seq);
void mailbox_send_words(struct mailbox *mailbox, int64_t due_us, int64_t workspace_id, struct bytes words);
void mailbox_send_append(struct mailbox *mailbox, int64_t due_us, const struct store_append *append);

/* When the next letter falls due; INT64_MAX where none is under way. */
int64_t mailbox_next_us(const struct mailbox *mailbox);

/* Hands the first letter that is due to the listener; there is one. */
void mailbox_deliver(struct mailbox *mailbox);

#endif
