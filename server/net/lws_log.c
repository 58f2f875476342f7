#include "net/lws_log.h"

#include <libwebsockets.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"

enum { LINE_SIZE_MAX = 200 };

/* Part of the log, like it one for the process: libwebsockets gives its emitter no context. */
static struct log_ration the_ration;

/* It calls an error that it was given the first bytes of a connection, as it is of each (adopt_client). */
static bool line_is_of_adoption(const char *line)
{
    return strstr(line, "adopt_socket_readbuf: calling service") != NULL;
}

static void lws_log_emit(int level, const char *line)
{
    if (line_is_of_adoption(line))
        return;
    if (!log_ration_allows(&the_ration, "libwebsockets"))
        return;
    char text[LINE_SIZE_MAX];
    size_t size = strcspn(line, "\n");
    size = size < sizeof(text) ? size : sizeof(text) - 1;
    memcpy(text, line, size);
    text[size] = '\0';
    log_warn("libwebsockets", "severity=%s text=%s", level == LLL_ERR ? "error" : "warn", log_quote(text));
}

void lws_log_start(void)
{
    lws_set_log_level(LLL_ERR | LLL_WARN, lws_log_emit);
}
