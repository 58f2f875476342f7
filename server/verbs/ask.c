#include "verbs/ask.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    PATIENCE_S = 5,
    PIECE_SIZE = 4096,
    ANSWER_SIZE_MAX = 1024 * 1024,
};

static const char *ask_host(const char *host)
{
    if (strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(host, "::") == 0 ? "::1" : host;
}

/* A connected socket, or -1 with *why_r said. */
static int ask_connect(const char *host, const char *port, const char **why_r)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct addrinfo *addresses = NULL;
    int descriptor = -1;
    int lookup = getaddrinfo(host, port, &hints, &addresses);
    *why_r = lookup == 0 ? "" : gai_strerror(lookup);
    for (const struct addrinfo *each = addresses; each != NULL && descriptor < 0; each = each->ai_next) {
        descriptor = socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0)
            continue;
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        if (connect(descriptor, each->ai_addr, each->ai_addrlen) != 0) {
            *why_r = strerror(errno);
            close(descriptor);
            descriptor = -1;
        }
    }
    if (addresses != NULL)
        freeaddrinfo(addresses);
    return descriptor;
}

/* All that is answered, or as much of it as is taken; NUL-terminated, on the heap. */
static char *ask_read(int descriptor)
{
    size_t size = 0;
    char *answer = alloc_array(PIECE_SIZE + 1, 1);
    while (size < ANSWER_SIZE_MAX) {
        ssize_t more = recv(descriptor, answer + size, PIECE_SIZE, 0);
        if (more <= 0)
            break;
        size += (size_t)more;
        answer = alloc_resize(answer, size + PIECE_SIZE + 1, 1);
    }
    answer[size] = '\0';
    return answer;
}

static char *ask_exchange(int descriptor, const char *host, const char *path)
{
    char head[64];
    int size = snprintf(head, sizeof(head), " HTTP/1.0\r\nHost: ");
    const struct {
        const char *data;
        size_t size;
    } parts[] = {
        {"GET ", 4}, {path, strlen(path)}, {head, (size_t)size}, {host, strlen(host)}, {"\r\n\r\n", 4},
    };
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        bool is_last = i + 1 == ARRAY_COUNT(parts);
        int flags = MSG_NOSIGNAL | (is_last ? 0 : MSG_MORE);
        if (send(descriptor, parts[i].data, parts[i].size, flags) != (ssize_t)parts[i].size)
            return alloc_string("", 0);
    }
    return ask_read(descriptor);
}

int ask_server(const char *host, const char *port, const char *path, char **text_r)
{
    const char *why;
    host = ask_host(host);
    int descriptor = ask_connect(host, port, &why);
    if (descriptor < 0) {
        *text_r = alloc_format("cannot reach %s port %s: %s", host, port, why);
        return 0;
    }
    char *answer = ask_exchange(descriptor, host, path);
    close(descriptor);
    int status = 0;
    if (sscanf(answer, "HTTP/1.%*1[01] %3d", &status) == 1) {
        const char *body = strstr(answer, "\r\n\r\n");
        body = body == NULL ? "" : body + 4;
        *text_r = alloc_string(body, strlen(body));
    } else {
        *text_r = alloc_format("%s port %s does not answer", host, port);
    }
    free(answer);
    return status;
}
