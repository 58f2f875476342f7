#include "verbs.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    PATIENCE_S = 5,
    ANSWER_SIZE_MAX = 4096,
};

/* Where to ask. A server that listens on every address is asked on this machine's own. */
static const char *health_host(const struct config *config)
{
    const char *host = config->url_host != NULL ? config->url_host : config->listen_host;
    if (strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(host, "::") == 0 ? "::1" : host;
}

/* A connected socket, or -1 with *why_r said. */
static int health_connect(const char *host, const char *port, const char **why_r)
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

/* Reads the whole answer, or as much of it as there is room for; returns how much. */
static size_t health_read(int descriptor, char *answer, size_t room)
{
    size_t size = 0;
    while (size < room) {
        ssize_t more = recv(descriptor, answer + size, room - size, 0);
        if (more <= 0)
            break;
        size += (size_t)more;
    }
    return size;
}

int verb_health(const struct config *config)
{
    const char *host = health_host(config);
    const char *port = config->url_port != NULL ? config->url_port : config->listen_port;
    const char *path = config->url_path != NULL ? config->url_path : "/readyz";
    char request[1024];
    char answer[ANSWER_SIZE_MAX + 1];
    const char *why;

    int descriptor = health_connect(host, port, &why);
    if (descriptor < 0)
        return exit_saying(EXIT_FAILED, "cannot reach %s port %s: %s", host, port, why);
    int request_size = snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", path, host);
    if (request_size >= (int)sizeof(request)) {
        close(descriptor);
        return exit_saying(EXIT_USAGE, "--url is too long");
    }
    bool sent = send(descriptor, request, (size_t)request_size, MSG_NOSIGNAL) == request_size;
    size_t size = sent ? health_read(descriptor, answer, ANSWER_SIZE_MAX) : 0;
    close(descriptor);
    answer[size] = '\0';

    int status = 0;
    if (sscanf(answer, "HTTP/1.%*1[01] %3d", &status) != 1)
        return exit_saying(EXIT_FAILED, "%s port %s does not answer", host, port);
    const char *body = strstr(answer, "\r\n\r\n");
    fputs(body == NULL ? "" : body + 4, stdout);
    return status == 200 ? EXIT_DONE : EXIT_FAILED;
}
