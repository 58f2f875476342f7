#ifndef RELEVO_PROTOCOL_LIMITS_H
#define RELEVO_PROTOCOL_LIMITS_H

#include <stdint.h>

/* The bounds that clients and operators meet, in one place. Those a client must know stand in PROTOCOL.md
 * and, most of them, in `welcome`. What a box bounds for its own sake (a buffer, a pipeline) stands there. */
enum {
    /* What a client may send. */
    LIMIT_FRAME_BYTES = 256 * 1024, /* one message, reassembled; more is closed with 1009 */
    LIMIT_HELLO_BYTES = 16 * 1024,  /* likewise, before it has signed in (app/session/inbox.c, net/ws.c) */
    LIMIT_HELLO_TOKEN_BYTES = 4096,
    LIMIT_DEPTH = 4,      /* of nested maps and arrays */
    LIMIT_ELEMENTS = 256, /* maps' keys and values and arrays' elements, in one frame */
    LIMIT_WORKSPACE_BYTES = 64,
    LIMIT_ID_BYTES = 255,         /* conversation, agent, channel; a consumer's name */
    LIMIT_NAME_BYTES = 255,       /* a contact's or an agent's name; what is longer is cut */
    LIMIT_BODY_BYTES = 64 * 1024, /* a message's text, as sent; cleaned it may be three times as long */
    LIMIT_EPOCH_BYTES = 64,
    LIMIT_PAGE_ROWS = 50,
    LIMIT_HISTORY_ROWS = 50, /* of one history, and of a thread that begins */
    LIMIT_FIND_ROWS = 20,
    LIMIT_FIND_BYTES = 255,         /* what is looked for: a whole id */
    LIMIT_WATCHES = 4,              /* threads that one connection has open */
    LIMIT_PAUSE_MIN_MS = 60 * 1000, /* and LIMIT_PAUSE_MAX_MS below, which does not fit an int */

    /* Time. */
    LIMIT_HELLO_MS = 10 * 1000,        /* from the connection to a valid hello */
    LIMIT_TOKEN_LEEWAY_MS = 5 * 1000,  /* between this machine's clock and that of a token's issuer */
    LIMIT_PING_S = 20,                 /* silence after which the server pings */
    LIMIT_IDLE_S = 30,                 /* silence after which the connection is dead */
    LIMIT_DRAIN_MS = 10 * 1000,        /* SIGTERM: what is in flight is settled within */
    LIMIT_DRAIN_SPREAD_MS = 3000,      /* clients come back spread over this long */
    LIMIT_CLOCK_SAMPLE_MS = 60 * 1000, /* a better sample of the database's clock is preferred so long */

    /* Rates and queues, per connection. */
    LIMIT_COMMANDS_IN_FLIGHT = 64,        /* per connection, sent and not answered */
    LIMIT_REQUESTS_IN_FLIGHT = 16,        /* pages and the like */
    LIMIT_UNANSWERED_BYTES = 1024 * 1024, /* of commands not settled; more are refused `too_many` */
    LIMIT_REPLIES_BYTES = 512 * 1024,     /* read for it and not sent; what would be more is read later */
    /* Of pings and the like, of which the server sees only the number of bytes: a token bucket holds so many,
     * and earns so many a second; more are closed with 4101. */
    LIMIT_UNSEEN_BYTES = 64 * 1024,
    LIMIT_UNSEEN_BYTES_PER_S = 4096,
    LIMIT_RENEWALS = 10,           /* hellos after the first, of one connection, */
    LIMIT_RENEWALS_MS = 60 * 1000, /* in this time; more are closed with 4101 */
    LIMIT_FRAMES_PER_S = 3000, /* a connection's; the bucket holds as many. Whoever commands as fast as may
                                  be, and sends again what was refused `too_fast` when told to, stays below */

    /* What the server sends at once. */
    LIMIT_SENT_BYTES =
        1024 * 1024,          /* no frame of the server's is larger: what the bounds below come to is less */
    LIMIT_SYNC_ROWS = 200,    /* rows in one sync frame */
    LIMIT_FLUSH_WRITES = 512, /* frames written in one turn of the loop, about */

    /* Of the bodies of entries in one frame, and in a page of a history: it ends behind the one that makes it
       full. */
    LIMIT_ENTRIES_BYTES = 128 * 1024,
    LIMIT_LONG_BYTES = 8 * 1024, /* a body of more is read from a log by itself, by who wants it */

    /* Followers of the log. */
    LIMIT_LOG_ROWS = 200,           /* transitions in one page read, and in one frame */
    LIMIT_LOG_WINDOW = 2000,        /* transitions looked at for one page */
    LIMIT_TAIL_ROWS = 1024,         /* of a desk's log, kept in memory while somebody follows it */
    LIMIT_TAIL_BYTES = 1024 * 1024, /* of their bodies */
    LIMIT_CONSUMERS = 64,           /* of one workspace */
    LIMIT_QUERY_AGAIN_MS = 200,     /* after which what the store could not answer is asked again */
    LIMIT_SLOW_TRIES = 3,           /* of what the server itself asks for a client, where that is too slow */
    LIMIT_LOG_QUIET_MS = 1000,      /* after which a consumer is told how far the log has gone without it */
    LIMIT_ACK_MS = 200,             /* how soon what a consumer has acknowledged is stored */
    LIMIT_CONSUMER_LOOK_MS = 10 * 1000, /* how often it is looked whether a consumer has been replaced */

    /* Presence. */
    LIMIT_TYPING_MS = 6 * 1000,            /* unless it is said again */
    LIMIT_PRESENCE_GATHER_MS = 250,        /* changes are told together */
    LIMIT_PRESENCE_REFRESH_MS = 60 * 1000, /* a node says again who is with it, lest something was lost */
    LIMIT_PRESENCE_HEAL_MS = 1000,         /* and within this, when nodes hear each other again */
    LIMIT_NODES = 64,                      /* others that a node knows of */
    LIMIT_NODE_BEAT_MS = 3 * 1000,    /* how often a node says that it is there, while another hears it */
    LIMIT_NODE_SILENT_MS = 10 * 1000, /* after which it is taken for gone, and whoever was with it */
    LIMIT_TELL_BYTES = 4000,

    /* Desks. */
    LIMIT_COMPLETED_ROWS = 50,       /* the newest Completed rows of a first screen */
    LIMIT_LOAD_BACK = 2000,          /* transitions within which a resume is exact for certain */
    LIMIT_LAG_BACK = 16 * 2000,      /* transitions that a client may be behind before it is started afresh */
    LIMIT_BATCH_COMMANDS = 1024,     /* of one desk in one append */
    LIMIT_BATCH_BYTES = 1024 * 1024, /* likewise: a batch ends behind the command that makes it full */
    /* Transitions of others that an append brings. A node that is further behind loads anew; that is several
     * batches, so that one which others overtake for a moment does not. */
    LIMIT_FOREIGN = 8 * LIMIT_BATCH_COMMANDS,
    LIMIT_QUEUE_COMMANDS = 4096,            /* of one desk, waiting; more are refused `busy` */
    LIMIT_QUEUE_BYTES = 16 * 1024 * 1024,   /* of one desk's commands that are not settled; likewise */
    LIMIT_QUEUES_BYTES = 128 * 1024 * 1024, /* of all desks' */
    LIMIT_CONFLICT_TRIES = 5,               /* then refused `busy` */
    LIMIT_SIGN_INS_A_TURN = 16,             /* of all desks, that join in one turn of the loop */
    LIMIT_AGENT_CHANGES_PER_S = 5, /* names and roles that are recorded anew, of one desk; more wait */
    LIMIT_AGENT_CHANGES_BURST = 200,
    LIMIT_AGENT_CHANGE_LOOK_MS = 1000, /* how often it is looked whether those who wait may be */
    LIMIT_AGENTS = 10000,              /* of one workspace */
    LIMIT_DESK_IDLE_MS = 60 * 1000,    /* a desk that nobody has wanted for so long goes */
    LIMIT_DESK_NEAR_MS = 30 * 1000,    /* but not if a due comes within; later ones are found in time */
    LIMIT_DUE_WORKSPACES = 64,         /* loaded at once because a due comes in them */
    LIMIT_DUE_POLL_MS = 10 * 1000,     /* how often workspaces that nobody has loaded are looked through */
    LIMIT_HEADS_POLL_MS = 2000,        /* how often it is looked whether other nodes have committed */
    LIMIT_HEADS = 10000,               /* workspaces that are looked at together */

    /* Of one workspace, role and id, on one node, over all connections. A program is automation or a channel.
     */
    LIMIT_CONNECTIONS_OF_PERSON = 20, /* one more is closed with 4102 */
    LIMIT_REFUSALS_PER_S = 5,         /* of connections that are one too many; more are told so later, */
    LIMIT_REFUSALS_BURST = 20,
    LIMIT_HELD_MS = 1000,                /* by so much, */
    LIMIT_HELD = 1000,                   /* of so many at most on one node */
    LIMIT_SIGN_INS_PER_S = 50,           /* more wait for their welcome, */
    LIMIT_SIGN_INS_BURST = 100,          /* but for so many that may come at once, after a while without */
    LIMIT_PERSON_COMMANDS_PER_S = 20,    /* an agent's or supervisor's; more are refused `too_fast` */
    LIMIT_PERSON_COMMANDS_BURST = 100,   /* that may come at once, after a while without */
    LIMIT_COMMAND_BYTES = 8 * 1024,      /* a longer command counts as more than one: */
    LIMIT_COMMAND_MORE_BYTES = 4096,     /* for each so many beyond that, as one more */
    LIMIT_PROGRAM_COMMANDS_PER_S = 1000, /* likewise */
    LIMIT_PROGRAM_COMMANDS_BURST = 1000,

    /* Of one workspace, on one node: where an operator has said nothing else (--workspace-connections and the
     * like). */
    LIMIT_WORKSPACE_CONNECTIONS = 5000,    /* one more is closed with 4102 */
    LIMIT_WORKSPACE_OPEN = 100 * 1000,     /* what would open one more is refused `workspace_full` */
    LIMIT_WORKSPACE_COMMANDS_PER_S = 2000, /* and as many at once; more are refused `too_fast` */
    LIMIT_WORKSPACE_LOOKUPS_PER_S = 500,   /* and twice as many at once; more wait */

    /* Looking up, on one node: workspaces take turns, and within each the people and programs that ask. What
     * is over a rate waits. */
    LIMIT_LOOKUPS_AT_ONCE = 2, /* in the database's hands; connections for them */
    LIMIT_LOOKUPS_OF_WORKSPACE_AT_ONCE = 1,
    LIMIT_LOOKUP_MS = 2000,            /* after which one is given up, and answered `too_slow` */
    LIMIT_PERSON_LOOKUPS_PER_S = 20,   /* histories, threads, pages, finds of an agent or supervisor */
    LIMIT_PERSON_LOOKUPS_BURST = 100,  /* that may come at once, after a while without */
    LIMIT_PROGRAM_LOOKUPS_PER_S = 200, /* pages of the log, and places in it, of an automation or a channel */
    LIMIT_PROGRAM_LOOKUPS_BURST = 400,
    LIMIT_READS_AT_ONCE = 8, /* conversations and places that commands wait for */
    LIMIT_READS_OF_WORKSPACE_AT_ONCE = 4,

    /* What is kept of messages that have not come whole. */
    LIMIT_UNFINISHED_BYTES = 64 * 1024 * 1024,           /* on one node; more is closed with 1013 */
    LIMIT_UNFINISHED_STRANGERS_BYTES = 16 * 1024 * 1024, /* of them, of who has not signed in; likewise */
    LIMIT_UNFINISHED_PERSON_BYTES = 1024 * 1024, /* of one workspace, role and id; more is closed with 4101 */

    /* After which a command that was refused for a while may come again. Where the whole server or a crowd is
     * concerned, persons are told from once to twice as long, each always the same. */
    LIMIT_RETRY_BUSY_MS = 100,
    LIMIT_RETRY_TOO_MANY_MS = 100,
    LIMIT_RETRY_UNAVAILABLE_MS = 1000,
    LIMIT_RETRY_FULL_MS = 5000,   /* an Open conversation of the workspace may have been completed by then */
    LIMIT_RETRY_CLOSED_MS = 1000, /* who was too fast may come back */
    LIMIT_RETRY_TOO_SLOW_MS = 1000,      /* what took too long to look up */
    LIMIT_RETRY_TOO_FAST_MS = 30 * 1000, /* at most; it is told when there is one for it */

    /* Sign-in. */
    LIMIT_REVOCATIONS = 10000,            /* persons; beyond, the oldest counts for everybody */
    LIMIT_REVOCATIONS_READ = 1000,        /* at once */
    LIMIT_REVOCATIONS_POLL_MS = 5 * 1000, /* how often it is looked for new ones */

    /* The process. */
    LIMIT_CONNECTIONS = 20000, /* the most that --max-connections may say */
    LIMIT_LANES = 8,           /* connections to PostgreSQL that append */
    LIMIT_HTTP_HEAD_BYTES =
        20 * 1024, /* of a request: 16 kB of cookies, and the rest; more is answered 431 */
    LIMIT_HTTP_HEADS_BYTES = 16 * 1024 * 1024, /* of all requests that are under way; more are answered 503 */
    LIMIT_HTTP_HEADERS = 100,                  /* of a request */
    LIMIT_HTTP_PATH_BYTES = 1024,              /* of what it names */
    LIMIT_HTTP_BODY_BYTES = 256 * 1024,        /* of one file of the page */
    LIMIT_HTTP_FILES = 256,                    /* of the page */
    LIMIT_CONNECTIONS_OF_ADDRESS = 200,        /* from one address; more are answered 429 */
    LIMIT_STRANGERS_OF_ADDRESS = 100,          /* of them, not signed in */
    LIMIT_PROXIES = 16,                        /* whose word is taken for where a client is */
    LIMIT_ORIGINS = 32,                        /* from which pages may connect */
    LIMIT_SECRET_MIN_BYTES = 32,               /* of the secret that tokens are signed with */
    LIMIT_SECRET_BYTES = 1024,
    LIMIT_SECRETS = 2, /* that may have signed a token: today's, and the one before */
};

/* Of any integer that travels: more does not survive in a double, which is all that many clients have. */
#define LIMIT_INTEGER INT64_C(9007199254740991)

#define LIMIT_PAUSE_MAX_MS INT64_C(2592000000) /* 30 days */

/* Of a workspace that has set no other: as sql/migrations says. */
#define LIMIT_PAUSE_DEFAULT_MS INT64_C(3600000)

#endif
