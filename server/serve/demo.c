#include "serve/demo.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/token.h"
#include "base/alloc.h"

enum {
    TOKEN_TTL_MS = 60 * 60 * 1000,
};

struct member {
    const char *id;
    const char *name;
    enum role role;
};

static const struct member people[] = {
    {"ana", "Ana", ROLE_AGENT},
    {"bruno", "Bruno", ROLE_AGENT},
    {"carla", "Carla", ROLE_SUPERVISOR},
};
static const struct member bot = {"bot", "Bot", ROLE_AUTOMATION};
static const struct member web = {"web", "Web", ROLE_CHANNEL};

static char *member_mint(const struct member *member, struct bytes secret, int64_t now_ms)
{
    struct identity identity = {.workspace = text_create(bytes_of_string("demo")),
                                .id = text_create(bytes_of_string(member->id)),
                                .name = text_create(bytes_of_string(member->name)),
                                .role = member->role,
                                .expires_ms = now_ms + TOKEN_TTL_MS};
    char *token = token_mint(secret, &identity, now_ms);
    identity_finish(&identity);
    return token;
}

/* Nothing that is written here needs escaping: ids, names and tokens are letters, digits, dots, dashes and
 * underscores. */
char *demo_make_json(struct bytes secret, int64_t now_ms)
{
    char *json = NULL;
    size_t size;
    FILE *out = open_memstream(&json, &size);
    if (out == NULL)
        abort();
    fprintf(out, "{\"workspace\":\"demo\",\"people\":[");
    for (size_t i = 0; i < ARRAY_COUNT(people); i++) {
        char *token = member_mint(&people[i], secret, now_ms);
        fprintf(out, "%s{\"id\":\"%s\",\"name\":\"%s\",\"role\":\"%s\",\"token\":\"%s\"}", i == 0 ? "" : ",",
                people[i].id, people[i].name, role_name(people[i].role), token);
        free(token);
    }
    char *bot_token = member_mint(&bot, secret, now_ms);
    char *web_token = member_mint(&web, secret, now_ms);
    fprintf(
        out,
        "],\"automation\":{\"id\":\"%s\",\"token\":\"%s\"},\"channel\":{\"id\":\"%s\",\"token\":\"%s\"}}\n",
        bot.id, bot_token, web.id, web_token);
    free(bot_token);
    free(web_token);
    fclose(out);
    return json;
}
