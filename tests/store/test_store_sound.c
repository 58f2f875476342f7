#include <criterion/criterion.h>
#include <stdio.h>

#include "base/alloc.h"
#include "support/leak.h"
#include "support/postgres_world.h"

/* What append_1 adds has to be sound (relevo.is_sound), whoever asks for it and however: no table has these
 * conditions as CHECKs. */

static struct postgres_world postgres;

static void begin(void)
{
    postgres_open_database(&postgres, true);
    postgres_do(&postgres,
                "INSERT INTO relevo.workspace (name) VALUES ('w'); "
                "INSERT INTO relevo.workspace_head (workspace_id) SELECT id FROM relevo.workspace");
}

static void end(void)
{
    postgres_close(&postgres);
    assert_no_leak();
}

TestSuite(store_sound, .init = begin, .fini = end);

/* A message of a contact that makes a conversation, but for what `differing`, a JSON object, says. */
static PGresult *append(const char *differing)
{
    char sql[4096];
    snprintf(
        sql, sizeof(sql),
        "SELECT seqs FROM relevo.append_1(false, (SELECT array_agg(id) FROM relevo.workspace), '{0}', "
        "'{NULL}', "
        "ARRAY[jsonb_populate_record(NULL::relevo.append_1_item, '{\"workspace\": 1, \"item_group\": 1, "
        "\"fingerprint\": 1, \"outcome\": 1, \"reason\": 0, \"seq\": -1, \"message\": 1}'::jsonb || "
        "jsonb_build_object('command_id', gen_random_uuid()))], "
        "ARRAY[jsonb_populate_record(NULL::relevo.append_1_transition, '{\"workspace\": 1, \"item_group\": "
        "1, "
        "\"pause_for\": 0, \"replaces\": 0, \"conversation_id\": \"c\", \"body\": \"hi\", \"before_seq\": 0, "
        "\"message\": 1, \"action\": 10, \"role\": 4, \"from_list\": 0, \"reported\": 0, \"by\": \"web\", "
        "\"list_seq\": 0, \"pause_seq\": 0, \"contact_seq\": -1, \"answer_seq\": 0, \"other_answer_seq\": 0, "
        "\"person_seq\": 0, \"version\": 1, \"received\": 1, \"sent\": 0, \"unread\": 1, "
        "\"waiting_since\": \"-infinity\", \"preview_at\": \"-infinity\", \"last_at\": \"-infinity\", "
        "\"list\": 0, \"pause\": 0, \"delivery\": 0, \"preview_role\": 4, \"last_action\": 10, "
        "\"last_role\": 4, "
        "\"answer_role\": 0, \"automation_enabled\": true, \"bot_blocked\": false, \"waits_for_person\": "
        "false, "
        "\"channel\": \"web\", \"name\": \"Marta\", \"preview\": \"hi\", \"last_by\": \"web\"}'::jsonb || "
        "jsonb_build_object('command_id', gen_random_uuid()) || '%s'::jsonb)])",
        differing);
    return PQexec(postgres.admin, sql);
}

Test(store_sound, what_is_sound_is_appended)
{
    PGresult *result = append("{}");
    cr_assert_eq(PQresultStatus(result), PGRES_TUPLES_OK, "%s", PQresultErrorMessage(result));
    cr_assert_str_eq(PQgetvalue(result, 0, 0), "{1}");
    PQclear(result);
    cr_assert_eq(
        postgres_ask(&postgres, "SELECT count(*) FROM relevo.conversation WHERE seq = 1 AND NOT held"), 1);
}

Test(store_sound, what_is_not_is_refused_and_nothing_of_it_is_there)
{
    static const char *const unsound[] = {
        "{\"list\": 3}",
        "{\"list\": -1}",
        "{\"from_list\": 3}",
        "{\"from_list\": 1}", /* then the workspace would have fewer than none open */
        "{\"pause\": 1}",
        "{\"pause_until\": \"2030-01-01\"}",
        "{\"delivery\": 4}",
        "{\"unread\": 2}",
        "{\"list_seq\": 2}",
        "{\"contact_seq\": 2}",
        "{\"other_answer_seq\": 1}",
        "{\"waits_for_person\": true, \"waiting_since\": null}",
        "{\"action\": 16}",
        "{\"conversation_id\": \"\"}",
    };
    for (size_t i = 0; i < ARRAY_COUNT(unsound); i++) {
        PGresult *result = append(unsound[i]);
        cr_assert_not_null(strstr(PQresultErrorMessage(result), "relevo.is_sound"), "%s: %s", unsound[i],
                           PQresultErrorMessage(result));
        PQclear(result);
    }
    cr_assert_eq(postgres_ask(&postgres, "SELECT (SELECT count(*) FROM relevo.transition)"
                                         " + (SELECT count(*) FROM relevo.conversation)"
                                         " + (SELECT count(*) FROM relevo.outcome)"),
                 0);
}
