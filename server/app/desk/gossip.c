#include "app/desk/gossip.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What a node says holds for no longer than this, so no person stays for ever. */
enum { LASTS_MAX_MS = 10 * 60 * 1000 };

enum { HEAD_BYTES_MAX = 40 }; /* the size of what a message begins with */
static_assert(HEAD_BYTES_MAX + 4 + 2 * LIMIT_ID_BYTES <= LIMIT_TELL_BYTES, "one person always fits");

void gossip_begin(struct gossip *words, uint64_t node, int64_t lasts_ms)
{
    int size = snprintf(words->text, sizeof(words->text), "p\t%" PRIx64 "\t%" PRId64, node, lasts_ms);
    words->size = (size_t)size;
}

static void words_put(struct gossip *words, struct bytes field)
{
    words->text[words->size++] = '\t';
    if (field.size > 0)
        memcpy(words->text + words->size, field.data, field.size);
    words->size += field.size;
}

bool gossip_add(struct gossip *words, const struct presence_person *person)
{
    const struct presence_view *view = &person->own_view;
    struct bytes agent = text_bytes(person->id);
    struct bytes conversation = text_bytes(view->conversation);
    if (words->size + 4 + agent.size + conversation.size > sizeof(words->text))
        return false;
    words_put(words, bytes_of_string(!view->is_online ? "-" : view->is_typing ? "t" : "o"));
    words_put(words, agent);
    words_put(words, conversation);
    return true;
}

/* Takes the field before the next tab, or all that is left. False where nothing is left, not even an empty
 * field after a tab. */
static bool field_take(struct bytes *left, struct bytes *field_r)
{
    if (left->data == NULL)
        return false;
    const uint8_t *tab = left->size == 0 ? NULL : memchr(left->data, '\t', left->size);
    size_t size = tab == NULL ? left->size : (size_t)(tab - left->data);
    *field_r = bytes_make(left->data, size);
    *left = tab == NULL ? bytes_make(NULL, 0) : bytes_make(tab + 1, left->size - size - 1);
    return true;
}

static bool number_read(struct bytes field, unsigned base, uint64_t *number_r)
{
    if (field.size == 0 || field.size > 16)
        return false;
    *number_r = 0;
    for (size_t i = 0; i < field.size; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = field.data[i] == 0 ? NULL : strchr(digits, field.data[i]);
        if (digit == NULL || (unsigned)(digit - digits) >= base)
            return false;
        *number_r = *number_r * base + (unsigned)(digit - digits);
    }
    return true;
}

bool gossip_read(struct bytes words, struct gossip_reader *reader_r)
{
    struct bytes kind, node, lasts;
    uint64_t lasts_ms;
    *reader_r = (struct gossip_reader){.left = words};
    if (!field_take(&reader_r->left, &kind) || !bytes_equal(kind, bytes_of_string("p")) ||
        !field_take(&reader_r->left, &node) || !number_read(node, 16, &reader_r->node) ||
        !field_take(&reader_r->left, &lasts) || !number_read(lasts, 10, &lasts_ms) || lasts_ms > LASTS_MAX_MS)
        return false;
    reader_r->lasts_ms = (int64_t)lasts_ms;
    return true;
}

static bool id_is_sound(struct bytes id, size_t min)
{
    return id.size >= min && id.size <= LIMIT_ID_BYTES && bytes_are_text(id, false);
}

bool gossip_next(struct gossip_reader *reader, struct gossip_entry *entry_r)
{
    struct bytes state;
    if (!field_take(&reader->left, &state) || state.size != 1 ||
        !field_take(&reader->left, &entry_r->agent) || !field_take(&reader->left, &entry_r->conversation))
        return false;
    entry_r->state = (char)state.data[0];
    return strchr("ot-", entry_r->state) != NULL && entry_r->state != '\0' &&
           id_is_sound(entry_r->agent, 1) && id_is_sound(entry_r->conversation, 0);
}
