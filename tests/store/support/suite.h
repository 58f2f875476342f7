#ifndef RELEVO_TESTS_STORE_SUITE_H
#define RELEVO_TESTS_STORE_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/ports/store.h"
#include "core/decision.h"
#include "support/random.h"

/* What every store must do that keeps the port (app/ports/store.h), written once. A world is what differs: it
 * has one database, and nodes with a store each. */

enum { WORLD_NODES = 2 };

enum { HEARD_MAX = 300 };

/* What a node has been told by others, in order; the first so many, and the beginning of what words there
 * were. */
struct ear {
    struct world *world;
    struct {
        int64_t workspace_id;
        int64_t seq; /* of a hint; 0: words */
        char words[32];
    } heard[HEARD_MAX];
    int heard_count;
    int hints_lost;
    bool is_stuck;
};

struct world {
    struct store *stores[WORLD_NODES]; /* up */
    struct ear ears[WORLD_NODES];
    size_t pending;   /* requests that the test waits for */
    int64_t clock_ms; /* the database's clock when it was last heard of */
    char epoch[LIMIT_EPOCH_BYTES + 1];
    int ups;
    int downs;
    /* Revokes somebody's tokens, as an operator does. */
    void (*revoke)(struct world *world, const char *workspace, const char *id);
    /* Does some of what is due. Asserts that there is something. */
    void (*turn)(struct world *world);
    /* Keeps the transitions of a workspace up to this one no longer. */
    void (*forget)(struct world *world, const char *workspace, int64_t up_to_seq);
};

/* Asks this node's store, as one of the requests that the test waits for; and waits for all of them, where it
 * must come out STORE_OK. */
void world_send(struct world *world, int node, struct store_request *request);
void world_ask(struct world *world, int node, struct store_request *request);

/* Turns until every request has been answered. */
void world_run(struct world *world);

/* For this node's store, which is about to be started. */
struct store_listener world_listener(struct world *world, int node);

/* X(name): a test that takes a fresh world with both nodes up. */
#define SUITE(X)                                                                                             \
    X(creates_a_workspace_that_does_not_exist_yet)                                                           \
    X(creates_a_workspace_once_for_two_nodes)                                                                \
    X(gives_back_what_was_committed)                                                                         \
    X(gives_back_every_field_of_every_transition)                                                            \
    X(gives_back_every_field_of_every_conversation)                                                          \
    X(gives_back_the_longest_body)                                                                           \
    X(numbers_a_workspace_without_gaps)                                                                      \
    X(resolves_what_was_pending)                                                                             \
    X(counts_pauses_from_its_stamp)                                                                          \
    X(resolves_what_a_refusal_says)                                                                          \
    X(never_lets_time_run_backwards)                                                                         \
    X(answers_a_resend_with_the_first_outcome)                                                               \
    X(refuses_an_id_that_was_used_for_something_else)                                                        \
    X(keeps_an_outcome_without_a_transition)                                                                 \
    X(keeps_no_outcome_of_what_the_row_tells)                                                                \
    X(commits_a_lone_transition_beside_an_id_that_is_known)                                                  \
    X(refuses_what_was_decided_on_another_state)                                                             \
    X(commits_a_conversation_whole_or_not_at_all)                                                            \
    X(lets_conversations_stand_for_themselves)                                                               \
    X(refuses_to_end_a_pause_before_its_time)                                                                \
    X(ends_a_pause_whose_time_has_come)                                                                      \
    X(refuses_an_early_end_behind_another_transition)                                                        \
    X(shows_what_others_did_in_front_of_its_own)                                                             \
    X(shows_what_others_did_to_an_append_without_items)                                                      \
    X(remembers_agents_by_their_last_name_and_role)                                                          \
    X(remembers_agents_with_the_longest_names)                                                               \
    X(refuses_an_agent_that_has_changed)                                                                     \
    X(counts_the_lists)                                                                                      \
    X(reads_nothing_where_there_is_nothing)                                                                  \
    X(pages_through_the_completed)                                                                           \
    X(finds_the_workspaces_with_pauses_that_end)                                                             \
    X(holds_what_is_open_paused_newest_or_changed_of_late)                                                   \
    X(keeps_workspaces_apart)                                                                                \
    X(lets_two_nodes_race_for_one_conversation)                                                              \
    X(commits_each_command_once_whatever_two_nodes_do)                                                       \
    X(tells_a_node_that_knows_too_much_to_load_anew)                                                         \
    X(tells_of_revocations_from_a_number_on)                                                                 \
    X(revokes_whoever_has_the_longest_names)                                                                 \
    X(tells_a_node_that_is_too_far_behind_to_load_anew)                                                      \
    X(tells_a_node_whose_log_is_kept_no_more_to_load_anew)                                                   \
    X(tells_where_the_logs_end)                                                                              \
    X(tells_whether_a_place_is_of_the_log)                                                                   \
    X(tells_a_node_whose_log_is_another_one_to_load_anew)                                                    \
    X(loads_the_marks_of_what_a_roster_reaches_back)                                                         \
    X(follows_the_log_in_pages)                                                                              \
    X(follows_one_channel_past_what_others_did)                                                              \
    X(says_what_is_too_old_to_follow)                                                                        \
    X(reads_one_conversations_history_backwards)                                                             \
    X(reads_history_between_two_seqs)                                                                        \
    X(reads_the_messages_of_a_history_alone)                                                                 \
    X(looks_through_a_history_in_windows)                                                                    \
    X(says_what_of_a_history_is_too_old)                                                                     \
    X(ends_a_page_of_the_log_in_front_of_a_long_body)                                                        \
    X(leads_a_channel_to_the_long_body_behind_what_others_did)                                               \
    X(ends_a_page_of_a_history_where_it_is_full)                                                             \
    X(cuts_long_bodies_of_what_others_did)                                                                   \
    X(blanks_what_was_said_before_an_erase)                                                                  \
    X(finds_by_id_and_by_name)                                                                               \
    X(keeps_a_consumers_place)                                                                               \
    X(never_moves_a_consumer_back_or_beyond_the_log)                                                         \
    X(says_the_mark_of_a_consumers_place)                                                                    \
    X(begins_where_it_was_where_a_consumers_place_is_another_logs)                                           \
    X(acknowledges_nothing_that_is_of_another_log)                                                           \
    X(tells_a_log_from_another_one_and_says_its_marks)                                                       \
    X(tells_a_consumer_that_it_has_been_replaced)                                                            \
    X(tells_consumers_apart_by_role_owner_name_and_workspace)                                                \
    X(refuses_too_many_consumers)                                                                            \
    X(keeps_consumers_with_the_longest_names)                                                                \
    X(serves_the_newest_of_two_that_attach_at_once)                                                          \
    X(hints_others_at_what_was_committed)                                                                    \
    X(hints_at_nothing_where_nothing_was_committed)                                                          \
    X(tells_others_words_in_their_order)                                                                     \
    X(calls_nobody_back_from_within)

#define X(name) void suite_##name(struct world *world);
SUITE(X)
#undef X

/* What the tests are made of, for those of one store alone too. */

/* One append in the making. It owns its items and transitions. */
struct draft {
    struct store_append append;
    struct store_item items[LIMIT_BATCH_COMMANDS];
    struct transition transitions[LIMIT_BATCH_COMMANDS * DECISION_TRANSITIONS_MAX];
    struct text *conversations[LIMIT_BATCH_COMMANDS];
    int transitions_count;
    struct world *world;
    bool is_done;
};

/* In the workspace with this id; knows all up to known_seq. */
struct draft *draft_create(struct world *world, int64_t workspace_id, int64_t known_seq);
void draft_destroy(struct draft **draft);

/* An item with no transition yet, under a new id. */
struct store_item *draft_add_item(struct draft *draft, const char *conversation);

/* Adds a transition to the last item: `after` as given, its own numbers and the transition's seq, at, id and
 * before filled in. `before` is the state that it is decided on, NULL where there is none. Returns the
 * transition. */
struct transition *draft_add_transition(struct draft *draft, enum action action,
                                        const struct conversation *before, const struct conversation *after);

/* The same in one: an item with one transition that moves the conversation to `list`. */
struct transition *draft_move(struct draft *draft, const char *conversation,
                              const struct conversation *before, enum conversation_list list);
struct transition *draft_see_agent(struct draft *draft, const char *id, const char *name, enum role role,
                                   int64_t before_seq);

/* Sends it, and sends it and waits for the answer. The outcome must be STORE_OK in draft_commit. */
void draft_send(struct draft *draft, int node);
void draft_run(struct draft *draft, int node);
void draft_commit(struct draft *draft, int node);

/* The state after the last transition for this conversation, as committed: with numbers and times resolved.
 * The caller finishes it. */
struct conversation draft_result(const struct draft *draft, const char *conversation);

/* A conversation in that list, committed by the first node. The caller finishes it. */
struct conversation draft_begin(struct world *world, int64_t workspace_id, const char *id,
                                enum conversation_list list);

int64_t draft_count_foreign(const struct draft *draft);

/* All its items. */
void assert_committed(const struct draft *draft);

/* Loads a workspace; the roster is the caller's to finish. Asserts that it went well. */
int64_t world_load(struct world *world, int node, const char *workspace, struct roster *roster);

/* Just its id. */
int64_t world_workspace(struct world *world, const char *name);

/* Reads one conversation: found or not. The caller finishes what was found. */
bool world_read(struct world *world, int64_t workspace_id, const char *id,
                struct conversation *conversation_r);

/* Turns until the node has heard so many things. */
void world_hear(struct world *world, int node, int count);

/* Has the node tell the others. */
void world_tell(struct world *world, int node, int64_t workspace_id, const char *words);

void assert_heard_hint(const struct world *world, int node, int place, int64_t workspace_id, int64_t seq);
void assert_heard_words(const struct world *world, int node, int place, int64_t workspace_id,
                        const char *words);

/* The first to n-th of the log, as a node sees it that knows nothing. */
struct draft *world_read_log(struct world *world, int node, int64_t workspace_id, int64_t known_seq);

/* A page of the log, and one of a history, which are there. The caller finishes them. */
struct store_log world_follow_log(struct world *world, int node, int64_t workspace_id, int64_t after_seq,
                                  const char *channel);
void world_read_history(struct world *world, struct store_history *history);

void assert_same_conversation(const struct conversation *a, const struct conversation *b);
void assert_same_transition(const struct transition *a, const struct transition *b);

/* A command id that was not there before in this process. */
struct command_id suite_id(void);

#endif
