#include "net/upgrade.h"

#include <string.h>
#include <strings.h>

/* Whether the comma-separated list has our subprotocol in it. */
static bool protocols_have_ours(struct bytes list)
{
    const struct bytes ours = bytes_of_string(UPGRADE_PROTOCOL);
    while (list.size > 0) {
        const uint8_t *comma = memchr(list.data, ',', list.size);
        size_t size = comma == NULL ? list.size : (size_t)(comma - list.data);
        struct bytes name = bytes_make(list.data, size);
        while (name.size > 0 && (name.data[0] == ' ' || name.data[0] == '\t'))
            name = bytes_make(name.data + 1, name.size - 1);
        while (name.size > 0 && (name.data[name.size - 1] == ' ' || name.data[name.size - 1] == '\t'))
            name.size--;
        if (bytes_equal(name, ours))
            return true;
        size_t skipped = comma == NULL ? list.size : size + 1;
        list = bytes_make(list.data + skipped, list.size - skipped);
    }
    return false;
}

enum upgrade_verdict upgrade_judge(const struct upgrade *upgrade, const struct origins *origins)
{
    const struct bytes websocket = bytes_of_string("websocket");
    if (upgrade->to.size != websocket.size ||
        strncasecmp((const char *)upgrade->to.data, "websocket", websocket.size) != 0)
        return UPGRADE_NOT_WEBSOCKET;
    if (upgrade->is_at_admin_port)
        return UPGRADE_WRONG_PORT;
    if (!bytes_equal(upgrade->path, bytes_of_string(UPGRADE_PATH)))
        return UPGRADE_WRONG_PATH;
    if (upgrade->has_origin && !origins_allow(origins, upgrade->origin))
        return UPGRADE_WRONG_ORIGIN;
    if (!protocols_have_ours(upgrade->protocols))
        return UPGRADE_WRONG_PROTOCOL;
    return UPGRADE_OK;
}

int upgrade_verdict_status(enum upgrade_verdict verdict)
{
    switch (verdict) {
    case UPGRADE_OK: return 0;
    case UPGRADE_NOT_WEBSOCKET: return 0;
    case UPGRADE_WRONG_PORT: return 404;
    case UPGRADE_WRONG_PATH: return 404;
    case UPGRADE_WRONG_ORIGIN: return 403;
    case UPGRADE_WRONG_PROTOCOL: return 400;
    }
    return 0;
}

const char *upgrade_verdict_sentence(enum upgrade_verdict verdict)
{
    switch (verdict) {
    case UPGRADE_OK: return "";
    case UPGRADE_NOT_WEBSOCKET: return "";
    case UPGRADE_WRONG_PORT: return "This port is for operators; clients connect to the other one.";
    case UPGRADE_WRONG_PATH: return "WebSocket connections are taken at " UPGRADE_PATH ".";
    case UPGRADE_WRONG_ORIGIN:
        return "Pages of this origin may not connect; the server's --origin names those that may.";
    case UPGRADE_WRONG_PROTOCOL: return "The client must offer the subprotocol " UPGRADE_PROTOCOL ".";
    }
    return "";
}
