#include "protocol/encode.h"

#include <assert.h>

#include <assert.h>

#include "base/alloc.h"
#include "protocol/columns.h"
#include "protocol/limits.h"
#include "protocol/writer.h"

struct limit {
    const char *name;
    int64_t value;
};

/* What a client is told of limits.h, under these names (PROTOCOL.md, "Limits"). */
static const struct limit limits[] = {
    {"frame_bytes", LIMIT_FRAME_BYTES},
    {"hello_bytes", LIMIT_HELLO_BYTES},
    {"unfinished_bytes", LIMIT_UNFINISHED_PERSON_BYTES},
    {"depth", LIMIT_DEPTH},
    {"elements", LIMIT_ELEMENTS},
    {"token_bytes", LIMIT_HELLO_TOKEN_BYTES},
    {"workspace_bytes", LIMIT_WORKSPACE_BYTES},
    {"id_bytes", LIMIT_ID_BYTES},
    {"name_bytes", LIMIT_NAME_BYTES},
    {"body_bytes", LIMIT_BODY_BYTES},
    {"epoch_bytes", LIMIT_EPOCH_BYTES},
    {"page_rows", LIMIT_PAGE_ROWS},
    {"history_rows", LIMIT_HISTORY_ROWS},
    {"find_rows", LIMIT_FIND_ROWS},
    {"find_bytes", LIMIT_FIND_BYTES},
    {"watches", LIMIT_WATCHES},
    {"consumers", LIMIT_CONSUMERS},
    {"connections", LIMIT_CONNECTIONS_OF_PERSON},
    {"typing_ms", LIMIT_TYPING_MS},
    {"pause_min", LIMIT_PAUSE_MIN_MS},
    {"pause_max", LIMIT_PAUSE_MAX_MS},
    {"hello_ms", LIMIT_HELLO_MS},
    {"ping_s", LIMIT_PING_S},
    {"idle_s", LIMIT_IDLE_S},
    {"commands_in_flight", LIMIT_COMMANDS_IN_FLIGHT},
    {"requests_in_flight", LIMIT_REQUESTS_IN_FLIGHT},
    {"unanswered_bytes", LIMIT_UNANSWERED_BYTES},
    {"sent_bytes", LIMIT_SENT_BYTES},
    {"frames_per_s", LIMIT_FRAMES_PER_S},
    {"renewals", LIMIT_RENEWALS},
};

/* Those that depend on the role. */
static const struct limit limits_of_people[] = {
    {"commands_per_s", LIMIT_PERSON_COMMANDS_PER_S},
    {"commands_burst", LIMIT_PERSON_COMMANDS_BURST},
};
static const struct limit limits_of_programs[] = {
    {"commands_per_s", LIMIT_PROGRAM_COMMANDS_PER_S},
    {"commands_burst", LIMIT_PROGRAM_COMMANDS_BURST},
};
static_assert(sizeof(limits_of_people) == sizeof(limits_of_programs), "each is told the same ones");

static void put_welcome_agent(struct writer *writer, const struct welcome *welcome)
{
    writer_put_string(writer, "agent");
    writer_put_map(writer, 3);
    writer_pair_text(writer, "id", text_bytes(welcome->agent_id));
    writer_pair_text(writer, "name", text_bytes(welcome->agent_name));
    writer_pair_string(writer, "role", role_name(welcome->role));
}

static void put_welcome_columns(struct writer *writer)
{
    writer_put_string(writer, "columns");
    columns_put_names(writer);
    writer_put_string(writer, "agent_columns");
    writer_put_array(writer, 3);
    writer_put_string(writer, "id");
    writer_put_string(writer, "name");
    writer_put_string(writer, "role");
    writer_put_string(writer, "log_columns");
    columns_put_log_names(writer);
    writer_put_string(writer, "people_columns");
    writer_put_array(writer, 4);
    writer_put_string(writer, "agent");
    writer_put_string(writer, "online");
    writer_put_string(writer, "conversation");
    writer_put_string(writer, "typing");
}

static void put_limits(struct writer *writer, const struct limit *each, size_t count)
{
    for (size_t i = 0; i < count; i++)
        writer_pair_integer(writer, each[i].name, each[i].value);
}

static void put_welcome_limits(struct writer *writer, enum role role)
{
    const struct limit *of_role = role_is_person(role) ? limits_of_people : limits_of_programs;
    writer_put_string(writer, "limits");
    writer_put_map(writer, ARRAY_COUNT(limits) + ARRAY_COUNT(limits_of_people));
    put_limits(writer, limits, ARRAY_COUNT(limits));
    put_limits(writer, of_role, ARRAY_COUNT(limits_of_people));
}

struct frame *encode_welcome(const struct welcome *welcome)
{
    struct writer writer;
    writer_begin(&writer, "welcome", 16);
    writer_pair_text(&writer, "workspace", welcome->workspace);
    put_welcome_agent(&writer, welcome);
    writer_pair_text(&writer, "epoch", welcome->epoch);
    writer_pair_integer(&writer, "seq", welcome->seq);
    writer_pair_integer(&writer, "mark", welcome->mark_ms);
    writer_pair_bool(&writer, "resumed", welcome->resumed);
    writer_put_string(&writer, "consumer");
    if (welcome->consumer.size == 0)
        writer_put_nil(&writer);
    else
        writer_put_text(&writer, welcome->consumer);
    writer_pair_integer(&writer, "now", welcome->now_ms);
    writer_put_string(&writer, "settings");
    writer_put_map(&writer, 1);
    writer_pair_integer(&writer, "default_pause", welcome->default_pause_ms);
    writer_pair_integer(&writer, "token_expires", welcome->token_expires_ms);
    put_welcome_columns(&writer);
    put_welcome_limits(&writer, welcome->role);
    return writer_finish(&writer);
}

static void put_agents(struct writer *writer, const struct agent *const *agents, size_t agents_count)
{
    writer_put_string(writer, "agents");
    writer_put_array(writer, agents_count);
    for (size_t i = 0; i < agents_count; i++) {
        writer_put_array(writer, 3);
        writer_put_text(writer, text_bytes(agents[i]->id));
        writer_put_text(writer, text_bytes(agents[i]->name));
        writer_put_string(writer, role_name(agents[i]->role));
    }
}

struct frame *encode_sync(const struct sync *sync)
{
    size_t pairs = 5;
    pairs += sync->fresh ? 1 : 0;
    pairs += sync->agents_count > 0 ? 1 : 0;
    pairs += sync->at_tail ? 3 : 0;

    struct writer writer;
    writer_begin(&writer, "sync", pairs);
    writer_pair_integer(&writer, "from", sync->from);
    writer_pair_integer(&writer, "to", sync->to);
    writer_pair_integer(&writer, "mark", sync->mark_ms);
    if (sync->fresh)
        writer_pair_bool(&writer, "fresh", true);
    writer_put_string(&writer, "rows");
    writer_put_array(&writer, sync->rows_count);
    for (size_t i = 0; i < sync->rows_count; i++)
        columns_put_row(&writer, &sync->rows[i]->conversation);
    if (sync->agents_count > 0)
        put_agents(&writer, sync->agents, sync->agents_count);
    if (sync->at_tail) {
        writer_pair_integer(&writer, "open", sync->counts.open);
        writer_pair_integer(&writer, "completed", sync->counts.completed);
        writer_pair_integer(&writer, "digest", sync->digest);
    }
    return writer_finish(&writer);
}

const char *outcome_name(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_DONE: return "done";
    case OUTCOME_UNCHANGED: return "unchanged";
    case OUTCOME_REFUSED: return "refused";
    case OUTCOME_UNKNOWN: return "unknown";
    }
    return "";
}

/* Why it was refused: the keys from `reason` to `row`. */
static void put_refusal(struct writer *writer, const struct answer *answer)
{
    writer_pair_string(writer, "reason", reason_name(answer->reason));
    writer_pair_integer(writer, "code", answer->reason);
    writer_pair_string(writer, "sentence", reason_sentence(answer->reason));
    if (answer->detail != NULL)
        writer_pair_string(writer, "detail", answer->detail);
    if (answer->reason == REASON_PAUSED) {
        writer_put_string(writer, "until");
        if (answer->until_ms == 0)
            writer_put_nil(writer);
        else
            writer_put_integer(writer, answer->until_ms);
    }
    if (reason_is_temporary(answer->reason)) {
        assert(answer->retry_ms > 0);
        writer_pair_integer(writer, "retry_ms", answer->retry_ms);
    }
    if (answer->holder != NULL)
        writer_pair_text(writer, "holder", text_bytes(answer->holder));
    if (answer->since_seq != 0)
        writer_pair_integer(writer, "since", answer->since_seq);
    if (answer->conversation != NULL) {
        writer_put_string(writer, "row");
        columns_put_row(writer, answer->conversation);
    }
}

struct frame *encode_answer(const struct answer *answer)
{
    bool refused = answer->outcome == OUTCOME_REFUSED;
    size_t pairs = 3;
    pairs += answer->seq != 0 ? 1 : 0;
    pairs += answer->message != 0 ? 1 : 0;
    pairs += refused ? 3 : 0;
    pairs += refused && answer->detail != NULL ? 1 : 0;
    pairs += refused && answer->reason == REASON_PAUSED ? 1 : 0;
    pairs += refused && reason_is_temporary(answer->reason) ? 1 : 0;
    pairs += refused && answer->holder != NULL ? 1 : 0;
    pairs += refused && answer->since_seq != 0 ? 1 : 0;
    pairs += refused && answer->conversation != NULL ? 1 : 0;

    struct writer writer;
    writer_begin(&writer, "answer", pairs);
    writer_put_string(&writer, "id");
    writer_put_binary(&writer, bytes_make(answer->id.bytes, sizeof(answer->id.bytes)));
    writer_pair_string(&writer, "outcome", outcome_name(answer->outcome));
    if (answer->seq != 0)
        writer_pair_integer(&writer, "seq", answer->seq);
    if (answer->message != 0)
        writer_pair_integer(&writer, "message", answer->message);
    if (refused)
        put_refusal(&writer, answer);
    return writer_finish(&writer);
}

struct frame *encode_page(const struct page *page)
{
    struct writer writer;
    writer_begin(&writer, "page", page->next_before_list_seq != 0 ? 4 : 3);
    writer_pair_integer(&writer, "ref", page->ref);
    writer_put_string(&writer, "rows");
    writer_put_array(&writer, page->conversations_count);
    for (size_t i = 0; i < page->conversations_count; i++)
        columns_put_row(&writer, page->conversations[i]);
    if (page->next_before_list_seq != 0)
        writer_pair_integer(&writer, "next", page->next_before_list_seq);
    return writer_finish(&writer);
}

struct frame *encode_request_refused(int64_t ref, struct bytes watched, enum reason reason, int64_t retry_ms)
{
    struct writer writer;
    writer_begin(&writer, "refused", watched.size > 0 ? 7 : 6);
    writer_pair_integer(&writer, "ref", ref);
    if (watched.size > 0)
        writer_pair_text(&writer, "conversation", watched);
    writer_pair_string(&writer, "reason", reason_name(reason));
    writer_pair_integer(&writer, "code", reason);
    writer_pair_string(&writer, "sentence", reason_sentence(reason));
    writer_pair_integer(&writer, "retry_ms", retry_ms);
    return writer_finish(&writer);
}

struct frame *encode_time(int64_t ref, int64_t now_ms, int64_t seq, int64_t mark_ms)
{
    struct writer writer;
    writer_begin(&writer, "time", 5);
    writer_pair_integer(&writer, "ref", ref);
    writer_pair_integer(&writer, "now", now_ms);
    writer_pair_integer(&writer, "seq", seq);
    writer_pair_integer(&writer, "mark", mark_ms);
    return writer_finish(&writer);
}

struct frame *encode_state(enum store_state store)
{
    static const char *const names[] = {
        [STORE_STATE_DOWN] = "down", [STORE_STATE_STUCK] = "stuck", [STORE_STATE_UP] = "up"};
    struct writer writer;
    writer_begin(&writer, "state", 2);
    writer_pair_string(&writer, "store", names[store]);
    return writer_finish(&writer);
}

struct frame *encode_bye(int code, const char *reason, int64_t retry_ms)
{
    struct writer writer;
    writer_begin(&writer, "bye", retry_ms != 0 ? 4 : 3);
    writer_pair_integer(&writer, "code", code);
    writer_pair_string(&writer, "reason", reason);
    if (retry_ms != 0)
        writer_pair_integer(&writer, "retry_ms", retry_ms);
    return writer_finish(&writer);
}
