#include "serve/report.h"

#include <stdio.h>
#include <stdlib.h>

static const char *mark(bool is_well)
{
    return is_well ? "[+]" : "[-]";
}

char *report_make_checks(const struct report *report)
{
    const struct node_stats *hub = &report->hub;
    const struct hub_census *census = &report->census;
    const struct store_pg_stats *store = &report->store;
    int lanes_up = store->lanes_free + store->lanes_busy;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        abort();
    fprintf(out, "%sdatabase %s\n", mark(hub->store_is_up), hub->store_is_up ? "ok" : "cannot be reached");
    fprintf(out, "%scommits ", mark(hub->can_commit));
    if (hub->can_commit)
        fprintf(out, "ok\n");
    else if (store->why_stuck == NULL)
        fprintf(out, "none\n");
    else
        fprintf(out, "none: %s\n", store->why_stuck);
    fprintf(out, "%sstopping %s\n", mark(!hub->is_draining), hub->is_draining ? "yes, no new clients" : "no");
    fprintf(out, "%slanes %d of %d up, %d in doubt\n", mark(lanes_up > 0), lanes_up,
            lanes_up + store->lanes_down + store->lanes_in_doubt, store->lanes_in_doubt);
    fprintf(out, "%sdesks %zu ready, %zu loading, %zu waiting\n", mark(true), census->desks_ready,
            census->desks_loading, census->desks_waiting);
    fprintf(out, "readyz check %s\n", hub->is_ready ? "passed" : "failed");
    fclose(out);
    return text;
}
