#ifndef RELEVO_NET_UPGRADE_H
#define RELEVO_NET_UPGRADE_H

#include "net/origins.h"
#include "net/request.h"

#define UPGRADE_PATH     "/ws"
#define UPGRADE_PROTOCOL "relevo.v1"

/* Of the key that a client has made up: 16 bytes in base64. */
enum { UPGRADE_KEY_SIZE = 24 };

enum upgrade_verdict {
    UPGRADE_OK,
    UPGRADE_NONE,            /* the request asks for no WebSocket, and is a request like others */
    UPGRADE_WRONG_PORT,      /* 404: that of the operators */
    UPGRADE_WRONG_PATH,      /* 404 */
    UPGRADE_WRONG_HANDSHAKE, /* 400: not GET, not HTTP/1.1, or no Connection: Upgrade */
    UPGRADE_WRONG_VERSION,   /* 426: not version 13 of the protocol */
    UPGRADE_WRONG_KEY,       /* 400: not one key of 16 bytes */
    UPGRADE_WRONG_ORIGIN,    /* 403: an empty one is one too, and on no list; bots have none */
    UPGRADE_WRONG_PROTOCOL,  /* 400: relevo.v1 is not among what was offered */
};

/* Judges whether a request may become a WebSocket (PROTOCOL.md, "Connecting"; RFC 6455, section 4.2). */
enum upgrade_verdict upgrade_judge(const struct request *request, bool is_at_admin_port,
                                   const struct origins *origins);

/* What to answer; 0 for UPGRADE_OK and UPGRADE_NONE. */
int upgrade_verdict_status(enum upgrade_verdict verdict);

/* One sentence for whoever reads the answer. */
const char *upgrade_verdict_sentence(enum upgrade_verdict verdict);

/* Further header lines of the answer, each ended by \r\n; NULL: none. */
const char *upgrade_verdict_headers(enum upgrade_verdict verdict);

#endif
