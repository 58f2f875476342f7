#include "bench/support/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <msgpack.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void wire_fail(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, errno == 0 ? "the other side has gone" : strerror(errno));
    exit(1);
}

void wire_connect(struct wire *wire, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1;
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    *wire = (struct wire){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (wire->fd < 0 || connect(wire->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        wire_fail("connect");
    setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void wire_write(const struct wire *wire, const void *data, size_t size)
{
    const uint8_t *at = data;
    while (size > 0) {
        errno = 0;
        ssize_t sent = send(wire->fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0)
            wire_fail("send");
        at += sent;
        size -= (size_t)sent;
    }
}

static void wire_read(const struct wire *wire, void *data, size_t size)
{
    uint8_t *at = data;
    while (size > 0) {
        errno = 0;
        ssize_t got = recv(wire->fd, at, size, 0);
        if (got <= 0)
            wire_fail("receive");
        at += got;
        size -= (size_t)got;
    }
}

/* What socket.io says of itself around a message: {type: 2, nsp: "/", data: ["m", message]}. */
static const uint8_t event[] = "\x83\xa4type\x02\xa3nsp\xa1/\xa4"
                               "data\x92\xa1m";
enum { EVENT_BYTES = sizeof(event) - 1, PAYLOAD_MAX = 4096 };

/* One frame, with a mask of zeros: RFC 6455 asks for one; what it is matters to browsers only. */
static void wire_send_frame(const struct wire *wire, const void *before, size_t before_size,
                            const void *payload, size_t payload_size)
{
    uint8_t frame[8 + EVENT_BYTES + PAYLOAD_MAX] = {0x82};
    size_t size = before_size + payload_size, header_size = size < 126 ? 6 : 8;
    if (payload_size > PAYLOAD_MAX)
        wire_fail("message too large");
    if (size < 126) {
        frame[1] = (uint8_t)(0x80 | size);
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = (uint8_t)(size >> 8);
        frame[3] = (uint8_t)size;
    }
    memcpy(frame + header_size, before, before_size);
    memcpy(frame + header_size + before_size, payload, payload_size);
    wire_write(wire, frame, header_size + size);
}

void wire_send(const struct wire *wire, const void *payload, size_t size)
{
    wire_send_frame(wire, event, wire->dialect == WIRE_SOCKETIO ? EVENT_BYTES : 0, payload, size);
}

static void wire_join_socketio(struct wire *wire)
{
    static const char join[] = "\x82\xa4type\x00\xa3nsp\xa1/";
    uint8_t answer[512];
    wire_send_frame(wire, "", 0, join, sizeof(join) - 1);
    wire_receive(wire, answer, sizeof(answer));
}

static void wire_ask(struct wire *wire, int port, const char *header)
{
    char request[512];
    int size = snprintf(
        request, sizeof(request),
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: relevo.v1\r\n%s\r\n",
        wire->dialect == WIRE_SOCKETIO ? "/socket.io/?EIO=4&transport=websocket" : "/ws", port, header);
    wire_write(wire, request, (size_t)size);
    char answer[2048] = "";
    for (size_t used = 0; strstr(answer, "\r\n\r\n") == NULL; used++) {
        if (used == sizeof(answer) - 1)
            wire_fail("upgrade");
        wire_read(wire, answer + used, 1);
    }
    if (strstr(answer, " 101 ") == NULL) {
        fprintf(stderr, "bench: the server did not take the WebSocket: %s\n", answer);
        exit(1);
    }
    if (wire->dialect == WIRE_SOCKETIO)
        wire_join_socketio(wire);
}

void wire_upgrade(struct wire *wire, int port)
{
    wire_ask(wire, port, "");
}

void wire_upgrade_page(struct wire *wire, int port)
{
    wire_ask(wire, port, "Origin: " WIRE_ORIGIN "\r\n");
}

/* How many bytes the header has, as far as that can be told from its first two. */
static size_t header_size(const uint8_t *header)
{
    uint8_t size = header[1] & 0x7f;
    return size == 126 ? 4 : size == 127 ? 10 : 2;
}

static uint64_t payload_size(const uint8_t *header)
{
    uint64_t size = header[1] & 0x7f;
    size_t more = header_size(header) - 2;
    for (size_t i = 0; i < more; i++)
        size = (i == 0 ? 0 : size << 8) | header[2 + i];
    return size;
}

size_t wire_receive(struct wire *wire, uint8_t *payload, size_t payload_room)
{
    uint8_t header[10];
    for (;;) {
        wire_read(wire, header, 2);
        wire_read(wire, header + 2, header_size(header) - 2);
        uint64_t size = payload_size(header);
        if (size > payload_room)
            wire_fail("message too large");
        wire_read(wire, payload, size);
        if ((header[0] & 0x0f) == 0x2) {
            wire->messages++;
            wire->bytes += header_size(header) + size;
            return size;
        }
    }
}

/* A whole frame has come in. A ping is answered, or the server would take us for dead. */
static void wire_take(struct wire *wire, uint8_t opcode)
{
    static const uint8_t pong[7] = {0x8a, 0x81}; /* the one byte of the ping, masked with zeros */
    static const uint8_t engine_pong[7] = {0x81, 0x81, 0, 0, 0, 0, '3'}; /* engine.io's, to its "2" */
    if (opcode == 0x2) {
        wire->messages++;
        if (wire->heard != NULL)
            wire->heard(wire);
    }
    wire->head_size = 0;
    if (opcode == 0x9)
        wire_write(wire, pong, sizeof(pong));
    if (opcode == 0x1)
        wire_write(wire, engine_pong, sizeof(engine_pong));
}

static void wire_keep_head(struct wire *wire, const uint8_t *at, uint64_t size)
{
    uint64_t room = sizeof(wire->head) - wire->head_size;
    uint64_t kept = size < room ? size : room;
    memcpy(wire->head + wire->head_size, at, kept);
    wire->head_size += (uint8_t)kept;
}

/* Where in the head what stands under the key begins, with `after` at once behind the key; NULL: nowhere. */
static const uint8_t *find_value(const struct wire *wire, const char *key, const char *after)
{
    uint8_t name[16] = {(uint8_t)(0xa0 | strlen(key))};
    size_t size = 1 + strlen(key), more = strlen(after);
    memcpy(name + 1, key, strlen(key));
    memcpy(name + size, after, more);
    const uint8_t *at = memmem(wire->head, wire->head_size, name, size + more);
    return at == NULL ? NULL : at + size + more;
}

int64_t wire_number(const struct wire *wire, const char *key)
{
    const uint8_t *at = find_value(wire, key, ""), *end = wire->head + wire->head_size;
    if (at == NULL || at == end || (*at > 0x7f && (*at < 0xcc || *at > 0xcf)))
        return -1;
    if (*at <= 0x7f)
        return *at;
    int size = 1 << (*at++ - 0xcc);
    int64_t value = 0;
    for (; size > 0 && at < end; size--)
        value = value << 8 | *at++;
    return size == 0 ? value : -1;
}

bool wire_id(const struct wire *wire, uint64_t *id_r)
{
    const uint8_t *at = find_value(wire, "id", "\xc4\x10"), *end = wire->head + wire->head_size;
    if (at == NULL || end - at < 16)
        return false;
    memcpy(id_r, at + 8, sizeof(*id_r));
    return true;
}

static void wire_count_bytes(struct wire *wire, const uint8_t *at, size_t size)
{
    wire->bytes += size;
    while (size > 0) {
        if (wire->left == 0) {
            wire->header[wire->header_size++] = *at++;
            size--;
            if (wire->header_size < 2 || wire->header_size < header_size(wire->header))
                continue;
            wire->left = payload_size(wire->header);
            wire->header_size = 0;
        }
        uint64_t taken = wire->left < size ? wire->left : size;
        if (wire->heard != NULL)
            wire_keep_head(wire, at, taken);
        at += taken;
        size -= taken;
        wire->left -= taken;
        if (wire->left == 0)
            wire_take(wire, wire->header[0] & 0x0f);
    }
}

void wire_count(struct wire *wire)
{
    uint8_t buffer[65536];
    ssize_t got;
    errno = 0;
    while ((got = recv(wire->fd, buffer, sizeof(buffer), MSG_DONTWAIT)) > 0) {
        wire_count_bytes(wire, buffer, (size_t)got);
        if ((size_t)got < sizeof(buffer))
            return;
    }
    if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
        wire_fail("receive");
}

static void pack_string(msgpack_packer *packer, const char *string)
{
    msgpack_pack_str_with_body(packer, string, strlen(string));
}

static size_t take(msgpack_sbuffer *buffer, uint8_t *place, size_t room)
{
    size_t size = buffer->size;
    if (size > room)
        wire_fail("message too large");
    memcpy(place, buffer->data, size);
    msgpack_sbuffer_destroy(buffer);
    return size;
}

static void pack_hello(msgpack_packer *packer, const char *token, bool has_more)
{
    msgpack_pack_map(packer, has_more ? 3 : 2);
    pack_string(packer, "t");
    pack_string(packer, "hello");
    pack_string(packer, "token");
    pack_string(packer, token);
}

size_t wire_hello(uint8_t *place, size_t room, const char *token)
{
    msgpack_sbuffer buffer;
    msgpack_packer packer;
    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    pack_hello(&packer, token, false);
    return take(&buffer, place, room);
}

size_t wire_hello_consumer(uint8_t *place, size_t room, const char *token, const char *name)
{
    msgpack_sbuffer buffer;
    msgpack_packer packer;
    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    pack_hello(&packer, token, true);
    pack_string(&packer, "consumer");
    msgpack_pack_map(&packer, 3);
    pack_string(&packer, "name");
    pack_string(&packer, name);
    pack_string(&packer, "after");
    msgpack_pack_uint64(&packer, 0);
    pack_string(&packer, "mark");
    msgpack_pack_uint64(&packer, 0);
    return take(&buffer, place, room);
}

size_t wire_command(uint8_t *place, size_t room, uint64_t id, const char *action, const char *conversation,
                    const char *body)
{
    uint8_t id_bytes[16] = {0xbe};
    memcpy(id_bytes + 8, &id, sizeof(id));
    msgpack_sbuffer buffer;
    msgpack_packer packer;
    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    msgpack_pack_map(&packer, body == NULL ? 4 : 5);
    pack_string(&packer, "t");
    pack_string(&packer, "command");
    pack_string(&packer, "id");
    msgpack_pack_bin_with_body(&packer, id_bytes, sizeof(id_bytes));
    pack_string(&packer, "do");
    pack_string(&packer, action);
    pack_string(&packer, "conversation");
    pack_string(&packer, conversation);
    if (body != NULL) {
        pack_string(&packer, "body");
        pack_string(&packer, body);
    }
    return take(&buffer, place, room);
}
