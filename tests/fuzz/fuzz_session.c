#include <msgpack.h>

#include "app/desk/private.h"
#include "app/hub/private.h"
#include "app/session/private.h"
#include "base/log.h"
#include "protocol/decode.h"
#include "protocol/scan.h"
#include "support/builders.h"
#include "support/fuzz_input.h"
#include "support/server.h"

/* The whole server minus sockets and PostgreSQL, under clients that send anything, in any order, while time
 * passes and the database fails. After each step every roster keeps its invariants; every frame of the server
 * is whole, bounded and of a known type; nobody is answered what he did not ask; and at the end everything
 * that was asked has been answered, and nothing is left.
 *
 * An input is a byte for the hub's limits, and then steps: a byte for what is done, a byte for who does it,
 * and what it needs. */

enum {
    STEPS_MAX = 96,
    SEATS = 5,
    FAULTS_MAX = 48,
    TURNS_MAX = 20000,
    REST_ROUNDS = 20,
};

struct seat {
    struct session *session; /* NULL: nobody is connected */
    int commands;            /* that were understood as such since it was welcome, */
    int answers;             /* and their answers */
    bool is_deaf;
    bool is_welcome;
};

static struct server server;
static struct seat seats[SEATS];
static int faults_count;

static const char *const conversations[] = {"c1", "c2", "wa:+34600", ""};
static const char *const words[] = {"ana", "bea", "sol", "hola", "whatsapp", "webchat", "", "no tal\n\x01"};

/* Frames that come. */

static struct bytes text_of(const msgpack_object *object)
{
    must(object->type == MSGPACK_OBJECT_STR);
    return bytes_make(object->via.str.ptr, object->via.str.size);
}

static struct bytes type_of(const msgpack_object *map)
{
    must(map->type == MSGPACK_OBJECT_MAP && map->via.map.size > 0);
    for (uint32_t i = 0; i < map->via.map.size; i++)
        if (bytes_equal(text_of(&map->via.map.ptr[i].key), BYTES("t")))
            return text_of(&map->via.map.ptr[i].val);
    abort();
}

static void check_type(struct seat *seat, struct bytes type)
{
    static const char *const types[] = {"welcome", "sync",   "answer",  "page",  "time",     "state",  "bye",
                                        "log",     "thread", "history", "found", "presence", "refused"};
    bool is_known = false;
    for (size_t i = 0; i < ARRAY_COUNT(types); i++)
        is_known |= bytes_equal(type, bytes_of_string(types[i]));
    must(is_known);
    bool is_welcome = bytes_equal(type, BYTES("welcome"));
    must(seat->is_welcome || is_welcome || bytes_equal(type, BYTES("bye")) ||
         bytes_equal(type, BYTES("state")));
    seat->is_welcome |= is_welcome;
    seat->answers += bytes_equal(type, BYTES("answer"));
    must(seat->answers <= seat->commands);
}

static void take_frame(struct seat *seat, const struct frame *frame)
{
    msgpack_unpacked unpacked;
    size_t offset = 0;
    must(frame->size > 0 && frame->size <= LIMIT_SENT_BYTES);
    msgpack_unpacked_init(&unpacked);
    must(msgpack_unpack_next(&unpacked, (const char *)frame->payload, frame->size, &offset) ==
             MSGPACK_UNPACK_SUCCESS &&
         offset == frame->size);
    check_type(seat, type_of(&unpacked.data));
    msgpack_unpacked_destroy(&unpacked);
}

/* The loop. */

static bool deliver(struct session *session)
{
    struct seat *seat = session_connection(session);
    const char *detail = NULL;
    must(seat->session == session);
    if (seat->is_deaf)
        return false;
    bool said_so = session_has_frame(session);
    struct frame *frame = session_take_frame(session);
    must(said_so || frame == NULL);
    if (frame != NULL) {
        session_set_ready(session);
        take_frame(seat, frame);
        frame_unref(&frame);
        return true;
    }
    must(!session_has_frame(session));
    if (session_wants_close(session, &detail) == CLOSE_NONE)
        return false;
    must(detail == NULL || strlen(detail) <= 60);
    session_destroy(&seat->session);
    return true;
}

static bool turn(void)
{
    bool did = false;
    struct session *session;
    hub_advance(server.hub, server_now(&server));
    did |= store_memory_step(server.store);
    hub_work(server.hub);
    while ((session = hub_take_ready(server.hub)) != NULL)
        did |= deliver(session);
    int64_t now_us = store_memory_elapsed_us(server.database);
    return did || hub_deadline_us(server.hub) <= now_us || store_memory_next_us(server.store) <= now_us;
}

static void settle(void)
{
    int turns = 0;
    while (turn())
        must(++turns < TURNS_MAX);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void wait_ms(int64_t ms)
{
    int64_t end_us = store_memory_elapsed_us(server.database) + ms * 1000;
    for (;;) {
        settle();
        int64_t now_us = store_memory_elapsed_us(server.database);
        if (now_us >= end_us)
            return;
        int64_t next_us =
            least(end_us, least(hub_deadline_us(server.hub), store_memory_next_us(server.store)));
        store_memory_advance(server.database, next_us > now_us ? next_us - now_us : 1);
    }
}

static void check_rosters(void)
{
    size_t position = 0;
    const struct desk *desk;
    while ((desk = desks_next(server.hub->desks, &position)) != NULL)
        if (desk_is_ready(desk))
            roster_check(&desk->roster);
}

/* Frames that go. */

static void send_bytes(struct seat *seat, struct bytes bytes)
{
    struct message message;
    struct decode_error error;
    if (seat->session == NULL || bytes.size > session_message_bytes(seat->session))
        return;
    enum decode_result result =
        scan_frame(bytes) == SCAN_OK ? decode_message(bytes, &message, &error) : DECODE_BAD_MESSAGE;
    bool is_understood = result == DECODE_OK || result == DECODE_REFUSED;
    seat->commands += is_understood && message.type == MESSAGE_COMMAND;
    /* In memory that goes with the call. */
    uint8_t *copy = malloc(bytes.size == 0 ? 1 : bytes.size);
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    session_receive(seat->session, bytes_make(copy, bytes.size));
    free(copy);
}

/* As it stands, or with some bytes changed that the input says. */
static void send_frame(struct seat *seat, struct wire_frame *frame, bool is_spoilt, struct bytes *input)
{
    for (int changes = is_spoilt ? 1 + input_take_byte(input) % 4 : 0; changes > 0 && frame->size > 0;
         changes--) {
        size_t place = (size_t)input_take_byte(input) << 8 | input_take_byte(input);
        frame->data[place % frame->size] = input_take_byte(input);
    }
    send_bytes(seat, wire_frame_bytes(frame));
}

static const char *conversation_from(uint8_t byte)
{
    return conversations[byte % ARRAY_COUNT(conversations)];
}

static const char *word_from(uint8_t byte)
{
    return byte < 128 ? words[byte % ARRAY_COUNT(words)] : NULL;
}

/* A number that may fit: small, a seq or a time, or anything. */
static int64_t number_from(uint8_t byte)
{
    static const int64_t numbers[] = {0, 1, 2, 3, 60000, 90000, 3600000, NOON_MS, NOON_MS + 1, LIMIT_INTEGER,
                                      -1};
    return byte < 64 ? byte : numbers[byte % ARRAY_COUNT(numbers)];
}

static void make_command(struct wire_frame *frame, struct bytes *input)
{
    static const char *const actions[] = {"contact_message", "send_message", "bot_message", "assign",
                                          "reopen",          "complete",     "open",        "unlink",
                                          "set_automation",  "resume_bot",   "mark_read",   "message_status",
                                          "erase",           "expire",       "agent_seen",  "bot_blocked"};
    static const char *const states[] = {"sent", "delivered", "seen", "failed"};
    static char body[260];
    uint8_t has = input_take_byte(input);
    struct wire_command command = {
        .id = {.bytes = {1, [15] = input_take_byte(input)}},
        .action = actions[input_take_byte(input) % ARRAY_COUNT(actions)],
        .conversation = conversation_from(input_take_byte(input)),
        .channel = word_from(input_take_byte(input)),
        .name = word_from(input_take_byte(input)),
        .agent = word_from(input_take_byte(input)),
        .status = states[input_take_byte(input) % ARRAY_COUNT(states)],
        .has_version = (has & 1) != 0,
        .version = number_from(input_take_byte(input)),
        .pause = number_from(input_take_byte(input)),
        .received = number_from(input_take_byte(input)),
        .message = number_from(input_take_byte(input)),
        .has_seen = (has & 2) != 0,
        .seen = number_from(input_take_byte(input)),
        .take = (has & 4) != 0,
        .has_enabled = (has & 8) != 0,
        .enabled = (has & 16) != 0,
        .resend = (has & 32) != 0,
    };
    struct bytes said = input_take(input, (has & 64) != 0 ? 255 : 3);
    memset(body, 0, sizeof(body));
    if (said.size > 0)
        memcpy(body, said.data, said.size);
    command.body = body;
    wire_command(frame, &command);
}

static void make_other(struct wire_frame *frame, struct bytes *input)
{
    uint8_t which = input_take_byte(input);
    int64_t ref = input_take_byte(input);
    uint8_t a = input_take_byte(input);
    uint8_t b = input_take_byte(input);
    switch (which % 9) {
    case 0: wire_watch(frame, ref, conversation_from(a), number_from(b)); break;
    case 1: wire_unwatch(frame, conversation_from(a)); break;
    case 2: wire_history(frame, ref, conversation_from(a), number_from(b), which > 127); break;
    case 3: wire_find(frame, ref, words[a % ARRAY_COUNT(words)]); break;
    case 4: wire_acked(frame, number_from(a)); break;
    case 5: wire_presence(frame, word_from(a) == NULL ? NULL : conversation_from(a), b % 2 == 0); break;
    case 6: wire_page(frame, ref, number_from(a), b); break;
    case 7: wire_time(frame, ref); break;
    case 8: wire_resync(frame, number_from(a), b, ref, 0); break;
    }
}

static void make_hello(struct wire_frame *frame, struct bytes *input)
{
    static const struct {
        const char *id, *role;
    } cast[] = {{"ana", "agent"},      {"bea", "agent"},        {"sol", "supervisor"},
                {"bot", "automation"}, {"whatsapp", "channel"}, {"webchat", "channel"}};
    uint8_t who = input_take_byte(input);
    uint8_t how = input_take_byte(input);
    const char *workspace = who < 192 ? "w1" : "w2";
    size_t person = who % ARRAY_COUNT(cast);
    int64_t expires_ms = (how & 128) != 0 ? store_memory_now_ms(server.database) + 30 * 1000 : 0;
    const char *token = client_token(workspace, cast[person].id, cast[person].role, expires_ms);
    if ((how & 3) == 1)
        wire_hello_consumer(frame, token, word_from(how >> 2) == NULL ? "x" : word_from(how >> 2),
                            (how & 64) != 0 ? number_from(input_take_byte(input)) : -1, 0);
    else if ((how & 3) == 2)
        wire_hello(frame, token, (how & 4) != 0 ? "1" : "elsewhere", number_from(input_take_byte(input)));
    else
        wire_hello(frame, token, NULL, -1);
}

/* What else happens. */

static void meddle(struct bytes *input)
{
    uint8_t what = input_take_byte(input);
    switch (what % 8) {
    case 0: store_memory_down(server.store); break;
    case 1: store_memory_up(server.store); break;
    case 2: store_memory_set_delay_ms(server.store, 0, what); break;
    case 3: store_memory_promote(server.database, what / 64); break;
    case 4: store_memory_restore(server.database, what / 64); break;
    case 5: store_memory_revoke(server.database, "w1", words[what / 8 % 3]); break;
    case 6: store_memory_set_default_pause_ms(server.database, "w1", 60000 + what); break;
    default:
        if (faults_count++ < FAULTS_MAX)
            store_memory_arm(server.store,
                             (enum store_memory_fault)(what / 8 % (STORE_MEMORY_LOSE_HINTS + 1)));
        break;
    }
}

/* Other nodes are not trusted. */
static void hear(struct bytes *input)
{
    const struct store_listener *listener = &server.store->listener;
    int64_t workspace_id = 1 + input_take_byte(input) % 3;
    uint8_t what = input_take_byte(input);
    if (what % 3 == 0)
        listener->hint(listener->context, workspace_id,
                       1 + number_from(input_take_byte(input)) % LIMIT_INTEGER);
    else if (what % 3 == 1)
        listener->told(listener->context, workspace_id, input_take(input, 200));
    else
        listener->hints_lost(listener->context);
}

static void commit_elsewhere(struct bytes *input)
{
    uint8_t what = input_take_byte(input);
    struct actor actor = what % 3 == 0 ? sol() : what % 3 == 1 ? bea() : whatsapp();
    struct command command = {.action = what % 3 == 0   ? ACTION_ERASE
                                        : what % 3 == 1 ? ACTION_COMPLETE
                                                        : ACTION_CONTACT_MESSAGE,
                              .id = command_id_next(),
                              .conversation = bytes_of_string(conversations[what / 3 % 3]),
                              .body = BYTES("from elsewhere"),
                              .channel = BYTES("whatsapp")};
    store_memory_foreign(server.database, "w1", &actor, &command);
}

static void step(struct bytes *input)
{
    static const int64_t spans_ms[] = {0, 1, 10, 100, 1000, 5000, 20000, 70000};
    static struct wire_frame frame;
    uint8_t what = input_take_byte(input);
    struct seat *seat = &seats[what / 16 % SEATS];
    bool is_spoilt = false;
    switch (what % 16) {
    case 0:
    case 1:
        if (seat->session != NULL)
            session_destroy(&seat->session);
        *seat = (struct seat){0};
        seat->session = hub_connect(server.hub, seat, (struct address){.bytes = {[15] = 1}});
        make_hello(&frame, input);
        send_frame(seat, &frame, what % 16 == 1 && input_take_byte(input) < 64, input);
        break;
    case 2: is_spoilt = true; /* fall through */
    case 3:
    case 4:
    case 5:
        make_command(&frame, input);
        send_frame(seat, &frame, is_spoilt, input);
        break;
    case 6: is_spoilt = true; /* fall through */
    case 7:
    case 8:
        make_other(&frame, input);
        send_frame(seat, &frame, is_spoilt, input);
        break;
    case 9: send_bytes(seat, input_take(input, input_take_byte(input))); break;
    case 10: wait_ms(spans_ms[input_take_byte(input) % ARRAY_COUNT(spans_ms)]); break;
    case 11: meddle(input); break;
    case 12: hear(input); break;
    case 13: commit_elsewhere(input); break;
    case 14:
        seat->is_deaf = !seat->is_deaf;
        if (seat->session != NULL)
            session_set_ready(seat->session);
        break;
    case 15:
        if (seat->session != NULL)
            session_destroy(&seat->session);
        break;
    }
    for (int turns = what % 3; turns > 0; turns--)
        (void)turn();
    check_rosters();
}

/* From the beginning to the end. */

static void begin(bool is_tight)
{
    static const struct node_limits tight = {
        .desk_idle_ms = 5, .lag_back = 20, .roster = {.back = 5, .completed = 2}};
    log_set_level(LOG_ERROR + 1);
    memset(seats, 0, sizeof(seats));
    faults_count = 0;
    struct store_memory_database *database = store_memory_database_create(NOON_MS);
    server_start_with(&server, database, 1, is_tight ? tight : NODE_LIMITS);
    store_memory_up(server.store);
}

/* Nobody meddles any more: whoever is still there has been answered. */
static void come_to_rest(void)
{
    store_memory_set_delay_ms(server.store, 0, 0);
    for (size_t i = 0; i < SEATS; i++) {
        seats[i].is_deaf = false;
        if (seats[i].session != NULL)
            session_set_ready(seats[i].session);
    }
    for (int round = 0; round < REST_ROUNDS; round++) {
        store_memory_up(server.store);
        wait_ms(1000);
    }
    check_rosters();
    store_memory_check(server.database);
    for (size_t i = 0; i < SEATS; i++)
        must(seats[i].session == NULL || !session_is_signed_in(seats[i].session) ||
             seats[i].answers == seats[i].commands);
}

static void end(void)
{
    for (size_t i = 0; i < SEATS; i++)
        if (seats[i].session != NULL)
            session_destroy(&seats[i].session);
    hub_drain(server.hub);
    while (!hub_is_settled(server.hub) || store_memory_pending(server.store) > 0)
        wait_ms(100);
    must(hub_stats(server.hub).sessions == 0 && hub_census(server.hub).commands_queued == 0);
    store_memory_destroy(&server.store);
    hub_destroy(&server.hub);
    store_memory_database_destroy(&server.database);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    begin(input_take_byte(&input) % 2 == 1);
    for (int i = 0; i < STEPS_MAX && input.size > 0; i++)
        step(&input);
    come_to_rest();
    end();
    return 0;
}
