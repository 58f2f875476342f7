#include "net/response.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

static const char *status_name(int status)
{
    static const struct {
        int status;
        const char *name;
    } names[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {414, "URI Too Long"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (names[i].status == status)
            return names[i].name;
    assert(!"a status without a name");
    return "";
}

static int response_print_head(const struct response *response, char *place, size_t room)
{
    return snprintf(
        place, room,
        "HTTP/1.1 %d %s\r\n"
        "Content-Type: %s\r\n"
        "Content-Length: %zu\r\n"
        "Connection: close\r\n"
        "%s"
        /* 'self' is the server's own WebSocket too: in Chromium 71, Firefox 62, Safari 16 and later. */
        "Content-Security-Policy: default-src 'self'; connect-src 'self'; object-src 'none'; base-uri "
        "'none'; "
        "form-action 'none'; frame-ancestors 'none'\r\n"
        "Cross-Origin-Opener-Policy: same-origin\r\n"
        "Permissions-Policy: camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), "
        "usb=()\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Referrer-Policy: no-referrer\r\n"
        "\r\n",
        response->status, status_name(response->status), response->type, response->body.size,
        response->headers == NULL ? "" : response->headers);
}

struct frame *response_encode(const struct response *response)
{
    size_t head_size = (size_t)response_print_head(response, NULL, 0);
    size_t size = head_size + response->body.size;
    uint8_t *memory = alloc_zeroed(FRAME_HEADROOM_SIZE + size + 1);
    response_print_head(response, (char *)memory + FRAME_HEADROOM_SIZE, head_size + 1);
    if (response->body.size > 0)
        memcpy(memory + FRAME_HEADROOM_SIZE + head_size, response->body.data, response->body.size);
    return frame_create(&memory, size);
}

struct frame *response_encode_text(int status, const char *headers, const char *text)
{
    char all_headers[256];
    snprintf(all_headers, sizeof(all_headers), "Cache-Control: no-store\r\n%s",
             headers == NULL ? "" : headers);
    const struct response response = {
        .status = status, .type = RESPONSE_TEXT, .headers = all_headers, .body = bytes_of_string(text)};
    return response_encode(&response);
}

struct frame *response_encode_unchanged(const char *headers)
{
    char head[256];
    int size =
        snprintf(head, sizeof(head), "HTTP/1.1 304 Not Modified\r\n%sConnection: close\r\n\r\n", headers);
    uint8_t *memory = alloc_zeroed(FRAME_HEADROOM_SIZE + (size_t)size);
    memcpy(memory + FRAME_HEADROOM_SIZE, head, (size_t)size);
    return frame_create(&memory, (size_t)size);
}

size_t response_head_size(const struct frame *answer)
{
    static const char end[] = "\r\n\r\n";
    const uint8_t *found = memmem(answer->payload, answer->size, end, sizeof(end) - 1);
    assert(found != NULL);
    return (size_t)(found - answer->payload) + sizeof(end) - 1;
}
