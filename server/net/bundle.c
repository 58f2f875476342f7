#include "net/bundle.h"

#include <assert.h>
#include <string.h>

#include "app/session/session.h"

/* RFC 6455, section 5.2: a whole binary message, not masked. */
static size_t write_header(uint8_t *place, size_t payload_size)
{
    int length_bytes = payload_size < 126 ? 0 : payload_size < 65536 ? 2 : 8;
    place[0] = 0x82;
    place[1] = (uint8_t)(length_bytes == 0 ? payload_size : length_bytes == 2 ? 126 : 127);
    for (int i = 0; i < length_bytes; i++)
        place[2 + i] = (uint8_t)((uint64_t)payload_size >> (8 * (length_bytes - 1 - i)));
    return 2 + (size_t)length_bytes;
}

static void bundle_copy(struct bundle *bundle, const struct frame *frame)
{
    assert(frame->size + BUNDLE_HEADER_BYTES_MAX <= sizeof(bundle->bytes) - bundle->size);
    bundle->size += (uint32_t)write_header(bundle->bytes + bundle->size, frame->size);
    memcpy(bundle->bytes + bundle->size, frame->payload, frame->size);
    bundle->size += frame->size;
}

void bundle_add(struct bundle *bundle, struct frame **frame)
{
    assert(!bundle_is_full(bundle));
    if (bundle->count++ == 0) {
        bundle->first = *frame;
        *frame = NULL;
        return;
    }
    if (bundle->first != NULL) {
        bundle_copy(bundle, bundle->first);
        frame_unref(&bundle->first);
    }
    bundle_copy(bundle, *frame);
    frame_unref(frame);
}

bool bundle_gather(struct bundle *bundle, struct session *session)
{
    bool has_more = true;
    while (has_more && !bundle_is_full(bundle)) {
        struct frame *frame = session_take_frame(session);
        if (frame == NULL)
            return false;
        bundle_add(bundle, &frame);
        has_more = session_has_frame(session);
    }
    return has_more;
}

bool bundle_is_full(const struct bundle *bundle)
{
    size_t size = bundle->first != NULL ? bundle->first->size : bundle->size;
    return bundle->count == BUNDLE_FRAMES || size >= BUNDLE_BYTES;
}

void bundle_clear(struct bundle *bundle)
{
    frame_unref(&bundle->first);
    bundle->count = 0;
    bundle->size = 0;
}
