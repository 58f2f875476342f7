#include "store/row.h"

#include "core/clean.h"
#include "core/columns.h"
#include "protocol/limits.h"
#include "store/timestamp.h"

/* What a message of LIMIT_BODY_BYTES may have become when it was cleaned. */
#define BODY_BYTES_MAX ((size_t)CLEAN_GROWTH * LIMIT_BODY_BYTES)

static bool read_int(struct bytes value, int64_t *number_r)
{
    *number_r = 0;
    if (value.size != 2 && value.size != 4 && value.size != 8)
        return false;
    uint64_t number = (value.data[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < value.size; i++)
        number = number << 8 | value.data[i];
    *number_r = (int64_t)number;
    return true;
}

static bool read_time(struct bytes value, int64_t *ms_r)
{
    int64_t timestamp;
    *ms_r = 0;
    if (value.size != 8 || !read_int(value, &timestamp))
        return false;
    int64_t ms = timestamp_to_ms(timestamp);
    if (ms < 0 || ms > TIMESTAMP_MAX_MS)
        return false;
    *ms_r = ms;
    return true;
}

/* Of a tuple, whose lengths have been checked: a length and as many bytes; -1 for null. */
static bool take_value(const uint8_t **data, struct bytes *value_r)
{
    int64_t size;
    (void)read_int(bytes_make(*data, 4), &size);
    *value_r = bytes_make(*data + 4, size < 0 ? 0 : (size_t)size);
    *data += 4 + value_r->size;
    return size >= 0;
}

/* Moves on, and says whether there was anything. */
static bool fields_take(struct fields *fields, struct bytes *value_r)
{
    int column = fields->column++;
    *value_r = bytes_make(NULL, 0);
    fields->is_broken |= column >= fields->columns_count;
    if (column >= fields->columns_count)
        return false;
    if (fields->result == NULL)
        return take_value(&fields->tuple, value_r);
    if (PQgetisnull(fields->result, fields->row, column))
        return false;
    *value_r = bytes_make(PQgetvalue(fields->result, fields->row, column),
                          (size_t)PQgetlength(fields->result, fields->row, column));
    return true;
}

int64_t fields_take_int(struct fields *fields)
{
    struct bytes value;
    int64_t number = 0;
    if (fields_take(fields, &value))
        fields->is_broken |= !read_int(value, &number);
    return number;
}

int64_t fields_take_int_within(struct fields *fields, int64_t least, int64_t most)
{
    int64_t number = fields_take_int(fields);
    if (number >= least && number <= most)
        return number;
    fields->is_broken = true;
    return least;
}

/* Of what is counted: seqs, versions, messages. */
static int64_t fields_take_count(struct fields *fields)
{
    return fields_take_int_within(fields, 0, LIMIT_INTEGER);
}

bool fields_take_bool(struct fields *fields)
{
    struct bytes value;
    if (!fields_take(fields, &value))
        return false;
    fields->is_broken |= value.size != 1;
    return value.size == 1 && value.data[0] != 0;
}

int64_t fields_take_time(struct fields *fields)
{
    struct bytes value;
    int64_t ms = 0;
    if (fields_take(fields, &value))
        fields->is_broken |= !read_time(value, &ms);
    return ms;
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
static struct bytes fields_take_bytes(struct fields *fields, size_t size_max)
{
    struct bytes value;
    if (!fields_take(fields, &value))
        return bytes_make(NULL, 0);
    fields->is_broken |= value.size > size_max;
    return value.size > size_max ? bytes_make(NULL, 0) : value;
}

struct text *fields_take_text_within(struct fields *fields, size_t size_max)
{
    return text_create(fields_take_bytes(fields, size_max));
}

struct text *fields_take_text(struct fields *fields)
{
    return fields_take_text_within(fields, BODY_BYTES_MAX);
}

struct command_id fields_take_id(struct fields *fields)
{
    struct command_id id = {0};
    struct bytes value;
    if (!fields_take(fields, &value))
        return id;
    fields->is_broken |= value.size != sizeof(id.bytes);
    if (value.size == sizeof(id.bytes))
        memcpy(id.bytes, value.data, sizeof(id.bytes));
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

static struct text *take_short_text(struct fields *fields)
{
    return fields_take_text_within(fields, LIMIT_ID_BYTES);
}

/* Of each kind of column (core/columns.h): how it is taken into its place. */
#define TAKE_SEQ(place)      place = fields_take_count(fields);
#define TAKE_COUNT(place)    place = fields_take_count(fields);
#define TAKE_TIME(place)     place = fields_take_time(fields);
#define TAKE_DEADLINE(place) place = fields_take_time(fields);
#define TAKE_LIST(place)                                                                                     \
    place = (enum conversation_list)fields_take_int_within(fields, LIST_NONE, LIST_COMPLETED);
#define TAKE_PAUSE(place)                                                                                    \
    place = (enum pause_kind)fields_take_int_within(fields, PAUSE_NONE, PAUSE_UNTIL_COMPLETED);
#define TAKE_DELIVERY(place)                                                                                 \
    place = (enum delivery)fields_take_int_within(fields, DELIVERY_NONE, DELIVERY_FAILED);
#define TAKE_ROLE(place)         place = take_role(fields);
#define TAKE_ACTION(place)       place = take_action(fields);
#define TAKE_BOOL(place)         place = fields_take_bool(fields);
#define TAKE_TEXT(place)         place = take_short_text(fields);
#define TAKE_TEXT_OR_NULL(place) place = take_short_text(fields);
#define TAKE_COMMAND(place)      place = fields_take_id(fields);
#define TAKE_NAME(place)         name = fields_take_bytes(fields, LIMIT_NAME_BYTES);
#define TAKE_PREVIEW(place)      preview = fields_take_bytes(fields, CONVERSATION_PREVIEW_BYTES_MAX);

/* The conversation, where there is one: a transition may be about none. */
static void take_conversation(struct fields *fields, struct conversation *c)
{
    struct bytes name, preview;
    *c = (struct conversation){0};
    struct bytes id = fields_take_bytes(fields, LIMIT_ID_BYTES);
    c->seq = fields_take_count(fields);
#define X(KIND, name, member) TAKE_##KIND(c->member)
    CONVERSATION_COLUMN_LIST(X)
#undef X
    conversation_set_words(c, id, name, preview);
}

void fields_take_conversation(struct fields *fields, struct conversation *conversation_r)
{
    take_conversation(fields, conversation_r);
    fields->is_broken |= !conversation_is_possible(conversation_r);
}

void fields_take_transition(struct fields *fields, struct transition *transition_r)
{
    struct transition *t = transition_r;
    *t = (struct transition){0};
    take_conversation(fields, &t->after);
    t->seq = t->after.seq;
    t->at_ms = fields_take_time(fields);
#define X(KIND, name, member) TAKE_##KIND(t->member)
    TRANSITION_COLUMN_LIST(X)
#undef X
    bool has_body = !fields_are_null(fields, 1);
    t->body = has_body ? fields_take_text(fields) : NULL;
    t->is_erased = !has_body && transition_brings_message(t);
    bool is_about_none = t->after.words == NULL;
    fields->is_broken |= t->seq == 0 || (!is_about_none && !conversation_is_possible(&t->after));
    if (transition_is_of_agent(t))
        t->after.seq = 0; /* it is about no conversation: `after` is empty */
}

/* The length of an array's header: dimensions, whether it has nulls, the type; and of its one dimension. */
enum {
    ARRAY_HEADER_SIZE = 12,
    ARRAY_DIMENSION_SIZE = 8,
};

static int64_t array_read_int4(struct bytes array, size_t offset)
{
    int64_t number;
    (void)read_int(bytes_make(array.data + offset, 4), &number);
    return number;
}

struct elements fields_take_array(struct fields *fields)
{
    struct bytes value;
    if (!fields_take(fields, &value))
        return (struct elements){0};
    if (value.size == ARRAY_HEADER_SIZE && array_read_int4(value, 0) == 0)
        return (struct elements){0};
    size_t begin = ARRAY_HEADER_SIZE + ARRAY_DIMENSION_SIZE;
    bool is_sound = value.size >= begin && array_read_int4(value, 0) == 1 &&
                    array_read_int4(value, ARRAY_HEADER_SIZE) >= 0 &&
                    (size_t)array_read_int4(value, ARRAY_HEADER_SIZE) <= (value.size - begin) / 4;
    if (!is_sound) {
        fields->is_broken = true;
        return (struct elements){.is_broken = true};
    }
    return (struct elements){.left = bytes_make(value.data + begin, value.size - begin),
                             .count = (size_t)array_read_int4(value, ARRAY_HEADER_SIZE)};
}

/* False for null, and where there is nothing to be read. */
static bool elements_take(struct elements *elements, struct bytes *value_r)
{
    int64_t size;
    *value_r = bytes_make(NULL, 0);
    elements->is_broken |= elements->count == 0 || elements->left.size < 4;
    if (elements->is_broken)
        return false;
    elements->count--;
    (void)read_int(bytes_make(elements->left.data, 4), &size);
    elements->left = bytes_make(elements->left.data + 4, elements->left.size - 4);
    if (size < 0)
        return false;
    elements->is_broken |= (size_t)size > elements->left.size;
    if (elements->is_broken)
        return false;
    *value_r = bytes_make(elements->left.data, (size_t)size);
    elements->left = bytes_make(elements->left.data + size, elements->left.size - (size_t)size);
    return true;
}

int64_t elements_take_int(struct elements *elements)
{
    struct bytes value;
    int64_t number = 0;
    if (elements_take(elements, &value))
        elements->is_broken |= !read_int(value, &number);
    return number;
}

int64_t elements_take_int_within(struct elements *elements, int64_t least, int64_t most)
{
    int64_t number = elements_take_int(elements);
    if (number >= least && number <= most)
        return number;
    elements->is_broken = true;
    return least;
}

int64_t elements_take_time(struct elements *elements)
{
    struct bytes value;
    int64_t ms = 0;
    if (elements_take(elements, &value))
        elements->is_broken |= !read_time(value, &ms);
    return ms;
}
