#include <stdlib.h>

#include "protocol/limits.h"
#include "store/notice.h"

/* Any bytes at all on the channel of the nodes: what is understood of them can be said again, and comes to
 * the same. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void say_again(const struct notice_line *line)
{
    struct notice notice = {.size = 0};
    struct notice_line again;
    switch (line->kind) {
    case NOTICE_HINT: notice_add_hint(&notice, line->workspace_id, line->seq); break;
    case NOTICE_WORDS: notice_add_words(&notice, line->workspace_id, line->words); break;
    case NOTICE_QUESTION: notice_add_question(&notice); break;
    case NOTICE_HERE: notice_add_here(&notice); break;
    case NOTICE_GARBAGE: return;
    }
    struct bytes text = notice_bytes(&notice);
    if (!notice_take_line(&text, &again) || text.size != 0 || again.kind != line->kind ||
        again.workspace_id != line->workspace_id || again.seq != line->seq ||
        !bytes_equal(again.words, line->words))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes text = bytes_make(data, size);
    struct notice_line line;
    while (notice_take_line(&text, &line))
        say_again(&line);
    return 0;
}
