#include <criterion/criterion.h>

#include "protocol/limits.h"
#include "store/company.h"
#include "support/random.h"

static struct company company;

static void begin(void)
{
    company_init(&company, 0);
    company_begin(&company);
}

/* It has asked, has been answered, and has asked once more. */
static void be_accompanied(int64_t now_ms)
{
    company_take_call(&company, now_ms);
    cr_assert(company_hear(&company, false, now_ms));
    cr_assert_eq(company_take_call(&company, now_ms), CALL_QUESTION);
}

TestSuite(company, .init = begin);

Test(company, asks_once_and_is_alone_while_nobody_answers)
{
    cr_assert(company_is_alone(&company));
    cr_assert_eq(company_take_call(&company, 1000), CALL_QUESTION);
    cr_assert_eq(company_next_ms(&company), INT64_MAX);
    company_advance(&company, INT64_C(86400000));
    cr_assert_eq(company.call, CALL_NONE);
    cr_assert(company_is_alone(&company));
}

Test(company, looks_and_has_the_other_look_when_it_is_alone_no_more)
{
    company_take_call(&company, 0);
    cr_assert(company_hear(&company, false, 1000));
    cr_assert_not(company_is_alone(&company));
    cr_assert_eq(company_take_call(&company, 1001), CALL_QUESTION);
    cr_assert_not(company_hear(&company, false, 1002));
    cr_assert_eq(company.call, CALL_NONE);
}

Test(company, answers_a_question_once_for_many_and_looks_at_each)
{
    be_accompanied(0);
    cr_assert(company_hear(&company, true, 10));
    cr_assert(company_hear(&company, true, 11));
    cr_assert_eq(company_take_call(&company, 12), CALL_HERE);
    cr_assert_eq(company.call, CALL_NONE);
}

Test(company, answers_with_a_question_where_it_owes_one)
{
    company_take_call(&company, 0);
    cr_assert(company_hear(&company, true, 10));
    cr_assert(company_hear(&company, true, 11));
    cr_assert_eq(company_take_call(&company, 12), CALL_QUESTION);
}

Test(company, shows_that_it_is_there_when_it_has_said_nothing_for_a_while)
{
    be_accompanied(0);
    cr_assert_eq(company_next_ms(&company), LIMIT_NODE_BEAT_MS);
    company_take_call(&company, 1000); /* a hint, say */
    cr_assert_eq(company_next_ms(&company), 1000 + LIMIT_NODE_BEAT_MS);
    company_advance(&company, LIMIT_NODE_BEAT_MS);
    cr_assert_eq(company.call, CALL_NONE);
    company_advance(&company, 1000 + LIMIT_NODE_BEAT_MS);
    cr_assert_eq(company.call, CALL_HERE);
    cr_assert_eq(company_next_ms(&company), LIMIT_NODE_SILENT_MS);
}

Test(company, is_alone_and_asks_once_more_when_the_others_are_silent_for_long)
{
    be_accompanied(0);
    company_hear(&company, false, 500);
    company_advance(&company, 500 + LIMIT_NODE_SILENT_MS - 1);
    cr_assert_not(company_is_alone(&company));
    cr_assert_eq(company_take_call(&company, 500 + LIMIT_NODE_SILENT_MS - 1), CALL_HERE);
    company_advance(&company, company_next_ms(&company));
    cr_assert(company_is_alone(&company));
    cr_assert_eq(company_take_call(&company, 500 + LIMIT_NODE_SILENT_MS), CALL_QUESTION);
    cr_assert_eq(company_next_ms(&company), INT64_MAX);
}

Test(company, is_alone_when_its_session_is_lost_and_asks_when_it_has_one_again)
{
    be_accompanied(0);
    company_hear(&company, true, 500);
    company_end(&company);
    cr_assert(company_is_alone(&company));
    cr_assert_eq(company.call, CALL_NONE);
    company_begin(&company);
    cr_assert_eq(company_take_call(&company, 1000), CALL_QUESTION);
}

Test(company, asks_where_what_it_said_may_be_lost)
{
    be_accompanied(0);
    company_lose_call(&company);
    cr_assert_eq(company_take_call(&company, 500), CALL_QUESTION);
}

/* Some nodes on one channel. They commit, are held up, fail to say what they have to say, lose their sessions
 * and come back; each with a hint to tell at most. */

enum { NODES = 4, NOTICES_MAX = 20000 };

struct node {
    struct company company;
    bool has_session;
    int heard;        /* notices, of all that were said */
    int commits;      /* of its own */
    int hint;         /* up to which the others are to be told; 0: nothing */
    int known[NODES]; /* the others' commits, as far as it knows */
};

static struct node nodes[NODES];
static struct {
    int by;
    enum company_call call;
    int hint;
} notices[NOTICES_MAX];
static int notices_count;
static int64_t now_ms;

static void node_look(struct node *node)
{
    for (int i = 0; i < NODES; i++)
        node->known[i] = nodes[i].commits;
}

static void node_return(struct node *node)
{
    node->has_session = true;
    node->heard = notices_count;
    node_look(node);
    company_begin(&node->company);
}

static void node_leave(struct node *node)
{
    node->has_session = false;
    node->hint = 0;
    company_end(&node->company);
}

static void node_hear(struct node *node)
{
    while (node->has_session && node->heard < notices_count) {
        int place = node->heard++;
        int by = notices[place].by;
        if (&nodes[by] == node)
            continue;
        if (notices[place].hint > node->known[by])
            node->known[by] = notices[place].hint;
        if (company_hear(&node->company, notices[place].call == CALL_QUESTION, now_ms))
            node_look(node);
    }
}

static void node_say(struct node *node, bool fails)
{
    company_advance(&node->company, now_ms);
    if (company_is_alone(&node->company))
        node->hint = 0;
    if (!node->has_session || (node->company.call == CALL_NONE && node->hint == 0))
        return;
    cr_assert_lt(notices_count, NOTICES_MAX);
    enum company_call call = company_take_call(&node->company, now_ms);
    if (fails)
        company_lose_call(&node->company);
    else {
        notices[notices_count].by = (int)(node - nodes);
        notices[notices_count].call = call;
        notices[notices_count++].hint = node->hint;
    }
    node->hint = 0;
}

static void node_commit(struct node *node)
{
    node->commits++;
    if (!company_is_alone(&node->company))
        node->hint = node->commits;
}

static void do_something(struct random *random)
{
    struct node *node = &nodes[random_below(random, NODES)];
    now_ms += random_below(random, random_once_in(random, 20) ? 2 * LIMIT_NODE_SILENT_MS : 100);
    switch (random_below(random, 16)) {
    case 0: node_leave(node); break;
    case 1:
        if (!node->has_session)
            node_return(node);
        break;
    case 2:
    case 3:
    case 4: node_commit(node); break;
    case 5: node_say(node, true); break;
    case 6:
    case 7:
    case 8:
    case 9: node_say(node, false); break;
    default: node_hear(node); break;
    }
}

/* All are there, and nobody is held up. */
static void let_settle(int64_t ms)
{
    for (int64_t end_ms = now_ms + ms; now_ms < end_ms; now_ms += 100) {
        for (int i = 0; i < NODES; i++) {
            if (!nodes[i].has_session)
                node_return(&nodes[i]);
            node_hear(&nodes[i]);
            node_say(&nodes[i], false);
        }
    }
}

static void begin_nodes(void)
{
    notices_count = 0;
    for (int i = 0; i < NODES; i++) {
        nodes[i] = (struct node){.commits = 0};
        company_init(&nodes[i].company, 0);
    }
}

Test(company, finds_others_that_were_all_held_up_and_think_themselves_alone)
{
    begin_nodes();
    let_settle(LIMIT_NODE_BEAT_MS);
    now_ms += 2 * LIMIT_NODE_SILENT_MS;
    for (int i = 0; i < NODES; i++) {
        company_advance(&nodes[i].company, now_ms);
        cr_assert(company_is_alone(&nodes[i].company));
        node_commit(&nodes[i]);
    }
    let_settle(LIMIT_NODE_BEAT_MS / 2);
    for (int i = 0; i < NODES; i++) {
        cr_assert_not(company_is_alone(&nodes[i].company));
        for (int other = 0; other < NODES; other++)
            cr_assert(other == i || nodes[i].known[other] == 1);
    }
}

Test(company, leaves_no_commit_unnoticed_whatever_happens)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct random random = {.state = seed};
        begin_nodes();
        for (int step = 0; step < 1000; step++)
            do_something(&random);
        let_settle(2 * LIMIT_NODE_SILENT_MS);
        int before = notices_count;
        for (int i = 0; i < NODES; i++) {
            cr_assert_not(company_is_alone(&nodes[i].company), "seed %d, node %d", (int)seed, i);
            for (int other = 0; other < NODES; other++)
                cr_assert(other == i || nodes[i].known[other] == nodes[other].commits,
                          "seed %d: node %d does not know what node %d has committed", (int)seed, i, other);
        }
        let_settle(10 * LIMIT_NODE_BEAT_MS);
        cr_assert_leq(notices_count - before, 10 * NODES, "seed %d: they do not stop asking", (int)seed);
    }
}
