#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/origins.h"
#include "net/site.h"
#include "net/upgrade.h"
#include "support/fuzz_input.h"

/* Any bytes at all on a connection, in any pieces: the head ends where it ends, however it came, what was
 * understood of it lies within it, who is let in has kept every rule, and no file is found but by its name.
 */

#define ORIGIN "https://desk.example"

static struct origins origins;
static struct site *site;

/* A page of two files, which is forgotten on disk once it has been read. */
static void make_site(void)
{
    char folder[] = "/tmp/fuzz-request-XXXXXX";
    char path[64];
    char *problem = NULL;
    static const char *const names[] = {"index.html", "page.js"};
    must(mkdtemp(folder) != NULL);
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        FILE *file = fopen(path, "w");
        must(file != NULL && fputs(names[i], file) >= 0 && fclose(file) == 0);
    }
    site = site_load(folder, &problem);
    must(site != NULL);
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void check_within(struct bytes inner, struct bytes outer)
{
    must(inner.size == 0 || (inner.data >= outer.data && inner.data + inner.size <= outer.data + outer.size));
}

static const struct bytes *only_header(const struct request *request, const char *name)
{
    return request_header(request, name, 1) != NULL ? NULL : request_header(request, name, 0);
}

static void check_let_in(const struct request *request)
{
    const struct bytes *key = only_header(request, "sec-websocket-key");
    const struct bytes *version = only_header(request, "sec-websocket-version");
    const struct bytes *origin = only_header(request, "origin");
    must(request->method == METHOD_GET && !request->is_http_1_0);
    must(bytes_equal(request_path(request), bytes_of_string(UPGRADE_PATH)));
    must(only_header(request, "host") != NULL);
    must(key != NULL && key->size == UPGRADE_KEY_SIZE);
    must(version != NULL && bytes_equal(*version, bytes_of_string("13")));
    must(origin == NULL ? request_header(request, "origin", 0) == NULL
                        : bytes_equal(*origin, bytes_of_string(ORIGIN)));
    must(upgrade_judge(request, true, &origins) == UPGRADE_WRONG_PORT);
}

static void check_verdict(const struct request *request)
{
    enum upgrade_verdict verdict = upgrade_judge(request, false, &origins);
    if (verdict == UPGRADE_OK)
        check_let_in(request);
    else if (verdict != UPGRADE_NONE)
        must(upgrade_verdict_status(verdict) >= 400 && upgrade_verdict_sentence(verdict)[0] != '\0');
}

static void check_request(struct bytes head)
{
    struct request request;
    enum request_fault fault = request_parse(head, &request);
    if (fault != REQUEST_OK) {
        must(request_fault_status(fault) >= 400 && request_fault_sentence(fault)[0] != '\0');
        return;
    }
    check_within(request.query, head);
    for (size_t i = 0; i < request.headers_count; i++) {
        check_within(request.headers[i].name, head);
        check_within(request.headers[i].value, head);
    }
    struct bytes path = request_path(&request);
    must(path.size > 0 && path.data[0] == '/');
    for (size_t i = 0; i < path.size; i++)
        must(path.data[i] >= ' ' && path.data[i] != 0x7f);
    const struct site_file *file = site_find(site, path);
    must(file == NULL || path.size == 1 || bytes_equal(path, bytes_of_string(file->path)));
    check_verdict(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (site == NULL) {
        make_site();
        must(origins_add(&origins, ORIGIN));
    }
    size_t looked = 0, looked_slowly = 0, end = 0, end_slowly = 0;
    enum head_state state = head_look(bytes_make(data, size), &looked, &end);
    enum head_state slowly = HEAD_GOES_ON;
    for (size_t come = 0; come <= size && slowly == HEAD_GOES_ON; come++)
        slowly = head_look(bytes_make(data, come), &looked_slowly, &end_slowly);
    must(state == slowly && end == end_slowly && looked == looked_slowly);
    if (state == HEAD_COMPLETE)
        check_request(bytes_make(data, end));
    return 0;
}
