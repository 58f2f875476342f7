#include "suite.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clean.h"

/* The tests of the suite that are about reading, and about what survives a round trip. */

void suite_creates_a_workspace_that_does_not_exist_yet(struct world *world)
{
    struct roster roster;
    int64_t id = world_load(world, 0, "w", &roster);
    cr_assert_gt(id, 0);
    cr_assert_eq(roster.seq, 0);
    cr_assert_eq(roster.floor_seq, 0);
    cr_assert_eq(roster.at_ms, 0);
    cr_assert_eq(roster.counts.open, 0);
    cr_assert_eq(roster.counts.completed, 0);
    cr_assert_eq(roster.default_pause_ms, LIMIT_PAUSE_DEFAULT_MS);
    roster_check(&roster);
    roster_finish(&roster);
    cr_assert_eq(world_workspace(world, "w"), id);
    cr_assert_neq(world_workspace(world, "W"), id);
}

void suite_creates_a_workspace_once_for_two_nodes(struct world *world)
{
    struct store_load loads[WORLD_NODES];
    struct roster rosters[WORLD_NODES];
    for (int node = 0; node < WORLD_NODES; node++) {
        loads[node] = (struct store_load){
            .request = {.kind = STORE_LOAD}, .workspace = bytes_of_string("w"), .roster = &rosters[node]};
        roster_init(&rosters[node], ROSTER_LIMITS, (struct hash_key){{1, 1}});
        world_send(world, node, &loads[node].request);
    }
    world_run(world);
    for (int node = 0; node < WORLD_NODES; node++) {
        cr_assert_eq(loads[node].request.outcome, STORE_OK);
        cr_assert_eq(loads[node].workspace_id, loads[0].workspace_id);
        roster_finish(&rosters[node]);
    }
}

void suite_reads_nothing_where_there_is_nothing(struct world *world)
{
    struct conversation found;
    cr_assert_not(world_read(world, world_workspace(world, "w"), "nobody", &found));
}

void suite_counts_the_lists(struct world *world)
{
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "a", NULL, LIST_OPEN);
    draft_move(draft, "b", NULL, LIST_OPEN);
    draft_move(draft, "c", NULL, LIST_NONE);
    draft_move(draft, "b", &draft->transitions[1].after, LIST_COMPLETED);
    draft_move(draft, "d", NULL, LIST_COMPLETED);
    draft_move(draft, "d", &draft->transitions[4].after, LIST_NONE);
    draft_commit(draft, 0);
    draft_destroy(&draft);

    struct roster roster;
    world_load(world, 1, "w", &roster);
    cr_assert_eq(roster.counts.open, 1);
    cr_assert_eq(roster.counts.completed, 1);
    roster_finish(&roster);
}

/* Pages. */

static void read_page(struct world *world, struct store_page *page)
{
    world_ask(world, 0, &page->request);
}

void suite_pages_through_the_completed(struct world *world)
{
    enum { ROWS = 25, LIMIT = 10 };
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    for (int i = 0; i < ROWS; i++) {
        char id[16];
        snprintf(id, sizeof(id), "c%d", i);
        draft_move(draft, id, NULL, LIST_COMPLETED);
        snprintf(id, sizeof(id), "open%d", i);
        draft_move(draft, id, NULL, LIST_OPEN);
    }
    draft_commit(draft, 0);

    int64_t before = 0;
    int seen = 0;
    for (bool more = true; more;) {
        struct store_page *page = alloc_zeroed(sizeof(*page));
        page->request.kind = STORE_PAGE;
        page->workspace_id = workspace_id;
        page->before_list_seq = before;
        page->limit = LIMIT;
        read_page(world, page);
        for (size_t i = 0; i < page->rows_count; i++, seen++) {
            cr_assert_eq(page->rows[i].list_seq, draft->append.seqs[2 * (ROWS - 1 - seen)]);
            cr_assert_eq(page->rows[i].list, LIST_COMPLETED);
            before = page->rows[i].list_seq;
        }
        more = page->more;
        cr_assert_eq(page->rows_count, more ? LIMIT : ROWS % LIMIT);
        store_request_finish(&page->request);
        free(page);
    }
    cr_assert_eq(seen, ROWS);
    draft_destroy(&draft);
}

/* Due. */

static void pause_in(struct world *world, const char *workspace, const char *id, struct pause pause)
{
    struct draft *draft = draft_create(world, world_workspace(world, workspace), 0);
    struct transition *opened = draft_move(draft, id, NULL, LIST_OPEN);
    opened->after.pause = pause;
    opened->after.pause_seq = opened->seq;
    draft_commit(draft, 0);
    cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
    draft_destroy(&draft);
}

void suite_finds_the_workspaces_with_pauses_that_end(struct world *world)
{
    world_workspace(world, "empty");
    int64_t now_ms = world->clock_ms;
    pause_in(world, "soon", "c1", (struct pause){.kind = PAUSE_UNTIL, .until_ms = now_ms + 60000});
    pause_in(world, "overdue", "c1", (struct pause){.kind = PAUSE_UNTIL, .until_ms = now_ms - 60000});
    pause_in(world, "overdue", "c2", (struct pause){.kind = PAUSE_UNTIL, .until_ms = now_ms + 1000});
    pause_in(world, "late", "c1", (struct pause){.kind = PAUSE_UNTIL, .until_ms = now_ms + 7200000});
    pause_in(world, "endless", "c1", (struct pause){.kind = PAUSE_UNTIL_COMPLETED, .until_ms = 0});

    struct store_due due = {.request = {.kind = STORE_DUE}, .ahead_ms = 3600000};
    world_ask(world, 1, &due.request);
    cr_assert_eq(due.workspaces_count, 2);
    cr_assert_str_eq(text_string(due.workspaces[0]), "overdue");
    cr_assert_str_eq(text_string(due.workspaces[1]), "soon");
    store_request_finish(&due.request);

    int64_t watched_ids[] = {world_workspace(world, "overdue"), world_workspace(world, "late")};
    due.watched_ids = watched_ids;
    due.watched_count = ARRAY_COUNT(watched_ids);
    world_ask(world, 1, &due.request);
    cr_assert_eq(due.workspaces_count, 1);
    cr_assert_str_eq(text_string(due.workspaces[0]), "soon");
    store_request_finish(&due.request);
}

/* Loading. */

/* Moves the workspace's seq on, with messages in one conversation. */
static void pass_seqs(struct world *world, int64_t workspace_id, struct conversation *chatty, int count)
{
    while (count > 0) {
        struct draft *draft = draft_create(world, workspace_id, chatty->seq);
        const struct conversation *before = chatty;
        int now = count < LIMIT_BATCH_COMMANDS ? count : LIMIT_BATCH_COMMANDS;
        for (int i = 0; i < now; i++)
            before = &draft_move(draft, "chatty", before, LIST_NONE)->after;
        draft_commit(draft, 0);
        cr_assert_eq(draft->items[0].result, ITEM_COMMITTED);
        conversation_finish(chatty);
        *chatty = draft_result(draft, "chatty");
        draft_destroy(&draft);
        count -= now;
    }
}

static bool holds(const struct roster *roster, const char *id)
{
    return roster_find(roster, bytes_of_string(id)) != NULL;
}

void suite_holds_what_is_open_paused_newest_or_changed_of_late(struct world *world)
{
    enum { COMPLETED = LIMIT_COMPLETED_ROWS + 10 };
    int64_t workspace_id = world_workspace(world, "w");
    pause_in(world, "w", "paused",
             (struct pause){.kind = PAUSE_UNTIL, .until_ms = world->clock_ms + 3600000});
    struct draft *draft = draft_create(world, workspace_id, 0);
    draft_move(draft, "open", NULL, LIST_OPEN);
    draft_move(draft, "old", NULL, LIST_NONE);
    for (int i = 0; i < COMPLETED; i++) {
        char id[16];
        snprintf(id, sizeof(id), "done%d", i);
        draft_move(draft, id, NULL, LIST_COMPLETED);
    }
    draft_move(draft, "chatty", NULL, LIST_NONE);
    draft_move(draft, "edge", NULL, LIST_NONE); /* just above the floor */
    draft_commit(draft, 0);
    struct conversation chatty = draft_result(draft, "chatty");
    draft_destroy(&draft);
    pass_seqs(world, workspace_id, &chatty, LIMIT_LOAD_BACK - 2);
    draft = draft_create(world, workspace_id, chatty.seq);
    draft_move(draft, "new", NULL, LIST_NONE);
    draft_commit(draft, 0);
    draft_destroy(&draft);

    struct roster roster;
    world_load(world, 1, "w", &roster);
    cr_assert_eq(roster.seq, chatty.seq + 1);
    cr_assert_eq(roster.floor_seq, roster.seq - LIMIT_LOAD_BACK);
    cr_assert(holds(&roster, "open"));
    cr_assert(holds(&roster, "paused"));
    cr_assert(holds(&roster, "new"));
    cr_assert(holds(&roster, "chatty"));
    cr_assert(holds(&roster, "edge"));
    cr_assert_not(holds(&roster, "old"));
    cr_assert(holds(&roster, "done10"));
    cr_assert_not(holds(&roster, "done9"));
    cr_assert_eq(roster.rows.count, 5 + LIMIT_COMPLETED_ROWS);
    cr_assert_eq(roster.counts.completed, COMPLETED);
    roster_finish(&roster);
    conversation_finish(&chatty);
}

/* Round trips. */

/* Text of up to size_max bytes, of one to four bytes a character. */
static struct text *random_text(struct random *random, size_t size_max)
{
    static const char *const pieces[] = {"a", "Z", "'", "\\", "{", "\"", ",", "é", "ñ", "€", "😀", " "};
    char data[LIMIT_LONG_BYTES];
    size_t size = 0;
    size_t wanted = random_once_in(random, 4) ? size_max : random_below(random, (uint32_t)size_max + 1);
    for (;;) {
        const char *piece = pieces[random_below(random, ARRAY_COUNT(pieces))];
        if (size + strlen(piece) > wanted)
            return text_create(bytes_make(data, size));
        memcpy(data + size, piece, strlen(piece));
        size += strlen(piece);
    }
}

static void random_text_into(struct random *random, struct text **place, size_t size_max)
{
    text_unref(place);
    *place = random_text(random, size_max);
}

static int64_t random_time(struct random *random)
{
    static const int64_t times[] = {
        0, AT_PENDING, 1, 946684799999, 946684800000, 1763812800123, 253402300799999};
    return times[random_below(random, ARRAY_COUNT(times))];
}

static int64_t random_count(struct random *random)
{
    return random_once_in(random, 3) ? (INT64_C(1) << 53) - 1 : (int64_t)random_below(random, 1000);
}

/* Makes a value of every field anew: any that the database may be asked to keep. */
static void scramble(struct random *random, struct transition *t)
{
    struct conversation *c = &t->after;
    random_text_into(random, &c->channel, LIMIT_ID_BYTES);
    random_text_into(random, &c->assignee, LIMIT_ID_BYTES);
    random_text_into(random, &c->last_by, LIMIT_ID_BYTES);
    struct text *name = random_text(random, LIMIT_NAME_BYTES);
    struct text *preview = random_text(random, CONVERSATION_PREVIEW_BYTES_MAX);
    conversation_set_words(c, conversation_id(c), text_bytes(name), text_bytes(preview));
    text_unref(&name);
    text_unref(&preview);
    random_text_into(random, &t->by, LIMIT_ID_BYTES);
    random_text_into(random, &t->body, LIMIT_LONG_BYTES);
    c->automation_enabled = random_once_in(random, 2);
    c->pause.kind = (enum pause_kind)random_below(random, 3);
    if (c->list != LIST_OPEN && c->pause.kind == PAUSE_UNTIL)
        c->pause.kind =
            PAUSE_UNTIL_COMPLETED; /* no conversation is like that, and it would not be believed */
    c->pause.until_ms =
        c->pause.kind == PAUSE_UNTIL ? 946684799999 + (int64_t)random_below(random, UINT32_MAX) : 0;
    c->pause_seq = c->pause.kind == PAUSE_NONE ? 0 : t->seq;
    c->bot_blocked = random_once_in(random, 2);
    c->version = random_count(random);
    c->received = random_count(random);
    c->sent = random_count(random);
    c->unread = c->received == 0 ? 0 : c->received - random_once_in(random, 2);
    c->delivery = (enum delivery)random_below(random, 4);
    c->waiting_since_ms = random_time(random);
    c->preview_role = (enum role)random_below(random, 6);
    c->preview_at_ms = random_time(random);
    c->last_action = (enum action)random_below(random, 17);
    c->last_role = (enum role)random_below(random, 6);
    c->last_at_ms = random_time(random);
    t->action = (enum action)(1 + random_below(random, ACTION_MESSAGE_STATUS));
    t->role = (enum role)(1 + random_below(random, 5));
    t->message = random_count(random);
    t->delivery = (enum delivery)random_below(random, 4);
}

void suite_gives_back_the_longest_body(struct world *world)
{
    enum { SIZE = LIMIT_BODY_BYTES * CLEAN_GROWTH };
    int64_t workspace_id = world_workspace(world, "w");
    char *body = alloc_array(SIZE, 1);
    memset(body, 'b', SIZE);
    struct draft *draft = draft_create(world, workspace_id, 0);
    struct transition *said = draft_move(draft, "c1", NULL, LIST_OPEN);
    said->action = ACTION_CONTACT_MESSAGE;
    said->body = text_create(bytes_make(body, SIZE));
    draft_commit(draft, 0);
    assert_committed(draft);
    draft_destroy(&draft);

    struct store_log log = world_follow_log(world, 1, workspace_id, 0, "");
    cr_assert(bytes_equal(text_bytes(log.transitions[0].body), bytes_make(body, SIZE)));
    store_request_finish(&log.request);
    free(body);
}

void suite_gives_back_every_field_of_every_transition(struct world *world)
{
    enum { CONVERSATIONS = 8, CHAIN = 16 };
    struct random random = {.state = 20251122};
    int64_t workspace_id = world_workspace(world, "w");
    struct draft *draft = draft_create(world, workspace_id, 0);
    const struct conversation *states[CONVERSATIONS] = {NULL};
    char ids[CONVERSATIONS][LIMIT_ID_BYTES + 1] = {"0", "é\"{},\\'"};
    for (int i = 2; i < CONVERSATIONS; i++) {
        memset(ids[i], 'a' + i, LIMIT_ID_BYTES);
        ids[i][LIMIT_ID_BYTES] = '\0';
    }
    for (int i = 0; i < CONVERSATIONS * CHAIN; i++) {
        int which = i % CONVERSATIONS;
        struct transition *moved =
            draft_move(draft, ids[which], states[which], (enum conversation_list)random_below(&random, 3));
        scramble(&random, moved);
        states[which] = &moved->after;
    }
    draft_commit(draft, 0);

    struct draft *log = world_read_log(world, 1, workspace_id, 0);
    cr_assert_eq(log->append.foreign_count, CONVERSATIONS * CHAIN);
    for (int i = 0; i < CONVERSATIONS * CHAIN; i++) {
        struct transition expected = draft->transitions[i];
        conversation_copy(&draft->transitions[i].after, &expected.after);
        transition_stamp(&expected, draft->append.seqs, draft->append.at_ms);
        assert_same_transition(&log->append.foreign[i], &expected);
        conversation_finish(&expected.after);
    }
    draft_destroy(&log);

    struct roster roster;
    world_load(world, 1, "w", &roster);
    for (int i = 0; i < CONVERSATIONS; i++) {
        struct conversation expected = draft_result(draft, ids[i]);
        struct conversation found;
        cr_assert(world_read(world, workspace_id, ids[i], &found));
        assert_same_conversation(&found, &expected);
        assert_same_conversation(&roster_find(&roster, bytes_of_string(ids[i]))->conversation, &expected);
        conversation_finish(&found);
        conversation_finish(&expected);
    }
    roster_finish(&roster);
    draft_destroy(&draft);
}
