#include "protocol/columns.h"

/* Each column's name, and how it is written. Later versions append; nothing is ever taken out or moved. */
#define COLUMN_LIST(X)                                                                                       \
    X("id", writer_put_text(writer, conversation_id(row)))                                                   \
    X("channel", put_text(writer, row->channel))                                                             \
    X("name", writer_put_text(writer, conversation_name(row)))                                               \
    X("list", writer_put_integer(writer, row->list))                                                         \
    X("list_seq", writer_put_integer(writer, row->list_seq))                                                 \
    X("assignee", put_text_or_nil(writer, row->assignee))                                                    \
    X("automation", writer_put_bool(writer, row->automation_enabled))                                        \
    X("pause", put_pause(writer, row->pause))                                                                \
    X("bot_blocked", writer_put_bool(writer, row->bot_blocked))                                              \
    X("version", writer_put_integer(writer, row->version))                                                   \
    X("seq", writer_put_integer(writer, row->seq))                                                           \
    X("received", writer_put_integer(writer, row->received))                                                 \
    X("sent", writer_put_integer(writer, row->sent))                                                         \
    X("unread", writer_put_integer(writer, row->unread))                                                     \
    X("delivery", writer_put_integer(writer, row->delivery))                                                 \
    X("waiting_since", put_time(writer, row->waiting_since_ms))                                              \
    X("preview", writer_put_text(writer, conversation_preview(row)))                                         \
    X("preview_role", put_role(writer, row->preview_role))                                                   \
    X("preview_at", put_time(writer, row->preview_at_ms))                                                    \
    X("last_action", put_action(writer, row->last_action))                                                   \
    X("last_by", put_text_or_nil(writer, row->last_by))                                                      \
    X("last_role", put_role(writer, row->last_role))                                                         \
    X("last_at", put_time(writer, row->last_at_ms))                                                          \
    X("waits_for_person", writer_put_bool(writer, row->waits_for_person))                                    \
    X("contact_seq", writer_put_integer(writer, row->contact_seq))                                           \
    X("answer_seq", writer_put_integer(writer, row->answer_seq))                                             \
    X("answer_role", put_role(writer, row->answer_role))                                                     \
    X("answer_by", put_text_or_nil(writer, row->answer_by))                                                  \
    X("person_seq", writer_put_integer(writer, row->person_seq))

#define LOG_COLUMN_LIST(X)                                                                                   \
    X("seq", writer_put_integer(writer, entry->seq))                                                         \
    X("at", put_time(writer, entry->at_ms))                                                                  \
    X("action", put_action(writer, entry->action))                                                           \
    X("role", put_role(writer, entry->role))                                                                 \
    X("by", put_text_or_nil(writer, entry->by))                                                              \
    X("id", put_id(writer, entry->command))                                                                  \
    X("message", writer_put_integer(writer, entry->message))                                                 \
    X("body", put_body(writer, entry))                                                                       \
    X("status", writer_put_integer(writer, entry->delivery))                                                 \
    X("row", put_row_after(writer, entry))

static void put_text(struct writer *writer, const struct text *text)
{
    writer_put_text(writer, text_bytes(text));
}

static void put_text_or_nil(struct writer *writer, const struct text *text)
{
    if (text == NULL)
        writer_put_nil(writer);
    else
        put_text(writer, text);
}

static void put_time(struct writer *writer, int64_t at_ms)
{
    if (at_ms == 0)
        writer_put_nil(writer);
    else
        writer_put_integer(writer, at_ms);
}

static void put_role(struct writer *writer, enum role role)
{
    if (role == 0)
        writer_put_nil(writer);
    else
        writer_put_string(writer, role_name(role));
}

static void put_action(struct writer *writer, enum action action)
{
    if (action == 0)
        writer_put_nil(writer);
    else
        writer_put_string(writer, action_name(action));
}

static void put_pause(struct writer *writer, struct pause pause)
{
    switch (pause.kind) {
    case PAUSE_NONE: writer_put_integer(writer, 0); return;
    case PAUSE_UNTIL: writer_put_integer(writer, pause.until_ms); return;
    case PAUSE_UNTIL_COMPLETED: writer_put_integer(writer, -1); return;
    }
}

/* The server's own commands have no id that anybody could know. */
static void put_id(struct writer *writer, struct command_id id)
{
    if (command_id_is_reserved(id))
        writer_put_nil(writer);
    else
        writer_put_binary(writer, bytes_make(id.bytes, sizeof(id.bytes)));
}

/* Of a message that is empty, an empty text: nil says that it has been erased. */
static void put_body(struct writer *writer, const struct transition *entry)
{
    if (transition_brings_message(entry) && !entry->is_erased)
        put_text(writer, entry->body);
    else
        put_text_or_nil(writer, entry->body);
}

static void put_row_after(struct writer *writer, const struct transition *entry)
{
    if (entry->after.words == NULL)
        writer_put_nil(writer);
    else
        columns_put_row(writer, &entry->after);
}

enum {
#define X(name, put) +1
    COLUMNS_COUNT = 0 COLUMN_LIST(X),
    LOG_COLUMNS_COUNT = 0 LOG_COLUMN_LIST(X),
#undef X
};

void columns_put_names(struct writer *writer)
{
    writer_put_array(writer, COLUMNS_COUNT);
#define X(name, put) writer_put_string(writer, name);
    COLUMN_LIST(X)
#undef X
}

void columns_put_row(struct writer *writer, const struct conversation *row)
{
    writer_put_array(writer, COLUMNS_COUNT);
#define X(name, put) put;
    COLUMN_LIST(X)
#undef X
}

void columns_put_log_names(struct writer *writer)
{
    writer_put_array(writer, LOG_COLUMNS_COUNT);
#define X(name, put) writer_put_string(writer, name);
    LOG_COLUMN_LIST(X)
#undef X
}

void columns_put_entry(struct writer *writer, const struct transition *entry)
{
    writer_put_array(writer, LOG_COLUMNS_COUNT);
#define X(name, put) put;
    LOG_COLUMN_LIST(X)
#undef X
}
