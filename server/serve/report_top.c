/* Who is slow and who is busy: for programs (JSON) and for people (text). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "serve/report.h"

/* What would end a string, or turn a terminal's head: control characters, those of U+0080 to U+009F too, and
 * what changes the direction of a line. */
static bool character_is_plain(uint32_t character)
{
    return character >= 0x20 && character != '"' && character != '\\' &&
           (character < 0x7F || character > 0x9F) && (character < 0x200E || character > 0x200F) &&
           (character < 0x2028 || character > 0x202E) && (character < 0x2066 || character > 0x2069);
}

static uint32_t character_value(const uint8_t *data, size_t size)
{
    uint32_t value = size == 1 ? data[0] : data[0] & (0xFFU >> (size + 1));
    for (size_t i = 1; i < size; i++)
        value = value << 6 | (data[i] & 0x3FU);
    return value;
}

/* An id as a string of JSON without the quotes; people can read that, too. */
static void print_id(FILE *out, struct bytes id)
{
    for (size_t at = 0, size; at < id.size; at += size) {
        size = bytes_character_size(bytes_make(id.data + at, id.size - at));
        uint32_t value = size == 0 ? 0xFFFD : character_value(id.data + at, size);
        if (size > 0 && character_is_plain(value))
            fwrite(id.data + at, 1, size, out);
        else
            fprintf(out, "\\u%04" PRIx32, value);
        size = size == 0 ? 1 : size;
    }
}

static double per_s(int64_t per_ks)
{
    return (double)per_ks / 1000;
}

/* JSON. */

static void json_id(FILE *out, const char *name, struct bytes id)
{
    fprintf(out, "\"%s\":\"", name);
    print_id(out, id);
    fputs("\"", out);
}

static void json_who(FILE *out, struct bytes workspace, enum role role, struct bytes id)
{
    fputs("{", out);
    json_id(out, "workspace", workspace);
    fprintf(out, ",\"role\":\"%s\",", role_name(role));
    json_id(out, "id", id);
}

static void json_workspaces(FILE *out, const struct hub_top *top)
{
    for (size_t i = 0; i < top->workspaces_count; i++) {
        const struct top_workspace *each = &top->workspaces[i];
        fputs(i == 0 ? "\n{" : ",\n{", out);
        json_id(out, "workspace", each->workspace);
        fprintf(out,
                ",\"commands_per_s\":%.1f,\"lookups_per_s\":%.1f,\"connections\":%" PRId64
                ",\"open\":%" PRId64 ",\"commands_queued\":%zu,\"oldest_seconds\":%.3f}",
                per_s(each->commands_per_ks), per_s(each->lookups_per_ks), each->connections, each->open,
                each->queued, (double)each->oldest_us / 1e6);
    }
}

static void json_persons(FILE *out, const struct hub_top *top)
{
    for (size_t i = 0; i < top->persons_count; i++) {
        const struct top_person *each = &top->persons[i];
        fputs(i == 0 ? "\n" : ",\n", out);
        json_who(out, each->workspace, each->role, each->id);
        fprintf(out, ",\"connections\":%d,\"commands_per_s\":%.1f}", each->connections,
                per_s(each->commands_per_ks));
    }
}

static void json_connections(FILE *out, const struct top_connection *connections, size_t count)
{
    char address[ADDRESS_TEXT_SIZE];
    for (size_t i = 0; i < count; i++) {
        const struct top_connection *each = &connections[i];
        fputs(i == 0 ? "\n" : ",\n", out);
        json_who(out, each->workspace, each->role, each->id);
        if (each->consumer.size > 0) {
            fputs(",", out);
            json_id(out, "consumer", each->consumer);
        }
        fprintf(out, ",\"address\":\"%s\",\"lag_seconds\":%.3f,\"lag_transitions\":%" PRId64 "}",
                address_format(&each->from, address), (double)each->lag_ms / 1e3, each->lag_seqs);
    }
}

static void json_top(FILE *out, const struct report *report, const struct hub_top *top)
{
    fprintf(out, "{\"version\":\"%s\",\"sessions\":%zu,\"desks\":%zu,\n\"workspaces\":[", RELEVO_VERSION,
            report->hub.sessions, report->hub.desks);
    json_workspaces(out, top);
    fputs("],\n\"busiest\":[", out);
    json_persons(out, top);
    fputs("],\n\"dashboards_behind\":[", out);
    json_connections(out, top->dashboards, top->dashboards_count);
    fputs("],\n\"consumers_behind\":[", out);
    json_connections(out, top->consumers, top->consumers_count);
    fputs("]}\n", out);
}

/* Text. */

static void text_head(FILE *out, const struct report *report, int64_t now_ms)
{
    int64_t up_s = now_ms > report->started_ms ? (now_ms - report->started_ms) / 1000 : 0;
    fprintf(out,
            "relevo %s  up %" PRId64 "d %02" PRId64 ":%02" PRId64 "  database %s%s  lanes %d of %d busy\n",
            RELEVO_VERSION, up_s / 86400, up_s / 3600 % 24, up_s / 60 % 60,
            !report->hub.store_is_up ? "away"
            : report->hub.can_commit ? "up"
                                     : "commits nothing",
            report->hub.is_draining ? "  stopping" : "", report->store.lanes_busy,
            report->store.lanes_free + report->store.lanes_busy + report->store.lanes_in_doubt +
                report->store.lanes_down);
    fprintf(out,
            "%zu clients, %zu workspaces  waiting: %zu commands (%.1f s), %zu batches (%.1f s), %zu loads "
            "(%.1f s), %zu look-ups (%.1f s)\n",
            report->hub.sessions, report->hub.desks, report->census.commands_queued,
            (double)report->census.commands_oldest_us / 1e6, report->store.appends.count,
            (double)report->store.appends.oldest_us / 1e6, report->store.loads.count,
            (double)report->store.loads.oldest_us / 1e6, report->census.lookups_queued,
            (double)report->census.lookups_oldest_us / 1e6);
}

static void text_workspaces(FILE *out, const struct hub_top *top)
{
    fputs("\ncommands/s  look-ups/s  connections      open   queued   oldest  workspace\n", out);
    for (size_t i = 0; i < top->workspaces_count; i++) {
        const struct top_workspace *each = &top->workspaces[i];
        fprintf(out, "%10.1f  %10.1f  %11" PRId64 "  %8" PRId64 "  %7zu  %5.1f s  ",
                per_s(each->commands_per_ks), per_s(each->lookups_per_ks), each->connections, each->open,
                each->queued, (double)each->oldest_us / 1e6);
        print_id(out, each->workspace);
        fputs("\n", out);
    }
}

static void text_who(FILE *out, struct bytes workspace, enum role role, struct bytes id)
{
    fprintf(out, "  %-10s  ", role_name(role));
    print_id(out, id);
    fputs(" of ", out);
    print_id(out, workspace);
}

static void text_persons(FILE *out, const struct hub_top *top)
{
    fputs("\ncommands/s  connections  who commands most\n", out);
    for (size_t i = 0; i < top->persons_count; i++) {
        const struct top_person *each = &top->persons[i];
        fprintf(out, "%10.1f  %11d", per_s(each->commands_per_ks), each->connections);
        text_who(out, each->workspace, each->role, each->id);
        fputs("\n", out);
    }
}

static void text_connections(FILE *out, const char *head, const struct top_connection *connections,
                             size_t count)
{
    char address[ADDRESS_TEXT_SIZE];
    fprintf(out, "\n    behind  transitions  %s\n", head);
    for (size_t i = 0; i < count; i++) {
        const struct top_connection *each = &connections[i];
        fprintf(out, "%8.1f s  %11" PRId64, (double)each->lag_ms / 1e3, each->lag_seqs);
        text_who(out, each->workspace, each->role, each->id);
        if (each->consumer.size > 0) {
            fputs(" as ", out);
            print_id(out, each->consumer);
        }
        fprintf(out, "  %s\n", address_format(&each->from, address));
    }
}

static void text_top(FILE *out, const struct report *report, const struct hub_top *top, int64_t now_ms)
{
    text_head(out, report, now_ms);
    text_workspaces(out, top);
    text_persons(out, top);
    text_connections(out, "dashboard behind for longest", top->dashboards, top->dashboards_count);
    text_connections(out, "consumer behind for longest", top->consumers, top->consumers_count);
}

char *report_make_top(const struct report *report, const struct hub_top *top, bool is_text, int64_t now_ms)
{
    char *made = NULL;
    size_t size;
    FILE *out = open_memstream(&made, &size);
    if (out == NULL)
        abort();
    if (is_text)
        text_top(out, report, top, now_ms);
    else
        json_top(out, report, top);
    fclose(out);
    return made;
}
