#include "store/notice.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "protocol/limits.h"

enum { HEAD_SIZE = 40 }; /* of two numbers, what stands between them, and a NUL */

#define QUESTION "here?"
#define HERE     "here"

/* Saying. */

static bool is_number(int64_t number)
{
    return number > 0 && number <= LIMIT_INTEGER;
}

static bool notice_add_line(struct notice *notice, const char *head, int head_size, struct bytes words)
{
    bool is_first = notice->size == 0;
    size_t size = (size_t)head_size + words.size + (is_first ? 0 : 1);
    assert(!is_first || size <= sizeof(notice->text));
    if (size > sizeof(notice->text) - notice->size)
        return false;
    uint8_t *end = notice->text + notice->size;
    if (!is_first)
        *end++ = '\n';
    memcpy(end, head, (size_t)head_size);
    if (words.size > 0)
        memcpy(end + head_size, words.data, words.size);
    notice->size += size;
    return true;
}

bool notice_add_hint(struct notice *notice, int64_t workspace_id, int64_t seq)
{
    char head[HEAD_SIZE];
    assert(is_number(workspace_id) && is_number(seq));
    int size = snprintf(head, sizeof(head), "%" PRId64 ":%" PRId64, workspace_id, seq);
    return notice_add_line(notice, head, size, bytes_make(NULL, 0));
}

static bool are_words(struct bytes words)
{
    return words.size > 0 && words.size <= LIMIT_TELL_BYTES && bytes_are_text(words, true) &&
           memchr(words.data, '\n', words.size) == NULL;
}

bool notice_add_words(struct notice *notice, int64_t workspace_id, struct bytes words)
{
    char head[HEAD_SIZE];
    assert(is_number(workspace_id) && are_words(words));
    int size = snprintf(head, sizeof(head), "%" PRId64 " ", workspace_id);
    return notice_add_line(notice, head, size, words);
}

/* The line is the head alone. */
static bool notice_add_call(struct notice *notice, const char *call)
{
    return notice_add_line(notice, call, (int)strlen(call), bytes_make(NULL, 0));
}

bool notice_add_question(struct notice *notice)
{
    return notice_add_call(notice, QUESTION);
}

bool notice_add_here(struct notice *notice)
{
    return notice_add_call(notice, HERE);
}

/* Hearing. */

static void skip(struct bytes *text, size_t size)
{
    text->data += size;
    text->size -= size;
}

/* Takes a number as it is said here: no sign, no zero in front. 0 where there is none. */
static int64_t take_number(struct bytes *text)
{
    int64_t number = 0;
    while (text->size > 0 && text->data[0] >= '0' && text->data[0] <= '9') {
        number = number * 10 + (text->data[0] - '0');
        if (!is_number(number))
            return 0;
        skip(text, 1);
    }
    return number;
}

static struct notice_line read_line(struct bytes text)
{
    if (bytes_equal(text, bytes_of_string(QUESTION)))
        return (struct notice_line){.kind = NOTICE_QUESTION};
    if (bytes_equal(text, bytes_of_string(HERE)))
        return (struct notice_line){.kind = NOTICE_HERE};
    struct notice_line line = {.kind = NOTICE_GARBAGE, .workspace_id = take_number(&text)};
    if (line.workspace_id == 0 || text.size == 0)
        return line;
    uint8_t sign = text.data[0];
    skip(&text, 1);
    if (sign == ':') {
        line.seq = take_number(&text);
        if (line.seq != 0 && text.size == 0)
            line.kind = NOTICE_HINT;
    } else if (sign == ' ' && are_words(text)) {
        line.words = text;
        line.kind = NOTICE_WORDS;
    }
    return line;
}

bool notice_take_line(struct bytes *text, struct notice_line *line_r)
{
    if (text->size == 0)
        return false;
    const uint8_t *end = memchr(text->data, '\n', text->size);
    struct bytes line = bytes_make(text->data, end == NULL ? text->size : (size_t)(end - text->data));
    skip(text, line.size + (end == NULL ? 0 : 1));
    *line_r = read_line(line);
    return true;
}
