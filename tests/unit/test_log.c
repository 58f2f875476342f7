#include <criterion/criterion.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static int pipe_ends[2];
static char output[8192];

/* What is written to stderr goes into a pipe. */
static void begin(void)
{
    cr_assert_eq(pipe(pipe_ends), 0);
    cr_assert_neq(dup2(pipe_ends[1], STDERR_FILENO), -1);
}

TestSuite(log, .init = begin);

static const char *written(void)
{
    ssize_t mark = write(STDERR_FILENO, "#", 1); /* so that reading nothing does not wait */
    ssize_t size = read(pipe_ends[0], output, sizeof(output) - 1);
    cr_assert_eq(mark, 1);
    cr_assert_gt(size, 0);
    cr_assert_eq(output[size - 1], '#');
    output[size - 1] = '\0';
    return output;
}

static bool matches(const char *text, const char *pattern)
{
    regex_t regex;
    cr_assert_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    bool does_match = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return does_match;
}

Test(log, a_line_is_logfmt_with_the_time_in_utc)
{
    log_info("desk_loaded", "workspace=%s rows=%d", "demo", 12);
    cr_assert(matches(written(),
                      "^ts=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z level=info "
                      "event=desk_loaded workspace=demo rows=12\n$"));
}

Test(log, debug_is_not_written_unless_asked_for)
{
    log_debug("noise", "n=%d", 1);
    cr_assert_str_eq(written(), "");
    log_set_level(LOG_DEBUG);
    log_debug("noise", "n=%d", 2);
    cr_assert(matches(written(), "level=debug event=noise n=2\n$"));
}

Test(log, a_higher_level_silences_the_lower_ones)
{
    log_set_level(LOG_ERROR);
    log_warn("w", "n=%d", 1);
    log_info("i", "n=%d", 1);
    cr_assert_str_eq(written(), "");
    log_error("e", "n=%d", 1);
    cr_assert(matches(written(), "level=error event=e n=1\n$"));
}

Test(log, a_line_feed_in_a_value_does_not_make_two_lines)
{
    log_info("odd", "value=%s", "a\nlevel=error event=forged");
    const char *line = written();
    cr_assert_eq(strchr(line, '\n'), line + strlen(line) - 1);
}

Test(log, a_line_too_long_is_cut_at_a_characters_end)
{
    static char value[4001];
    for (int i = 0; i < 2000; i++)
        memcpy(value + 2 * i, "é", 2);
    log_info("long", "value=%s", value);
    const char *line = written();
    size_t size = strlen(line);
    cr_assert_geq(size, 2040);
    cr_assert_leq(size, 4096);
    cr_assert_eq(line[size - 1], '\n');
    cr_assert_eq((unsigned char)line[size - 2], 0xA9);
    log_info("longer", "a%s", value); /* now the other half of the character would be last */
    line = written();
    cr_assert_eq((unsigned char)line[strlen(line) - 2], 0xA9);
}

Test(log, what_outsiders_can_cause_is_rationed_and_the_rest_counted)
{
    struct log_ration ration = {.second = -1};
    int allowed = 0;
    for (int i = 0; i < 100; i++)
        allowed += log_ration_allows(&ration, "flood");
    cr_assert_leq(allowed, 10, "five, or ten if a second began on the way");
    unsigned withheld = ration.withheld;
    written();
    ration.second--; /* as if it had been a second ago */
    cr_assert(log_ration_allows(&ration, "flood"));
    char says[80];
    snprintf(says, sizeof(says), "level=warn event=lines_withheld about=flood lines=%u\n$", withheld);
    cr_assert(matches(written(), says));
    cr_assert_eq(ration.withheld, 0);
}

/* As systemd says it, of what stderr is now, with its inode so many further. */
static void name_journal(unsigned long long further)
{
    struct stat stream;
    char named[64];
    cr_assert_eq(fstat(STDERR_FILENO, &stream), 0);
    snprintf(named, sizeof(named), "%llu:%llu", (unsigned long long)stream.st_dev,
             (unsigned long long)stream.st_ino + further);
    setenv("JOURNAL_STREAM", named, 1);
}

Test(log, the_journal_is_told_the_level_of_each_line)
{
    name_journal(0);
    log_set_level(LOG_DEBUG);
    log_debug("a", "n=%d", 1);
    log_info("b", "n=%d", 1);
    log_warn("c", "n=%d", 1);
    log_error("d", "n=%d", 1);
    log_say(LOG_ERROR, "it is wrong");
    cr_assert(matches(written(), "^<7>ts=[^\n]* event=a n=1\n<6>ts=[^\n]*\n<4>ts=[^\n]*\n<3>ts=[^\n]*\n"
                                 "<3>relevo: it is wrong\n$"));
    log_set_format(LOG_JSON);
    log_warn("e", "n=%d", 1);
    cr_assert(
        matches(written(), "^<4>[{]\"ts\":\"[^\"]*\",\"level\":\"warn\",\"event\":\"e\",\"n\":1[}]\n$"));
}

Test(log, a_stream_of_the_journals_that_is_not_stderr_changes_nothing)
{
    name_journal(1);
    log_info("b", "n=%d", 1);
    cr_assert(matches(written(), "^ts="));
}

Test(log, a_sentence_is_said_as_it_is_or_as_json)
{
    log_set_level(LOG_ERROR);
    log_say(LOG_INFO, "a \"b\"");
    cr_assert_str_eq(written(), "relevo: a \"b\"\n");
    log_set_format(LOG_JSON);
    log_say(LOG_INFO, "a \"b\"");
    cr_assert(matches(written(), "^[{]\"ts\":\"[^\"]*\",\"level\":\"info\",\"event\":\"said\",\"why\":\"a "
                                 "\\\\\"b\\\\\"\"[}]\n$"));
}

Test(log, quoting_escapes_what_could_break_out)
{
    cr_assert_str_eq(log_quote("plain text"), "\"plain text\"");
    cr_assert_str_eq(log_quote(""), "\"\"");
    cr_assert_str_eq(log_quote(NULL), "\"\"");
    cr_assert_str_eq(log_quote("a\"b\\c\nd"), "\"a\\\"b\\\\c\\nd\"");
    cr_assert_str_eq(log_quote("\x1b[31m\x7f\t"), "\"\\x1b[31m\\x7f\\x09\"");
    cr_assert_str_eq(log_quote("Señora \xE2\x82\xAC"), "\"Señora \xE2\x82\xAC\"");
    cr_assert_str_eq(log_quote("\xFF\xC3"), "\"\\xff\\xc3\"");
    cr_assert_str_eq(log_quote("\xC2\x9B"), "\"\\xc2\\x9b\"", "a control character of one byte in Latin-1");
}

Test(log, a_long_value_is_cut)
{
    char value[1000];
    memset(value, 'a', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    const char *quoted = log_quote(value);
    cr_assert_leq(strlen(quoted), 410);
    cr_assert_str_eq(quoted + strlen(quoted) - 5, "a…\"");
    memset(value, '\x01', sizeof(value) - 1);
    cr_assert_leq(strlen(log_quote(value)), 410);
}

Test(log, eight_quoted_values_fit_into_one_line)
{
    const char *quoted[8];
    char value[] = "0";
    for (int i = 0; i < 8; i++, value[0]++)
        quoted[i] = log_quote(value);
    for (int i = 0; i < 8; i++)
        cr_assert_eq(quoted[i][1], '0' + i);
}
