#include "support/memory_database.h"

#include <assert.h>
#include <stdlib.h>

static const struct hash_key hash_key = {{1, 2}};

static struct bytes place_key(const void *value)
{
    return text_bytes(((const struct memory_place *)value)->id);
}

static struct bytes outcome_key(const void *value)
{
    return bytes_make(((const struct memory_outcome *)value)->id.bytes, sizeof(struct command_id));
}

/* Workspaces. */

struct memory_workspace *memory_find_workspace(const struct store_memory_database *database,
                                               struct bytes name)
{
    for (size_t i = 0; i < database->workspaces_count; i++) {
        if (bytes_equal(text_bytes(database->workspaces[i]->name), name))
            return database->workspaces[i];
    }
    return NULL;
}

struct memory_workspace *memory_workspace_of(const struct store_memory_database *database, int64_t id)
{
    assert(id > 0 && (size_t)id <= database->workspaces_count);
    return database->workspaces[id - 1];
}

struct memory_workspace *memory_database_workspace(struct store_memory_database *database, struct bytes name)
{
    struct memory_workspace *workspace = memory_find_workspace(database, name);
    if (workspace != NULL)
        return workspace;
    workspace = alloc_zeroed(sizeof(*workspace));
    workspace->name = text_create(name);
    workspace->default_pause_ms = LIMIT_PAUSE_DEFAULT_MS;
    map_init(&workspace->conversations, place_key, hash_key);
    map_init(&workspace->agents, place_key, hash_key);
    map_init(&workspace->outcomes, outcome_key, hash_key);
    database->workspaces =
        alloc_resize(database->workspaces, database->workspaces_count + 1, sizeof(*database->workspaces));
    database->workspaces[database->workspaces_count++] = workspace;
    workspace->id = (int64_t)database->workspaces_count;
    return workspace;
}

static void forget_places(struct map *places)
{
    size_t position = 0;
    for (struct memory_place *place = map_next(places, &position); place != NULL;
         place = map_next(places, &position)) {
        text_unref(&place->id);
        free(place);
    }
    map_finish(places);
    map_init(places, place_key, hash_key);
}

static void destroy_workspace(struct memory_workspace *workspace)
{
    forget_places(&workspace->conversations);
    forget_places(&workspace->agents);
    map_finish(&workspace->conversations);
    map_finish(&workspace->agents);
    size_t position = 0;
    for (void *each = map_next(&workspace->outcomes, &position); each != NULL;
         each = map_next(&workspace->outcomes, &position))
        free(each);
    map_finish(&workspace->outcomes);
    for (size_t i = 0; i < workspace->log_count; i++)
        transition_finish(&workspace->log[i]);
    memory_forget_consumers(workspace);
    free(workspace->log);
    free(workspace->log_commits);
    text_unref(&workspace->name);
    free(workspace);
}

struct store_memory_database *store_memory_database_create(int64_t now_ms)
{
    assert(now_ms > 0);
    struct store_memory_database *database = alloc_zeroed(sizeof(*database));
    database->start_ms = now_ms;
    database->epoch = 1;
    list_init(&database->stores);
    list_init(&database->mailboxes);
    return database;
}

void store_memory_database_destroy(struct store_memory_database **database)
{
    if (*database == NULL)
        return;
    assert(list_is_empty(&(*database)->stores));
    for (size_t i = 0; i < (*database)->workspaces_count; i++)
        destroy_workspace((*database)->workspaces[i]);
    free((*database)->workspaces);
    store_memory_lose_revocations(*database);
    free(*database);
    *database = NULL;
}

/* Time. */

void store_memory_advance(struct store_memory_database *database, int64_t us)
{
    assert(us >= 0);
    database->elapsed_us += us;
}

int64_t store_memory_elapsed_us(const struct store_memory_database *database)
{
    return database->elapsed_us;
}

int64_t store_memory_now_ms(const struct store_memory_database *database)
{
    return database->start_ms + database->elapsed_us / 1000;
}

void store_memory_set_now_ms(struct store_memory_database *database, int64_t now_ms)
{
    database->start_ms = now_ms - database->elapsed_us / 1000;
}

/* The log. */

int64_t memory_last_seq(const struct memory_workspace *workspace)
{
    return (int64_t)workspace->log_count;
}

int64_t memory_last_at_ms(const struct memory_workspace *workspace)
{
    return workspace->log_count == 0 ? 0 : workspace->log[workspace->log_count - 1].at_ms;
}

void memory_copy_transition(const struct transition *transition, struct transition *copy_r)
{
    *copy_r = *transition;
    text_ref(copy_r->by);
    text_ref(copy_r->body);
    conversation_copy(&transition->after, &copy_r->after);
}

static void move_place(struct map *places, struct bytes id, size_t index)
{
    struct memory_place *place = map_get(places, id);
    if (place == NULL) {
        place = alloc_zeroed(sizeof(*place));
        place->id = text_create(id);
        map_add(places, place);
    }
    place->index = index;
}

/* Makes the transition at this place of the log true for conversations, agents and counts. */
static void show_transition(struct memory_workspace *workspace, size_t index)
{
    const struct transition *transition = &workspace->log[index];
    if (transition->action == ACTION_AGENT_SEEN) {
        move_place(&workspace->agents, text_bytes(transition->by), index);
        return;
    }
    move_place(&workspace->conversations, conversation_id(&transition->after), index);
    workspace->counts.open += (transition->after.list == LIST_OPEN) - (transition->from == LIST_OPEN);
    workspace->counts.completed +=
        (transition->after.list == LIST_COMPLETED) - (transition->from == LIST_COMPLETED);
}

const struct transition *memory_last_of(const struct memory_workspace *workspace, const struct map *places,
                                        struct bytes id)
{
    const struct memory_place *place = map_get(places, id);
    return place == NULL ? NULL : &workspace->log[place->index];
}

const struct conversation *memory_find(const struct memory_workspace *workspace, struct bytes id)
{
    const struct transition *last = memory_last_of(workspace, &workspace->conversations, id);
    return last == NULL ? NULL : &last->after;
}

/* What was said before an erase, and by whom, is nowhere any more. */
static void erase_before(struct memory_workspace *workspace, const struct transition *erase)
{
    for (struct transition *each = workspace->log; each < erase; each++) {
        if (!bytes_equal(conversation_id(&each->after), conversation_id(&erase->after)))
            continue;
        transition_erase(each);
    }
}

void memory_add_transition(struct memory_workspace *workspace, const struct transition *decided,
                           const int64_t *seqs, int64_t at_ms, int64_t commit)
{
    if (workspace->log_count == workspace->log_room) {
        workspace->log_room = workspace->log_room == 0 ? 64 : workspace->log_room * 2;
        workspace->log = alloc_resize(workspace->log, workspace->log_room, sizeof(*workspace->log));
        workspace->log_commits = alloc_resize(workspace->log_commits, workspace->log_room, sizeof(int64_t));
    }
    struct transition *added = &workspace->log[workspace->log_count];
    memory_copy_transition(decided, added);
    if (decided->action == ACTION_AGENT_SEEN) {
        added->seq = seqs[-decided->seq - 1];
        added->before_seq = decided->before_seq < 0 ? seqs[-decided->before_seq - 1] : decided->before_seq;
        added->at_ms = at_ms;
    } else {
        transition_stamp(added, seqs, at_ms);
    }
    assert(added->seq == memory_last_seq(workspace) + 1);
    assert(added->at_ms >= memory_last_at_ms(workspace));
    assert(added->before_seq < added->seq);
    if (added->action == ACTION_ERASE)
        erase_before(workspace, added);
    workspace->log_commits[workspace->log_count++] = commit;
    show_transition(workspace, workspace->log_count - 1);
}

void memory_database_lose(struct store_memory_database *database, size_t lost_commits)
{
    int64_t kept = memory_max(0, database->commits - (int64_t)lost_commits);
    for (size_t w = 0; w < database->workspaces_count; w++) {
        struct memory_workspace *workspace = database->workspaces[w];
        while (workspace->log_count > 0 && workspace->log_commits[workspace->log_count - 1] > kept)
            transition_finish(&workspace->log[--workspace->log_count]);
        forget_places(&workspace->conversations);
        forget_places(&workspace->agents);
        workspace->counts = (struct counts){0};
        for (size_t i = 0; i < workspace->log_count; i++)
            show_transition(workspace, i);
        for (size_t i = 0; i < workspace->consumers_count; i++) {
            struct memory_consumer *consumer = &workspace->consumers[i];
            if (consumer->acked_seq <= memory_last_seq(workspace))
                continue;
            consumer->acked_seq = memory_last_seq(workspace);
            consumer->acked_mark_ms = memory_last_at_ms(workspace);
        }

        struct map outcomes;
        map_init(&outcomes, outcome_key, hash_key);
        size_t position = 0;
        for (struct memory_outcome *each = map_next(&workspace->outcomes, &position); each != NULL;
             each = map_next(&workspace->outcomes, &position)) {
            if (each->commit <= kept)
                map_add(&outcomes, each);
            else
                free(each);
        }
        map_finish(&workspace->outcomes);
        workspace->outcomes = outcomes;
    }
    database->commits = kept;
    database->epoch++;
}

/* Reading. */

/* The Completed rows below before_list_seq, newest first: the first `rows_max` of them, borrowed, and how
 * many there are. */
static size_t completed_rows(const struct memory_workspace *workspace, int64_t before_list_seq,
                             const struct conversation **rows, size_t rows_max)
{
    size_t count = 0;
    size_t position = 0;
    for (const struct memory_place *place = map_next(&workspace->conversations, &position); place != NULL;
         place = map_next(&workspace->conversations, &position)) {
        const struct conversation *each = &workspace->log[place->index].after;
        if (each->list != LIST_COMPLETED || each->list_seq >= before_list_seq)
            continue;
        size_t at = count < rows_max ? count : rows_max;
        while (at > 0 && rows[at - 1]->list_seq < each->list_seq) {
            if (at < rows_max)
                rows[at] = rows[at - 1];
            at--;
        }
        if (at < rows_max)
            rows[at] = each;
        count++;
    }
    return count;
}

static void load_copy(struct roster *roster, const struct conversation *conversation)
{
    struct conversation copy;
    conversation_copy(conversation, &copy);
    roster_load(roster, &copy);
}

void memory_database_load(struct store_memory_database *database, struct store_load *load)
{
    const struct memory_workspace *workspace = memory_database_workspace(database, load->workspace);
    struct roster *roster = load->roster;
    load->workspace_id = workspace->id;
    roster->seq = memory_last_seq(workspace);
    roster->floor_seq = memory_max(workspace->forgotten_seq, roster->seq - roster->limits.back);
    roster->at_ms = memory_last_at_ms(workspace);
    roster->counts = workspace->counts;
    roster->default_pause_ms = workspace->default_pause_ms;

    for (int64_t seq = memory_max(roster->floor_seq, workspace->forgotten_seq + 1); seq <= roster->seq; seq++)
        if (seq > 0)
            roster_load_mark(roster, seq, workspace->log[seq - 1].at_ms);

    const struct conversation *completed[LIMIT_COMPLETED_ROWS];
    size_t wanted = (size_t)roster->limits.completed;
    assert(wanted <= ARRAY_COUNT(completed));
    size_t count = completed_rows(workspace, INT64_MAX, completed, wanted);
    for (size_t i = 0; i < count && i < wanted; i++)
        load_copy(roster, completed[i]);
    size_t position = 0;
    for (const struct memory_place *place = map_next(&workspace->conversations, &position); place != NULL;
         place = map_next(&workspace->conversations, &position)) {
        const struct conversation *each = &workspace->log[place->index].after;
        if (each->list == LIST_OPEN || each->pause.kind != PAUSE_NONE || each->seq > roster->floor_seq)
            load_copy(roster, each);
    }
    position = 0;
    for (const struct memory_place *place = map_next(&workspace->agents, &position); place != NULL;
         place = map_next(&workspace->agents, &position)) {
        const struct transition *seen = &workspace->log[place->index];
        roster_load_agent(roster, seen->by, seen->body, seen->role, seen->seq);
    }
}

void memory_database_read(struct store_memory_database *database, struct store_read *read)
{
    const struct conversation *found =
        memory_find(memory_workspace_of(database, read->workspace_id), read->conversation);
    read->found = found != NULL;
    read->result = (struct conversation){0};
    if (found != NULL)
        conversation_copy(found, &read->result);
}

bool memory_is_place(const struct memory_workspace *workspace, int64_t seq, int64_t mark_ms)
{
    if (seq == 0)
        return mark_ms == 0;
    return seq > workspace->forgotten_seq && seq <= memory_last_seq(workspace) &&
           workspace->log[seq - 1].at_ms == mark_ms;
}

int64_t memory_mark_ms(const struct memory_workspace *workspace, int64_t seq)
{
    bool is_kept = seq > workspace->forgotten_seq && seq <= memory_last_seq(workspace);
    return seq == memory_last_seq(workspace) ? memory_last_at_ms(workspace)
           : is_kept                         ? workspace->log[seq - 1].at_ms
                                             : 0;
}

bool memory_may_be_place(const struct memory_workspace *workspace, int64_t seq, int64_t mark_ms)
{
    if (seq == 0 || seq >= memory_last_seq(workspace))
        return seq == 0 ? mark_ms == 0
                        : seq == memory_last_seq(workspace) && mark_ms == memory_last_at_ms(workspace);
    return seq <= workspace->forgotten_seq || memory_is_place(workspace, seq, mark_ms);
}

void memory_database_place(struct store_memory_database *database, struct store_place *place)
{
    place->is_of_log =
        memory_is_place(memory_workspace_of(database, place->workspace_id), place->seq, place->mark_ms);
}

void memory_database_page(struct store_memory_database *database, struct store_page *page)
{
    assert(page->limit > 0 && page->limit <= LIMIT_PAGE_ROWS);
    const struct conversation *rows[LIMIT_PAGE_ROWS];
    size_t limit = (size_t)page->limit;
    size_t count =
        completed_rows(memory_workspace_of(database, page->workspace_id),
                       page->before_list_seq == 0 ? INT64_MAX : page->before_list_seq, rows, limit);
    page->more = count > limit;
    page->rows_count = count < limit ? count : limit;
    page->rows = alloc_array(page->rows_count, sizeof(*page->rows));
    for (size_t i = 0; i < page->rows_count; i++)
        conversation_copy(rows[i], &page->rows[i]);
}

/* The end of the workspace's first pause; INT64_MAX where there is none. */
static int64_t first_until_ms(const struct memory_workspace *workspace)
{
    int64_t first_ms = INT64_MAX;
    size_t position = 0;
    for (const struct memory_place *place = map_next(&workspace->conversations, &position); place != NULL;
         place = map_next(&workspace->conversations, &position)) {
        const struct pause *pause = &workspace->log[place->index].after.pause;
        if (pause->kind == PAUSE_UNTIL && pause->until_ms < first_ms)
            first_ms = pause->until_ms;
    }
    return first_ms;
}

static bool is_watched(const struct store_due *due, int64_t workspace_id)
{
    for (size_t i = 0; i < due->watched_count; i++) {
        if (due->watched_ids[i] == workspace_id)
            return true;
    }
    return false;
}

void memory_database_due(struct store_memory_database *database, struct store_due *due)
{
    int64_t before_ms = store_memory_now_ms(database) + due->ahead_ms;
    int64_t taken_ms[LIMIT_DUE_WORKSPACES];
    due->workspaces = alloc_array(LIMIT_DUE_WORKSPACES, sizeof(struct text *));
    due->workspaces_count = 0;
    for (size_t i = 0; i < database->workspaces_count; i++) {
        int64_t until_ms = first_until_ms(database->workspaces[i]);
        if (until_ms >= before_ms || is_watched(due, database->workspaces[i]->id))
            continue;
        size_t at = due->workspaces_count;
        while (at > 0 && taken_ms[at - 1] > until_ms)
            at--;
        if (at == LIMIT_DUE_WORKSPACES)
            continue;
        if (due->workspaces_count == LIMIT_DUE_WORKSPACES)
            text_unref(&due->workspaces[--due->workspaces_count]);
        size_t moved = due->workspaces_count++ - at;
        memmove(&taken_ms[at + 1], &taken_ms[at], moved * sizeof(taken_ms[0]));
        memmove(&due->workspaces[at + 1], &due->workspaces[at], moved * sizeof(due->workspaces[0]));
        taken_ms[at] = until_ms;
        due->workspaces[at] = text_ref(database->workspaces[i]->name);
    }
}

void memory_database_heads(struct store_memory_database *database, struct store_heads *heads)
{
    heads->seqs = alloc_array(heads->workspaces_count, sizeof(*heads->seqs));
    heads->marks_ms = alloc_array(heads->workspaces_count, sizeof(*heads->marks_ms));
    for (size_t i = 0; i < heads->workspaces_count; i++) {
        int64_t id = heads->workspace_ids[i];
        bool is_there = id > 0 && (size_t)id <= database->workspaces_count;
        const struct memory_workspace *workspace = is_there ? memory_workspace_of(database, id) : NULL;
        heads->seqs[i] = is_there ? memory_last_seq(workspace) : 0;
        heads->marks_ms[i] = is_there ? memory_last_at_ms(workspace) : 0;
    }
}
