#include "store/row.h"

#include <assert.h>

#include "store/timestamp.h"

static int64_t read_int(const uint8_t *data, size_t size)
{
    assert(size == 2 || size == 4 || size == 8);
    uint64_t value = (data[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | data[i];
    return (int64_t)value;
}

/* A length and as many bytes; -1 for null. */
static bool take_value(const uint8_t **data, struct bytes *value_r)
{
    int64_t size = read_int(*data, 4);
    *value_r = bytes_make(*data + 4, size < 0 ? 0 : (size_t)size);
    *data += 4 + value_r->size;
    return size >= 0;
}

/* Moves on, and says whether there was anything. */
static bool fields_take(struct fields *fields, struct bytes *value_r)
{
    int column = fields->column++;
    assert(column < fields->columns_count);
    if (fields->result == NULL)
        return take_value(&fields->tuple, value_r);
    *value_r = bytes_make(PQgetvalue(fields->result, fields->row, column),
                          (size_t)PQgetlength(fields->result, fields->row, column));
    return !PQgetisnull(fields->result, fields->row, column);
}

int64_t fields_take_int(struct fields *fields)
{
    struct bytes value;
    return fields_take(fields, &value) ? read_int(value.data, value.size) : 0;
}

bool fields_take_bool(struct fields *fields)
{
    struct bytes value;
    if (!fields_take(fields, &value))
        return false;
    assert(value.size == 1);
    return value.data[0] != 0;
}

int64_t fields_take_time(struct fields *fields)
{
    struct bytes value;
    return fields_take(fields, &value) ? timestamp_to_ms(read_int(value.data, value.size)) : 0;
}

bool fields_are_null(struct fields *fields, int count)
{
    struct fields ahead = *fields;
    struct bytes value;
    for (int i = 0; i < count; i++) {
        if (fields_take(&ahead, &value))
            return false;
    }
    *fields = ahead;
    return true;
}

/* No bytes for null. */
static struct bytes fields_take_bytes(struct fields *fields)
{
    struct bytes value;
    return fields_take(fields, &value) ? value : bytes_make(NULL, 0);
}

struct text *fields_take_text(struct fields *fields)
{
    return text_create(fields_take_bytes(fields));
}

struct command_id fields_take_id(struct fields *fields)
{
    struct command_id id = {0};
    struct bytes value;
    if (fields_take(fields, &value)) {
        assert(value.size == sizeof(id.bytes));
        memcpy(id.bytes, value.data, sizeof(id.bytes));
    }
    return id;
}

/* A later server may know more of these, and share the database with this one. What they did to the row
 * stands in the row; what they are called, this one cannot say. */
static enum action take_action(struct fields *fields)
{
    enum action action;
    return action_from_number(fields_take_int(fields), &action) ? action : 0;
}

static enum role take_role(struct fields *fields)
{
    enum role role;
    return role_from_number(fields_take_int(fields), &role) ? role : 0;
}

void fields_take_conversation(struct fields *fields, struct conversation *conversation_r)
{
    struct conversation *c = conversation_r;
    *c = (struct conversation){0};
    struct bytes id = fields_take_bytes(fields);
    c->channel = fields_take_text(fields);
    struct bytes name = fields_take_bytes(fields);
    c->list = (enum conversation_list)fields_take_int(fields);
    c->list_seq = fields_take_int(fields);
    c->assignee = fields_take_text(fields);
    c->automation_enabled = fields_take_bool(fields);
    c->pause.kind = (enum pause_kind)fields_take_int(fields);
    c->pause.until_ms = fields_take_time(fields);
    c->pause_seq = fields_take_int(fields);
    c->bot_blocked = fields_take_bool(fields);
    c->version = fields_take_int(fields);
    c->seq = fields_take_int(fields);
    c->received = fields_take_int(fields);
    c->sent = fields_take_int(fields);
    c->unread = fields_take_int(fields);
    c->delivery = (enum delivery)fields_take_int(fields);
    c->waiting_since_ms = fields_take_time(fields);
    conversation_set_words(c, id, name, fields_take_bytes(fields));
    c->preview_role = take_role(fields);
    c->preview_at_ms = fields_take_time(fields);
    c->last_action = take_action(fields);
    c->last_by = fields_take_text(fields);
    c->last_role = take_role(fields);
    c->last_at_ms = fields_take_time(fields);
    c->waits_for_person = fields_take_bool(fields);
    c->contact_seq = fields_take_int(fields);
    c->answer_seq = fields_take_int(fields);
    c->other_answer_seq = fields_take_int(fields);
    c->person_seq = fields_take_int(fields);
    c->answer_role = take_role(fields);
    c->answer_by = fields_take_text(fields);
}

void fields_take_transition(struct fields *fields, struct transition *transition_r)
{
    struct transition *t = transition_r;
    *t = (struct transition){0};
    fields_take_conversation(fields, &t->after);
    t->seq = t->after.seq;
    t->at_ms = fields_take_time(fields);
    t->command = fields_take_id(fields);
    t->action = take_action(fields);
    t->role = take_role(fields);
    t->by = fields_take_text(fields);
    t->from = (enum conversation_list)fields_take_int(fields);
    t->before_seq = fields_take_int(fields);
    bool has_body = !fields_are_null(fields, 1);
    t->body = has_body ? fields_take_text(fields) : NULL;
    t->is_erased = !has_body && transition_brings_message(t);
    t->message = fields_take_int(fields);
    t->delivery = (enum delivery)fields_take_int(fields);
    if (t->action == ACTION_AGENT_SEEN)
        t->after.seq = 0; /* it is about no conversation: `after` is empty */
}

struct elements fields_take_array(struct fields *fields)
{
    struct bytes value;
    if (!fields_take(fields, &value) || read_int(value.data, 4) == 0)
        return (struct elements){0};
    assert(read_int(value.data, 4) == 1);
    return (struct elements){.data = value.data + 20, .count = (size_t)read_int(value.data + 12, 4)};
}

static bool elements_take(struct elements *elements, struct bytes *value_r)
{
    assert(elements->count > 0);
    elements->count--;
    return take_value(&elements->data, value_r);
}

int64_t elements_take_int(struct elements *elements)
{
    struct bytes value;
    return elements_take(elements, &value) ? read_int(value.data, value.size) : 0;
}

int64_t elements_take_time(struct elements *elements)
{
    struct bytes value;
    return elements_take(elements, &value) ? timestamp_to_ms(read_int(value.data, value.size)) : 0;
}
