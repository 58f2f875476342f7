#include "suite.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* The tests of the suite that are about reading. */

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
