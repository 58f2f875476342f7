#include "base/log.h"
#include "core/roster.h"
#include "store/append.h"
#include "store/copy.h"
#include "store/loader.h"
#include "store/statement.h"
#include "support/answer.h"
#include "support/builders.h"
#include "support/fuzz_input.h"

/* What the database answers, from any bytes, to every question, to an append and to a load: it is read or
 * told to be broken, and what has been read holds together as the rest of the server relies on it.
 *
 * The first byte says what is answered. Then comes a byte for how many rows, and for each value of a row a
 * byte: what it is, mostly a small one of the type that the column has. */

enum {
    VALUE_NULL = 255,
    VALUE_ANY = 254,    /* a byte for how long, and so many bytes */
    VALUE_NUMBER = 253, /* eight bytes, as many of them as the column has */
    WHAT_APPEND = STATEMENT_TEND + 1,
    WHAT_LOAD,
    WHAT_COPY,
    WHATS,
    ROWS_MAX = 12,
};

/* Values. */

static size_t make_small(char type, uint8_t byte, struct bytes *input, uint8_t place[64])
{
    static const uint8_t letters[] = "c1c2ana bea whatsapp";
    int64_t number = type == 's' ? (NOON_MS + byte - INT64_C(946684800000)) * 1000 : byte;
    size_t size = type == 's' ? 8 : type == 'b' ? 1 : (size_t)(type - '0');
    switch (type) {
    case 't':
        size = byte % 4;
        memcpy(place, letters + byte % 16, size);
        return size;
    case 'u':
        size = 16;
        memset(place, byte, size);
        return size;
    case 'a': {
        uint8_t numbers[4][8];
        struct bytes values[4];
        size_t count = byte % 5;
        for (size_t i = 0; i < count; i++) {
            memset(numbers[i], 0, sizeof(numbers[i]));
            numbers[i][7] = input_take_byte(input);
            values[i] = bytes_make(numbers[i][7] == VALUE_NULL ? NULL : numbers[i],
                                   numbers[i][7] == VALUE_NULL ? 0 : 8);
        }
        return answer_make_array(values, count, place, 64);
    }
    default:
        number = type == '2' ? byte % 8 : type == 'b' ? byte % 2 : number;
        for (size_t i = size; i-- > 0; number >>= 8)
            place[i] = (uint8_t)number;
        return size;
    }
}

/* What the bytes are goes to `place`, if anywhere. */
static struct bytes make_value(char type, struct bytes *input, uint8_t place[64])
{
    uint8_t byte = input_take_byte(input);
    struct bytes taken;
    switch (byte) {
    case VALUE_NULL: return bytes_make(NULL, 0);
    case VALUE_ANY:
        taken = input_take(input, input_take_byte(input));
        return taken.size == 0 ? bytes_make("", 0) : taken;
    case VALUE_NUMBER:
        taken = input_take(input, type == '2' ? 2 : 8);
        return taken.size == 0 ? bytes_make("", 0) : taken;
    default: return bytes_make(place, make_small(type, byte, input, place));
    }
}

static PGresult *make_answer(const char *signature, struct bytes *input)
{
    size_t rows = input_take_byte(input) % ROWS_MAX;
    size_t columns = strlen(signature);
    if (input->size > 0 && input->data[0] == VALUE_ANY)
        columns = input_take(input, 2).size == 2 ? input->size % (columns + 1) : columns;
    PGresult *answer = answer_make((int)columns);
    for (size_t row = 0; row < rows && input->size > 0; row++)
        for (size_t i = 0; i < columns; i++) {
            uint8_t place[64];
            answer_set(answer, (int)row, (int)i, make_value(signature[i], input, place));
        }
    return answer;
}

/* What has been read. */

static void check_conversation(const struct conversation *c)
{
    must(conversation_is_possible(c) && c->version >= 0 && c->sent >= 0 && c->received >= 0);
    must(c->list <= LIST_COMPLETED && c->pause.kind <= PAUSE_UNTIL_COMPLETED &&
         c->delivery <= DELIVERY_FAILED);
    must(conversation_preview(c).size <= CONVERSATION_PREVIEW_BYTES_MAX);
    must(text_bytes(c->channel).size <= LIMIT_ID_BYTES && text_bytes(c->assignee).size <= LIMIT_ID_BYTES);
}

static void check_transitions(const struct transition *transitions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        must(transitions[i].at_ms >= 0 && transitions[i].before_seq >= 0);
        must(text_bytes(transitions[i].by).size <= LIMIT_ID_BYTES);
        if (transitions[i].after.words != NULL && transitions[i].action != ACTION_AGENT_SEEN)
            check_conversation(&transitions[i].after);
    }
}

/* Questions. */

static const char *const signatures[] = {
    [STORE_READ] = ANSWER_CONVERSATION,
    [STORE_PLACE] = "b",
    [STORE_PAGE] = ANSWER_CONVERSATION,
    [STORE_DUE] = "t",
    [STORE_HEADS] = "8s",
    [STORE_REVOCATIONS] = "tts8",
    [STATEMENT_TEND] = "888",
    [STORE_LOG] = "88bs" ANSWER_TRANSITION "b",
    [STORE_HISTORY] = "888" ANSWER_TRANSITION,
    [STORE_FIND] = ANSWER_CONVERSATION,
    [STORE_CONSUME] = "2b88s",
};

static void check_taken(struct store_request *request)
{
    switch (request->kind) {
    case STORE_READ:
        if (store_read_of(request)->found)
            check_conversation(&store_read_of(request)->result);
        break;
    case STORE_PAGE:
        must(store_page_of(request)->rows_count <= (size_t)store_page_of(request)->limit);
        for (size_t i = 0; i < store_page_of(request)->rows_count; i++)
            check_conversation(&store_page_of(request)->rows[i]);
        break;
    case STORE_LOG:
        must(store_log_of(request)->transitions_count <= LIMIT_LOG_ROWS &&
             store_log_of(request)->to_seq >= 0);
        check_transitions(store_log_of(request)->transitions, store_log_of(request)->transitions_count);
        break;
    case STORE_HISTORY:
        must(store_history_of(request)->transitions_count <= (size_t)store_history_of(request)->limit);
        check_transitions(store_history_of(request)->transitions,
                          store_history_of(request)->transitions_count);
        break;
    case STORE_CONSUME: must(store_consume_of(request)->result <= CONSUME_OTHER_LOG); break;
    default: break;
    }
}

static void answer_question(enum store_kind kind, struct bytes *input)
{
    static int64_t ids[] = {1, 2, 3};
    static struct store_page page;
    static struct store_find find;
    struct store_read read = {.request = {.kind = STORE_READ}, .workspace_id = 1};
    struct store_place place = {.request = {.kind = STORE_PLACE}, .workspace_id = 1};
    struct store_due due = {.request = {.kind = STORE_DUE}, .watched_count = 0};
    struct store_heads heads = {
        .request = {.kind = STORE_HEADS}, .workspace_ids = ids, .workspaces_count = 3};
    struct store_revocations revocations = {.request = {.kind = STORE_REVOCATIONS}, .after = 0};
    struct store_log log = {.request = {.kind = STORE_LOG}, .workspace_id = 1, .after_seq = 3};
    struct store_history history = {.request = {.kind = STORE_HISTORY}, .workspace_id = 1, .limit = 5};
    struct store_consume consume = {.request = {.kind = STORE_CONSUME}, .workspace_id = 1};
    struct store_request tend = {.kind = (enum store_kind)STATEMENT_TEND};
    struct store_request *const asked[] = {
        [STORE_READ] = &read.request,   [STORE_PLACE] = &place.request,
        [STORE_PAGE] = &page.request,   [STORE_DUE] = &due.request,
        [STORE_HEADS] = &heads.request, [STORE_REVOCATIONS] = &revocations.request,
        [STORE_LOG] = &log.request,     [STORE_HISTORY] = &history.request,
        [STORE_FIND] = &find.request,   [STORE_CONSUME] = &consume.request,
        [STATEMENT_TEND] = &tend,
    };
    page = (struct store_page){.request = {.kind = STORE_PAGE}, .workspace_id = 1, .limit = 5};
    find = (struct store_find){.request = {.kind = STORE_FIND}, .workspace_id = 1, .limit = 5};
    PGresult *answer = make_answer(signatures[kind], input);
    struct store_request *request = asked[kind];
    if (statement_of(kind)->take(request, answer))
        check_taken(request);
    store_request_finish(request);
    PQclear(answer);
}

/* An append. */

static void answer_append(struct bytes *input)
{
    struct transition transitions[2] = {{.seq = -1, .action = ACTION_OPEN, .role = ROLE_AGENT},
                                        {.seq = -2, .action = ACTION_OPEN, .role = ROLE_AGENT}};
    struct store_item items[2] = {
        {.id = {{1}}, .conversation = BYTES("c1"), .transitions = &transitions[0], .transitions_count = 1},
        {.id = {{2}}, .conversation = BYTES("c2"), .transitions = &transitions[1], .transitions_count = 1}};
    struct store_append writing = {.request = {.kind = STORE_APPEND},
                                   .workspace_id = 1,
                                   .known_seq = 3,
                                   .items = items,
                                   .items_count = 2};
    struct store_append reading = {.request = {.kind = STORE_APPEND}, .workspace_id = 2, .known_seq = 3};
    struct append_batch batch = {.appends = {&writing, &reading}, .count = 2, .items_count = 2};
    struct parameters parameters;
    int64_t now_ms;
    parameters_init(&parameters);
    for (int i = 0; i < 2; i++) {
        transitions[i].after.seq = transitions[i].seq;
        conversation_set_words(&transitions[i].after, items[i].conversation, bytes_make(NULL, 0),
                               bytes_make(NULL, 0));
    }
    append_batch_begin(&batch);
    append_batch_encode(&batch, &parameters);
    PGresult *appended = make_answer("saaaaaaaaaaa", input);
    PGresult *others = make_answer("88" ANSWER_TRANSITION "b", input);
    bool is_sound = append_batch_decode(&batch, appended, &now_ms);
    if (is_sound && append_batch_reads(&batch))
        is_sound = append_batch_decode_foreign(&batch, others);
    for (size_t i = 0; i < 2; i++) {
        struct store_append *each = batch.appends[i];
        must(is_sound || each->request.outcome == STORE_NEW_EPOCH);
        must(each->request.outcome == STORE_OK || each->foreign_count == 0);
        check_transitions(each->foreign, each->foreign_count);
        store_request_finish(&each->request);
        conversation_finish(&transitions[i].after);
    }
    append_batch_finish(&batch);
    parameters_finish(&parameters);
    PQclear(appended);
    PQclear(others);
}

/* A load. */

static void end_load(struct roster *roster, const struct store_load *load, bool is_sound)
{
    if (is_sound && loader_has_whole(load)) {
        roster_settle(roster);
        must(roster->floor_seq <= roster->seq);
        must(roster_judge_place(roster, roster->seq, roster->at_ms) == PLACE_HERE || roster->seq == 0);
    }
    roster_finish(roster);
}

/* Rows of each COPY, as the tuples of a result. */
static void answer_load(struct bytes *input)
{
    static const char *const copies[] = {"888s888", "8s", "tt28", ANSWER_CONVERSATION};
    struct roster roster;
    struct store_load load = {.request = {.kind = STORE_LOAD}, .workspace = BYTES("w1"), .roster = &roster};
    bool is_sound = true;
    roster_init(&roster, ROSTER_LIMITS, (struct hash_key){{1, 2}});
    for (int number = 1; number <= 4; number++) {
        PGresult *answer = make_answer(copies[number - 1], input);
        for (int row = 0; row < PQntuples(answer); row++) {
            struct fields fields = fields_of(answer, row);
            is_sound = loader_take_row(&load, number, &fields) && is_sound;
        }
        PQclear(answer);
    }
    end_load(&roster, &load, is_sound);
}

/* The messages of one COPY, with a byte for the size of each. */
static void answer_copy(struct bytes *input)
{
    struct roster roster;
    struct store_load load = {.request = {.kind = STORE_LOAD}, .workspace = BYTES("w1"), .roster = &roster};
    struct copy copy = {.has_begun = false};
    bool is_sound = true;
    roster_init(&roster, ROSTER_LIMITS, (struct hash_key){{1, 2}});
    int number = 1 + input_take_byte(input) % 4;
    while (input->size > 0) {
        struct bytes taken = input_take(input, input_take_byte(input));
        uint8_t *own = malloc(taken.size + 1); /* which ends where the message does */
        if (taken.size > 0)
            memcpy(own, taken.data, taken.size);
        struct bytes message = bytes_make(own, taken.size);
        struct fields fields;
        enum copy_step step;
        while ((step = copy_take(&copy, &message, &fields)) == COPY_ROW)
            is_sound = loader_take_row(&load, number, &fields) && is_sound;
        free(own);
        if (step == COPY_BROKEN)
            break;
    }
    end_load(&roster, &load, is_sound);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    int what = STORE_NOTHING + 1 + input_take_byte(&input) % (WHATS - 1);
    log_set_level(LOG_ERROR + 1);
    if (what == WHAT_APPEND)
        answer_append(&input);
    else if (what == WHAT_LOAD)
        answer_load(&input);
    else if (what == WHAT_COPY)
        answer_copy(&input);
    else if (what != STORE_LOAD && what != STORE_APPEND)
        answer_question((enum store_kind)what, &input);
    return 0;
}
