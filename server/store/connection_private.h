#ifndef RELEVO_STORE_CONNECTION_PRIVATE_H
#define RELEVO_STORE_CONNECTION_PRIVATE_H

#include "store/connection.h"

/* What connection.c, connection_greeting.c and connection_copy.c share. */

/* The only one that changes the state. The time for an answer begins anew. */
void connection_enter_state(struct connection *connection, enum connection_state state);

/* What is to be asked of a connection that has been made goes into its first pipeline; and its answer is
 * taken. */
void connection_say_greeting(struct connection *connection);
void connection_take_greeting(struct connection *connection, const struct pipeline *pipeline);

/* False where that is no database to be served: then it rests, or is refused. */
bool connection_judge(struct connection *connection);

/* It could not be made, or its first pipelines have failed: it rests, or is refused. */
void connection_fail_to_connect(struct connection *connection);
void connection_fail(struct connection *connection, const char *sqlstate, const char *message);

/* Calls connection_go_on on these events. */
void connection_watch(struct connection *connection, int events);

/* Sends what can be sent, and waits for what can come. May lose the connection. */
void connection_flush(struct connection *connection);

/* It rests, for as long as such an end of an attempt makes it; the owner hears of it where it was ready. It
 * is refused while it is not ready: the owner hears that waiting will not heal it, and may stop it from
 * within. */
void connection_rest(struct connection *connection, enum attempt attempt, const char *trouble);
void connection_refuse(struct connection *connection, const char *sentence);

/* It rests, and the owner hears of it; with the reason, or the one that libpq says. */
void connection_lose(struct connection *connection, const char *trouble);
void connection_lose_by_libpq(struct connection *connection);

/* What was under way has been answered: the owner hears of it, and may go on with the next thing. */
void connection_finish_pipeline(struct connection *connection);

/* While COPYING: takes what has come. */
void connection_go_on_copying(struct connection *connection);

#endif
