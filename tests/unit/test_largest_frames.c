#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "core/clean.h"
#include "protocol/encode.h"
#include "protocol/limits.h"
#include "support/leak.h"

/* The largest frames that the server's bounds allow are no larger than clients are told. */

static struct text *longest(size_t size)
{
    uint8_t *letters = alloc_array(size, 1);
    memset(letters, 'x', size);
    struct text *text = text_create(bytes_make(letters, size));
    free(letters);
    return text;
}

static void row_make(struct conversation *row_r)
{
    struct text *id = longest(LIMIT_ID_BYTES);
    struct text *name = longest(LIMIT_NAME_BYTES);
    struct text *preview = longest(CONVERSATION_PREVIEW_BYTES_MAX);
    *row_r = (struct conversation){
        .pause = {.kind = PAUSE_UNTIL, .until_ms = LIMIT_INTEGER},
        .pause_seq = LIMIT_INTEGER,
        .list_seq = LIMIT_INTEGER,
        .version = LIMIT_INTEGER,
        .seq = LIMIT_INTEGER,
        .received = LIMIT_INTEGER,
        .sent = LIMIT_INTEGER,
        .unread = LIMIT_INTEGER,
        .waiting_since_ms = LIMIT_INTEGER,
        .preview_at_ms = LIMIT_INTEGER,
        .last_at_ms = LIMIT_INTEGER,
        .list = LIST_OPEN,
        .delivery = DELIVERY_FAILED,
        .preview_role = ROLE_SUPERVISOR,
        .last_action = ACTION_MESSAGE_STATUS,
        .last_role = ROLE_SUPERVISOR,
    };
    conversation_set_words(row_r, text_bytes(id), text_bytes(name), text_bytes(preview));
    row_r->channel = longest(LIMIT_ID_BYTES);
    row_r->assignee = longest(LIMIT_ID_BYTES);
    row_r->last_by = longest(LIMIT_ID_BYTES);
    text_unref(&id);
    text_unref(&name);
    text_unref(&preview);
}

static void assert_fits(struct frame *frame, const char *what)
{
    cr_assert_leq(frame->size, LIMIT_SENT_BYTES, "%s: %u bytes", what, frame->size);
    frame_unref(&frame);
}

TestSuite(largest_frames, .fini = end_without_leak);

Test(largest_frames, of_rows_and_agents_are_bounded)
{
    struct row row = {0};
    struct agent agent = {
        .id = longest(LIMIT_ID_BYTES), .name = longest(LIMIT_NAME_BYTES), .role = ROLE_SUPERVISOR};
    const struct row *rows[LIMIT_SYNC_ROWS];
    const struct agent *agents[LIMIT_SYNC_ROWS];
    row_make(&row.conversation);
    for (size_t i = 0; i < LIMIT_SYNC_ROWS; i++) {
        rows[i] = &row;
        agents[i] = &agent;
    }
    assert_fits(encode_sync(&(struct sync){.from = LIMIT_INTEGER,
                                           .to = LIMIT_INTEGER,
                                           .fresh = true,
                                           .rows = rows,
                                           .rows_count = LIMIT_SYNC_ROWS,
                                           .agents = agents,
                                           .agents_count = LIMIT_SYNC_ROWS,
                                           .at_tail = true}),
                "sync");
    conversation_finish(&row.conversation);
    text_unref(&agent.id);
    text_unref(&agent.name);
}

Test(largest_frames, of_people_are_bounded)
{
    struct text *id = longest(LIMIT_ID_BYTES);
    struct person people[LIMIT_SYNC_ROWS];
    for (size_t i = 0; i < LIMIT_SYNC_ROWS; i++)
        people[i] = (struct person){.id = id, .is_online = true, .conversation = id, .is_typing = true};
    assert_fits(encode_presence(&(struct people){.fresh = true, .each = people, .count = LIMIT_SYNC_ROWS}),
                "presence");
    text_unref(&id);
}

/* The last one makes it full, and is as long as a body can become. */
Test(largest_frames, of_entries_are_bounded)
{
    struct transition entry = {.seq = LIMIT_INTEGER,
                               .at_ms = LIMIT_INTEGER,
                               .command = {{1}},
                               .action = ACTION_MESSAGE_STATUS,
                               .role = ROLE_SUPERVISOR,
                               .by = longest(LIMIT_ID_BYTES),
                               .body = longest((LIMIT_ENTRIES_BYTES - 1) / (LIMIT_LOG_ROWS - 1)),
                               .message = LIMIT_INTEGER,
                               .delivery = DELIVERY_FAILED};
    row_make(&entry.after);
    struct transition last = entry;
    last.body = longest(LIMIT_BODY_BYTES * CLEAN_GROWTH);
    const struct transition *entries[LIMIT_LOG_ROWS];
    for (size_t i = 0; i < LIMIT_LOG_ROWS; i++)
        entries[i] = i < LIMIT_LOG_ROWS - 1 ? &entry : &last;
    assert_fits(encode_log(&(struct log_piece){.from = LIMIT_INTEGER,
                                               .to = LIMIT_INTEGER,
                                               .transitions = entries,
                                               .transitions_count = LIMIT_LOG_ROWS}),
                "log");
    assert_fits(encode_history(&(struct history){.ref = LIMIT_INTEGER,
                                                 .conversation = conversation_id(&entry.after),
                                                 .transitions = entries + LIMIT_LOG_ROWS - LIMIT_HISTORY_ROWS,
                                                 .transitions_count = LIMIT_HISTORY_ROWS}),
                "history");
    text_unref(&last.body);
    transition_finish(&entry);
}
