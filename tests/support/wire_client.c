#include "support/wire_client.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "support/wire_read.h"

static void copy_text(char *place, size_t size, struct bytes text)
{
    snprintf(place, size, "%.*s", (int)text.size, text.size == 0 ? "" : (const char *)text.data);
}

struct wire_row wire_row_of(const struct conversation *conversation)
{
    struct wire_row row;
    memset(&row, 0, sizeof(row));
    copy_text(row.id, sizeof(row.id), conversation_id(conversation));
    copy_text(row.channel, sizeof(row.channel), text_bytes(conversation->channel));
    copy_text(row.name, sizeof(row.name), conversation_name(conversation));
    copy_text(row.assignee, sizeof(row.assignee), text_bytes(conversation->assignee));
    copy_text(row.preview, sizeof(row.preview), conversation_preview(conversation));
    copy_text(row.last_by, sizeof(row.last_by), text_bytes(conversation->last_by));
    copy_text(row.answer_by, sizeof(row.answer_by), text_bytes(conversation->answer_by));
    if (conversation->answer_role != 0)
        snprintf(row.answer_role, sizeof(row.answer_role), "%s", role_name(conversation->answer_role));
    if (conversation->preview_role != 0)
        snprintf(row.preview_role, sizeof(row.preview_role), "%s", role_name(conversation->preview_role));
    if (conversation->last_role != 0)
        snprintf(row.last_role, sizeof(row.last_role), "%s", role_name(conversation->last_role));
    if (conversation->last_action != 0)
        snprintf(row.last_action, sizeof(row.last_action), "%s", action_name(conversation->last_action));
    row.list = conversation->list;
    row.list_seq = conversation->list_seq;
    row.automation = conversation->automation_enabled;
    row.pause = conversation->pause.kind == PAUSE_UNTIL_COMPLETED ? -1 : conversation->pause.until_ms;
    row.bot_blocked = conversation->bot_blocked;
    row.version = conversation->version;
    row.seq = conversation->seq;
    row.received = conversation->received;
    row.sent = conversation->sent;
    row.unread = conversation->unread;
    row.delivery = conversation->delivery;
    row.waiting_since = conversation->waiting_since_ms;
    row.preview_at = conversation->preview_at_ms;
    row.last_at = conversation->last_at_ms;
    row.waits_for_person = conversation->waits_for_person;
    row.contact_seq = conversation->contact_seq;
    row.answer_seq = conversation->answer_seq;
    row.person_seq = conversation->person_seq;
    return row;
}

bool wire_row_equal(const struct wire_row *a, const struct wire_row *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* Keeping them (PROTOCOL.md, section 7). */

void wire_client_init(struct wire_client *client)
{
    *client = (struct wire_client){0};
}

void wire_client_finish(struct wire_client *client)
{
    free(client->rows);
    free(client->agents);
    free(client->last.rows);
    free(client->last.entries);
    wire_follow_finish(&client->follow);
    *client = (struct wire_client){0};
}

static struct wire_row *find_row(const struct wire_client *client, const char *id)
{
    for (size_t i = 0; i < client->rows_count; i++)
        if (strcmp(client->rows[i].id, id) == 0)
            return &client->rows[i];
    return NULL;
}

const struct wire_row *wire_client_find(const struct wire_client *client, const char *id)
{
    return find_row(client, id);
}

int64_t wire_client_count(const struct wire_client *client, enum conversation_list list)
{
    int64_t count = 0;
    for (size_t i = 0; i < client->rows_count; i++)
        count += client->rows[i].list == (int64_t)list;
    return count;
}

static void keep_row(struct wire_client *client, const struct wire_row *row)
{
    struct wire_row *held = find_row(client, row->id);
    if (held == NULL) {
        client->rows = alloc_resize(client->rows, client->rows_count + 1, sizeof(*client->rows));
        client->rows[client->rows_count++] = *row;
    } else if (held->seq < row->seq) {
        *held = *row;
    } else if (!client->is_void && held->seq == row->seq && !wire_row_equal(held, row)) {
        wire_blame(client, "row %s came twice at seq %lld and differs", row->id, (long long)row->seq);
    }
    if (client->newest < row->seq)
        client->newest = row->seq;
}

static void keep_agent(struct wire_client *client, const msgpack_object *object)
{
    struct wire_agent agent;
    memset(&agent, 0, sizeof(agent));
    if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size != 3) {
        wire_blame(client, "an agent is not three texts");
        return;
    }
    wire_text(&object->via.array.ptr[0], agent.id, sizeof(agent.id));
    wire_text(&object->via.array.ptr[1], agent.name, sizeof(agent.name));
    wire_text(&object->via.array.ptr[2], agent.role, sizeof(agent.role));
    for (size_t i = 0; i < client->agents_count; i++) {
        if (strcmp(client->agents[i].id, agent.id) == 0) {
            client->agents[i] = agent;
            return;
        }
    }
    client->agents = alloc_resize(client->agents, client->agents_count + 1, sizeof(*client->agents));
    client->agents[client->agents_count++] = agent;
}

/* FNV-1a over the id and the seq, as section 7 has it. */
static uint32_t digest_of(const struct wire_row *row)
{
    uint32_t hash = 2166136261u;
    for (const char *byte = row->id; *byte != '\0'; byte++)
        hash = (hash ^ (uint8_t)*byte) * 16777619u;
    for (int shift = 56; shift >= 0; shift -= 8)
        hash = (hash ^ (uint8_t)((uint64_t)row->seq >> shift)) * 16777619u;
    return hash;
}

uint32_t wire_client_digest(const struct wire_client *client)
{
    uint32_t digest = 0;
    for (size_t i = 0; i < client->rows_count; i++)
        digest += client->rows[i].list == LIST_OPEN ? digest_of(&client->rows[i]) : 0;
    return digest;
}

static void disagree(struct wire_client *client, const char *what)
{
    client->disagreed = true;
    client->disagreed_at = client->last.to;
    wire_blame(client, "sync from %lld to %lld at seq %lld: %s", (long long)client->last.from,
               (long long)client->last.to, (long long)client->seq, what);
}

static void check_digest(struct wire_client *client)
{
    const struct wire_message *sync = &client->last;
    int64_t open = wire_client_count(client, LIST_OPEN);
    uint32_t digest = wire_client_digest(client);
    if (open != sync->open)
        disagree(client, "another number of open conversations");
    else if ((int64_t)digest != sync->digest)
        disagree(client, "another digest");
    if (wire_client_count(client, LIST_COMPLETED) > sync->completed)
        disagree(client, "fewer completed conversations than were sent");
}

static void take_sync(struct wire_client *client)
{
    struct wire_message *sync = &client->last;
    if (sync->fresh) {
        client->rows_count = 0;
        client->agents_count = 0;
        client->seq = client->last_to = 0;
        client->newest = 0;
        client->disagreed = false;
        client->is_behind = true;
        client->is_void = false;
    }
    if (client->disagreed)
        return;
    if (!client->has_welcome)
        wire_blame(client, "sync before welcome");
    if (sync->from != client->last_to || sync->to < sync->from || sync->to < client->seq)
        wire_blame(client, "sync from %lld to %lld, the last one was to %lld", (long long)sync->from,
                   (long long)sync->to, (long long)client->last_to);
    for (size_t i = 0; i < sync->rows_count; i++)
        keep_row(client, &sync->rows[i]);
    client->seq = client->last_to = sync->to;
    client->mark = sync->mark;
    if (!sync->has_digest)
        return;
    client->is_behind = false;
    if (client->newest <= client->seq)
        check_digest(client);
}

/* All that a message may say, whatever its type: keys do not clash. */
static void read_message(struct wire_client *client, const msgpack_object *map)
{
    struct wire_message *last = &client->last;
    const msgpack_object *id = wire_find_key(map, "id");
    if (id != NULL && id->type == MSGPACK_OBJECT_BIN && id->via.bin.size == sizeof(last->id.bytes))
        memcpy(last->id.bytes, id->via.bin.ptr, sizeof(last->id.bytes));
    wire_find_text(map, "outcome", last->outcome, sizeof(last->outcome));
    if (last->type == WIRE_ANSWER || last->type == WIRE_REFUSED)
        wire_find_text(map, "reason", last->reason, sizeof(last->reason));
    wire_find_text(map, "detail", last->detail, sizeof(last->detail));
    wire_find_text(map, "epoch", last->epoch, sizeof(last->epoch));
    last->seq = wire_find_integer(map, "seq");
    last->message = wire_find_integer(map, "message");
    last->until = wire_find_integer(map, "until");
    last->since = wire_find_integer(map, "since");
    wire_find_text(map, "holder", last->holder, sizeof(last->holder));
    last->resumed = wire_find_integer(map, "resumed") != 0;
    last->mark = wire_find_integer(map, "mark");
    last->from = wire_find_integer(map, "from");
    last->to = wire_find_integer(map, "to");
    last->fresh = wire_find_integer(map, "fresh") != 0;
    last->has_digest = wire_find_key(map, "digest") != NULL;
    last->open = wire_find_integer(map, "open");
    last->completed = wire_find_integer(map, "completed");
    last->digest = wire_find_integer(map, "digest");
    last->ref = wire_find_integer(map, "ref");
    last->next = wire_find_integer(map, "next");
    last->now = wire_find_integer(map, "now");
    last->code = wire_find_integer(map, "code");
    last->retry_ms = wire_find_integer(map, "retry_ms");
    char state[8] = "";
    wire_find_text(map, "store", state, sizeof(state));
    last->is_up = strcmp(state, "up") == 0;
    last->is_stuck = strcmp(state, "stuck") == 0;
    last->too_old = wire_find_integer(map, "too_old") != 0;
    last->more = wire_find_integer(map, "more") != 0;
    wire_find_text(map, "conversation", last->conversation, sizeof(last->conversation));
    const msgpack_object *agent = wire_find_key(map, "agent");
    if (agent != NULL && agent->type == MSGPACK_OBJECT_MAP)
        wire_find_text(agent, "id", last->agent, sizeof(last->agent));
}

static void read_rows(struct wire_client *client, const msgpack_object *map)
{
    struct wire_message *last = &client->last;
    const msgpack_object *rows = wire_find_key(map, "rows");
    const msgpack_object *row = wire_find_key(map, "row");
    last->rows_count = rows != NULL ? rows->via.array.size : row != NULL ? 1 : 0;
    last->rows = alloc_array(last->rows_count + 1, sizeof(*last->rows));
    for (size_t i = 0; i < last->rows_count; i++)
        wire_row(client, rows != NULL ? &rows->via.array.ptr[i] : row, &last->rows[i]);
}

static enum wire_type type_of(const msgpack_object *map)
{
    static const char *const names[] = {"welcome", "sync",   "answer",  "page",  "time",     "state",  "bye",
                                        "log",     "thread", "history", "found", "presence", "refused"};
    char name[16] = "";
    wire_find_text(map, "t", name, sizeof(name));
    size_t type = 0;
    while (type < ARRAY_COUNT(names) && strcmp(names[type], name) != 0)
        type++;
    assert(type < ARRAY_COUNT(names));
    return (enum wire_type)type;
}

bool wire_is_temporary(const char *reason)
{
    static const char *const names[] = {"busy",     "too_many", "unavailable",
                                        "too_fast", "too_slow", "workspace_full"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (strcmp(reason, names[i]) == 0)
            return true;
    return false;
}

static void take_welcome(struct wire_client *client, const msgpack_object *map)
{
    wire_columns(client, wire_find_key(map, "columns"));
    const msgpack_object *log_columns = wire_find_key(map, "log_columns");
    client->log_columns_count = log_columns->via.array.size;
    for (size_t i = 0; i < client->log_columns_count; i++)
        wire_text(&log_columns->via.array.ptr[i], client->log_columns[i], sizeof(client->log_columns[i]));
    memcpy(client->epoch, client->last.epoch, sizeof(client->epoch));
    client->has_welcome = true;
    if (wire_find_key(map, "consumer")->type != MSGPACK_OBJECT_NIL) {
        client->follow.place = client->last.seq;
        client->seq = client->last.seq;
        return;
    }
    client->is_void |= !client->last.resumed;
    if (client->last.resumed ? client->last.seq < client->seq : client->last.seq != 0)
        wire_blame(client, "welcome says seq %lld, the client is at %lld", (long long)client->last.seq,
                   (long long)client->seq);
    client->seq = client->last_to = client->last.seq;
    client->mark = client->last.mark;
}

void wire_client_receive(struct wire_client *client, struct bytes frame)
{
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t offset = 0;
    msgpack_unpack_return how = msgpack_unpack_next(&unpacked, (const char *)frame.data, frame.size, &offset);
    assert(how == MSGPACK_UNPACK_SUCCESS && offset == frame.size && unpacked.data.type == MSGPACK_OBJECT_MAP);
    const msgpack_object *map = &unpacked.data;
    free(client->last.rows);
    free(client->last.entries);
    client->last = (struct wire_message){.type = type_of(map)};
    read_message(client, map);
    read_rows(client, map);
    wire_entries(client, map);
    switch (client->last.type) {
    case WIRE_WELCOME: take_welcome(client, map); break;
    case WIRE_SYNC: {
        take_sync(client);
        const msgpack_object *agents = wire_find_key(map, "agents");
        client->last.agents_count = agents == NULL ? 0 : agents->via.array.size;
        for (size_t i = 0; i < client->last.agents_count && !client->disagreed; i++)
            keep_agent(client, &agents->via.array.ptr[i]);
        break;
    }
    case WIRE_LOG: wire_take_log(client); break;
    case WIRE_THREAD: wire_take_thread(client); break;
    case WIRE_PRESENCE: wire_take_presence(client, map); break;
    case WIRE_HISTORY: break;
    case WIRE_ANSWER:
        if ((client->last.retry_ms > 0) != wire_is_temporary(client->last.reason))
            wire_blame(client, "refused %s: wait %lld ms", client->last.reason,
                       (long long)client->last.retry_ms);
        for (size_t i = 0; i < client->last.rows_count; i++)
            keep_row(client, &client->last.rows[i]);
        break;
    case WIRE_FOUND:
    case WIRE_PAGE:
        for (size_t i = 0; i < client->last.rows_count; i++)
            keep_row(client, &client->last.rows[i]);
        break;
    case WIRE_TIME:
        if (client->last.seq > client->seq) {
            client->seq = client->last.seq;
            client->mark = client->last.mark;
        }
        break;
    case WIRE_REFUSED:
        if (client->last.retry_ms <= 0 || !wire_is_temporary(client->last.reason))
            wire_blame(client, "a request is refused %s: wait %lld ms", client->last.reason,
                       (long long)client->last.retry_ms);
        break;
    case WIRE_STATE:
    case WIRE_BYE: break;
    }
    msgpack_unpacked_destroy(&unpacked);
}
