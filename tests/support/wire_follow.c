#include "support/wire_follow.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "support/wire_read.h"

void wire_follow_finish(struct wire_follow *follow)
{
    for (size_t i = 0; i < follow->threads_count; i++)
        free(follow->threads[i].entries.each);
    free(follow->log.each);
    free(follow->people);
    *follow = (struct wire_follow){.place = 0};
}

const struct wire_thread *wire_follow_thread(const struct wire_follow *follow, const char *conversation)
{
    for (size_t i = 0; i < follow->threads_count; i++)
        if (strcmp(follow->threads[i].conversation, conversation) == 0)
            return &follow->threads[i];
    return NULL;
}

const char *wire_follow_look(const struct wire_follow *follow, const char *agent)
{
    static char look[80];
    for (size_t i = 0; i < follow->people_count; i++) {
        const struct wire_person *person = &follow->people[i];
        if (strcmp(person->agent, agent) != 0 || !person->is_online)
            continue;
        if (person->conversation[0] == '\0')
            return "o";
        snprintf(look, sizeof(look), "%c %s", person->is_typing ? 't' : 'v', person->conversation);
        return look;
    }
    return "-";
}

/* The log. */

static const msgpack_object *entry_find(const struct wire_client *client, const msgpack_object *entry,
                                        const char *column)
{
    for (size_t i = 0; i < client->log_columns_count; i++)
        if (strcmp(client->log_columns[i], column) == 0)
            return &entry->via.array.ptr[i];
    assert(!"welcome lacks a column of the log");
    return NULL;
}

static void read_entry(struct wire_client *client, const msgpack_object *object, struct wire_entry *entry)
{
    memset(entry, 0, sizeof(*entry));
    entry->seq = wire_integer(entry_find(client, object, "seq"));
    entry->at = wire_integer(entry_find(client, object, "at"));
    entry->message = wire_integer(entry_find(client, object, "message"));
    entry->status = wire_integer(entry_find(client, object, "status"));
    wire_text(entry_find(client, object, "action"), entry->action, sizeof(entry->action));
    wire_text(entry_find(client, object, "role"), entry->role, sizeof(entry->role));
    wire_text(entry_find(client, object, "by"), entry->by, sizeof(entry->by));
    const msgpack_object *body = entry_find(client, object, "body");
    entry->has_body = body->type == MSGPACK_OBJECT_STR;
    entry->body_size = entry->has_body ? body->via.str.size : 0;
    if (entry->has_body)
        snprintf(entry->body, sizeof(entry->body), "%.*s", (int)body->via.str.size, body->via.str.ptr);
    const msgpack_object *row = entry_find(client, object, "row");
    if (row->type == MSGPACK_OBJECT_NIL)
        return;
    struct wire_row after;
    wire_row(client, row, &after);
    memcpy(entry->conversation, after.id, sizeof(entry->conversation));
    memcpy(entry->name, after.name, sizeof(entry->name));
    if (after.seq != entry->seq)
        wire_blame(client, "entry %lld shows its row at %lld", (long long)entry->seq, (long long)after.seq);
}

void wire_entries(struct wire_client *client, const msgpack_object *map)
{
    const msgpack_object *entries = wire_find_key(map, "entries");
    client->last.entries_count = entries == NULL ? 0 : entries->via.array.size;
    client->last.entries = alloc_array(client->last.entries_count + 1, sizeof(*client->last.entries));
    for (size_t i = 0; i < client->last.entries_count; i++)
        read_entry(client, &entries->via.array.ptr[i], &client->last.entries[i]);
}

/* Adds what came; what is not after `after` is a fault. An erase takes the bodies that came before it. */
static void keep_entries(struct wire_client *client, struct wire_entries *kept, int64_t after)
{
    const struct wire_message *last = &client->last;
    kept->each = alloc_resize(kept->each, kept->count + last->entries_count + 1, sizeof(*kept->each));
    for (size_t i = 0; i < last->entries_count; i++) {
        const struct wire_entry *entry = &last->entries[i];
        if (entry->seq <= after || entry->seq > last->to)
            wire_blame(client, "entry %lld is not after %lld and up to %lld", (long long)entry->seq,
                       (long long)after, (long long)last->to);
        after = entry->seq;
        for (size_t j = 0; strcmp(entry->action, "erase") == 0 && j < kept->count; j++)
            if (strcmp(kept->each[j].conversation, entry->conversation) == 0)
                kept->each[j].has_body = false;
        kept->each[kept->count++] = *entry;
    }
}

void wire_take_log(struct wire_client *client)
{
    struct wire_follow *follow = &client->follow;
    if (client->last.from != follow->place)
        wire_blame(client, "log from %lld, but the last ended at %lld", (long long)client->last.from,
                   (long long)follow->place);
    keep_entries(client, &follow->log, follow->place);
    follow->place = client->last.to;
    if (client->last.too_old)
        follow->lost_to = client->last.to;
}

void wire_take_thread(struct wire_client *client)
{
    const struct wire_message *last = &client->last;
    struct wire_follow *follow = &client->follow;
    struct wire_thread *thread = NULL;
    for (size_t i = 0; i < follow->threads_count; i++)
        if (strcmp(follow->threads[i].conversation, last->conversation) == 0)
            thread = &follow->threads[i];
    if (thread == NULL) {
        assert(follow->threads_count < WIRE_THREADS_MAX);
        thread = &follow->threads[follow->threads_count++];
        *thread = (struct wire_thread){.to = 0};
        memcpy(thread->conversation, last->conversation, sizeof(thread->conversation));
        if (!last->fresh && last->entries_count > 0)
            wire_blame(client, "the thread of %s goes on, but never began", last->conversation);
    }
    if (last->fresh) {
        thread->entries.count = 0;
        thread->to = 0;
        thread->has_more = last->next != 0;
        thread->too_old = last->too_old;
    }
    for (size_t i = 0; i < last->entries_count; i++)
        if (strcmp(last->entries[i].conversation, last->conversation) != 0)
            wire_blame(client, "the thread of %s has an entry of another", last->conversation);
    keep_entries(client, &thread->entries, thread->to);
    if (thread->to < last->to)
        thread->to = last->to;
}

void wire_take_presence(struct wire_client *client, const msgpack_object *map)
{
    struct wire_follow *follow = &client->follow;
    const msgpack_object *people = wire_find_key(map, "people");
    size_t count_max = follow->people_count + people->via.array.size;
    follow->presence_frames++;
    follow->people = alloc_resize(follow->people, count_max + 1, sizeof(*follow->people));
    if (client->last.fresh)
        follow->people_count = 0;
    for (uint32_t i = 0; i < people->via.array.size; i++) {
        const msgpack_object *columns_of = people->via.array.ptr[i].via.array.ptr;
        struct wire_person person = {.is_online = wire_integer(&columns_of[1]) != 0,
                                     .is_typing = wire_integer(&columns_of[3]) != 0};
        wire_text(&columns_of[0], person.agent, sizeof(person.agent));
        wire_text(&columns_of[2], person.conversation, sizeof(person.conversation));
        size_t place = 0;
        while (place < follow->people_count && strcmp(follow->people[place].agent, person.agent) != 0)
            place++;
        follow->people_count += place == follow->people_count;
        follow->people[place] = person;
    }
}
