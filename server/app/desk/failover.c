/* What this node has had committed, and a database lacks that has taken another's place. */
#include "app/desk/private.h"

void desk_keep_past(struct desk *desk)
{
    marks_finish(&desk->past);
    desk->past = desk->roster.marks;
    marks_init(&desk->roster.marks);
}

/* The seq up to which both logs agree, as far as the marks of both reach back. If they differ before that,
 * more is lost than this tells. */
static int64_t desk_common_seq(const struct desk *desk, int64_t last_seq)
{
    int64_t seq = last_seq < desk->roster.seq ? last_seq : desk->roster.seq;
    while (seq > 0 && seq >= desk->past.first_seq) {
        int64_t at_ms = marks_find(&desk->roster.marks, seq);
        if (at_ms < 0 || at_ms == marks_find(&desk->past, seq))
            break;
        seq--;
    }
    return seq;
}

void desk_note_loss(struct desk *desk)
{
    struct node *node = desk->node;
    int64_t last_seq = desk->past.first_seq + (int64_t)desk->past.count - 1;
    int64_t common_seq = desk->past.count == 0 ? 0 : desk_common_seq(desk, last_seq);
    if (desk->past.count > 0 && common_seq < last_seq) {
        node->stats.transitions_lost += (uint64_t)(last_seq - common_seq);
        if (log_ration_allows(&node->rations.loss, "transitions_lost"))
            log_warn("transitions_lost", "workspace=%s after_seq=%lld to_seq=%lld count=%lld total=%llu",
                     log_quote(text_string(desk->workspace)), (long long)common_seq, (long long)last_seq,
                     (long long)(last_seq - common_seq), (unsigned long long)node->stats.transitions_lost);
    }
    marks_finish(&desk->past);
    marks_init(&desk->past);
}
