#ifndef RELEVO_STORE_CONNECTION_PRIVATE_H
#define RELEVO_STORE_CONNECTION_PRIVATE_H

#include "store/connection.h"

/* What the files of a connection share, from the ground up: connection_state.c, then connection_pipeline.c,
 * then connection_copy.c and connection.c. */

enum { CONNECTION_SENTENCE_SIZE = 1024 };

/* connection_state.c */

/* The only one that changes the state. The time for an answer begins anew. */
void connection_enter_state(struct connection *connection, enum connection_state state);

/* Calls connection->go_on on these events; and no more. */
void connection_watch(struct connection *connection, int events);
void connection_unwatch(struct connection *connection);

/* Sends what can be sent, and waits for what can come. May lose the connection. */
void connection_flush(struct connection *connection);

/* Gives up the socket, and what has come over it. The state is the caller's to change. */
void connection_close(struct connection *connection);
void connection_free_handle(uv_handle_t *handle);

/* It rests, for as long as such an end of an attempt makes it; the owner hears of it where it was ready. It
 * is refused while it is not ready: the owner hears that waiting will not heal it, and may stop it from
 * within. */
void connection_rest(struct connection *connection, enum attempt attempt, const char *trouble);
void connection_refuse(struct connection *connection, const char *sentence);

/* While it rests: the next attempt is to be made in so many milliseconds; without, it rests on. */
void connection_try_after(struct connection *connection, uint64_t ms);

/* It rests, and the owner hears of it; with the reason, or the one that libpq says. To pass over is the same,
 * for another of the hosts where there are several. */
void connection_lose(struct connection *connection, const char *trouble);
void connection_lose_by_libpq(struct connection *connection);
void connection_pass_over(struct connection *connection, const char *trouble);

/* connection_pipeline.c */

/* Adds a statement to the next pipeline, or its preparation. */
void connection_queue(struct connection *connection, const char *sql, int values_count,
                      const char *const *values);
void connection_queue_preparation(struct connection *connection, const char *name, const char *sql);

/* Sends it. `answered` goes on with what has come of it, an error perhaps. */
void connection_send_pipeline(struct connection *connection, enum connection_state state,
                              void (*answered)(struct connection *, const struct pipeline *));

/* What was under way has been answered: connection->answered goes on. */
void connection_finish_pipeline(struct connection *connection);

/* The answer is the owner's, who may go on with the next thing. */
void connection_hand_over(struct connection *connection, const struct pipeline *pipeline);

#endif
