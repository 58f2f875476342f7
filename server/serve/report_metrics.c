#include "serve/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "protocol/encode.h"

/* A histogram is shown from one step to another; what is smaller is counted with the first. */
struct scale {
    int64_t unit; /* of the values, how many make one of the metric's */
    int64_t first;
    int64_t last;
};
/* Of seconds, counted in microseconds; the second from whole milliseconds on. */
static const struct scale seconds = {.unit = 1000000, .first = 100, .last = 50000000};
static const struct scale milliseconds = {.unit = 1000000, .first = 1000, .last = 50000000};
static const struct scale commands = {.unit = 1, .first = 1, .last = 1000};

static void print_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_value(FILE *out, const char *name, const char *type, uint64_t value, const char *help)
{
    print_head(out, name, type, help);
    fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void print_counter(FILE *out, const char *name, uint64_t value, const char *help)
{
    print_value(out, name, "counter", value, help);
}

static void print_gauge(FILE *out, const char *name, uint64_t value, const char *help)
{
    print_value(out, name, "gauge", value, help);
}

static void print_labelled(FILE *out, const char *name, const char *label, const char *what, uint64_t value)
{
    fprintf(out, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, what, value);
}

static void print_seconds(FILE *out, const char *name, int64_t us, const char *help)
{
    print_head(out, name, "gauge", help);
    fprintf(out, "%s %.6f\n", name, (double)us / 1e6);
}

/* Those of one set of labels: "" or as in `part="turn"`. */
static void print_buckets(FILE *out, const char *name, const char *labels, const struct histogram *histogram,
                          struct scale scale)
{
    bool has_labels = labels[0] != '\0';
    const char *comma = has_labels ? "," : "";
    const char *open = has_labels ? "{" : "";
    const char *close = has_labels ? "}" : "";
    for (int step = 0; step < HISTOGRAM_STEPS; step++) {
        int64_t bound = histogram_bound(step);
        if (bound >= scale.first && bound <= scale.last)
            fprintf(out, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", name, labels, comma,
                    (double)bound / (double)scale.unit, histogram_count(histogram, step));
    }
    uint64_t count = histogram_count(histogram, HISTOGRAM_STEPS);
    fprintf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", name, labels, comma, count);
    fprintf(out, "%s_sum%s%s%s %.*f\n", name, open, labels, close, scale.unit == 1 ? 0 : 6,
            (double)histogram->sum / (double)scale.unit);
    fprintf(out, "%s_count%s%s%s %" PRIu64 "\n", name, open, labels, close, count);
}

static void print_histogram(FILE *out, const char *name, const struct histogram *histogram,
                            struct scale scale, const char *help)
{
    print_head(out, name, "histogram", help);
    print_buckets(out, name, "", histogram, scale);
}

static void print_connections(FILE *out, const struct report *report)
{
    print_gauge(out, "relevo_connections", report->net.connections,
                "Connections to the public port, WebSocket or not.");
    print_gauge(out, "relevo_connections_max", report->net.connections_max,
                "Connections that there is room for.");
    print_head(out, "relevo_connections_refused_total", "counter",
               "Connections refused, for want of room or because many came from their address already.");
    print_labelled(out, "relevo_connections_refused_total", "why", "full", report->net.refused_full);
    print_labelled(out, "relevo_connections_refused_total", "why", "address", report->net.refused_crowd);
    print_head(out, "relevo_clients", "gauge", "WebSocket clients; role none: not signed in yet.");
    print_labelled(out, "relevo_clients", "role", "none", report->census.sessions[0]);
#define X(number, NAME, name)                                                                                \
    if (ROLE_##NAME != ROLE_SERVER)                                                                          \
        print_labelled(out, "relevo_clients", "role", name, report->census.sessions[ROLE_##NAME]);
    ROLE_LIST(X)
#undef X
}

static void print_outcomes(FILE *out, const char *action, const uint64_t counts[OUTCOME_COUNT])
{
    for (int outcome = OUTCOME_DONE; outcome < OUTCOME_COUNT; outcome++)
        fprintf(out, "relevo_commands_total{action=\"%s\",outcome=\"%s\"} %" PRIu64 "\n", action,
                outcome_name((enum outcome)outcome), counts[outcome]);
}

static void print_answers(FILE *out, const struct timing_stats *timings)
{
    static const char *const parts[ANSWER_PARTS_COUNT] = {[ANSWER_TURN] = "part=\"turn\"",
                                                          [ANSWER_COMMIT] = "part=\"commit\"",
                                                          [ANSWER_ROWS] = "part=\"rows\""};
    print_histogram(out, "relevo_answer_seconds", &timings->answer_us, seconds,
                    "From a command's coming to its answer's being written.");
    print_head(out, "relevo_answer_part_seconds", "histogram", "Where that time went.");
    for (int part = 0; part < ANSWER_PARTS_COUNT; part++)
        print_buckets(out, "relevo_answer_part_seconds", parts[part], &timings->part_us[part], seconds);
}

static void print_commands(FILE *out, const struct report *report)
{
    const struct node_stats *hub = &report->hub;
    print_head(out, "relevo_commands_total", "counter",
               "Commands answered; action none: refused before it was looked at.");
    print_labelled(out, "relevo_commands_total", "action=\"none\",outcome", outcome_name(OUTCOME_REFUSED),
                   hub->commands[0][OUTCOME_REFUSED]);
    for (int action = 1; action < ACTION_COUNT; action++) {
        const char *name = action_name((enum action)action);
        enum action commanded;
        if (action_parse(bytes_of_string(name), &commanded))
            print_outcomes(out, name, hub->commands[action]);
    }
    print_head(out, "relevo_refusals_total", "counter", "Commands refused, by the reason that was answered.");
    for (int reason = 1; reason < REASON_COUNT; reason++)
        print_labelled(out, "relevo_refusals_total", "reason", reason_name((enum reason)reason),
                       hub->refusals[reason]);
    print_head(out, "relevo_quota_refusals_total", "counter",
               "Connections and commands refused, by what their workspace had used up.");
    for (int quota = 0; quota < QUOTA_COUNT; quota++)
        print_labelled(out, "relevo_quota_refusals_total", "quota", quota_name((enum quota)quota),
                       hub->quota_refusals[quota]);
    print_gauge(out, "relevo_commands_queued", report->census.commands_queued,
                "Commands that have not been judged yet.");
    print_seconds(out, "relevo_commands_oldest_seconds", report->census.commands_oldest_us,
                  "For how long the one of them that came first has waited.");
    print_answers(out, &hub->timings);
    print_histogram(out, "relevo_pause_end_delay_seconds", &hub->due_delay_us[DUE_PAUSE_END], seconds,
                    "How long after its time a pause was ended, by the database's clock.");
}

static void print_lookups(FILE *out, const struct report *report)
{
    const struct hub_census *census = &report->census;
    print_gauge(out, "relevo_lookups_queued", census->lookups_queued,
                "What clients look up in the database, waiting for its turn.");
    print_seconds(out, "relevo_lookups_oldest_seconds", census->lookups_oldest_us,
                  "For how long the first of it has waited.");
    print_counter(out, "relevo_lookups_slow_total", report->hub.lookups_slow,
                  "Look-ups that the database took too long for.");
    print_gauge(out, "relevo_reads_queued", census->reads_queued,
                "What commands wait for to be read from the database, waiting for its turn.");
    print_seconds(out, "relevo_reads_oldest_seconds", census->reads_oldest_us,
                  "For how long the first of it has waited.");
}

static void print_store(FILE *out, const struct report *report)
{
    const struct store_pg_stats *store = &report->store;
    print_gauge(out, "relevo_database_up", report->hub.store_is_up,
                "1 while the database can be reached and is fit to serve from.");
    print_gauge(out, "relevo_database_can_commit", report->hub.can_commit,
                "1 while the database commits what is appended, as far as is known.");
    print_counter(out, "relevo_database_away_total", store->times_away,
                  "Times that the database was lost, having been up.");
    print_gauge(out, "relevo_other_nodes_heard", store->is_accompanied,
                "1 while another node is heard on the database; 0: none is, and none is told anything.");
    print_counter(out, "relevo_epoch_changes_total", report->hub.epoch_changes,
                  "Times that another database took the place of the one before.");
    print_counter(out, "relevo_transitions_lost_total", report->hub.transitions_lost,
                  "Transitions that had been committed, and that a database that took over lacks.");
    print_seconds(out, "relevo_commit_oldest_seconds", store->commit_oldest_us,
                  "Age of the oldest transaction under way, since it was first sent.");
    print_histogram(out, "relevo_commit_commands", &store->commit_commands, commands,
                    "Commands in one transaction that was committed.");
    print_histogram(out, "relevo_commit_seconds", &store->commit_us, seconds,
                    "From sending a transaction to hearing that it was committed.");
    print_counter(out, "relevo_commits_failed_total", store->commits_failed,
                  "Transactions that the database refused; nothing of them was done.");
    print_counter(out, "relevo_commits_in_doubt_total", store->commits_in_doubt,
                  "Transactions during which the connection was lost; they are sent again.");
    print_gauge(out, "relevo_appends_queued", store->appends.count,
                "Batches of workspaces that wait for a lane.");
    print_seconds(out, "relevo_appends_oldest_seconds", store->appends.oldest_us,
                  "For how long the first of them has waited.");
    print_head(out, "relevo_lanes", "gauge", "Connections that commit, by how they stand.");
    print_labelled(out, "relevo_lanes", "state", "free", (uint64_t)store->lanes_free);
    print_labelled(out, "relevo_lanes", "state", "busy", (uint64_t)store->lanes_busy);
    print_labelled(out, "relevo_lanes", "state", "in_doubt", (uint64_t)store->lanes_in_doubt);
    print_labelled(out, "relevo_lanes", "state", "down", (uint64_t)store->lanes_down);
    print_histogram(out, "relevo_load_seconds", &store->load_us, seconds,
                    "From asking for a workspace to its last row.");
    print_counter(out, "relevo_loads_failed_total", store->loads_failed,
                  "Workspaces that could not be loaded; it is tried again.");
    print_gauge(out, "relevo_loads_queued", store->loads.count, "Workspaces that wait to be loaded.");
    print_seconds(out, "relevo_loads_oldest_seconds", store->loads.oldest_us,
                  "For how long the first of them has waited.");
}

static void print_dashboards(FILE *out, const struct report *report)
{
    const struct node_stats *hub = &report->hub;
    const struct hub_census *census = &report->census;
    print_counter(out, "relevo_sync_frames_total", hub->sync_frames, "Frames of rows sent to dashboards.");
    print_counter(out, "relevo_sync_bytes_total", hub->sync_bytes, "Bytes of rows sent to dashboards.");
    print_histogram(out, "relevo_push_seconds", &hub->timings.push_us, seconds,
                    "From a commit to the last dashboard that could be written to.");
    print_gauge(out, "relevo_sync_lag_transitions", (uint64_t)census->lag_seqs,
                "Transitions that the dashboard furthest behind has not been told of.");
    print_seconds(out, "relevo_sync_lag_seconds", census->lag_ms * 1000,
                  "How long ago the first of them was committed, of the dashboard longest behind.");
    print_gauge(out, "relevo_consumers", census->consumers, "Connections that follow the log.");
    print_gauge(out, "relevo_consumer_lag_transitions", (uint64_t)census->consumers_lag_seqs,
                "Transitions that the consumer furthest behind has not acknowledged.");
    print_seconds(out, "relevo_consumer_lag_seconds", census->consumers_lag_ms * 1000,
                  "How long ago the first of them was committed, of the consumer longest behind.");
    print_counter(out, "relevo_digest_mismatches_total", hub->resyncs,
                  "Dashboards that found to hold other rows than the server; any is a bug.");
    print_counter(out, "relevo_resyncs_unfounded_total", hub->resyncs_unfounded,
                  "Dashboards that said so of what they had not been told, or had counted alike.");
    print_head(out, "relevo_desks", "gauge", "Workspaces being served, by how they stand.");
    print_labelled(out, "relevo_desks", "state", "ready", census->desks_ready);
    print_labelled(out, "relevo_desks", "state", "loading", census->desks_loading);
    print_labelled(out, "relevo_desks", "state", "waiting", census->desks_waiting);
    print_counter(out, "relevo_desks_unloaded_total", hub->desks_unloaded,
                  "Workspaces that were let go of, as nobody wanted them.");
    print_gauge(out, "relevo_rows", census->rows, "Conversations held in memory.");
    print_counter(out, "relevo_rows_evicted_total", hub->rows_evicted,
                  "Conversations that were let go of, as they need not be held.");
    print_counter(out, "relevo_dashboards_restarted_total", hub->lagged,
                  "Dashboards started afresh because they were too far behind.");
}

static void print_process(FILE *out, const struct report *report)
{
    const struct process_stats *process = &report->process;
    print_head(out, "relevo_build_info", "gauge", "Which version this is.");
    print_labelled(out, "relevo_build_info", "version", RELEVO_VERSION, 1);
    print_gauge(out, "relevo_stopping", report->hub.is_draining, "1 while the server takes no new clients.");
    print_head(out, "relevo_reloads_total", "counter", "Times that settings were read again, on SIGHUP.");
    print_labelled(out, "relevo_reloads_total", "outcome", "done", report->reloads_done);
    print_labelled(out, "relevo_reloads_total", "outcome", "refused", report->reloads_refused);
    print_histogram(out, "relevo_loop_busy_seconds", &report->net.busy_us, milliseconds,
                    "How long each turn of the loop kept whoever came meanwhile waiting.");
    print_gauge(out, "process_resident_memory_bytes", process->resident_bytes, "Resident memory size.");
    print_gauge(out, "process_open_fds", process->open_descriptors, "Open file descriptors.");
    print_gauge(out, "process_max_fds", process->descriptors_max, "Most file descriptors that may be open.");
    print_head(out, "process_cpu_seconds_total", "counter", "User and system time spent.");
    fprintf(out, "process_cpu_seconds_total %.6f\n", (double)process->cpu_us / 1e6);
    print_head(out, "process_start_time_seconds", "gauge", "Start of the process since the Unix epoch.");
    fprintf(out, "process_start_time_seconds %.3f\n", (double)report->started_ms / 1e3);
}

char *report_make_metrics(const struct report *report)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        abort();
    print_process(out, report);
    print_connections(out, report);
    print_commands(out, report);
    print_lookups(out, report);
    print_store(out, report);
    print_dashboards(out, report);
    fclose(out);
    return text;
}
