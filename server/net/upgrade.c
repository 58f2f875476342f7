#include "net/upgrade.h"

#include <string.h>

/* Base64 of 16 bytes: 21 digits, one that has four bits to say, and two signs that fill up. */
static bool key_is_good(const struct bytes *key)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char last_digits[] = {'A', 'Q', 'g', 'w'}; /* of 16 bytes, four bits are left over */
    if (key == NULL || key->size != UPGRADE_KEY_SIZE)
        return false;
    for (size_t i = 0; i < UPGRADE_KEY_SIZE - 2; i++)
        if (memchr(digits, key->data[i], sizeof(digits) - 1) == NULL)
            return false;
    return memchr(last_digits, key->data[UPGRADE_KEY_SIZE - 3], sizeof(last_digits)) != NULL &&
           memcmp(key->data + UPGRADE_KEY_SIZE - 2, "==", 2) == 0;
}

static bool version_is_ours(const struct request *request)
{
    const struct bytes *version = request_header(request, "sec-websocket-version", 0);
    return version != NULL && bytes_equal(*version, bytes_of_string("13")) &&
           request_header(request, "sec-websocket-version", 1) == NULL;
}

static bool origin_is_allowed(const struct request *request, const struct origins *origins)
{
    const struct bytes *origin = request_header(request, "origin", 0);
    return origin == NULL ||
           (origins_allow(origins, *origin) && request_header(request, "origin", 1) == NULL);
}

enum upgrade_verdict upgrade_judge(const struct request *request, bool is_at_admin_port,
                                   const struct origins *origins)
{
    if (!request_lists(request, "upgrade", "websocket", true))
        return UPGRADE_NONE;
    if (is_at_admin_port)
        return UPGRADE_WRONG_PORT;
    if (!bytes_equal(request_path(request), bytes_of_string(UPGRADE_PATH)))
        return UPGRADE_WRONG_PATH;
    if (request->method != METHOD_GET || request->is_http_1_0 ||
        !request_lists(request, "connection", "upgrade", true))
        return UPGRADE_WRONG_HANDSHAKE;
    if (!version_is_ours(request))
        return UPGRADE_WRONG_VERSION;
    if (!key_is_good(request_header(request, "sec-websocket-key", 0)) ||
        request_header(request, "sec-websocket-key", 1) != NULL)
        return UPGRADE_WRONG_KEY;
    if (!origin_is_allowed(request, origins))
        return UPGRADE_WRONG_ORIGIN;
    if (!request_lists(request, "sec-websocket-protocol", UPGRADE_PROTOCOL, false))
        return UPGRADE_WRONG_PROTOCOL;
    return UPGRADE_OK;
}

int upgrade_verdict_status(enum upgrade_verdict verdict)
{
    switch (verdict) {
    case UPGRADE_OK: return 0;
    case UPGRADE_NONE: return 0;
    case UPGRADE_WRONG_PORT: return 404;
    case UPGRADE_WRONG_PATH: return 404;
    case UPGRADE_WRONG_HANDSHAKE: return 400;
    case UPGRADE_WRONG_VERSION: return 426;
    case UPGRADE_WRONG_KEY: return 400;
    case UPGRADE_WRONG_ORIGIN: return 403;
    case UPGRADE_WRONG_PROTOCOL: return 400;
    }
    return 0;
}

const char *upgrade_verdict_sentence(enum upgrade_verdict verdict)
{
    switch (verdict) {
    case UPGRADE_OK: return "";
    case UPGRADE_NONE: return "";
    case UPGRADE_WRONG_PORT: return "This port is for operators; clients connect to the other one.";
    case UPGRADE_WRONG_PATH: return "WebSocket connections are taken at " UPGRADE_PATH ".";
    case UPGRADE_WRONG_HANDSHAKE:
        return "A WebSocket is asked for with GET, HTTP/1.1 and Connection: Upgrade.";
    case UPGRADE_WRONG_VERSION: return "WebSockets are spoken in version 13 (RFC 6455).";
    case UPGRADE_WRONG_KEY: return "There must be one Sec-WebSocket-Key, 16 bytes in base64.";
    case UPGRADE_WRONG_ORIGIN:
        return "Pages of this origin may not connect; the server's --origin names those that may.";
    case UPGRADE_WRONG_PROTOCOL: return "The client must offer the subprotocol " UPGRADE_PROTOCOL ".";
    }
    return "";
}

const char *upgrade_verdict_headers(enum upgrade_verdict verdict)
{
    return verdict == UPGRADE_WRONG_VERSION ? "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n" : NULL;
}
