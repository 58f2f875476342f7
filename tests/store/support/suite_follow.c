#include "suite.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* The tests of the suite that are about following the log, history, and finding. */

/* Asking. */

/* Joins the ids of what is found with spaces; "…" at the end where there is more. */
static const char *find(struct world *world, int64_t workspace_id, const char *text, int64_t limit)
{
    static char ids[4096];
    struct store_find *find = alloc_zeroed(sizeof(*find));
    *find = (struct store_find){.request = {.kind = STORE_FIND},
                                .workspace_id = workspace_id,
                                .text = bytes_of_string(text),
                                .limit = limit};
    world_ask(world, 1, &find->request);
    size_t size = 0;
    ids[0] = '\0';
    for (size_t i = 0; i < find->rows_count; i++) {
        struct bytes id = conversation_id(&find->rows[i]);
        size += (size_t)snprintf(ids + size, sizeof(ids) - size, "%s%.*s", i == 0 ? "" : " ", (int)id.size,
                                 (const char *)id.data);
    }
    if (find->more)
        snprintf(ids + size, sizeof(ids) - size, " …");
    store_request_finish(&find->request);
    free(find);
    return ids;
}

/* Committing. */

/* Adds as many transitions to the conversations c0, c1, …, in turn, as there are actions; c1's channel is
 * "web", the others' "whatsapp". */
static void add_rounds(struct world *world, int64_t workspace_id, int conversations_count,
                       const enum action *actions, int actions_count)
{
    enum { CONVERSATIONS_MAX = 4 };
    struct conversation states[CONVERSATIONS_MAX] = {0};
    for (int round = 0; round < actions_count;) {
        struct draft *draft = draft_create(world, workspace_id, round * conversations_count);
        const struct conversation *befores[CONVERSATIONS_MAX];
        for (int c = 0; c < conversations_count; c++)
            befores[c] = round == 0 ? NULL : &states[c];
        for (int i = 0; i < LIMIT_BATCH_COMMANDS / conversations_count && round < actions_count;
             i++, round++) {
            for (int c = 0; c < conversations_count; c++) {
                char id[] = {'c', (char)('0' + c), '\0'};
                struct transition *moved = draft_move(draft, id, befores[c], LIST_OPEN);
                moved->action = actions[round];
                if (c == 1)
                    text_assign_bytes(&moved->after.channel, bytes_of_string("web"));
                befores[c] = &moved->after;
            }
        }
        draft_commit(draft, 0);
        assert_committed(draft);
        for (int c = 0; c < conversations_count; c++) {
            char id[] = {'c', (char)('0' + c), '\0'};
            conversation_finish(&states[c]);
            states[c] = draft_result(draft, id);
        }
        draft_destroy(&draft);
    }
    for (int c = 0; c < conversations_count; c++)
        conversation_finish(&states[c]);
}

static void add_messages(struct world *world, int64_t workspace_id, int conversations_count, int count)
{
    enum action *actions = alloc_array((size_t)count, sizeof(*actions));
    for (int i = 0; i < count; i++)
        actions[i] = ACTION_CONTACT_MESSAGE;
    add_rounds(world, workspace_id, conversations_count, actions, count);
    free(actions);
}

/* The log. */

void suite_follows_the_log_in_pages(struct world *world)
{
    enum { COUNT = LIMIT_LOG_ROWS * 2 + 7 };
    int64_t workspace_id = world_workspace(world, "w");
    add_messages(world, workspace_id, 1, COUNT);
    struct draft *all = world_read_log(world, 0, workspace_id, 0);
    int64_t seq = 0;
    for (int page = 0; page < 3; page++) {
        struct store_log log = world_follow_log(world, 1, workspace_id, seq, "");
        cr_assert_not(log.too_old);
        cr_assert_eq(log.transitions_count, page < 2 ? LIMIT_LOG_ROWS : 7);
        for (size_t i = 0; i < log.transitions_count; i++)
            assert_same_transition(&log.transitions[i], &all->append.foreign[seq + (int64_t)i]);
        seq += (int64_t)log.transitions_count;
        cr_assert_eq(log.to_seq, seq);
        store_request_finish(&log.request);
    }
    struct store_log end = world_follow_log(world, 1, workspace_id, seq, "");
    cr_assert_eq(end.transitions_count, 0);
    cr_assert_eq(end.to_seq, COUNT);
    cr_assert_not(end.too_old);
    store_request_finish(&end.request);
    draft_destroy(&all);
}

void suite_follows_one_channel_past_what_others_did(struct world *world)
{
    enum { COUNT = LIMIT_LOG_WINDOW / 2 + 3 };
    int64_t workspace_id = world_workspace(world, "w");
    add_messages(world, workspace_id, 2, 3);
    struct store_log log = world_follow_log(world, 1, workspace_id, 1, "web");
    cr_assert_eq(log.transitions_count, 3);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(log.transitions[i].seq, 2 * i + 2);
        cr_assert(bytes_equal(conversation_id(&log.transitions[i].after), bytes_of_string("c1")));
    }
    cr_assert_eq(log.to_seq, 6);
    store_request_finish(&log.request);
    log = world_follow_log(world, 1, workspace_id, 1, "sms");
    cr_assert_eq(log.transitions_count, 0);
    cr_assert_eq(log.to_seq, 6);
    store_request_finish(&log.request);

    int64_t busy_id = world_workspace(world, "busy");
    add_messages(world, busy_id, 2, COUNT);
    log = world_follow_log(world, 1, busy_id, 3, "sms");
    cr_assert_eq(log.transitions_count, 0);
    cr_assert_eq(log.to_seq, 3 + LIMIT_LOG_WINDOW, "it is looked at in windows");
    store_request_finish(&log.request);
    log = world_follow_log(world, 1, busy_id, 3 + LIMIT_LOG_WINDOW, "sms");
    cr_assert_eq(log.to_seq, 2 * COUNT);
    store_request_finish(&log.request);
}

void suite_says_what_is_too_old_to_follow(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    add_messages(world, workspace_id, 1, 10);
    world->forget(world, "w", 4);
    for (int64_t after = 0; after < 10; after++) {
        struct store_log log = world_follow_log(world, 1, workspace_id, after, "");
        cr_assert_eq(log.too_old, after < 4);
        cr_assert_eq(log.to_seq, after < 4 ? 4 : 10);
        cr_assert_eq((int64_t)log.transitions_count, after < 4 ? 0 : 10 - after);
        store_request_finish(&log.request);
    }
    world->forget(world, "w", 10);
    struct store_log log = world_follow_log(world, 1, workspace_id, 7, "");
    cr_assert(log.too_old);
    cr_assert_eq(log.to_seq, 10);
    store_request_finish(&log.request);
    log = world_follow_log(world, 1, workspace_id, 10, "");
    cr_assert_not(log.too_old);
    cr_assert_eq(log.to_seq, 10);
    store_request_finish(&log.request);
}

/* History. */

void suite_reads_one_conversations_history_backwards(struct world *world)
{
    enum { COUNT = 25, LIMIT = 10 };
    int64_t workspace_id = world_workspace(world, "w");
    add_messages(world, workspace_id, 2, COUNT);
    struct draft *all = world_read_log(world, 0, workspace_id, 0);
    struct store_history history = {.request = {.kind = STORE_HISTORY},
                                    .workspace_id = workspace_id,
                                    .conversation = bytes_of_string("c1"),
                                    .limit = LIMIT};
    int64_t seq = 2 * COUNT;
    do {
        world_read_history(world, &history);
        for (size_t i = 0; i < history.transitions_count; i++, seq -= 2)
            assert_same_transition(&history.transitions[i], &all->append.foreign[seq - 1]);
        cr_assert_eq(history.more, seq > 0);
        cr_assert_not(history.too_old);
        cr_assert_eq(history.transitions_count, seq > 0 ? LIMIT : COUNT % LIMIT);
        cr_assert_eq(history.next_before_seq, seq > 0 ? seq + 2 : 0);
        history.before_seq = history.next_before_seq;
        store_request_finish(&history.request);
    } while (history.more);
    cr_assert_eq(seq, 0);
    draft_destroy(&all);
}

void suite_reads_history_between_two_seqs(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    add_messages(world, workspace_id, 2, 20);
    /* Not its own seqs: c1 has the even ones. */
    struct store_history history = {.request = {.kind = STORE_HISTORY},
                                    .workspace_id = workspace_id,
                                    .conversation = bytes_of_string("c1"),
                                    .before_seq = 31,
                                    .after_seq = 25,
                                    .limit = 3};
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 3);
    cr_assert_eq(history.transitions[0].seq, 30);
    cr_assert_eq(history.transitions[2].seq, 26);
    cr_assert_not(history.more);
    cr_assert_not(history.too_old);
    store_request_finish(&history.request);
    history.before_seq = 1000;
    world_read_history(world, &history);
    cr_assert_eq(history.transitions[0].seq, 40);
    cr_assert(history.more);
    store_request_finish(&history.request);
    history = (struct store_history){.request = {.kind = STORE_HISTORY},
                                     .workspace_id = workspace_id,
                                     .conversation = bytes_of_string("nobody"),
                                     .limit = 3};
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 0);
    cr_assert(!history.more && !history.too_old);
    store_request_finish(&history.request);
}

void suite_reads_the_messages_of_a_history_alone(struct world *world)
{
    static const enum action actions[] = {ACTION_CONTACT_MESSAGE, ACTION_REOPEN,       ACTION_SEND_MESSAGE,
                                          ACTION_MESSAGE_STATUS,  ACTION_BOT_MESSAGE,  ACTION_MARK_READ,
                                          ACTION_BOT_BLOCKED,     ACTION_SEND_MESSAGE, ACTION_COMPLETE};
    static const int64_t messages[] = {8, 5, 3, 1};
    int64_t workspace_id = world_workspace(world, "w");
    add_rounds(world, workspace_id, 1, actions, ARRAY_COUNT(actions));
    struct store_history history = {.request = {.kind = STORE_HISTORY},
                                    .workspace_id = workspace_id,
                                    .conversation = bytes_of_string("c0"),
                                    .limit = 4,
                                    .messages_only = true};
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, ARRAY_COUNT(messages));
    for (size_t i = 0; i < ARRAY_COUNT(messages); i++)
        cr_assert_eq(history.transitions[i].seq, messages[i]);
    cr_assert_not(history.more);
    store_request_finish(&history.request);
    history.limit = 3;
    world_read_history(world, &history);
    cr_assert(history.more);
    cr_assert_eq(history.next_before_seq, 3);
    store_request_finish(&history.request);
}

void suite_looks_through_a_history_in_windows(struct world *world)
{
    enum { COUNT = LIMIT_LOG_WINDOW + 5 };
    enum action *actions = alloc_array(COUNT, sizeof(*actions));
    int64_t workspace_id = world_workspace(world, "w");
    for (int i = 0; i < COUNT; i++)
        actions[i] = i == 2 ? ACTION_SEND_MESSAGE : ACTION_MARK_READ;
    add_rounds(world, workspace_id, 1, actions, COUNT);
    struct store_history history = {.request = {.kind = STORE_HISTORY},
                                    .workspace_id = workspace_id,
                                    .conversation = bytes_of_string("c0"),
                                    .limit = 1,
                                    .messages_only = true};
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 0);
    cr_assert(history.more && !history.too_old);
    cr_assert_eq(history.next_before_seq, COUNT - LIMIT_LOG_WINDOW + 1);
    store_request_finish(&history.request);
    history.before_seq = history.next_before_seq;
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 1);
    cr_assert_eq(history.transitions[0].seq, 3);
    cr_assert_not(history.more);
    store_request_finish(&history.request);
    free(actions);
}

void suite_says_what_of_a_history_is_too_old(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    add_messages(world, workspace_id, 2, 5);
    world->forget(world, "w", 5); /* c1 has 6, 8, 10 left, c0 has 7, 9 */
    struct store_history history = {.request = {.kind = STORE_HISTORY},
                                    .workspace_id = workspace_id,
                                    .conversation = bytes_of_string("c1"),
                                    .limit = 3};
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 3);
    cr_assert(history.too_old && !history.more);
    store_request_finish(&history.request);
    history.limit = 2;
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 2);
    cr_assert(history.more && !history.too_old);
    store_request_finish(&history.request);
    history.after_seq = 5;
    history.limit = 3;
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 3);
    cr_assert(!history.more && !history.too_old);
    store_request_finish(&history.request);
    history.after_seq = 0;
    history.before_seq = 6;
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 0);
    cr_assert(history.too_old && !history.more);
    store_request_finish(&history.request);
    history.before_seq = 2; /* itself kept no more */
    world_read_history(world, &history);
    cr_assert_eq(history.transitions_count, 0);
    cr_assert(history.too_old && !history.more);
    store_request_finish(&history.request);
}

/* Finding. */

static void set_words(struct transition *transition, const char *id, const char *name, const char *preview)
{
    conversation_set_words(&transition->after, bytes_of_string(id), bytes_of_string(name),
                           bytes_of_string(preview));
}

static void add_named(struct world *world, int64_t workspace_id, const char *id, const char *name)
{
    struct draft *draft = draft_create(world, workspace_id, 0);
    struct transition *moved = draft_move(draft, id, NULL, LIST_NONE);
    set_words(moved, id, name, "");
    draft_commit(draft, 0);
    assert_committed(draft);
    draft_destroy(&draft);
}

void suite_finds_by_id_and_by_name(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    add_named(world, workspace_id, "wa-2", "Ángela Núñez");
    add_named(world, workspace_id, "wa-1", "ANGEL Ruiz");
    add_named(world, workspace_id, "wa-10", "Zoë");
    add_named(world, workspace_id, "an-9", "Zoe"); /* by its id, though its name does not */
    add_named(world, workspace_id, "an%", "");
    add_named(world, workspace_id, "an-8", "Angela");
    add_named(world, workspace_id, "Wa-3", "Βασίλης");
    add_named(world, world_workspace(world, "other"), "wa-99", "Angela");
    cr_assert_str_eq(find(world, workspace_id, "wa-1", 20), "wa-1 wa-10");
    cr_assert_str_eq(find(world, workspace_id, "an", 20), "an% an-8 an-9 wa-1 wa-2");
    cr_assert_str_eq(find(world, workspace_id, "AN", 20), "wa-1 an-8 wa-2");
    cr_assert_str_eq(find(world, workspace_id, "ange", 20), "wa-1 an-8 wa-2");
    cr_assert_str_eq(find(world, workspace_id, "án", 20), "wa-1 an-8 wa-2");
    cr_assert_str_eq(find(world, workspace_id, "angela n", 20), "wa-2");
    cr_assert_str_eq(find(world, workspace_id, "zoe\xcc\x88", 20), "an-9 wa-10");
    cr_assert_str_eq(find(world, workspace_id, "%", 20), "");
    cr_assert_str_eq(find(world, workspace_id, "\xcc\x88", 20), "");
    cr_assert_str_eq(find(world, workspace_id, "an", 2), "an% an-8 …");
    cr_assert_str_eq(find(world, workspace_id, "an", 4), "an% an-8 an-9 wa-1 …");
    cr_assert_str_eq(find(world, workspace_id, "an", 5), "an% an-8 an-9 wa-1 wa-2");
}

/* Erasing. */

void suite_blanks_what_was_said_before_an_erase(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct conversation other = draft_begin(world, workspace_id, "other", LIST_OPEN);
    struct draft *draft = draft_create(world, workspace_id, 1);
    const struct conversation *before = NULL;
    for (int i = 0; i < 3; i++) {
        struct transition *said = draft_move(draft, "c1", before, LIST_OPEN);
        said->action = ACTION_CONTACT_MESSAGE;
        set_words(said, "c1", "Ana", "My address is");
        text_assign_bytes(&said->body, bytes_of_string("My address is Calle 1"));
        before = &said->after;
    }
    draft_commit(draft, 0);
    struct conversation state = draft_result(draft, "c1");
    draft_destroy(&draft);

    draft = draft_create(world, workspace_id, 4);
    struct transition *erase = draft_move(draft, "c1", &state, LIST_OPEN);
    erase->action = ACTION_ERASE;
    set_words(erase, "c1", "", "");
    struct transition *after = draft_move(draft, "c1", &erase->after, LIST_OPEN);
    after->action = ACTION_CONTACT_MESSAGE;
    set_words(after, "c1", "Bea", "");
    text_assign_bytes(&after->body, bytes_of_string("Hello again"));
    draft_move(draft, "other", &other, LIST_OPEN);
    set_words(&draft->transitions[2], "other", "Carla", "");
    draft_commit(draft, 0);
    assert_committed(draft);

    struct draft *log = world_read_log(world, 1, workspace_id, 0);
    static const char *const names[] = {"", "", "", "", "", "Bea", "Carla"};
    static const char *const bodies[] = {"", "", "", "", "", "Hello again", ""};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        const struct transition *each = &log->append.foreign[i];
        cr_assert(bytes_equal(conversation_name(&each->after), bytes_of_string(names[i])));
        cr_assert_str_eq(text_string(each->body), bodies[i]);
        cr_assert_eq(conversation_preview(&each->after).size, 0);
        cr_assert_eq(each->seq, (int64_t)i + 1, "the log stays whole");
    }
    cr_assert(log->append.foreign[1].is_erased);
    cr_assert_not(log->append.foreign[5].is_erased);
    draft_destroy(&log);
    draft_destroy(&draft);
    conversation_finish(&state);
    conversation_finish(&other);
}
