#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "protocol/close.h"
#include "protocol/encode.h"
#include "protocol/limits.h"
#include "support/leak.h"
#include "support/vector_encode.h"
#include "support/vectors.h"

/* The vectors' values, encoded, byte by byte; and what no vector can say. */

TestSuite(encode, .fini = end_without_leak);

Test(encode, says_what_the_vectors_say_byte_by_byte)
{
    json_t *vectors = vectors_load("server");
    size_t i;
    json_t *vector;
    json_array_foreach(vectors, i, vector)
    {
        struct frame *frame = vector_encode(json_object_get(vector, "value"));
        char *hex = vector_hex(bytes_make(frame->payload, frame->size));
        cr_assert_str_eq(hex, vector_string(vector, "hex"), "\"%s\" is\n%s", vector_string(vector, "name"),
                         hex);
        free(hex);
        frame_unref(&frame);
    }
    cr_assert_gt(json_array_size(vectors), 20);
    json_decref(vectors);
}

Test(encode, leaves_the_transport_its_room_in_front)
{
    struct frame *frame = encode_time(1, 2, 3, 4);
    memset(frame->payload - FRAME_HEADROOM_SIZE, 0xff, FRAME_HEADROOM_SIZE);
    cr_assert_eq(frame->payload[0], 0x85);
    frame_unref(&frame);
    cr_assert_null(frame);
}

Test(encode, gives_a_full_frame_of_rows_whole)
{
    struct row row = {.conversation = {.list = LIST_OPEN, .automation_enabled = true}};
    conversation_set_words(&row.conversation, bytes_of_string("wa-34600111222"), bytes_make(NULL, 0),
                           bytes_make(NULL, 0));
    const struct row *rows[LIMIT_SYNC_ROWS];
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        rows[i] = &row;
    struct frame *frame = encode_sync(&(struct sync){.rows = rows, .rows_count = ARRAY_COUNT(rows), .to = 1});
    json_t *value = vector_value_of(bytes_make(frame->payload, frame->size));
    cr_assert_not_null(value);
    cr_assert_eq(json_array_size(json_object_get(value, "rows")), LIMIT_SYNC_ROWS);
    json_decref(value);
    frame_unref(&frame);
    conversation_finish(&row.conversation);
}

Test(encode, says_nothing_of_a_refusal_in_an_answer_that_is_none)
{
    struct conversation conversation = {0};
    conversation_set_words(&conversation, bytes_of_string("c"), bytes_make(NULL, 0), bytes_make(NULL, 0));
    struct frame *frame = encode_answer(&(struct answer){.outcome = OUTCOME_UNCHANGED,
                                                         .reason = REASON_PAUSED,
                                                         .detail = "body",
                                                         .conversation = &conversation});
    json_t *value = vector_value_of(bytes_make(frame->payload, frame->size));
    cr_assert_eq(json_object_size(value), 3);
    json_decref(value);
    frame_unref(&frame);
    conversation_finish(&conversation);
}

Test(encode, makes_room_for_a_text_that_is_longer_than_all_before_it)
{
    char reason[4096];
    memset(reason, 'a', sizeof(reason));
    reason[sizeof(reason) - 1] = '\0';
    struct frame *frame = encode_bye(CLOSE_INTERNAL, reason, 0);
    json_t *value = vector_value_of(bytes_make(frame->payload, frame->size));
    cr_assert_str_eq(vector_string(value, "reason"), reason);
    json_decref(value);
    frame_unref(&frame);
}
