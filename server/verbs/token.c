#include "verbs/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "auth/token.h"

int verb_token(const struct config *config)
{
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    const char *name = config->name != NULL ? config->name : config->agent;
    struct identity identity = {.workspace = text_create(bytes_of_string(config->workspace)),
                                .id = text_create(bytes_of_string(config->agent)),
                                .name = text_create(bytes_of_string(name)),
                                .role = config->role,
                                .expires_ms = now_ms + config->ttl_ms};
    char *token = token_mint(config_secret(config), &identity, now_ms);
    int code = puts(token) < 0 || fflush(stdout) != 0 ? EXIT_FAILED : EXIT_DONE;
    free(token);
    identity_finish(&identity);
    return code;
}
