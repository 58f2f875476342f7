#ifndef RELEVO_TESTS_SUPPORT_WIRE_CLIENT_H
#define RELEVO_TESTS_SUPPORT_WIRE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/ids.h"
#include "core/conversation.h"
#include "support/wire_follow.h"

/* A client that knows PROTOCOL.md and a msgpack library, and nothing of the server's code: it keeps rows as
 * section 7 says, and checks all that a client can check. What the server does wrong is told in `fault`. */

/* One row as it travelled: nil is 0 or "". All its memory is zeroed first, so that rows can be compared with
 * memcmp. */
struct wire_row {
    char id[72];
    char channel[72];
    char name[136];
    char assignee[72];
    char preview[128];
    char preview_role[16];
    char last_action[24];
    char last_by[72];
    char last_role[16];
    char answer_by[72];
    char answer_role[16];
    int64_t list;
    int64_t list_seq;
    int64_t automation;
    int64_t pause;
    int64_t bot_blocked;
    int64_t version;
    int64_t seq;
    int64_t received;
    int64_t sent;
    int64_t unread;
    int64_t delivery;
    int64_t waiting_since;
    int64_t preview_at;
    int64_t last_at;
    int64_t waits_for_person;
    int64_t contact_seq;
    int64_t answer_seq;
    int64_t person_seq;
};

/* How PROTOCOL.md, section 6, wants this conversation to travel. */
struct wire_row wire_row_of(const struct conversation *conversation);

bool wire_row_equal(const struct wire_row *a, const struct wire_row *b);

struct wire_agent {
    char id[72];
    char name[136];
    char role[16];
};

enum wire_type {
    WIRE_WELCOME,
    WIRE_SYNC,
    WIRE_ANSWER,
    WIRE_PAGE,
    WIRE_TIME,
    WIRE_STATE,
    WIRE_BYE,
    WIRE_LOG,
    WIRE_THREAD,
    WIRE_HISTORY,
    WIRE_FOUND,
    WIRE_PRESENCE,
    WIRE_REFUSED, /* a request */
};

/* The last message, read. What it did not say is zero. */
struct wire_message {
    enum wire_type type;
    struct command_id id; /* answer */
    char outcome[16];
    char reason[32];
    char detail[32];
    int64_t seq; /* answer, welcome, time */
    int64_t message;
    int64_t until;
    int64_t since;
    char holder[72];
    bool resumed; /* welcome */
    char epoch[72];
    char agent[72];
    int64_t mark; /* welcome, sync, time */
    int64_t from; /* sync */
    int64_t to;
    bool fresh;
    bool has_digest;
    int64_t open;
    int64_t completed;
    int64_t digest;
    int64_t ref; /* page, time */
    int64_t next;
    int64_t now;  /* welcome, time */
    int64_t code; /* bye */
    int64_t retry_ms;
    bool is_up; /* state */
    bool is_stuck;
    bool too_old;
    bool more;
    char conversation[72];      /* thread, history */
    struct wire_entry *entries; /* of log, thread and history; until the next message */
    size_t entries_count;
    struct wire_row *rows; /* of sync, page and answer; until the next message */
    size_t rows_count;
    size_t agents_count;
};

enum { WIRE_COLUMNS_MAX = 32 };

struct wire_client {
    char epoch[72];
    int64_t seq; /* it has everything up to it; its time is */
    int64_t mark;
    int64_t last_to; /* the `to` of the last sync, or the seq of a welcome since */
    int64_t newest;
    bool has_welcome;
    bool is_behind; /* no digest yet since welcome said fresh */
    bool is_void; /* welcome said that all comes anew, and it has not come yet: the rows are for show only */
    bool disagreed; /* it owes the server a resync (of disagreed_at), or has sent one */
    int64_t disagreed_at;
    char columns[WIRE_COLUMNS_MAX][24];
    size_t columns_count;
    struct wire_row *rows;
    size_t rows_count;
    struct wire_agent *agents;
    size_t agents_count;
    char log_columns[WIRE_COLUMNS_MAX][24];
    size_t log_columns_count;
    struct wire_follow follow;
    struct wire_message last;
    char fault[200]; /* the first thing that the server did wrong; "" for nothing */
};

/* Also to begin anew. */
void wire_client_init(struct wire_client *client);
void wire_client_finish(struct wire_client *client);

/* Reads one message of the server's, and does what it asks for. */
void wire_client_receive(struct wire_client *client, struct bytes frame);

/* The row with this id, or NULL. */
const struct wire_row *wire_client_find(const struct wire_client *client, const char *id);

/* The check of its Open list. */
uint32_t wire_client_digest(const struct wire_client *client);

/* How many of its rows are in this list. */
int64_t wire_client_count(const struct wire_client *client, enum conversation_list list);

/* Whether what was refused for this reason may be sent again as it is ("": it was not refused). */
bool wire_is_temporary(const char *reason);

/* What it says. */

/* A message on its way to the server. */
struct wire_frame {
    size_t size;
    uint8_t data[96 * 1024];
};

/* seq -1: without `resume`. */
void wire_hello(struct wire_frame *frame_r, const char *token, const char *epoch, int64_t seq);

/* Resumes from where the client is. */
void wire_hello_again(struct wire_frame *frame_r, const char *token, const struct wire_client *client);
void wire_hello_consumer(struct wire_frame *frame_r, const char *token, const char *name, int64_t after,
                         int64_t mark);
void wire_watch(struct wire_frame *frame_r, int64_t ref, const char *conversation, int64_t after);
void wire_unwatch(struct wire_frame *frame_r, const char *conversation);
void wire_history(struct wire_frame *frame_r, int64_t ref, const char *conversation, int64_t before,
                  bool messages);
void wire_find(struct wire_frame *frame_r, int64_t ref, const char *text);
void wire_acked(struct wire_frame *frame_r, int64_t seq);
void wire_presence(struct wire_frame *frame_r, const char *conversation, bool is_typing);
void wire_page(struct wire_frame *frame_r, int64_t ref, int64_t before, int64_t limit);
void wire_time(struct wire_frame *frame_r, int64_t ref);
void wire_resync(struct wire_frame *frame_r, int64_t seq, int64_t open, int64_t completed, uint32_t digest);

/* A command; what is zero or NULL is not said. */
struct wire_command {
    struct command_id id;
    const char *action;
    const char *conversation;
    const char *channel;
    const char *name;
    const char *body;
    const char *agent; /* assign: NULL is nobody */
    const char *status;
    bool has_version;
    int64_t version;
    int64_t pause;    /* -1: until_completed */
    int64_t received; /* mark_read */
    int64_t message;
    bool has_seen; /* send_message says `any` where it is not */
    int64_t seen;
    const char *epoch; /* of the history of `seen`, with its */
    int64_t mark;
    bool take;
    bool has_enabled;
    bool enabled;
    bool resend;
};
void wire_command(struct wire_frame *frame_r, const struct wire_command *command);

static inline struct bytes wire_frame_bytes(const struct wire_frame *frame)
{
    return bytes_make(frame->data, frame->size);
}

#endif
