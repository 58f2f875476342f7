#include <libpq-fe.h>
#include <stdio.h>

#include "base/alloc.h"
#include "store/hosts.h"
#include "support/fuzz_input.h"

/* Lists of hosts and ports, as many and as long as can be: passing over one only turns them round, as far as
 * they say the same for each, and what libpq says of the failure fits on a line.
 *
 * The hosts are folders that do not exist, so that nothing is connected to: of the input the first line says
 * the hosts, one byte for each or a comma, and the second the ports. */

enum { LIST_COUNT = 512 };

static void make_list(struct bytes said, const char *prefix, char list_r[LIST_COUNT])
{
    size_t size = 0;
    list_r[0] = '\0';
    for (size_t i = 0; i < said.size && size + 32 < LIST_COUNT; i++) {
        if (said.data[i] == ',')
            list_r[size++] = ',';
        else
            size +=
                (size_t)snprintf(list_r + size, LIST_COUNT - size, "%s%u", prefix, said.data[i] % 16u + 1);
    }
    list_r[size] = '\0';
}

/* Whether one is the other, read on from another comma. */
static bool is_turned(const char *list, const char *turned)
{
    static char twice[2 * LIST_COUNT];
    size_t size = strlen(list);
    if (strlen(turned) != size)
        return false;
    snprintf(twice, sizeof(twice), "%s,%s", list, list);
    for (size_t begin = 0; begin <= size; begin++) {
        if ((begin == 0 || twice[begin - 1] == ',') && strncmp(twice + begin, turned, size) == 0)
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char hosts_list[LIST_COUNT];
    static char ports_list[LIST_COUNT];
    struct bytes input = bytes_make(data, size);
    make_list(input_take_until(&input, '\n'), "/nowhere/", hosts_list);
    make_list(input, "", ports_list);
    if (hosts_list[0] == '\0' || strstr(hosts_list, ",,") != NULL || hosts_list[0] == ',' ||
        hosts_list[strlen(hosts_list) - 1] == ',')
        return 0; /* an empty one is the usual socket, where there may be a server */
    const char *const keywords[] = {"host", "port", "dbname", "user", NULL};
    const char *const values[] = {hosts_list, ports_list, "relevo", "relevo", NULL};
    PGconn *pg = PQconnectStartParams(keywords, values, 0);
    struct hosts hosts = {0};
    char text[256];
    hosts_pass_over(&hosts, pg);
    must(hosts.host == NULL || is_turned(hosts_list, hosts.host));
    must(hosts.port == NULL || ports_list[0] == '\0' || is_turned(ports_list, hosts.port));
    hosts_describe_trouble(pg, text, sizeof(text));
    must(strlen(text) < sizeof(text) && strchr(text, '\n') == NULL);
    hosts_finish(&hosts);
    PQfinish(pg);
    return 0;
}
