#ifndef RELEVO_SERVE_REPORT_H
#define RELEVO_SERVE_REPORT_H

#include "app/hub/hub.h"
#include "app/hub/top.h"
#include "net/net.h"
#include "serve/process.h"
#include "store/store_pg.h"

/* What the admin port tells operators of a running server: everything that is counted, joined. */
struct report {
    struct node_stats hub;
    struct hub_census census;
    struct store_pg_stats store;
    struct net_stats net;
    struct process_stats process;
    uint64_t reloads_done;
    uint64_t reloads_refused;
    int64_t started_ms; /* when serving began, in Unix milliseconds */
};

/* What /metrics shows, on the heap: the text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). No label tells of a workspace, an agent or
 * a conversation: there is no bound to how many they are. docs/operating.md lists all metrics. */
char *report_make_metrics(const struct report *report);

/* What /readyz?verbose shows, on the heap: a line for each thing that is looked at, "[+]" before what is
 * well, and at the end what comes of it. */
char *report_make_checks(const struct report *report);

/* What /connections shows, on the heap, as JSON or as text for a terminal: who is slow and who is busy. */
char *report_make_top(const struct report *report, const struct hub_top *top, bool is_text, int64_t now_ms);

#endif
