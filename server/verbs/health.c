#include "verbs/verbs.h"

#include <stdio.h>
#include <stdlib.h>

#include "verbs/ask.h"

int verb_health(const struct config *config)
{
    const char *host = config->url_host != NULL ? config->url_host : config->listen_host;
    const char *port = config->url_port != NULL ? config->url_port : config->listen_port;
    const char *path = config->url_path != NULL ? config->url_path : "/readyz";
    char *text;
    int status = ask_server(host, port, path, &text);
    int code = status == 200 ? EXIT_DONE : EXIT_FAILED;
    if (status == 0)
        exit_saying(code, "%s", text);
    else
        fputs(text, stdout);
    free(text);
    return code;
}
