#include "net/site.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "net/response.h"
#include "protocol/limits.h"

enum {
    FOLDERS_DEEP_MAX = 8,
};

struct site {
    struct site_file files[LIMIT_HTTP_FILES];
    size_t files_count;
};

static const char *path_type(const char *path)
{
    static const struct {
        const char *suffix;
        const char *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".txt", "text/plain; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".webp", "image/webp"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".wasm", "application/wasm"},
    };
    size_t path_size = strlen(path);
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        size_t suffix_size = strlen(types[i].suffix);
        if (path_size > suffix_size && strcmp(path + path_size - suffix_size, types[i].suffix) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

static void site_add(struct site *site, const char *path, struct bytes body)
{
    struct site_file *file = &site->files[site->files_count++];
    char headers[96];
    file->path = alloc_string(path, strlen(path));
    snprintf(file->etag, sizeof(file->etag), "\"%016" PRIx64 "\"", hash_fnv64(HASH_FNV64_START, body));
    /* A browser asks each time whether it has changed: after an upgrade nobody runs yesterday's page. */
    snprintf(headers, sizeof(headers), "Cache-Control: no-cache\r\nETag: %s\r\n", file->etag);
    const struct response response = {
        .status = 200, .type = path_type(path), .headers = headers, .body = body};
    file->answer = response_encode(&response);
}

/* Reads at most size_max bytes; returns how many, or -1 with errno set. */
static ssize_t descriptor_read(int descriptor, uint8_t *place, size_t size_max)
{
    size_t size = 0;
    while (size < size_max) {
        ssize_t more = read(descriptor, place + size, size_max - size);
        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0)
            return -1;
        if (more == 0)
            break;
        size += (size_t)more;
    }
    return (ssize_t)size;
}

static bool site_read_file(struct site *site, int descriptor, const char *path, off_t size, char **problem_r)
{
    if (site->files_count == LIMIT_HTTP_FILES || size > LIMIT_HTTP_BODY_BYTES) {
        *problem_r = alloc_format("%s: a page has at most %d files of at most %d bytes each", path,
                                  LIMIT_HTTP_FILES, LIMIT_HTTP_BODY_BYTES);
        return false;
    }
    uint8_t *body = alloc_zeroed((size_t)size);
    ssize_t read_size = descriptor_read(descriptor, body, (size_t)size);
    if (read_size < 0)
        *problem_r = alloc_format("%s: %s", path, strerror(errno));
    else
        site_add(site, path, bytes_make(body, (size_t)read_size));
    free(body);
    return read_size >= 0;
}

static bool site_read_folder(struct site *site, int folder, const char *path, int deep, char **problem_r);

/* Takes over the descriptor. */
static bool site_read_entry(struct site *site, int descriptor, const char *path, int deep, char **problem_r)
{
    struct stat status;
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        *problem_r = alloc_format("%s: %s", path, strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
        return false;
    }
    if (S_ISDIR(status.st_mode) && deep < FOLDERS_DEEP_MAX)
        return site_read_folder(site, descriptor, path, deep + 1, problem_r);
    bool ok = !S_ISREG(status.st_mode) || site_read_file(site, descriptor, path, status.st_size, problem_r);
    close(descriptor);
    return ok;
}

/* Takes over the descriptor of the folder. */
static bool site_read_folder(struct site *site, int folder, const char *path, int deep, char **problem_r)
{
    DIR *entries = fdopendir(folder);
    bool ok = entries != NULL;
    if (!ok) {
        *problem_r = alloc_format("%s: %s", path, strerror(errno));
        close(folder);
        return false;
    }
    struct dirent *entry;
    while (ok && (entry = readdir(entries)) != NULL) {
        char inner[1024];
        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name) >= (int)sizeof(inner)) {
            *problem_r = alloc_format("%s: the path is too long", path);
            ok = false;
            break;
        }
        int descriptor = openat(folder, entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        ok = site_read_entry(site, descriptor, inner, deep, problem_r);
    }
    closedir(entries);
    return ok;
}

struct site *site_load(const char *folder, char **problem_r)
{
    int descriptor = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (descriptor < 0) {
        *problem_r = alloc_format("%s: %s", folder, strerror(errno));
        return NULL;
    }
    struct site *site = alloc_zeroed(sizeof(*site));
    char *problem = NULL;
    if (!site_read_folder(site, descriptor, "", 0, &problem)) {
        *problem_r = alloc_format("%s%s", folder, problem);
        free(problem);
        site_destroy(&site);
    } else if (site_find(site, bytes_of_string("/")) == NULL) {
        *problem_r = alloc_format("%s: no index.html in it", folder);
        site_destroy(&site);
    }
    return site;
}

void site_destroy(struct site **site)
{
    if (*site == NULL)
        return;
    for (size_t i = 0; i < (*site)->files_count; i++) {
        free((*site)->files[i].path);
        frame_unref(&(*site)->files[i].answer);
    }
    free(*site);
    *site = NULL;
}

const struct site_file *site_find(const struct site *site, struct bytes path)
{
    if (bytes_equal(path, bytes_of_string("/")))
        path = bytes_of_string("/index.html");
    for (size_t i = 0; i < site->files_count; i++)
        if (bytes_equal(bytes_of_string(site->files[i].path), path))
            return &site->files[i];
    return NULL;
}
