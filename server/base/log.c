#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/log_json.h"

enum {
    LINE_SIZE_MAX = 4096,
    RATION_LINES = 5, /* a second */
    QUOTES_COUNT = 8,
    QUOTED_SIZE_MAX = 400,
    QUOTE_ROOM = QUOTED_SIZE_MAX + 16, /* one more escape, the ellipsis, the quotes and the NUL */
};

static struct {
    enum log_level level;
    enum log_format format;
    enum { JOURNAL_UNKNOWN, JOURNAL_NONE, JOURNAL_READS } journal;
    char quotes[QUOTES_COUNT][QUOTE_ROOM];
    unsigned quotes_next;
} the_log = {.level = LOG_INFO};

void log_set_level(enum log_level level)
{
    the_log.level = level;
}

static const char *log_level_name(enum log_level level)
{
    switch (level) {
    case LOG_DEBUG: return "debug";
    case LOG_INFO: return "info";
    case LOG_WARN: return "warn";
    case LOG_ERROR: return "error";
    }
    return "unknown";
}

bool log_level_parse(const char *name, enum log_level *level_r)
{
    for (int level = LOG_DEBUG; level <= LOG_ERROR; level++) {
        if (strcmp(log_level_name((enum log_level)level), name) != 0)
            continue;
        *level_r = (enum log_level)level;
        return true;
    }
    return false;
}

void log_set_format(enum log_format format)
{
    the_log.format = format;
}

bool log_format_parse(const char *name, enum log_format *format_r)
{
    bool is_json = strcmp(name, "json") == 0;
    *format_r = is_json ? LOG_JSON : LOG_LOGFMT;
    return is_json || strcmp(name, "logfmt") == 0;
}

/* JOURNAL_STREAM names the device and the inode of the journal's stream, by which one can tell whether stderr
 * still is that one (systemd.exec(5)). */
static bool log_is_of_the_journal(void)
{
    if (the_log.journal == JOURNAL_UNKNOWN) {
        const char *named = getenv("JOURNAL_STREAM");
        struct stat stream;
        char here[64] = "";
        if (fstat(STDERR_FILENO, &stream) == 0)
            snprintf(here, sizeof(here), "%llu:%llu", (unsigned long long)stream.st_dev,
                     (unsigned long long)stream.st_ino);
        the_log.journal = named != NULL && strcmp(named, here) == 0 ? JOURNAL_READS : JOURNAL_NONE;
    }
    return the_log.journal == JOURNAL_READS;
}

/* The number that the journal has for a level, as syslog(3). */
static int log_level_priority(enum log_level level)
{
    switch (level) {
    case LOG_DEBUG: return 7;
    case LOG_INFO: return 6;
    case LOG_WARN: return 4;
    case LOG_ERROR: return 3;
    }
    return 3;
}

/* Writes a line, made in full and at once, so that lines of several processes on one stderr do not mingle.
 * There is nobody to tell that it cannot be written. */
static void log_write(enum log_level level, const char *line, size_t size)
{
    char out[LOG_JSON_ROOM(LINE_SIZE_MAX) + 8];
    size_t begin = 0;
    if (log_is_of_the_journal())
        begin = (size_t)snprintf(out, sizeof(out), "<%d>", log_level_priority(level));
    memcpy(out + begin, line, size);
    out[begin + size] = '\n';
    ssize_t written = write(STDERR_FILENO, out, begin + size + 1);
    (void)written;
}

static size_t log_write_head(char *line, enum log_level level, const char *event)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t size = strftime(line, LINE_SIZE_MAX, "ts=%Y-%m-%dT%H:%M:%S", &utc);
    int more = snprintf(line + size, LINE_SIZE_MAX - size, ".%03dZ level=%s event=%s",
                        (int)(now.tv_nsec / 1000000), log_level_name(level), event);
    return size + (more > 0 ? (size_t)more : 0);
}

void log_line(enum log_level level, const char *event, const char *format, ...)
{
    if (level < the_log.level)
        return;
    int errno_before = errno;
    char line[LINE_SIZE_MAX];
    char json[LOG_JSON_ROOM(LINE_SIZE_MAX)];
    size_t size = log_write_head(line, level, event);
    size_t room = LINE_SIZE_MAX - 1; /* the last byte is the line feed's */
    if (size < room) {
        va_list arguments;
        line[size++] = ' ';
        va_start(arguments, format);
        int more = vsnprintf(line + size, room - size + 1, format, arguments);
        va_end(arguments);
        size += more > 0 ? (size_t)more : 0;
    }
    if (size > room)
        size = bytes_cut_text(bytes_make(line, room), room - 1).size;
    for (char *stray = memchr(line, '\n', size); stray != NULL; stray = memchr(line, '\n', size))
        *stray = ' ';
    while (size > 0 && line[size - 1] == ' ')
        size--;
    if (the_log.format == LOG_JSON)
        log_write(level, json, log_json_write(bytes_make(line, size), json));
    else
        log_write(level, line, size);
    errno = errno_before;
}

void log_say(enum log_level level, const char *sentence)
{
    char line[LOG_JSON_ROOM(LINE_SIZE_MAX)];
    struct bytes text = bytes_cut_text(bytes_of_string(sentence), LINE_SIZE_MAX - 200);
    size_t size;
    if (the_log.format == LOG_JSON) {
        char head[LINE_SIZE_MAX];
        size = log_json_write(bytes_make(head, log_write_head(head, level, "said")), line) -
               1; /* without the } */
        size += (size_t)snprintf(line + size, sizeof(line) - size, ",\"why\":");
        size += log_json_write_string(text, line + size);
        line[size++] = '}';
    } else {
        size = (size_t)snprintf(line, sizeof(line), "relevo: %.*s", (int)text.size, (const char *)text.data);
    }
    log_write(level, line, size);
}

bool log_ration_allows(struct log_ration *ration, const char *event)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (ration->second != now.tv_sec) {
        if (ration->withheld > 0)
            log_warn("lines_withheld", "about=%s lines=%u", event, ration->withheld);
        *ration = (struct log_ration){.second = now.tv_sec};
    }
    if (ration->written == RATION_LINES) {
        ration->withheld++;
        return false;
    }
    ration->written++;
    return true;
}

/* Writes one character of `text`, escaped where it has to be; returns how many bytes of `text` it took. */
static size_t log_quote_character(struct bytes text, char *place, size_t *size)
{
    uint8_t first = text.data[0];
    if (first == '"' || first == '\\' || first == '\n') {
        place[(*size)++] = '\\';
        place[(*size)++] = (char)(first == '\n' ? 'n' : first);
        return 1;
    }
    /* U+0080 to U+009F are control characters too, and some terminals obey them. */
    size_t taken = bytes_character_size(text);
    bool is_control = first < 0x20 || first == 0x7F || (first == 0xC2 && taken == 2 && text.data[1] < 0xA0);
    if (taken == 0 || is_control) {
        *size += (size_t)snprintf(place + *size, sizeof("\\x00"), "\\x%02x", first);
        return 1;
    }
    memcpy(place + *size, text.data, taken);
    *size += taken;
    return taken;
}

const char *log_quote(const char *text)
{
    char *quote = the_log.quotes[the_log.quotes_next++ % QUOTES_COUNT];
    struct bytes rest = bytes_of_string(text);
    size_t size = 0;
    quote[size++] = '"';
    while (rest.size > 0 && size < QUOTED_SIZE_MAX) {
        size_t taken = log_quote_character(rest, quote, &size);
        rest = bytes_make(rest.data + taken, rest.size - taken);
    }
    memcpy(quote + size, rest.size > 0 ? "…\"" : "\"", rest.size > 0 ? sizeof("…\"") : sizeof("\""));
    return quote;
}
