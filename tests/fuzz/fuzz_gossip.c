#include "app/desk/gossip.h"
#include "support/fuzz_input.h"

/* What another node may say of the people with it, from any bytes: what is understood of it lies within it,
 * is sound, and can be said again and comes to the same. */

static void check_within(struct bytes inner, struct bytes outer)
{
    must(inner.size == 0 || (inner.data >= outer.data && inner.data + inner.size <= outer.data + outer.size));
}

static void add(struct gossip *words, const struct gossip_entry *word)
{
    struct presence_person person = {
        .id = text_create(word->agent),
        .own_view = {.is_online = word->state != '-',
                     .conversation = text_create(word->conversation),
                     .is_typing = word->state == 't'},
    };
    must(gossip_add(words, &person));
    text_unref(&person.id);
    text_unref(&person.own_view.conversation);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes said = bytes_make(data, size < LIMIT_TELL_BYTES ? size : LIMIT_TELL_BYTES);
    struct gossip_reader reader;
    struct gossip_reader again;
    struct gossip_entry word;
    struct gossip_entry word_again;
    struct gossip words;
    if (!gossip_read(said, &reader))
        return 0;
    must(reader.lasts_ms >= 0 && reader.lasts_ms <= 10 * 60 * 1000);
    gossip_begin(&words, reader.node, reader.lasts_ms);
    again = reader;
    while (gossip_next(&again, &word)) {
        check_within(word.agent, said);
        check_within(word.conversation, said);
        must(word.agent.size > 0 && bytes_are_text(word.agent, false));
        must(bytes_are_text(word.conversation, false));
        add(&words, &word);
    }
    must(gossip_read(bytes_make(words.text, words.size), &again));
    must(again.node == reader.node && again.lasts_ms == reader.lasts_ms);
    while (gossip_next(&reader, &word)) {
        must(gossip_next(&again, &word_again) && word.state == word_again.state);
        must(bytes_equal(word.agent, word_again.agent));
        must(bytes_equal(word.conversation, word_again.conversation));
    }
    must(!gossip_next(&again, &word_again));
    return 0;
}
