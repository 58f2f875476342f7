#include "net/ws.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "app/session.h"
#include "net/net_private.h"
#include "net/octets.h"
#include "protocol/limits.h"

/* A connection between libwebsockets and its session. Nothing is decided here.
 *
 *   NEW ──established──► OPEN ──its last write has not left──► BLOCKED
 *    │                    │ ▲                                   │   │
 *    │                    │ └────────── writeable ──────────────┘   │
 *    │                    └──► CLOSING ◄── peer closes, ────────────┘
 *    │                            │        write fails, session wants it
 *    └────────── gone ◄───────────┘
 */
enum connection_state {
    CONNECTION_NEW = 0, /* the handshake goes on; has no session. One that is refused gets no further */
    CONNECTION_OPEN,    /* may be written to */
    CONNECTION_BLOCKED, /* part of the last frame is still here: another write now would corrupt the stream */
    CONNECTION_CLOSING, /* nothing is written or read any more */
};

struct connection {
    struct lws *wsi;
    struct session *session;
    uint8_t *message; /* a message of which only a part has come; NULL: none */
    uint32_t message_size;
    uint32_t message_room;
    struct pulse pulse;
    uint64_t octets;      /* that had been read of the connection when it was last looked at, */
    uint64_t looked_ms;   /* then */
    uint32_t seen_octets; /* of those since, what belongs to frames that libwebsockets has shown */
    const char *close_detail;
    uint16_t close_code; /* to close with, by us; 0: not by us */
    uint8_t state;
    bool has_spoken;         /* a whole message has come */
    bool is_in_frame;        /* a data frame has come in part */
    bool is_deaf;            /* the client broke the rules: what else it says is not heard */
    bool has_patience_ended; /* it is to be closed, and has only so long to take what it was sent */
};

enum {
    FRAME_HEADER_SIZE_MAX = 14, /* with its mask */
    LOOK_MS = 1000,
    MESSAGE_FIRST_BYTES = 4096, /* kept of one at first, where it has more */
    CLOSE_PATIENCE_S = 5,
    NOT_SENT_BYTES = 16384, /* what the kernel may hold back for a slow client: of old rows, that is */
};

static_assert((int)FRAME_HEADROOM_SIZE >= (int)LWS_PRE, "libwebsockets writes its header into the headroom");

static void connection_enter_state(struct connection *connection, enum connection_state state)
{
    assert(connection->state != CONNECTION_CLOSING || state == CONNECTION_CLOSING);
    connection->state = (uint8_t)state;
}

/* For timers that are set outside libwebsockets' callbacks. */
static void connection_set_timeout(struct connection *connection, int seconds)
{
    lws_set_timeout(connection->wsi, PENDING_TIMEOUT_USER_OK, seconds);
    net_of(connection->wsi)->must_wake = true;
}

/* Without another word. Not at once: libwebsockets would free it under our feet. */
static void connection_kill(struct connection *connection)
{
    connection_enter_state(connection, CONNECTION_CLOSING);
    connection_set_timeout(connection, LWS_TO_KILL_ASYNC);
}

/* Goes on in LWS_CALLBACK_TIMER: on libuv, a close from the writeable callback loses the close frame. */
static void connection_close(struct connection *connection, enum close_code code, const char *detail)
{
    connection_enter_state(connection, CONNECTION_CLOSING);
    connection->close_code = (uint16_t)code;
    connection->close_detail = detail != NULL ? detail : close_code_sentence(code);
    lws_set_timer_usecs(connection->wsi, 1);
    net_of(connection->wsi)->must_wake = true;
}

static void connection_wait_until_writeable(struct connection *connection)
{
    const char *detail;
    connection_enter_state(connection, CONNECTION_BLOCKED);
    session_note_blocked(connection->session);
    lws_callback_on_writable(connection->wsi);
    if (!connection->has_patience_ended && session_wants_close(connection->session, &detail) != CLOSE_NONE) {
        connection->has_patience_ended = true;
        connection_set_timeout(connection, CLOSE_PATIENCE_S);
    }
}

/* Gives a connection what it is due: one frame, or its close. */
static void connection_serve(struct connection *connection)
{
    struct session *session = connection->session;
    const char *detail = NULL;
    if (connection->state == CONNECTION_CLOSING)
        return;
    if (lws_partial_buffered(connection->wsi)) {
        connection_wait_until_writeable(connection);
        return;
    }
    connection_enter_state(connection, CONNECTION_OPEN);
    struct frame *frame = session_take_frame(session);
    if (frame == NULL) {
        enum close_code code = session_wants_close(session, &detail);
        if (code != CLOSE_NONE)
            connection_close(connection, code, detail);
        return;
    }
    int written = lws_write(connection->wsi, frame->payload, frame->size, LWS_WRITE_BINARY);
    frame_unref(&frame);
    if (written < 0) {
        connection_kill(connection);
        return;
    }
    if (session_has_frame(session) || session_wants_close(session, &detail) != CLOSE_NONE)
        session_set_ready(session);
}

bool ws_flush(struct net *net)
{
    for (int served = 0; served < LIMIT_FLUSH_WRITES; served++) {
        struct session *session = hub_take_ready(net->options.hub);
        if (session == NULL)
            return true;
        connection_serve(session_connection(session));
    }
    return false;
}

static void connection_forget_message(struct connection *connection)
{
    session_release_bytes(connection->session);
    free(connection->message);
    connection->message = NULL;
    connection->message_size = 0;
    connection->message_room = 0;
}

/* Its client has broken a bound, and the session knows. */
static void connection_turn_deaf(struct connection *connection)
{
    connection->is_deaf = true;
    connection_forget_message(connection);
}

static void connection_fail(struct connection *connection, enum close_code code)
{
    session_fail(connection->session, code);
    connection_turn_deaf(connection);
}

/* Grows with what has come, not with what the client announces. */
static bool connection_keep_chunk(struct connection *connection, struct bytes chunk, size_t announced)
{
    size_t size = connection->message_size + chunk.size;
    if (size > connection->message_room || connection->message == NULL) {
        size_t room =
            connection->message_room == 0 ? MESSAGE_FIRST_BYTES : 2 * (size_t)connection->message_room;
        room = room < announced ? room : announced;
        room = room > size ? room : size;
        if (!session_hold_bytes(connection->session, room - connection->message_room))
            return false;
        connection->message = alloc_resize(connection->message, room > 0 ? room : 1, 1);
        connection->message_room = (uint32_t)room;
    }
    if (chunk.size > 0)
        memcpy(connection->message + connection->message_size, chunk.data, chunk.size);
    connection->message_size = (uint32_t)size;
    return true;
}

/* Whether fewer bytes have been read of the connection than one masked message of this size takes: of frames,
 * libwebsockets shows the payload alone. */
static bool connection_is_unmasked(struct connection *connection, size_t message_size)
{
    enum { MASK_SIZE = 4 };
    size_t frame_size = message_size + MASK_SIZE + (message_size < 126 ? 2 : message_size < 65536 ? 4 : 10);
    uint64_t read_bytes;
    return octets_read(lws_get_socket_fd(connection->wsi), &read_bytes) &&
           read_bytes < caller_of(connection->wsi)->head_bytes + frame_size;
}

static void connection_hand_over(struct connection *connection, struct bytes message)
{
    if (!connection->has_spoken && connection_is_unmasked(connection, message.size)) {
        connection_fail(connection, CLOSE_PROTOCOL);
        return;
    }
    connection->has_spoken = true;
    turn_hear(net_of(connection->wsi));
    session_release_bytes(connection->session);
    session_receive(connection->session, message);
    if (session_is_signed_in(connection->session))
        visitors_know(&caller_of(connection->wsi)->guest);
}

/* A message comes in chunks, as large as the receive buffer, of frames, as large as the client likes. The
 * session charges for the first frame when the message is whole. */
static void connection_receive(struct connection *connection, struct bytes chunk)
{
    struct lws *wsi = connection->wsi;
    if (connection->state == CONNECTION_CLOSING || connection->is_deaf)
        return;
    if (!lws_frame_is_binary(wsi)) {
        connection_fail(connection, CLOSE_UNSUPPORTED);
        return;
    }
    size_t left_of_frame = lws_remaining_packet_payload(wsi);
    size_t size = connection->message_size + chunk.size;
    size_t size_max = session_message_bytes(connection->session);
    bool is_continuation = !connection->is_in_frame && !lws_is_first_fragment(wsi);
    connection->is_in_frame = left_of_frame > 0;
    if (left_of_frame > size_max || size + left_of_frame > size_max) {
        connection_fail(connection, CLOSE_TOO_BIG);
        return;
    }
    if (is_continuation && !session_pay_frame(connection->session)) {
        connection_turn_deaf(connection);
        return;
    }
    bool is_whole = lws_is_final_fragment(wsi);
    if (is_whole && connection->message == NULL) {
        connection_hand_over(connection, chunk);
    } else if (!connection_keep_chunk(connection, chunk, size + left_of_frame)) {
        connection_turn_deaf(connection);
    } else if (is_whole) {
        connection_hand_over(connection, bytes_make(connection->message, connection->message_size));
        connection_forget_message(connection);
    }
}

/* Libwebsockets answers pings and shows nothing of them. So what has been read of the connection and belongs
 * to no frame that was shown is charged, now and then: who sends nothing else is not heard, and dies of that.
 */
static void connection_look_for_unseen(struct connection *connection)
{
    uint64_t now_ms = uv_now(net_of(connection->wsi)->options.loop);
    uint64_t octets;
    if (now_ms - connection->looked_ms < LOOK_MS || !octets_read(lws_get_socket_fd(connection->wsi), &octets))
        return;
    uint64_t seen = connection->octets + connection->seen_octets;
    if (octets > seen)
        session_pay_unseen(connection->session, octets - seen);
    connection->octets = octets;
    connection->seen_octets = 0;
    connection->looked_ms = now_ms;
}

/* A frame, or a part of one, has come. */
static void connection_is_heard(struct connection *connection, size_t size)
{
    liveness_hear(&net_of(connection->wsi)->liveness, &connection->pulse);
    connection->seen_octets += FRAME_HEADER_SIZE_MAX + (uint32_t)size;
    connection_look_for_unseen(connection);
}

/* Of control frames, libwebsockets shows pongs that have a payload, and no others. */
static void connection_on_pong(struct connection *connection, size_t size)
{
    connection_is_heard(connection, size);
    if (connection->state != CONNECTION_CLOSING && !connection->is_deaf &&
        !session_pay_frame(connection->session))
        connection_turn_deaf(connection);
}

static void connection_on_writeable(struct connection *connection)
{
    if (connection->state != CONNECTION_BLOCKED || lws_partial_buffered(connection->wsi))
        return;
    liveness_hear(&net_of(connection->wsi)->liveness, &connection->pulse);
    connection_enter_state(connection, CONNECTION_OPEN);
    session_set_ready(connection->session);
}

/* What is wrong with the peer's words of goodbye, so far as libwebsockets does not see it: as a close code;
 * 0: nothing (RFC 6455, sections 5.5.1 and 7.4). */
static uint16_t judge_goodbye(struct bytes goodbye)
{
    if (goodbye.size == 1 || (goodbye.size >= 2 && goodbye.data[0] * 256 + goodbye.data[1] >= 5000))
        return LWS_CLOSE_STATUS_PROTOCOL_ERR;
    for (size_t at = 2, size; at < goodbye.size; at += size)
        if ((size = bytes_character_size(bytes_make(goodbye.data + at, goodbye.size - at))) == 0)
            return LWS_CLOSE_STATUS_INVALID_PAYLOAD;
    return 0;
}

/* Libwebsockets sends his words back, but for -1. */
static int connection_on_peer_close(struct connection *connection, struct bytes goodbye)
{
    uint16_t wrong = judge_goodbye(goodbye);
    connection_enter_state(connection, CONNECTION_CLOSING);
    if (wrong == 0)
        return 0;
    lws_close_reason(connection->wsi, (enum lws_close_status)wrong, NULL, 0);
    return -1;
}

static int connection_on_timer(struct connection *connection)
{
    unsigned char detail[64];
    size_t size = strlen(connection->close_detail);
    size = size < sizeof(detail) ? size : sizeof(detail);
    memcpy(detail, connection->close_detail, size);
    lws_close_reason(connection->wsi, (enum lws_close_status)connection->close_code, detail, size);
    return -1;
}

static void connection_on_established(struct connection *connection, struct lws *wsi)
{
    int not_sent_bytes = NOT_SENT_BYTES;
    setsockopt(lws_get_socket_fd(wsi), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &not_sent_bytes,
               sizeof(not_sent_bytes));
    connection->wsi = wsi;
    connection->session = session_create(net_of(wsi)->options.hub, connection, caller_of(wsi)->guest.address);
    list_init(&connection->pulse.link);
    liveness_hear(&net_of(wsi)->liveness, &connection->pulse);
    connection->octets = caller_of(wsi)->head_bytes;
    connection->looked_ms = connection->pulse.heard_ms;
    connection_enter_state(connection, CONNECTION_OPEN);
}

/* Also for one whose handshake was refused. */
static void connection_on_closed(struct connection *connection)
{
    if (connection->session == NULL)
        return;
    liveness_forget(&connection->pulse);
    connection_forget_message(connection);
    session_destroy(&connection->session);
}

void ws_ping(struct pulse *pulse)
{
    struct connection *connection = CONTAINER_OF(pulse, struct connection, pulse);
    uint8_t frame[LWS_PRE + 1] = {0}; /* libwebsockets keeps an empty pong to itself */
    if (connection->state != CONNECTION_OPEN || lws_partial_buffered(connection->wsi))
        return;
    if (lws_write(connection->wsi, frame + LWS_PRE, 1, LWS_WRITE_PING) < 0)
        connection_kill(connection);
}

void ws_give_up(struct pulse *pulse)
{
    struct connection *connection = CONTAINER_OF(pulse, struct connection, pulse);
    if (connection->state != CONNECTION_CLOSING)
        connection_kill(connection);
}

size_t ws_connection_size(void)
{
    return sizeof(struct connection);
}

int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    struct connection *connection = user;
    switch ((int)reason) {
    case LWS_CALLBACK_ESTABLISHED: connection_on_established(connection, wsi); return 0;
    case LWS_CALLBACK_RECEIVE:
        connection_is_heard(connection, size);
        connection_receive(connection, bytes_make(in, size));
        return 0;
    case LWS_CALLBACK_RECEIVE_PONG: connection_on_pong(connection, size); return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE: connection_on_writeable(connection); return 0;
    case LWS_CALLBACK_TIMER: return connection_on_timer(connection);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return connection_on_peer_close(connection, bytes_make(in, size));
    case LWS_CALLBACK_CLOSED: connection_on_closed(connection); return 0;
    default: return 0;
    }
}
