#include <stdlib.h>

#include "protocol/decode.h"
#include "protocol/scan.h"

/* Any bytes at all: refused by the scan, or decoded into a message whose texts lie within the frame.
 * decode_message itself asserts that msgpack-c fails at nothing that the scan has let through. */

static void check_borrowed(struct bytes text, struct bytes frame)
{
    if (text.size > 0 && (text.data < frame.data || text.data + text.size > frame.data + frame.size))
        abort();
}

static void check_command(const struct command *command, struct bytes frame)
{
    check_borrowed(command->conversation, frame);
    check_borrowed(command->channel, frame);
    check_borrowed(command->name, frame);
    check_borrowed(command->body, frame);
    check_borrowed(command->assignee, frame);
    if (command->conversation.size == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes frame = bytes_make(data, size);
    if (scan_frame(frame) != SCAN_OK)
        return 0;
    struct message message;
    struct decode_error error;
    enum decode_result result = decode_message(frame, &message, &error);
    if (result == DECODE_REFUSED && (error.reason == REASON_NONE || message.type != MESSAGE_COMMAND))
        abort();
    if (result != DECODE_OK && error.detail == NULL)
        abort();
    if (result == DECODE_OK && message.type == MESSAGE_COMMAND)
        check_command(&message.command, frame);
    if (result == DECODE_OK && message.type == MESSAGE_HELLO)
        check_borrowed(message.hello.token, frame);
    return 0;
}
