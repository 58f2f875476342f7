#include "store/hosts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Where nobody is: libpq is at the last of these as soon as it has begun. */
static PGconn *try(const char *conninfo)
{
    PGconn *pg = PQconnectStart(conninfo);
    cr_assert_eq(PQstatus(pg), CONNECTION_BAD);
    return pg;
}

Test(hosts, of_one_host_nothing_is_passed_over)
{
    struct hosts hosts = {0};
    PGconn *pg = try("host=/nowhere/a port=5432");
    hosts_pass_over(&hosts, pg);
    cr_assert_null(hosts.host);
    cr_assert_null(hosts.port);
    PQfinish(pg);
}

Test(hosts, after_the_last_comes_the_first)
{
    struct hosts hosts = {0};
    PGconn *pg = try("postgresql:///x?host=/nowhere/a,/nowhere/b");
    hosts_pass_over(&hosts, pg);
    cr_assert_str_eq(hosts.host, "/nowhere/a,/nowhere/b");
    cr_assert_null(hosts.hostaddr);
    hosts_finish(&hosts);
    PQfinish(pg);
}

/* Somebody who never answers. */
static int hang_at(const char *folder, int port)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL.%d", folder, port);
    cr_assert_eq(bind(descriptor, (const struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(descriptor, 1), 0);
    return descriptor;
}

Test(hosts, behind_one_in_the_middle_the_others_come_in_their_order_and_it_is_the_last)
{
    char folder[] = "/tmp/relevo-hosts-XXXXXX";
    char conninfo[200];
    char expected[200];
    char path[100];
    cr_assert_not_null(mkdtemp(folder));
    int hanging = hang_at(folder, 2);
    snprintf(conninfo, sizeof(conninfo), "host=/nowhere,%s,%s,%s port=1,1,2,3", folder, folder, folder);
    snprintf(expected, sizeof(expected), "%s,/nowhere,%s,%s", folder, folder, folder);
    snprintf(path, sizeof(path), "%s/.s.PGSQL.2", folder);

    struct hosts hosts = {0};
    PGconn *pg = PQconnectStart(conninfo);
    hosts_pass_over(&hosts, pg);
    cr_expect_str_eq(hosts.host, expected);
    cr_expect_str_eq(hosts.port, "3,1,1,2");
    hosts_finish(&hosts);
    PQfinish(pg);
    close(hanging);
    unlink(path);
    rmdir(folder);
}

Test(hosts, what_each_says_stands_on_one_line)
{
    char text[512];
    PGconn *pg = try("host=/nowhere/a,/nowhere/b");
    cr_assert_eq(hosts_describe_trouble(pg, text, sizeof(text)), 2);
    cr_assert_not_null(
        strstr(text, "/nowhere/a/.s.PGSQL.5432\" failed: No such file or directory; connection"));
    cr_assert_not_null(strstr(text, "/nowhere/b/.s.PGSQL.5432\" failed: No such file or directory"));
    cr_assert_null(strchr(text, '\n'));
    char little[32];
    hosts_describe_trouble(pg, little, sizeof(little));
    cr_assert_eq(strlen(little), sizeof(little) - 1);
    PQfinish(pg);
}
