#include "support/memory_mail.h"

#include <assert.h>
#include <stdlib.h>

struct letter {
    struct list link;
    int64_t due_us;
    int64_t workspace_id;
    int64_t seq; /* of a hint; 0: words */
    struct text *words;
};

static struct letter *letter_of(struct list *link)
{
    return CONTAINER_OF(link, struct letter, link);
}

static void letter_destroy(struct letter *letter)
{
    list_remove(&letter->link);
    text_unref(&letter->words);
    free(letter);
}

void mailbox_init(struct mailbox *mailbox, struct store_memory_database *database,
                  const struct store_listener *listener)
{
    *mailbox = (struct mailbox){.database = database, .listener = listener};
    list_init(&mailbox->letters);
    list_init(&mailbox->link);
    list_append(&database->mailboxes, &mailbox->link);
}

void mailbox_finish(struct mailbox *mailbox)
{
    mailbox_close(mailbox);
    list_remove(&mailbox->link);
}

void mailbox_open(struct mailbox *mailbox)
{
    mailbox->is_open = true;
}

void mailbox_close(struct mailbox *mailbox)
{
    mailbox->is_open = false;
    LIST_FOR_EACH (link, &mailbox->letters)
        letter_destroy(letter_of(link));
}

void mailbox_lose(struct mailbox *mailbox, int64_t ms)
{
    mailbox->deaf_until_us = mailbox->database->elapsed_us + ms * 1000;
}

static void mailbox_send(struct mailbox *mailbox, int64_t due_us, const struct letter *draft)
{
    struct store_memory_database *database = mailbox->database;
    mailbox->last_due_us = memory_max(mailbox->last_due_us, due_us);
    LIST_FOR_EACH (link, &database->mailboxes) {
        struct mailbox *other = CONTAINER_OF(link, struct mailbox, link);
        if (other == mailbox || !other->is_open || other->deaf_until_us > database->elapsed_us)
            continue;
        struct letter *letter = alloc_zeroed(sizeof(*letter));
        *letter = *draft;
        letter->due_us = mailbox->last_due_us;
        text_ref(letter->words);
        list_init(&letter->link);
        list_append(&other->letters, &letter->link);
    }
}

void mailbox_send_hint(struct mailbox *mailbox, int64_t due_us, int64_t workspace_id, int64_t seq)
{
    assert(seq > 0);
    mailbox_send(mailbox, due_us, &(struct letter){.workspace_id = workspace_id, .seq = seq});
}

void mailbox_send_words(struct mailbox *mailbox, int64_t due_us, int64_t workspace_id, struct bytes words)
{
    assert(words.size > 0 && words.size <= LIMIT_TELL_BYTES && bytes_are_text(words, true));
    struct letter letter = {.workspace_id = workspace_id, .words = text_create(words)};
    if (mailbox->is_open)
        mailbox_send(mailbox, due_us, &letter);
    text_unref(&letter.words);
}

void mailbox_send_append(struct mailbox *mailbox, int64_t due_us, const struct store_append *append)
{
    int64_t last_seq = 0;
    size_t place = 0;
    for (size_t i = 0; i < append->items_count; i++) {
        for (int t = 0; t < append->items[i].transitions_count; t++, place++)
            last_seq = memory_max(last_seq, append->seqs[place]);
    }
    if (last_seq > 0)
        mailbox_send_hint(mailbox, due_us, append->workspace_id, last_seq);
}

int64_t mailbox_next_us(const struct mailbox *mailbox)
{
    int64_t next_us = INT64_MAX;
    LIST_FOR_EACH (link, &mailbox->letters)
        next_us = letter_of(link)->due_us < next_us ? letter_of(link)->due_us : next_us;
    return next_us;
}

static struct letter *mailbox_first_due(const struct mailbox *mailbox)
{
    LIST_FOR_EACH (link, &mailbox->letters) {
        if (letter_of(link)->due_us <= mailbox->database->elapsed_us)
            return letter_of(link);
    }
    assert(!"no letter is due");
    return NULL;
}

void mailbox_deliver(struct mailbox *mailbox)
{
    const struct store_listener *listener = mailbox->listener;
    struct letter *letter = mailbox_first_due(mailbox);
    struct letter taken = *letter;
    text_ref(taken.words);
    letter_destroy(letter);
    if (taken.seq > 0)
        listener->hint(listener->context, taken.workspace_id, taken.seq);
    else if (listener->told != NULL)
        listener->told(listener->context, taken.workspace_id, text_bytes(taken.words));
    text_unref(&taken.words);
}
