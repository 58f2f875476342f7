#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/response.h"
#include "net/site.h"
#include "protocol/limits.h"
#include "support/leak.h"

/* A folder of its own for each test, removed at its end. */
static char folder[] = "/tmp/relevo-site-XXXXXX";

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[64];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    cr_assert_eq(system(command), 0);
    assert_no_leak();
}

TestSuite(site, .init = make_folder, .fini = remove_folder);

static void write_file(const char *name, size_t size)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int descriptor = open(path, O_WRONLY | O_CREAT, 0600);
    cr_assert_geq(descriptor, 0);
    cr_assert_eq(ftruncate(descriptor, (off_t)size), 0);
    cr_assert_eq(pwrite(descriptor, "<h1>", size < 4 ? size : 4, 0), (ssize_t)(size < 4 ? size : 4));
    close(descriptor);
}

static void make_inner_folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    cr_assert_eq(mkdir(path, 0700), 0);
}

static struct site *load(void)
{
    char *problem = NULL;
    struct site *site = site_load(folder, &problem);
    cr_assert_not_null(site, "%s", problem);
    return site;
}

static void assert_refused(const char *part)
{
    char *problem = NULL;
    cr_assert_null(site_load(folder, &problem));
    cr_assert_not_null(strstr(problem, part), "%s", problem);
    cr_assert_eq(strncmp(problem, folder, strlen(folder)), 0, "%s", problem);
    free(problem);
}

static const char *head_of(const struct site_file *file)
{
    return (const char *)file->answer->payload;
}

Test(site, answers_files_with_their_type_and_the_page_at_the_root)
{
    write_file("index.html", 10);
    make_inner_folder("assets");
    write_file("assets/app.js", 100);
    struct site *site = load();

    const struct site_file *root = site_find(site, bytes_of_string("/"));
    const struct site_file *script = site_find(site, bytes_of_string("/assets/app.js"));

    cr_assert_not_null(root);
    cr_assert_eq(root, site_find(site, bytes_of_string("/index.html")));
    cr_assert_not_null(
        strstr(head_of(root),
               "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 10\r\n"));
    cr_assert_not_null(strstr(head_of(root), "frame-ancestors 'none'"));
    cr_assert_not_null(strstr(head_of(root), root->etag));
    cr_assert_eq(root->answer->size, response_head_size(root->answer) + 10);
    cr_assert_eq(memcmp(root->answer->payload + response_head_size(root->answer) - 4, "\r\n\r\n<h1>", 8), 0);
    cr_assert_not_null(script);
    cr_assert_not_null(strstr(head_of(script), "text/javascript"));
    cr_assert_str_neq(script->etag, root->etag);
    site_destroy(&site);
}

Test(site, finds_nothing_by_any_other_path)
{
    static const char *const cases[] = {
        "",         "index.html",  "/index.htm",     "/index.html/", "//index.html",
        "/./",      "/..",         "/../index.html", "/assets",      "/assets/",
        "/.hidden", "/assets/../", "/INDEX.HTML",    "/etc/passwd",  "/assets/../../../../etc/passwd"};
    write_file("index.html", 1);
    write_file(".hidden", 1);
    make_inner_folder("assets");
    write_file("assets/app.js", 1);
    struct site *site = load();
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        cr_assert_null(site_find(site, bytes_of_string(cases[i])), "%s", cases[i]);
    cr_assert_null(site_find(site, bytes_make("/index.html\0", 12)));
    site_destroy(&site);
}

Test(site, needs_a_page)
{
    write_file("other.html", 1);
    assert_refused("no index.html in it");
}

Test(site, needs_a_folder)
{
    char *problem = NULL;
    cr_assert_null(site_load("/nowhere/at/all", &problem));
    cr_assert_str_eq(problem, "/nowhere/at/all: No such file or directory");
    free(problem);
}

Test(site, has_a_bound_on_a_files_size)
{
    write_file("index.html", LIMIT_HTTP_BODY_BYTES);
    struct site *site = load();
    site_destroy(&site);
    write_file("index.html", LIMIT_HTTP_BODY_BYTES + 1);
    assert_refused("/index.html: a page has at most 256 files of at most 262144 bytes each");
}

Test(site, has_a_bound_on_their_number)
{
    write_file("index.html", 1);
    for (int i = 0; i < LIMIT_HTTP_FILES; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%d.js", i);
        write_file(name, 1);
    }
    assert_refused("at most 256 files");
}

Test(site, takes_the_same_bytes_for_the_same_version)
{
    write_file("index.html", 50);
    write_file("same.html", 50);
    write_file("other.html", 51);
    struct site *site = load();
    const struct site_file *page = site_find(site, bytes_of_string("/"));
    cr_assert_str_eq(site_find(site, bytes_of_string("/same.html"))->etag, page->etag);
    cr_assert_str_neq(site_find(site, bytes_of_string("/other.html"))->etag, page->etag);
    site_destroy(&site);
}
