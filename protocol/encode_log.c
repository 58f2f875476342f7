/* What is said about transitions and about people. */
#include "protocol/columns.h"
#include "protocol/encode.h"
#include "protocol/writer.h"

static void put_entries(struct writer *writer, const struct transition *const *transitions, size_t count)
{
    writer_put_string(writer, "entries");
    writer_put_array(writer, count);
    for (size_t i = 0; i < count; i++)
        columns_put_entry(writer, transitions[i]);
}

struct frame *encode_log(const struct log_piece *piece)
{
    struct writer writer;
    writer_begin(&writer, "log", piece->too_old ? 6 : 5);
    writer_pair_integer(&writer, "from", piece->from);
    writer_pair_integer(&writer, "to", piece->to);
    writer_pair_integer(&writer, "mark", piece->mark_ms);
    if (piece->too_old)
        writer_pair_bool(&writer, "too_old", true);
    put_entries(&writer, piece->transitions, piece->transitions_count);
    return writer_finish(&writer);
}

struct frame *encode_thread(const struct thread *thread)
{
    size_t pairs = 4;
    pairs += thread->has_ref ? 1 : 0;
    pairs += thread->fresh ? 1 : 0;
    pairs += thread->next_before != 0 ? 1 : 0;
    pairs += thread->too_old ? 1 : 0;

    struct writer writer;
    writer_begin(&writer, "thread", pairs);
    if (thread->has_ref)
        writer_pair_integer(&writer, "ref", thread->ref);
    writer_pair_text(&writer, "conversation", thread->conversation);
    if (thread->fresh)
        writer_pair_bool(&writer, "fresh", true);
    writer_pair_integer(&writer, "to", thread->to);
    put_entries(&writer, thread->transitions, thread->transitions_count);
    if (thread->next_before != 0)
        writer_pair_integer(&writer, "next", thread->next_before);
    if (thread->too_old)
        writer_pair_bool(&writer, "too_old", true);
    return writer_finish(&writer);
}

struct frame *encode_history(const struct history *history)
{
    size_t pairs = 4;
    pairs += history->next_before != 0 ? 1 : 0;
    pairs += history->too_old ? 1 : 0;

    struct writer writer;
    writer_begin(&writer, "history", pairs);
    writer_pair_integer(&writer, "ref", history->ref);
    writer_pair_text(&writer, "conversation", history->conversation);
    put_entries(&writer, history->transitions, history->transitions_count);
    if (history->next_before != 0)
        writer_pair_integer(&writer, "next", history->next_before);
    if (history->too_old)
        writer_pair_bool(&writer, "too_old", true);
    return writer_finish(&writer);
}

struct frame *encode_found(const struct found *found)
{
    struct writer writer;
    writer_begin(&writer, "found", found->more ? 4 : 3);
    writer_pair_integer(&writer, "ref", found->ref);
    writer_put_string(&writer, "rows");
    writer_put_array(&writer, found->conversations_count);
    for (size_t i = 0; i < found->conversations_count; i++)
        columns_put_row(&writer, found->conversations[i]);
    if (found->more)
        writer_pair_bool(&writer, "more", true);
    return writer_finish(&writer);
}

struct frame *encode_presence(const struct people *people)
{
    struct writer writer;
    writer_begin(&writer, "presence", people->fresh ? 3 : 2);
    if (people->fresh)
        writer_pair_bool(&writer, "fresh", true);
    writer_put_string(&writer, "people");
    writer_put_array(&writer, people->count);
    for (size_t i = 0; i < people->count; i++) {
        const struct person *person = &people->each[i];
        writer_put_array(&writer, 4);
        writer_put_text(&writer, text_bytes(person->id));
        writer_put_bool(&writer, person->is_online);
        if (person->conversation == NULL)
            writer_put_nil(&writer);
        else
            writer_put_text(&writer, text_bytes(person->conversation));
        writer_put_bool(&writer, person->is_typing);
    }
    return writer_finish(&writer);
}
