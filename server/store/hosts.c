#include "store/hosts.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* What stands before each host's trouble, and in none of the lines that explain it. */
#define TROUBLE_BEGINS "connection to server"

void hosts_finish(struct hosts *hosts)
{
    free(hosts->host);
    free(hosts->hostaddr);
    free(hosts->port);
    *hosts = (struct hosts){0};
}

/* Lists with commas. */

static size_t list_count(const char *list)
{
    size_t count = 1;
    for (; *list != '\0'; list++)
        count += *list == ',';
    return count;
}

/* The part of a list that begins with its index-th element. Of a list of one, that one is everybody's. */
static const char *list_from(const char *list, size_t index)
{
    if (list_count(list) == 1)
        return list;
    for (; index > 0; index--)
        list += strcspn(list, ",") + 1;
    return list;
}

static bool list_names(const char *list, size_t index, const char *name)
{
    const char *element = list_from(list, index);
    size_t size = strcspn(element, ",");
    return strlen(name) == size && memcmp(element, name, size) == 0;
}

/* The list, beginning with what was its index-th element, in memory of its own; what was a, b, c from 1 is
 * b, c, a. */
static char *list_turn(const char *list, size_t index)
{
    if (list == NULL)
        return NULL;
    const char *rest = list_from(list, index);
    if (rest == list)
        return alloc_string(list, strlen(list));
    size_t size = strlen(list) + 1;
    char *turned = alloc_array(size, 1);
    snprintf(turned, size, "%s,%.*s", rest, (int)(rest - list - 1), list);
    return turned;
}

/* Passing over. */

static const char *option_of(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword != NULL; options++) {
        if (strcmp(options->keyword, keyword) == 0)
            return options->val != NULL && options->val[0] != '\0' ? options->val : NULL;
    }
    return NULL;
}

static void hosts_turn(struct hosts *hosts, const PGconn *pg, const PQconninfoOption *options)
{
    const char *host = option_of(options, "host");
    const char *hostaddr = option_of(options, "hostaddr");
    const char *port = option_of(options, "port");
    const char *names = host != NULL ? host : hostaddr;
    if (names == NULL || list_count(names) == 1)
        return;
    size_t count = list_count(names);
    size_t index = 0;
    while (index < count &&
           !(list_names(names, index, PQhost(pg)) && (port == NULL || list_names(port, index, PQport(pg)))))
        index++;
    if (index == count)
        return; /* such as an empty name, which stands for the usual socket: nothing is known of it */
    size_t next = (index + 1) % count;
    struct hosts turned = {
        .host = list_turn(host, next), .hostaddr = list_turn(hostaddr, next), .port = list_turn(port, next)};
    hosts_finish(hosts);
    *hosts = turned;
}

void hosts_pass_over(struct hosts *hosts, PGconn *pg)
{
    PQconninfoOption *options = PQconninfo(pg); /* with what the environment and service files say */
    if (options != NULL)
        hosts_turn(hosts, pg, options);
    PQconninfoFree(options);
}

/* Telling. */

int hosts_describe_trouble(const PGconn *pg, char *text_r, size_t text_size)
{
    size_t size = 0;
    int count = 0;
    text_r[0] = '\0';
    for (const char *line = PQerrorMessage(pg); *line != '\0' && size < text_size;) {
        size_t line_size = strcspn(line, "\n");
        if (line_size > 0 && (count == 0 || strncmp(line, TROUBLE_BEGINS, strlen(TROUBLE_BEGINS)) == 0)) {
            const char *comma = count == 0 ? "" : "; ";
            size += (size_t)snprintf(text_r + size, text_size - size, "%s%.*s", comma, (int)line_size, line);
            count++;
        }
        line += line_size + (line[line_size] == '\n');
    }
    return count;
}
