#ifndef RELEVO_BASE_LOG_H
#define RELEVO_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* One line for each thing that happened, logfmt on stderr:
 *   level=info event=desk_loaded workspace=demo rows=12 ms=3
 * or, where it is asked for, the same fields as an object of JSON (base/log_json.h). Where stderr is the
 * journal's, the level stands before the line as sd-daemon(3) has it.
 *
 * `event` is a fixed word; the rest is key=value, made by the format; text values that may hold spaces or
 * come from outside go through log_quote. Never a message's body, never a token or password. The process's
 * only mutable global. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

/* The level with this name: debug, info, warn or error. False where there is none. */
bool log_level_parse(const char *name, enum log_level *level_r);

/* Lines below this level are not written. LOG_INFO at the start. */
void log_set_level(enum log_level level);

/* The format with this name: logfmt or json. False where there is none. */
bool log_format_parse(const char *name, enum log_format *format_r);

/* LOG_LOGFMT at the start. */
void log_set_format(enum log_format format);

/* A sentence for whoever has started the program, whatever the level: as it is, behind "relevo: "; where
 * lines are JSON, as the "why" of the event "said". */
void log_say(enum log_level level, const char *sentence);

void log_line(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(event, ...) log_line(LOG_DEBUG, event, __VA_ARGS__)
#define log_info(event, ...)  log_line(LOG_INFO, event, __VA_ARGS__)
#define log_warn(event, ...)  log_line(LOG_WARN, event, __VA_ARGS__)
#define log_error(event, ...) log_line(LOG_ERROR, event, __VA_ARGS__)

/* Of the lines about an event that outsiders can cause as often as they like, a few a second are written; of
 * the others only how many they were. One for each such event, zeroed at the start. */
struct log_ration {
    int64_t second;
    unsigned written;
    unsigned withheld;
};

/* Whether one more line about `event` may be written now. */
bool log_ration_allows(struct log_ration *ration, const char *event);

/* `text` as a quoted logfmt value ("…" with \" \\ \n and control characters escaped, cut at about 400 bytes).
 * Valid until the eighth call after this one. */
const char *log_quote(const char *text);

#endif
