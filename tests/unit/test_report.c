#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/report.h"
#include "support/document.h"
#include "support/leak.h"

static const char operating[] = "docs/operating.md";

/* Whether the text has this line. */
static bool has_line(const char *text, const char *line)
{
    char whole[256];
    snprintf(whole, sizeof(whole), "\n%s\n", line);
    return strstr(text, whole) != NULL;
}

static void assert_metric(const struct report *report, const char *line)
{
    char *text = report_make_metrics(report);
    cr_assert(has_line(text, line), "no line %s in\n%s", line, text);
    free(text);
}

TestSuite(report, .fini = end_without_leak);

Test(report, shows_commands_by_action_and_outcome_and_refusals_by_reason)
{
    struct report report = {.hub.store_is_up = true};
    report.hub.commands[ACTION_COMPLETE][OUTCOME_DONE] = 3;
    report.hub.commands[ACTION_BOT_MESSAGE][OUTCOME_UNKNOWN] = 4;
    report.hub.commands[0][OUTCOME_REFUSED] = 5;
    report.hub.refusals[REASON_STALE] = 6;
    assert_metric(&report, "relevo_commands_total{action=\"complete\",outcome=\"done\"} 3");
    assert_metric(&report, "relevo_commands_total{action=\"bot_message\",outcome=\"unknown\"} 4");
    assert_metric(&report, "relevo_commands_total{action=\"none\",outcome=\"refused\"} 5");
    assert_metric(&report, "relevo_commands_total{action=\"reopen\",outcome=\"refused\"} 0");
    assert_metric(&report, "relevo_refusals_total{reason=\"stale\"} 6");
    assert_metric(&report, "relevo_refusals_total{reason=\"paused\"} 0");
}

Test(report, shows_only_what_clients_can_command)
{
    const struct report report = {.hub.store_is_up = true};
    char *text = report_make_metrics(&report);
    cr_assert_null(strstr(text, "\"expire\""));
    cr_assert_null(strstr(text, "\"server\""));
    free(text);
}

Test(report, shows_a_histogram_in_seconds_whose_buckets_add_up)
{
    struct report report = {.hub.store_is_up = true};
    histogram_add(&report.store.commit_us, 7);
    histogram_add(&report.store.commit_us, 1500);
    histogram_add(&report.store.commit_us, 2000);
    histogram_add(&report.store.commit_us, 90000000);
    assert_metric(&report, "relevo_commit_seconds_bucket{le=\"0.0001\"} 1");
    assert_metric(&report, "relevo_commit_seconds_bucket{le=\"0.001\"} 1");
    assert_metric(&report, "relevo_commit_seconds_bucket{le=\"0.002\"} 3");
    assert_metric(&report, "relevo_commit_seconds_bucket{le=\"50\"} 3");
    assert_metric(&report, "relevo_commit_seconds_bucket{le=\"+Inf\"} 4");
    assert_metric(&report, "relevo_commit_seconds_sum 90.003507");
    assert_metric(&report, "relevo_commit_seconds_count 4");
}

Test(report, shows_how_many_commands_went_together)
{
    struct report report = {.hub.store_is_up = true};
    histogram_add(&report.store.commit_commands, 1);
    histogram_add(&report.store.commit_commands, 12);
    assert_metric(&report, "relevo_commit_commands_bucket{le=\"1\"} 1");
    assert_metric(&report, "relevo_commit_commands_bucket{le=\"10\"} 1");
    assert_metric(&report, "relevo_commit_commands_bucket{le=\"20\"} 2");
    assert_metric(&report, "relevo_commit_commands_sum 13");
}

Test(report, shows_how_things_stand)
{
    struct report report = {.hub.is_draining = true};
    report.census.sessions[0] = 1;
    report.census.sessions[ROLE_AGENT] = 2;
    report.census.desks_loading = 3;
    report.census.rows = 4;
    report.census.lag_seqs = 5;
    report.store.lanes_in_doubt = 6;
    report.net.refused_full = 7;
    report.net.refused_crowd = 8;
    report.started_ms = 1700000000250;
    assert_metric(&report, "relevo_clients{role=\"none\"} 1");
    assert_metric(&report, "relevo_clients{role=\"agent\"} 2");
    assert_metric(&report, "relevo_desks{state=\"loading\"} 3");
    assert_metric(&report, "relevo_rows 4");
    assert_metric(&report, "relevo_sync_lag_transitions 5");
    assert_metric(&report, "relevo_lanes{state=\"in_doubt\"} 6");
    assert_metric(&report, "relevo_connections_refused_total{why=\"full\"} 7");
    assert_metric(&report, "relevo_connections_refused_total{why=\"address\"} 8");
    assert_metric(&report, "relevo_database_up 0");
    assert_metric(&report, "relevo_stopping 1");
    assert_metric(&report, "process_start_time_seconds 1700000000.250");
}

/* The next metric's name, type and labels; false at the end. */
static bool metric_next(char **place, char name[64], char type[16], char labels[64])
{
    char sample[128];
    char *line = strstr(*place, "# TYPE ");
    if (line == NULL || sscanf(line, "# TYPE %63s %15s\n%127s", name, type, sample) != 3)
        return false;
    labels[0] = '\0';
    for (char *label = strchr(sample, '{'); label != NULL; label = strchr(label + 1, ',')) {
        size_t size = strlen(labels);
        if (strncmp(label + 1, "le=", 3) == 0)
            continue; /* every histogram's */
        snprintf(labels + size, 64 - size, "%s%.*s", size == 0 ? "" : ", ", (int)strcspn(label + 1, "="),
                 label + 1);
    }
    *place = line + 1;
    return true;
}

Test(report, is_what_the_operator_s_page_says)
{
    const struct report report = {.hub.store_is_up = true};
    struct table *table = table_read(operating, "\n### Metrics", "metric");
    char *text = report_make_metrics(&report);
    char *place = text;
    char name[64];
    char type[16];
    char labels[64];
    size_t row = 0;
    for (; metric_next(&place, name, type, labels); row++) {
        cr_assert_lt(row, table->count, "%s is not listed", name);
        cr_assert_str_eq(table->cells[row][0], name);
        cr_assert_str_eq(table->cells[row][1], type, "%s", name);
        cr_assert_str_eq(table->cells[row][2], labels, "%s", name);
    }
    cr_assert_eq(row, table->count, "%s does not exist", table->cells[row < table->count ? row : 0][0]);
    free(text);
    table_destroy(table);
}

Test(report, says_in_checks_what_is_well_and_what_is_not)
{
    struct report report = {.hub = {.store_is_up = true, .can_commit = true, .is_ready = true}};
    report.store.lanes_free = 1;
    report.store.lanes_busy = 1;
    report.census.desks_ready = 2;
    char *text = report_make_checks(&report);
    cr_assert_str_eq(text, "[+]database ok\n[+]commits ok\n[+]stopping no\n[+]lanes 2 of 2 up, 0 in doubt\n"
                           "[+]desks 2 ready, 0 loading, 0 waiting\nreadyz check passed\n");
    free(text);

    report = (struct report){.hub.is_draining = true};
    report.store.lanes_in_doubt = 1;
    report.store.lanes_down = 1;
    text = report_make_checks(&report);
    cr_assert_str_eq(text, "[-]database cannot be reached\n[-]commits none\n[-]stopping yes, no new clients\n"
                           "[-]lanes 0 of 2 up, 1 in doubt\n[+]desks 0 ready, 0 loading, 0 waiting\n"
                           "readyz check failed\n");
    free(text);
    report = (struct report){.hub = {.store_is_up = true}};
    report.store.why_stuck = "could not extend file";
    text = report_make_checks(&report);
    cr_assert_not_null(
        strstr(text, "[+]database ok\n[-]commits none: could not extend file\n[+]stopping no\n"));
    free(text);
}
