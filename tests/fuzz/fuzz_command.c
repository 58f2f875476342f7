#include <stdlib.h>

#include "base/alloc.h"
#include "protocol/decode.h"
#include "protocol/encode.h"
#include "protocol/scan.h"
#include "support/scene.h"

/* A workspace under commands straight from the wire: each input is a run of frames, with a byte before each
 * for who sends it, one for the minutes that pass before, and one for its size. The scene asserts every
 * invariant after each command. */

enum { FRAMES_MAX = 64 };

static struct actor actor_number(uint8_t number)
{
    switch (number % 6) {
    case 0: return ana();
    case 1: return bea();
    case 2: return sol();
    case 3: return bot();
    case 4: return whatsapp();
    }
    return webchat();
}

/* What the client would be told of it. */
static void answer(const struct command *command, enum verdict verdict)
{
    const struct row *row = roster_find(&scene.roster, command->conversation);
    struct answer answer = {
        .id = command->id,
        .outcome = verdict == VERDICT_REFUSED ? OUTCOME_REFUSED : OUTCOME_UNCHANGED,
        .reason = scene.last.reason,
        .until_ms = scene.last.pause.until_ms,
        .since_seq = scene.last.since_seq,
        .holder = scene.last.holder,
        .conversation = row == NULL ? NULL : &row->conversation,
    };
    struct frame *frame = encode_answer(&answer);
    frame_unref(&frame);
}

static void take_frame(struct actor actor, struct bytes frame)
{
    struct message message;
    struct decode_error error;
    if (scan_frame(frame) != SCAN_OK || decode_message(frame, &message, &error) != DECODE_OK)
        return;
    if (message.type != MESSAGE_COMMAND)
        return;
    enum verdict verdict = scene_do(actor, message.command);
    answer(&message.command, verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scene_begin();
    for (int i = 0; i < FRAMES_MAX && size >= 3; i++) {
        size_t frame_size = data[2] < size - 3 ? data[2] : size - 3;
        scene_wait(data[1] * MINUTE_MS);
        scene.circumstances.assignee_is_known = data[0] < 128;
        take_frame(actor_number(data[0]), bytes_make(data + 3, frame_size));
        data += 3 + frame_size;
        size -= 3 + frame_size;
    }
    scene_finish();
    return 0;
}
