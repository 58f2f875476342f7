#ifndef RELEVO_APP_SESSION_OUTBOX_H
#define RELEVO_APP_SESSION_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

/* What a client is to be told, beside rows, threads, the log and replies (outbox.c). */
struct outbox {
    bool owes_welcome;
    bool was_welcomed; /* it has been told so: not before may it say anything but hello */
    bool is_resumed;   /* so it says in the welcome */
    bool owes_state;
    bool owes_bye;
    bool is_resyncing; /* it has asked to start afresh, and its cursor has not been at the tail since */
    int64_t presence_version; /* it has been told of changes up to it */
};

#endif
