#ifndef RELEVO_NET_UPGRADE_H
#define RELEVO_NET_UPGRADE_H

#include "base/bytes.h"
#include "net/origins.h"

/* What a request to become a WebSocket says. A header that is not there has no bytes. */
struct upgrade {
    struct bytes path;
    struct bytes to;        /* Upgrade */
    struct bytes protocols; /* Sec-WebSocket-Protocol */
    bool has_origin;        /* bots have none */
    struct bytes origin;
    bool is_at_admin_port;
};

enum upgrade_verdict {
    UPGRADE_OK,
    UPGRADE_NOT_WEBSOCKET,  /* anything but "websocket", h2c for one */
    UPGRADE_WRONG_PORT,     /* 404: that of the operators */
    UPGRADE_WRONG_PATH,     /* 404 */
    UPGRADE_WRONG_ORIGIN,   /* 403 */
    UPGRADE_WRONG_PROTOCOL, /* 400: relevo.v1 is not among what was offered */
};

#define UPGRADE_PATH     "/ws"
#define UPGRADE_PROTOCOL "relevo.v1"

/* Judges it (PROTOCOL.md, "Connecting"). */
enum upgrade_verdict upgrade_judge(const struct upgrade *upgrade, const struct origins *origins);

/* What to answer; 0 for UPGRADE_OK and for UPGRADE_NOT_WEBSOCKET, which is hung up on. */
int upgrade_verdict_status(enum upgrade_verdict verdict);

/* One sentence for whoever reads the answer. */
const char *upgrade_verdict_sentence(enum upgrade_verdict verdict);

#endif
