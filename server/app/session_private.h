#ifndef RELEVO_APP_SESSION_PRIVATE_H
#define RELEVO_APP_SESSION_PRIVATE_H

#include "app/credential.h"
#include "app/hub_private.h"
#include "app/principal.h"
#include "app/session.h"
#include "app/sync.h"

/* The body of a session, for the desk and the hub; the transport sees session.h only. See session.c for its
 * states. */

enum session_state {
    SESSION_NEW,     /* connected; nothing but hello is taken, within LIMIT_HELLO_MS */
    SESSION_JOINING, /* signed in; waits for its desk to be loaded, or to know the agent */
    SESSION_LIVE,    /* welcomed: commands are taken, dashboards fed */
    SESSION_CLOSING, /* nothing is taken any more; the last frame goes out, then it is closed */
};

struct consumer;
struct query;

/* What is owed to a client for something it asked. Sent no earlier than the rows that it rests on. */
enum reply_kind { REPLY_ANSWER, REPLY_TIME, REPLY_QUERY };
struct reply {
    struct list link;
    enum reply_kind kind;
    int64_t gate_seq;          /* leaves once the client's cursor is here */
    struct answer answer;      /* REPLY_ANSWER; its row is looked up when it leaves. Holds the holder */
    struct text *conversation; /* whose row the answer shows; NULL: none */
    int64_t heard_us;          /* REPLY_ANSWER: when its command came, on the monotonic clock, */
    int64_t settled_us;        /* and when it was known */
    int64_t ref;               /* REPLY_TIME */
    struct query *query;       /* REPLY_QUERY */
};

/* Gives up what it holds. */
void reply_destroy(struct reply *reply);

struct session {
    struct hub *hub;
    void *connection;
    struct address from;
    enum session_state state;
    struct list hub_link;
    struct list ready_link;
    struct list desk_link;
    struct desk *desk;
    struct identity identity;
    struct principal *principal; /* whose this is; NULL before he has signed in */
    struct deadline alarm;       /* hello must come, or the token expires */

    struct fair_item turn;     /* to join, */
    bool has_turn;             /* which it has had */
    bool is_held;              /* it is one too many, and will be told so in a while */
    struct text *resume_epoch; /* between hello and welcome */
    int64_t resume_seq;
    int64_t resume_mark_ms;
    bool has_shown_agent; /* the desk has been asked to record the agent */
    bool has_asked_log;   /* the desk has been asked to read the log */
    bool has_caught_up;   /* the log has been read since hello, for a client that was ahead of this node */
    bool is_resumed;
    bool owes_welcome;
    bool was_welcomed; /* it has been told so: not before may it say anything but hello */
    bool owes_state;
    bool owes_bye;
    bool is_resyncing; /* it has asked to start afresh, and its cursor has not been at the tail since */
    struct cursor cursor;

    struct list tasks;    /* in flight */
    struct list answers;  /* owed, in order */
    struct list requests; /* other replies owed, in order: they wait for no rows, and for no answer */
    struct list queries;  /* struct query: asked of the store, or waiting for it */
    struct list watches;  /* struct watch */
    int watches_count;
    struct list blocked_link;  /* in the hub's, while there is something for it that it does not take, */
    int64_t blocked_us;        /* since then, or since that was last said */
    uint8_t push_round;        /* of its desk that it is of (push.c) */
    int64_t presence_version;  /* the client has been told of changes up to it */
    struct consumer *consumer; /* who follows the log; else NULL */
    int commands_in_flight;    /* tasks, and answers that have not left */
    size_t unsettled_bytes;    /* of the commands among its tasks */
    int requests_in_flight;    /* messages with a ref likewise */

    struct rate frames;
    int renewals; /* of the token, since: */
    int64_t renewals_since_us;
    int64_t unseen_bytes;    /* of pings and the like: those that have not been forgiven, */
    int64_t unseen_us;       /* at this time */
    size_t unfinished_bytes; /* what is held of a message that has not come whole */

    enum close_code close_code;
    const char *close_detail;
    int64_t retry_ms;
};

/* Who has a dashboard, and so is fed with rows. */
static inline bool session_is_dashboard(const struct session *session)
{
    return role_is_person(session->identity.role);
}

/* It stands so from now on. */
void session_enter_state(struct session *session, enum session_state state);

/* Owes the client something more, which leaves once its cursor is at gate_seq. */
struct reply *session_add_reply(struct session *session, enum reply_kind kind, int64_t gate_seq);

/* A command of this session's is settled: the answer, with how long to wait where it is refused for a while,
 * will leave once the client's cursor is at gate_seq. `conversation` (or NULL) is the one whose row goes with
 * it. The command came at heard_us, on the monotonic clock. */
void session_answer(struct session *session, const struct answer *answer, struct text *conversation,
                    int64_t gate_seq, int64_t heard_us);

/* A task that this session waits for: when the session goes, the task is told. */
void session_add_task(struct session *session, struct task *task);

/* The desk has been loaded anew from another database: everything starts over. */
void session_start_over(struct session *session);

/* Of what has happened since, not all is known any more: all comes anew, and the client is told so. */
void session_start_afresh(struct session *session);

/* The database has gone away, or come back: the client is told. */
void session_tell_state(struct session *session);

/* The server goes down and everything is settled: closed with 1012, told to come back spread over a while. */
void session_restart(struct session *session);

/* Its time is over: no hello came, or the token has expired. */
void session_alarm(struct session *session);

/* Wants to be closed with this code; retry_ms: how long the client should wait before it comes back (0: as it
 * likes). */
void session_close(struct session *session, enum close_code code, const char *detail, int64_t retry_ms);

#endif
