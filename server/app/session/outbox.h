#ifndef RELEVO_APP_SESSION_OUTBOX_H
#define RELEVO_APP_SESSION_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

/* What a client is owed, beside rows, threads, the log and replies (outbox.c). */
struct outbox {
    bool owes_welcome;
    bool was_welcomed; /* a welcome has been sent: before that, the client may send nothing but hello */
    bool is_resumed;   /* the welcome says that it goes on where it was */
    bool owes_state;   /* how the database is */
    bool owes_bye;     /* the last message, before it is closed */
    /* It has sent a resync, and its cursor has not reached the end of the log since. */
    bool is_resyncing;
    int64_t presence_version; /* it has been told the changes of presence up to this version */
};

#endif
