#include <stdlib.h>

#include "net/origins.h"
#include "net/upgrade.h"

/* Any bytes at all on a connection, in any pieces: the head ends where it ends, however it came, and what was
 * understood of it lies within it. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_within(struct bytes inner, struct bytes outer)
{
    must(inner.size == 0 || (inner.data >= outer.data && inner.data + inner.size <= outer.data + outer.size));
}

static void check_request(struct bytes head)
{
    static const struct origins nobody;
    struct request request;
    if (request_parse(head, &request) != REQUEST_OK)
        return;
    check_within(request.query, head);
    for (size_t i = 0; i < request.headers_count; i++) {
        check_within(request.headers[i].name, head);
        check_within(request.headers[i].value, head);
    }
    struct bytes path = request_path(&request);
    must(path.size > 0 && path.data[0] == '/');
    for (size_t i = 0; i < path.size; i++)
        must(path.data[i] >= ' ' && path.data[i] != 0x7f);
    if (upgrade_judge(&request, false, &nobody) == UPGRADE_OK)
        must(request_header(&request, "sec-websocket-key", 0)->size == UPGRADE_KEY_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t looked = 0, looked_slowly = 0, end = 0, end_slowly = 0;
    enum head_state state = head_look(bytes_make(data, size), &looked, &end);
    enum head_state slowly = HEAD_GOES_ON;
    for (size_t come = 0; come <= size && slowly == HEAD_GOES_ON; come++)
        slowly = head_look(bytes_make(data, come), &looked_slowly, &end_slowly);
    must(state == slowly && end == end_slowly && looked == looked_slowly);
    if (state == HEAD_COMPLETE)
        check_request(bytes_make(data, end));
    return 0;
}
