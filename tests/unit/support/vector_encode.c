#include "vector_encode.h"

#include <criterion/criterion.h>
#include <string.h>

#include "protocol/encode.h"
#include "support/vectors.h"

static int64_t integer_at(const json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

static struct bytes text_at(const json_t *json, const char *key)
{
    return bytes_of_string(vector_string(json, key));
}

static struct bytes bytes_of(const json_t *json)
{
    return bytes_of_string(json_string_value(json));
}

static struct text *text_of(const json_t *json)
{
    return text_create(bytes_of(json));
}

static enum role role_of(const json_t *json)
{
    if (json_is_null(json))
        return 0;
    if (strcmp(json_string_value(json), "server") == 0)
        return ROLE_SERVER;
    enum role role;
    cr_assert(role_parse(bytes_of_string(json_string_value(json)), &role));
    return role;
}

static enum action action_of(const json_t *json)
{
#define X(number, NAME, name, ...)                                                                           \
    if (json_is_string(json) && strcmp(json_string_value(json), name) == 0)                                  \
        return ACTION_##NAME;
    ACTION_LIST(X)
#undef X
    return 0;
}

static struct pause pause_of(int64_t pause)
{
    switch (pause) {
    case 0: return (struct pause){.kind = PAUSE_NONE};
    case -1: return (struct pause){.kind = PAUSE_UNTIL_COMPLETED};
    }
    return (struct pause){.kind = PAUSE_UNTIL, .until_ms = pause};
}

static void conversation_read(const json_t *row, struct conversation *conversation_r)
{
#define AT(i)      json_array_get(row, i)
#define INTEGER(i) json_integer_value(AT(i))
    *conversation_r = (struct conversation){
        .channel = text_of(AT(1)),
        .list = (enum conversation_list)INTEGER(3),
        .list_seq = INTEGER(4),
        .assignee = text_of(AT(5)),
        .automation_enabled = json_is_true(AT(6)),
        .pause = pause_of(INTEGER(7)),
        .bot_blocked = json_is_true(AT(8)),
        .version = INTEGER(9),
        .seq = INTEGER(10),
        .received = INTEGER(11),
        .sent = INTEGER(12),
        .unread = INTEGER(13),
        .delivery = (enum delivery)INTEGER(14),
        .waiting_since_ms = INTEGER(15),
        .preview_role = role_of(AT(17)),
        .preview_at_ms = INTEGER(18),
        .last_action = action_of(AT(19)),
        .last_by = text_of(AT(20)),
        .last_role = role_of(AT(21)),
        .last_at_ms = INTEGER(22),
        .waits_for_person = json_is_true(AT(23)),
        .contact_seq = INTEGER(24),
        .answer_seq = INTEGER(25),
        .answer_role = role_of(AT(26)),
        .answer_by = text_of(AT(27)),
        .person_seq = INTEGER(28),
    };
    conversation_set_words(conversation_r, bytes_of(AT(0)), bytes_of(AT(2)), bytes_of(AT(16)));
#undef INTEGER
#undef AT
}

enum { ROWS_MAX = 8, AGENTS_MAX = 4 };

/* The rows of a message, as conversations. */
struct rows {
    size_t count;
    struct row rows[ROWS_MAX];
    const struct row *row_pointers[ROWS_MAX];
    const struct conversation *conversation_pointers[ROWS_MAX];
};

static void rows_read(const json_t *rows, struct rows *rows_r)
{
    *rows_r = (struct rows){.count = json_array_size(rows)};
    cr_assert_leq(rows_r->count, ROWS_MAX);
    for (size_t i = 0; i < rows_r->count; i++) {
        conversation_read(json_array_get(rows, i), &rows_r->rows[i].conversation);
        rows_r->row_pointers[i] = &rows_r->rows[i];
        rows_r->conversation_pointers[i] = &rows_r->rows[i].conversation;
    }
}

static void rows_finish(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        conversation_finish(&rows->rows[i].conversation);
}

static struct frame *encode_welcome_of(const json_t *value)
{
    const json_t *agent = json_object_get(value, "agent");
    struct text *id = text_of(json_object_get(agent, "id"));
    struct text *name = text_of(json_object_get(agent, "name"));
    struct frame *frame = encode_welcome(&(struct welcome){
        .workspace = text_at(value, "workspace"),
        .agent_id = id,
        .agent_name = name,
        .role = role_of(json_object_get(agent, "role")),
        .epoch = text_at(value, "epoch"),
        .seq = integer_at(value, "seq"),
        .mark_ms = integer_at(value, "mark"),
        .resumed = json_is_true(json_object_get(value, "resumed")),
        .consumer = json_is_null(json_object_get(value, "consumer")) ? bytes_make(NULL, 0)
                                                                     : text_at(value, "consumer"),
        .now_ms = integer_at(value, "now"),
        .default_pause_ms = integer_at(json_object_get(value, "settings"), "default_pause"),
        .token_expires_ms = integer_at(value, "token_expires"),
    });
    text_unref(&id);
    text_unref(&name);
    return frame;
}

static struct frame *encode_sync_of(const json_t *value)
{
    struct rows rows;
    rows_read(json_object_get(value, "rows"), &rows);
    const json_t *list = json_object_get(value, "agents");
    struct agent agents[AGENTS_MAX];
    const struct agent *agent_pointers[AGENTS_MAX];
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *agent = json_array_get(list, i);
        agents[i] = (struct agent){.id = text_of(json_array_get(agent, 0)),
                                   .name = text_of(json_array_get(agent, 1)),
                                   .role = role_of(json_array_get(agent, 2))};
        agent_pointers[i] = &agents[i];
    }
    struct frame *frame = encode_sync(&(struct sync){
        .fresh = json_is_true(json_object_get(value, "fresh")),
        .from = integer_at(value, "from"),
        .to = integer_at(value, "to"),
        .mark_ms = integer_at(value, "mark"),
        .rows = rows.row_pointers,
        .rows_count = rows.count,
        .agents = agent_pointers,
        .agents_count = json_array_size(list),
        .at_tail = json_object_get(value, "digest") != NULL,
        .counts = {.open = integer_at(value, "open"), .completed = integer_at(value, "completed")},
        .digest = (uint32_t)integer_at(value, "digest"),
    });
    for (size_t i = 0; i < json_array_size(list); i++) {
        text_unref(&agents[i].id);
        text_unref(&agents[i].name);
    }
    rows_finish(&rows);
    return frame;
}

static enum outcome outcome_of(const char *name)
{
    static const char *const names[] = {"", "done", "unchanged", "refused", "unknown"};
    for (size_t i = OUTCOME_DONE; i < ARRAY_COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return (enum outcome)i;
    cr_assert_fail("no outcome %s", name);
    return OUTCOME_UNKNOWN;
}

static struct frame *encode_answer_of(const json_t *value)
{
    struct conversation conversation = {0};
    const json_t *row = json_object_get(value, "row");
    if (row != NULL)
        conversation_read(row, &conversation);
    struct answer answer = {
        .outcome = outcome_of(vector_string(value, "outcome")),
        .seq = integer_at(value, "seq"),
        .reason = (enum reason)integer_at(value, "code"),
        .detail = vector_string(value, "detail"),
        .until_ms = integer_at(value, "until"),
        .message = integer_at(value, "message"),
        .retry_ms = integer_at(value, "retry_ms"),
        .since_seq = integer_at(value, "since"),
        .holder = text_of(json_object_get(value, "holder")),
        .conversation = row != NULL ? &conversation : NULL,
    };
    vector_read_binary(json_object_get(value, "id"), answer.id.bytes, sizeof(answer.id.bytes));
    struct frame *frame = encode_answer(&answer);
    text_unref(&answer.holder);
    conversation_finish(&conversation);
    return frame;
}

static struct frame *encode_page_of(const json_t *value)
{
    struct rows rows;
    rows_read(json_object_get(value, "rows"), &rows);
    struct frame *frame = encode_page(&(struct page){
        .ref = integer_at(value, "ref"),
        .conversations = rows.conversation_pointers,
        .conversations_count = rows.count,
        .next_before_list_seq = integer_at(value, "next"),
    });
    rows_finish(&rows);
    return frame;
}

/* The entries of a log, thread or history. */
struct entries {
    size_t count;
    struct transition transitions[ROWS_MAX];
    const struct transition *pointers[ROWS_MAX];
};

static void entry_read(const json_t *entry, struct transition *transition_r)
{
#define AT(i) json_array_get(entry, i)
    *transition_r = (struct transition){
        .seq = json_integer_value(AT(0)),
        .at_ms = json_integer_value(AT(1)),
        .action = action_of(AT(2)),
        .role = role_of(AT(3)),
        .by = json_is_null(AT(4)) ? NULL : text_of(AT(4)),
        .message = json_integer_value(AT(6)),
        .body = json_is_null(AT(7)) ? NULL : text_of(AT(7)),
        .delivery = (enum delivery)json_integer_value(AT(8)),
    };
    transition_r->is_erased = json_is_null(AT(7)) && transition_brings_message(transition_r);
    if (!json_is_null(AT(5)))
        vector_read_binary(AT(5), transition_r->command.bytes, sizeof(transition_r->command.bytes));
    if (!json_is_null(AT(9)))
        conversation_read(AT(9), &transition_r->after);
#undef AT
}

static void entries_read(const json_t *value, struct entries *entries_r)
{
    const json_t *list = json_object_get(value, "entries");
    *entries_r = (struct entries){.count = json_array_size(list)};
    cr_assert_leq(entries_r->count, ROWS_MAX);
    for (size_t i = 0; i < entries_r->count; i++) {
        entry_read(json_array_get(list, i), &entries_r->transitions[i]);
        entries_r->pointers[i] = &entries_r->transitions[i];
    }
}

static void entries_finish(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        transition_finish(&entries->transitions[i]);
}

static struct frame *encode_log_of(const json_t *value)
{
    struct entries entries;
    entries_read(value, &entries);
    struct frame *frame = encode_log(&(struct log_piece){
        .from = integer_at(value, "from"),
        .to = integer_at(value, "to"),
        .mark_ms = integer_at(value, "mark"),
        .too_old = json_is_true(json_object_get(value, "too_old")),
        .transitions = entries.pointers,
        .transitions_count = entries.count,
    });
    entries_finish(&entries);
    return frame;
}

static struct frame *encode_thread_of(const json_t *value)
{
    struct entries entries;
    entries_read(value, &entries);
    struct frame *frame = encode_thread(&(struct thread){
        .conversation = text_at(value, "conversation"),
        .has_ref = json_object_get(value, "ref") != NULL,
        .ref = integer_at(value, "ref"),
        .fresh = json_is_true(json_object_get(value, "fresh")),
        .to = integer_at(value, "to"),
        .transitions = entries.pointers,
        .transitions_count = entries.count,
        .next_before = integer_at(value, "next"),
        .too_old = json_is_true(json_object_get(value, "too_old")),
    });
    entries_finish(&entries);
    return frame;
}

static struct frame *encode_history_of(const json_t *value)
{
    struct entries entries;
    entries_read(value, &entries);
    struct frame *frame = encode_history(&(struct history){
        .ref = integer_at(value, "ref"),
        .conversation = text_at(value, "conversation"),
        .transitions = entries.pointers,
        .transitions_count = entries.count,
        .next_before = integer_at(value, "next"),
        .too_old = json_is_true(json_object_get(value, "too_old")),
    });
    entries_finish(&entries);
    return frame;
}

static struct frame *encode_found_of(const json_t *value)
{
    struct rows rows;
    rows_read(json_object_get(value, "rows"), &rows);
    struct frame *frame = encode_found(&(struct found){
        .ref = integer_at(value, "ref"),
        .conversations = rows.conversation_pointers,
        .conversations_count = rows.count,
        .more = json_is_true(json_object_get(value, "more")),
    });
    rows_finish(&rows);
    return frame;
}

static struct frame *encode_presence_of(const json_t *value)
{
    const json_t *list = json_object_get(value, "people");
    struct text *ids[ROWS_MAX], *conversations[ROWS_MAX];
    struct person each[ROWS_MAX];
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count; i++) {
        const json_t *person = json_array_get(list, i);
        const json_t *conversation = json_array_get(person, 2);
        ids[i] = text_of(json_array_get(person, 0));
        conversations[i] = json_is_null(conversation) ? NULL : text_of(conversation);
        each[i] = (struct person){.id = ids[i],
                                  .is_online = json_is_true(json_array_get(person, 1)),
                                  .conversation = conversations[i],
                                  .is_typing = json_is_true(json_array_get(person, 3))};
    }
    struct frame *frame = encode_presence(&(struct people){
        .fresh = json_is_true(json_object_get(value, "fresh")), .each = each, .count = count});
    for (size_t i = 0; i < count; i++) {
        text_unref(&ids[i]);
        text_unref(&conversations[i]);
    }
    return frame;
}

static struct frame *encode_store(const char *name)
{
    if (strcmp(name, "down") == 0)
        return encode_state(STORE_STATE_DOWN);
    return encode_state(strcmp(name, "stuck") == 0 ? STORE_STATE_STUCK : STORE_STATE_UP);
}

struct frame *vector_encode(const json_t *value)
{
    const char *type = vector_string(value, "t");
    if (strcmp(type, "welcome") == 0)
        return encode_welcome_of(value);
    if (strcmp(type, "sync") == 0)
        return encode_sync_of(value);
    if (strcmp(type, "answer") == 0)
        return encode_answer_of(value);
    if (strcmp(type, "page") == 0)
        return encode_page_of(value);
    if (strcmp(type, "time") == 0)
        return encode_time(integer_at(value, "ref"), integer_at(value, "now"), integer_at(value, "seq"),
                           integer_at(value, "mark"));
    if (strcmp(type, "state") == 0)
        return encode_store(vector_string(value, "store"));
    if (strcmp(type, "bye") == 0)
        return encode_bye((int)integer_at(value, "code"), vector_string(value, "reason"),
                          integer_at(value, "retry_ms"));
    if (strcmp(type, "log") == 0)
        return encode_log_of(value);
    if (strcmp(type, "thread") == 0)
        return encode_thread_of(value);
    if (strcmp(type, "history") == 0)
        return encode_history_of(value);
    if (strcmp(type, "found") == 0)
        return encode_found_of(value);
    if (strcmp(type, "presence") == 0)
        return encode_presence_of(value);
    if (strcmp(type, "refused") == 0)
        return encode_request_refused(integer_at(value, "ref"),
                                      json_object_get(value, "conversation") == NULL
                                          ? bytes_make(NULL, 0)
                                          : text_at(value, "conversation"),
                                      (enum reason)integer_at(value, "code"), integer_at(value, "retry_ms"));
    cr_assert_fail("no message %s", type);
    return NULL;
}
