#include "suite.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "core/clean.h"
#include "core/columns.h"

/* The tests of the suite that are about what survives a round trip: every column (core/columns.h), whichever
 * way it is read. */

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

/* Of each kind of column: any value that the database may be asked to keep. */
#define SCRAMBLE_SEQ(place)          place = (const int64_t[]){0, 1, t->seq}[random_below(random, 3)];
#define SCRAMBLE_COUNT(place)        place = random_count(random);
#define SCRAMBLE_TIME(place)         place = random_time(random);
#define SCRAMBLE_ROLE(place)         place = (enum role)random_below(random, ROLE_COUNT);
#define SCRAMBLE_ACTION(place)       place = (enum action)random_below(random, ACTION_COUNT);
#define SCRAMBLE_DELIVERY(place)     place = (enum delivery)random_below(random, 4);
#define SCRAMBLE_PAUSE(place)        place = (enum pause_kind)random_below(random, 3);
#define SCRAMBLE_BOOL(place)         place = random_once_in(random, 2);
#define SCRAMBLE_TEXT(place)         random_text_into(random, &place, LIMIT_ID_BYTES);
#define SCRAMBLE_TEXT_OR_NULL(place) random_text_into(random, &place, LIMIT_ID_BYTES);
#define SCRAMBLE_NAME(place)         struct text *name = random_text(random, LIMIT_NAME_BYTES);
#define SCRAMBLE_PREVIEW(place)      struct text *said = random_text(random, CONVERSATION_PREVIEW_BYTES_MAX);
#define SCRAMBLE_DEADLINE(place)     /* by the pause */
#define SCRAMBLE_LIST(place)         /* as the draft has it */
#define SCRAMBLE_COMMAND(place)

static void bound_seq(int64_t *seq, int64_t by_seq)
{
    if (seq_is_later(*seq, by_seq))
        *seq = by_seq;
}

/* Makes a value of every column anew, as the conversation could be. */
static void scramble_conversation(struct random *random, const struct transition *t, struct conversation *c)
{
    int64_t list_seq = c->list_seq;
#define X(KIND, name, member) SCRAMBLE_##KIND(c->member)
    CONVERSATION_COLUMN_LIST(X)
#undef X
    conversation_set_words(c, conversation_id(c), text_bytes(name), text_bytes(said));
    text_unref(&name);
    text_unref(&said);
    c->list_seq = list_seq;
    if (c->list != LIST_OPEN && c->pause.kind == PAUSE_UNTIL)
        c->pause.kind =
            PAUSE_UNTIL_COMPLETED; /* no conversation is like that, and it would not be believed */
    c->pause.until_ms =
        c->pause.kind == PAUSE_UNTIL ? 946684799999 + (int64_t)random_below(random, UINT32_MAX) : 0;
    c->pause_seq = c->pause.kind == PAUSE_NONE ? 0 : t->seq;
    c->unread = c->received == 0 ? 0 : c->received - random_once_in(random, 2);
    c->waits_for_person &= c->waiting_since_ms != 0;
    bound_seq(&c->other_answer_seq, c->answer_seq);
    bound_seq(&c->person_seq, c->answer_seq);
}

static void scramble(struct random *random, struct transition *t)
{
    int64_t before_seq = t->before_seq;
#define X(KIND, name, member) SCRAMBLE_##KIND(t->member)
    TRANSITION_COLUMN_LIST(X)
#undef X
    t->before_seq = before_seq;
    t->action = (enum action)(1 + random_below(random, ACTION_MESSAGE_STATUS));
    t->role = (enum role)(1 + random_below(random, 5));
    random_text_into(random, &t->body, LIMIT_LONG_BYTES);
    scramble_conversation(random, t, &t->after);
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

/* Scrambled transitions of some conversations in turn, as they have been committed, from the first of a log.
 */
enum { CONVERSATIONS = 8, CHAIN = 16, COUNT = CONVERSATIONS * CHAIN };
struct scrambled {
    struct world *world;
    int64_t workspace_id;
    char ids[CONVERSATIONS][LIMIT_ID_BYTES + 1];
    struct transition transitions[COUNT];
};

static struct scrambled *scrambled_commit(struct world *world)
{
    struct random random = {.state = 20251122};
    struct scrambled *scrambled = alloc_zeroed(sizeof(*scrambled));
    const struct conversation *states[CONVERSATIONS] = {NULL};
    *scrambled = (struct scrambled){
        .world = world, .workspace_id = world_workspace(world, "w"), .ids = {"0", "é\"{},\\'"}};
    for (int i = 2; i < CONVERSATIONS; i++)
        memset(scrambled->ids[i], 'a' + i, LIMIT_ID_BYTES);
    struct draft *draft = draft_create(world, scrambled->workspace_id, 0);
    for (int i = 0; i < COUNT; i++) {
        int which = i % CONVERSATIONS;
        struct transition *moved = draft_move(draft, scrambled->ids[which], states[which],
                                              (enum conversation_list)random_below(&random, 3));
        scramble(&random, moved);
        states[which] = &moved->after;
    }
    draft_commit(draft, 0);
    assert_committed(draft);
    for (int i = 0; i < COUNT; i++) {
        struct transition *stamped = &scrambled->transitions[i];
        *stamped = draft->transitions[i];
        draft->transitions[i] = (struct transition){0};
        transition_stamp(stamped, draft->append.seqs, draft->append.at_ms);
    }
    draft_destroy(&draft);
    return scrambled;
}

static void scrambled_destroy(struct scrambled *scrambled)
{
    for (int i = 0; i < COUNT; i++)
        transition_finish(&scrambled->transitions[i]);
    free(scrambled);
}

/* As the last transition has left it. */
static const struct conversation *scrambled_last(const struct scrambled *scrambled, int which)
{
    return &scrambled->transitions[COUNT - CONVERSATIONS + which].after;
}

/* Ways to read transitions. */

static void assert_an_append_shows_them(const struct scrambled *scrambled)
{
    struct draft *log = world_read_log(scrambled->world, 1, scrambled->workspace_id, 0);
    cr_assert_eq(log->append.foreign_count, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_same_transition(&log->append.foreign[i], &scrambled->transitions[i]);
    draft_destroy(&log);
}

static void assert_pages_of_the_log_show_them(const struct scrambled *scrambled)
{
    for (int64_t seq = 0; seq < COUNT;) {
        struct store_log log = world_follow_log(scrambled->world, 1, scrambled->workspace_id, seq, "");
        cr_assert_gt(log.transitions_count, 0);
        for (size_t i = 0; i < log.transitions_count; i++, seq++)
            assert_same_transition(&log.transitions[i], &scrambled->transitions[seq]);
        store_request_finish(&log.request);
    }
}

static void assert_its_history_shows_them(const struct scrambled *scrambled, int which)
{
    struct store_history history = {.workspace_id = scrambled->workspace_id,
                                    .conversation = bytes_of_string(scrambled->ids[which]),
                                    .limit = LIMIT_HISTORY_ROWS};
    int at = COUNT - CONVERSATIONS + which;
    do {
        world_read_history(scrambled->world, &history);
        for (size_t i = 0; i < history.transitions_count; i++, at -= CONVERSATIONS)
            assert_same_transition(&history.transitions[i], &scrambled->transitions[at]);
        history.before_seq = history.next_before_seq;
        store_request_finish(&history.request);
    } while (history.more);
    cr_assert_eq(at, which - CONVERSATIONS);
}

/* Ways to read conversations. */

static void assert_a_roster_holds_it(const struct roster *roster, const struct conversation *expected)
{
    assert_same_conversation(&roster_find(roster, conversation_id(expected))->conversation, expected);
}

static void assert_reading_gives_it(const struct scrambled *scrambled, int which)
{
    struct conversation found;
    cr_assert(world_read(scrambled->world, scrambled->workspace_id, scrambled->ids[which], &found));
    assert_same_conversation(&found, scrambled_last(scrambled, which));
    conversation_finish(&found);
}

static void assert_finding_gives_it(const struct scrambled *scrambled, int which)
{
    struct store_find find = {.request = {.kind = STORE_FIND},
                              .workspace_id = scrambled->workspace_id,
                              .text = bytes_of_string(scrambled->ids[which]),
                              .limit = LIMIT_FIND_ROWS};
    world_ask(scrambled->world, 1, &find.request);
    cr_assert_gt(find.rows_count, 0);
    assert_same_conversation(&find.rows[0], scrambled_last(scrambled, which));
    store_request_finish(&find.request);
}

static int which_is(const struct scrambled *scrambled, struct bytes id)
{
    for (int which = 0; which < CONVERSATIONS; which++) {
        if (bytes_equal(bytes_of_string(scrambled->ids[which]), id))
            return which;
    }
    cr_assert_fail("it is none of them");
    return 0;
}

static void assert_a_page_shows_the_completed(const struct scrambled *scrambled)
{
    struct store_page page = {
        .request = {.kind = STORE_PAGE}, .workspace_id = scrambled->workspace_id, .limit = LIMIT_PAGE_ROWS};
    size_t completed = 0;
    for (int which = 0; which < CONVERSATIONS; which++)
        completed += scrambled_last(scrambled, which)->list == LIST_COMPLETED;
    world_ask(scrambled->world, 1, &page.request);
    cr_assert_gt(completed, 0);
    cr_assert_eq(page.rows_count, completed);
    for (size_t i = 0; i < page.rows_count; i++) {
        int which = which_is(scrambled, conversation_id(&page.rows[i]));
        assert_same_conversation(&page.rows[i], scrambled_last(scrambled, which));
    }
    store_request_finish(&page.request);
}

void suite_gives_back_every_field_of_every_transition(struct world *world)
{
    struct scrambled *scrambled = scrambled_commit(world);
    assert_an_append_shows_them(scrambled);
    assert_pages_of_the_log_show_them(scrambled);
    for (int which = 0; which < CONVERSATIONS; which++)
        assert_its_history_shows_them(scrambled, which);
    scrambled_destroy(scrambled);
}

void suite_gives_back_every_field_of_every_conversation(struct world *world)
{
    struct scrambled *scrambled = scrambled_commit(world);
    struct roster roster;
    world_load(world, 1, "w", &roster);
    for (int which = 0; which < CONVERSATIONS; which++) {
        assert_a_roster_holds_it(&roster, scrambled_last(scrambled, which));
        assert_reading_gives_it(scrambled, which);
        assert_finding_gives_it(scrambled, which);
    }
    assert_a_page_shows_the_completed(scrambled);
    roster_finish(&roster);
    scrambled_destroy(scrambled);
}
