#include "net/lws_log.h"

#include <libwebsockets.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

enum {
    LINES_A_SECOND = 5,
    LINE_SIZE_MAX = 200,
};

/* Part of the log, like it one for the process: libwebsockets gives its emitter no context. */
static struct {
    time_t second;
    unsigned lines;
    unsigned suppressed;
} the_lws_log;

static void lws_log_emit(int level, const char *line)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec != the_lws_log.second) {
        if (the_lws_log.suppressed > 0)
            log_warn("libwebsockets_suppressed", "lines=%u", the_lws_log.suppressed);
        the_lws_log.second = now.tv_sec;
        the_lws_log.lines = 0;
        the_lws_log.suppressed = 0;
    }
    if (the_lws_log.lines++ >= LINES_A_SECOND) {
        the_lws_log.suppressed++;
        return;
    }
    char text[LINE_SIZE_MAX];
    size_t size = strcspn(line, "\n");
    size = size < sizeof(text) ? size : sizeof(text) - 1;
    memcpy(text, line, size);
    text[size] = '\0';
    log_warn("libwebsockets", "level=%s text=%s", level == LLL_ERR ? "error" : "warn", log_quote(text));
}

void lws_log_start(void)
{
    lws_set_log_level(LLL_ERR | LLL_WARN, lws_log_emit);
}
