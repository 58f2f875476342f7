#ifndef RELEVO_APP_SESSION_BROWSE_H
#define RELEVO_APP_SESSION_BROWSE_H

#include "protocol/message.h"

/* What a client asks to read: a page of the Completed list, the history of a conversation, or the
 * conversations in which a text is found. Each begins a query that is answered with the message's ref. The
 * first page of the Completed list is not asked for: it is pushed (app/desk/sync.c). */

struct session;

void browse_page(struct session *session, const struct message_page *message);
void browse_history(struct session *session, const struct message_history *message);
void browse_find(struct session *session, const struct message_find *message);

#endif
