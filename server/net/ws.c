#include "net/ws.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "app/session/session.h"
#include "net/client.h"
#include "net/private.h"
#include "net/tcp_info.h"
#include "protocol/limits.h"

/* A connection between libwebsockets and its session. It knows frames and bounds, but no conversations.
 *
 *   NEW ──established──► OPEN ──its last write has not left──► BLOCKED
 *    │                    │ ▲                                   │   │
 *    │                    │ └────────── writeable ──────────────┘   │
 *    │                    └──► CLOSING ◄── peer closes, ────────────┘
 *    │                            │        write fails, session wants it
 *    └────────── gone ◄───────────┘
 *
 * The happy path. What comes is gathered until a message is whole, and goes to the session (ws_receive). Once
 * a turn, each session that is ready gives the frames that are due, which are written together (ws_flush).
 * What does not leave at once blocks the connection until libwebsockets says that it can be written to
 * again.
 *
 * What may fail. The client breaks a rule or a bound: the session is told, which wants to be closed, and
 * nothing else that the client says is heard. A write fails, or nothing has been heard of the client for too
 * long: the connection is cut. It is to be closed and does not take its last frame: it is cut after
 * CLOSE_PATIENCE_S. */
enum ws_state {
    WS_NEW = 0, /* the handshake goes on; has no session. One that is refused gets no further */
    WS_OPEN,    /* may be written to */
    WS_BLOCKED, /* part of the last write is still here: another write now would corrupt the stream */
    WS_CLOSING, /* nothing is written or read any more */
};

struct ws {
    struct lws *wsi;
    struct session *session;
    uint8_t *message; /* a message of which only a part has come; NULL: none */
    uint32_t message_size;
    uint32_t message_room;
    struct pulse pulse;
    uint64_t received_bytes; /* that had been read of the connection when it was last looked at, */
    uint64_t looked_ms;      /* then */
    uint32_t seen_bytes;     /* of those since, what belongs to frames that libwebsockets has shown */
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

static void ws_enter_state(struct ws *ws, enum ws_state state)
{
    assert(ws->state != WS_CLOSING || state == WS_CLOSING);
    ws->state = (uint8_t)state;
}

/* For timers that are set outside libwebsockets' callbacks. */
static void ws_set_timeout(struct ws *ws, int seconds)
{
    lws_set_timeout(ws->wsi, PENDING_TIMEOUT_USER_OK, seconds);
    net_of(ws->wsi)->must_wake = true;
}

/* Without another word. Not at once: libwebsockets would free it under our feet. */
static void ws_kill(struct ws *ws)
{
    ws_enter_state(ws, WS_CLOSING);
    ws_set_timeout(ws, LWS_TO_KILL_ASYNC);
}

/* Goes on in LWS_CALLBACK_TIMER: on libuv, a close from the writeable callback loses the close frame. */
static void ws_close(struct ws *ws, enum close_code code, const char *detail)
{
    ws_enter_state(ws, WS_CLOSING);
    ws->close_code = (uint16_t)code;
    ws->close_detail = detail != NULL ? detail : close_code_sentence(code);
    lws_set_timer_usecs(ws->wsi, 1);
    net_of(ws->wsi)->must_wake = true;
}

static void ws_wait_until_writeable(struct ws *ws)
{
    const char *detail;
    ws_enter_state(ws, WS_BLOCKED);
    session_note_blocked(ws->session);
    lws_callback_on_writable(ws->wsi);
    if (!ws->has_patience_ended && session_wants_close(ws->session, &detail) != CLOSE_NONE) {
        ws->has_patience_ended = true;
        ws_set_timeout(ws, CLOSE_PATIENCE_S);
    }
}

/* libwebsockets sends as it is what it is given as LWS_WRITE_RAW: frames that have their headers. */
static bool ws_write(struct ws *ws, struct bundle *bundle)
{
    struct frame *only = bundle->first;
    int written = only != NULL ? lws_write(ws->wsi, only->payload, only->size, LWS_WRITE_BINARY)
                               : lws_write(ws->wsi, bundle->bytes, bundle->size, LWS_WRITE_RAW);
    return written >= 0;
}

/* Gives a connection what it is due: the frames of one write (how many is returned), or its close. */
static int ws_serve(struct ws *ws, struct bundle *bundle)
{
    const char *detail = NULL;
    if (ws->state == WS_CLOSING)
        return 0;
    if (lws_partial_buffered(ws->wsi)) {
        ws_wait_until_writeable(ws);
        return 0;
    }
    ws_enter_state(ws, WS_OPEN);
    bool has_more = bundle_gather(bundle, ws->session);
    enum close_code code = session_wants_close(ws->session, &detail);
    int count = (int)bundle->count;
    if (count == 0 && code != CLOSE_NONE)
        ws_close(ws, code, detail);
    else if (count > 0 && !ws_write(ws, bundle))
        ws_kill(ws);
    else if (has_more || code != CLOSE_NONE)
        session_set_ready(ws->session);
    bundle_clear(bundle);
    return count;
}

bool ws_flush(struct net *net)
{
    struct session *session = NULL;
    for (int served = 0; served < LIMIT_FLUSH_WRITES;) {
        session = hub_take_ready(net->options.hub);
        if (session == NULL)
            break;
        int frames = ws_serve(session_connection(session), &net->bundle);
        served += frames > 1 ? frames : 1;
    }
    if (net->must_wake) {
        net->must_wake = false;
        lws_cancel_service(net->context);
    }
    return session == NULL;
}

static void ws_forget_message(struct ws *ws)
{
    session_release_bytes(ws->session);
    free(ws->message);
    ws->message = NULL;
    ws->message_size = 0;
    ws->message_room = 0;
}

/* Its client has broken a bound, and the session knows. */
static void ws_turn_deaf(struct ws *ws)
{
    ws->is_deaf = true;
    ws_forget_message(ws);
}

static void ws_fail(struct ws *ws, enum close_code code)
{
    session_fail(ws->session, code);
    ws_turn_deaf(ws);
}

/* Grows with what has come, not with what the client announces. */
static bool ws_keep_chunk(struct ws *ws, struct bytes chunk, size_t announced)
{
    size_t size = ws->message_size + chunk.size;
    if (size > ws->message_room || ws->message == NULL) {
        size_t room = ws->message_room == 0 ? MESSAGE_FIRST_BYTES : 2 * (size_t)ws->message_room;
        room = room < announced ? room : announced;
        room = room > size ? room : size;
        if (!session_hold_bytes(ws->session, room - ws->message_room))
            return false;
        ws->message = alloc_resize(ws->message, room > 0 ? room : 1, 1);
        ws->message_room = (uint32_t)room;
    }
    if (chunk.size > 0)
        memcpy(ws->message + ws->message_size, chunk.data, chunk.size);
    ws->message_size = (uint32_t)size;
    return true;
}

/* Whether fewer bytes have been read of the connection than one masked message of this size takes: of frames,
 * libwebsockets shows the payload alone. */
static bool ws_is_unmasked(struct ws *ws, size_t message_size)
{
    enum { MASK_SIZE = 4 };
    size_t frame_size = message_size + MASK_SIZE + (message_size < 126 ? 2 : message_size < 65536 ? 4 : 10);
    uint64_t read_bytes;
    return tcp_info_received_bytes(lws_get_socket_fd(ws->wsi), &read_bytes) &&
           read_bytes < client_of(ws->wsi)->head_bytes + frame_size;
}

static void ws_hand_over(struct ws *ws, struct bytes message)
{
    if (!ws->has_spoken && ws_is_unmasked(ws, message.size)) {
        ws_fail(ws, CLOSE_PROTOCOL);
        return;
    }
    ws->has_spoken = true;
    tick_hear(&net_of(ws->wsi)->tick);
    session_release_bytes(ws->session);
    session_receive(ws->session, message);
    if (session_is_signed_in(ws->session))
        address_limit_sign_in(&client_of(ws->wsi)->use);
}

/* A message comes in chunks, as large as the receive buffer, of frames, as large as the client likes. The
 * session charges for the first frame when the message is whole. */
static void ws_receive(struct ws *ws, struct bytes chunk)
{
    struct lws *wsi = ws->wsi;
    if (ws->state == WS_CLOSING || ws->is_deaf)
        return;
    if (!lws_frame_is_binary(wsi)) {
        ws_fail(ws, CLOSE_UNSUPPORTED);
        return;
    }
    size_t left_of_frame = lws_remaining_packet_payload(wsi);
    size_t size = ws->message_size + chunk.size;
    size_t size_max = session_message_bytes(ws->session);
    bool is_continuation = !ws->is_in_frame && !lws_is_first_fragment(wsi);
    ws->is_in_frame = left_of_frame > 0;
    if (left_of_frame > size_max || size + left_of_frame > size_max) {
        ws_fail(ws, CLOSE_TOO_BIG);
        return;
    }
    if (is_continuation && !session_pay_frame(ws->session)) {
        ws_turn_deaf(ws);
        return;
    }
    bool is_whole = lws_is_final_fragment(wsi);
    if (is_whole && ws->message == NULL) {
        ws_hand_over(ws, chunk);
    } else if (!ws_keep_chunk(ws, chunk, size + left_of_frame)) {
        ws_turn_deaf(ws);
    } else if (is_whole) {
        ws_hand_over(ws, bytes_make(ws->message, ws->message_size));
        ws_forget_message(ws);
    }
}

/* Libwebsockets answers pings and shows nothing of them. So what has been read of the connection and belongs
 * to no frame that was shown is charged, now and then: who sends nothing else is not heard, and dies of that.
 */
static void ws_look_for_unseen(struct ws *ws)
{
    uint64_t now_ms = uv_now(net_of(ws->wsi)->options.loop);
    uint64_t received_bytes;
    if (now_ms - ws->looked_ms < LOOK_MS ||
        !tcp_info_received_bytes(lws_get_socket_fd(ws->wsi), &received_bytes))
        return;
    uint64_t seen = ws->received_bytes + ws->seen_bytes;
    if (received_bytes > seen)
        session_pay_unseen(ws->session, received_bytes - seen);
    ws->received_bytes = received_bytes;
    ws->seen_bytes = 0;
    ws->looked_ms = now_ms;
}

/* A frame, or a part of one, has come. */
static void ws_is_heard(struct ws *ws, size_t size)
{
    liveness_hear(&net_of(ws->wsi)->liveness, &ws->pulse);
    ws->seen_bytes += FRAME_HEADER_SIZE_MAX + (uint32_t)size;
    ws_look_for_unseen(ws);
}

/* Of control frames, libwebsockets shows pongs that have a payload, and no others. */
static void ws_on_pong(struct ws *ws, size_t size)
{
    ws_is_heard(ws, size);
    if (ws->state != WS_CLOSING && !ws->is_deaf && !session_pay_frame(ws->session))
        ws_turn_deaf(ws);
}

static void ws_on_writeable(struct ws *ws)
{
    if (ws->state != WS_BLOCKED || lws_partial_buffered(ws->wsi))
        return;
    liveness_hear(&net_of(ws->wsi)->liveness, &ws->pulse);
    ws_enter_state(ws, WS_OPEN);
    session_set_ready(ws->session);
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
static int ws_on_peer_close(struct ws *ws, struct bytes goodbye)
{
    uint16_t wrong = judge_goodbye(goodbye);
    ws_enter_state(ws, WS_CLOSING);
    if (wrong == 0)
        return 0;
    lws_close_reason(ws->wsi, (enum lws_close_status)wrong, NULL, 0);
    return -1;
}

static int ws_on_timer(struct ws *ws)
{
    unsigned char detail[64];
    size_t size = strlen(ws->close_detail);
    size = size < sizeof(detail) ? size : sizeof(detail);
    memcpy(detail, ws->close_detail, size);
    lws_close_reason(ws->wsi, (enum lws_close_status)ws->close_code, detail, size);
    return -1;
}

static void ws_on_established(struct ws *ws, struct lws *wsi)
{
    int not_sent_bytes = NOT_SENT_BYTES;
    setsockopt(lws_get_socket_fd(wsi), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &not_sent_bytes,
               sizeof(not_sent_bytes));
    ws->wsi = wsi;
    ws->session = hub_connect(net_of(wsi)->options.hub, ws, client_of(wsi)->use.address);
    list_init(&ws->pulse.link);
    liveness_hear(&net_of(wsi)->liveness, &ws->pulse);
    ws->received_bytes = client_of(wsi)->head_bytes;
    ws->looked_ms = ws->pulse.heard_ms;
    ws_enter_state(ws, WS_OPEN);
}

/* Also for one whose handshake was refused. */
static void ws_on_closed(struct ws *ws)
{
    if (ws->session == NULL)
        return;
    liveness_forget(&ws->pulse);
    ws_forget_message(ws);
    session_destroy(&ws->session);
}

void ws_ping(struct pulse *pulse)
{
    struct ws *ws = CONTAINER_OF(pulse, struct ws, pulse);
    uint8_t frame[LWS_PRE + 1] = {0}; /* libwebsockets keeps an empty pong to itself */
    if (ws->state != WS_OPEN || lws_partial_buffered(ws->wsi))
        return;
    if (lws_write(ws->wsi, frame + LWS_PRE, 1, LWS_WRITE_PING) < 0)
        ws_kill(ws);
}

void ws_give_up(struct pulse *pulse)
{
    struct ws *ws = CONTAINER_OF(pulse, struct ws, pulse);
    if (ws->state != WS_CLOSING)
        ws_kill(ws);
}

size_t ws_size(void)
{
    return sizeof(struct ws);
}

int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t size)
{
    struct ws *ws = user;
    switch ((int)reason) {
    case LWS_CALLBACK_ESTABLISHED: ws_on_established(ws, wsi); return 0;
    case LWS_CALLBACK_RECEIVE:
        ws_is_heard(ws, size);
        ws_receive(ws, bytes_make(in, size));
        return 0;
    case LWS_CALLBACK_RECEIVE_PONG: ws_on_pong(ws, size); return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE: ws_on_writeable(ws); return 0;
    case LWS_CALLBACK_TIMER: return ws_on_timer(ws);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: return ws_on_peer_close(ws, bytes_make(in, size));
    case LWS_CALLBACK_CLOSED: ws_on_closed(ws); return 0;
    default: return 0;
    }
}
