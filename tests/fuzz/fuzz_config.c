#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "config/options.h"
#include "support/fuzz_input.h"

/* Any command line, in any environment: it is taken, or a sentence says why not, in which no secret stands;
 * and what has been taken, said again as it is shown, comes to the same.
 *
 * The first byte is the subcommand. Then three parts, each ended by an empty line: arguments, one a line; the
 * environment, likewise; and what stands in the file FILE_PATH. */

#define FILE_PATH "/proc/self/fd/100"
enum { FILE_DESCRIPTOR = 100, WORDS_MAX = 64 };

/* Where a secret has it in it, no text may. */
#define MARK "Xq7zW"

struct words {
    char *each[WORDS_MAX + 1];
    int count;
};

static void words_add(struct words *words, struct bytes word)
{
    if (words->count < WORDS_MAX)
        words->each[words->count++] = alloc_string((const char *)word.data, word.size);
}

/* Up to an empty line, or the end. */
static void words_read(struct words *words, struct bytes *input)
{
    while (input->size > 0) {
        struct bytes line = input_take_until(input, '\n');
        if (line.size == 0)
            return;
        words_add(words, line);
    }
}

static void words_finish(struct words *words)
{
    for (int i = 0; i < words->count; i++)
        free(words->each[i]);
}

static void write_file(struct bytes content)
{
    static int descriptor = -1;
    if (descriptor < 0) {
        descriptor = memfd_create("settings", 0);
        must(dup2(descriptor, FILE_DESCRIPTOR) == FILE_DESCRIPTOR);
    }
    must(ftruncate(descriptor, 0) == 0);
    must(pwrite(descriptor, content.data, content.size, 0) == (ssize_t)content.size);
}

/* What stands in a secret only. */
static bool mark_is_secret(const struct words *arguments, const struct words *environment)
{
    for (int i = 0; i < arguments->count; i++)
        if (strstr(arguments->each[i], MARK) != NULL)
            return false;
    for (int i = 0; i < environment->count; i++) {
        const char *word = environment->each[i];
        bool is_secret = strncmp(word, "RELEVO_SECRET=", 14) == 0 ||
                         strncmp(word, "RELEVO_PREVIOUS_SECRET=", 23) == 0 ||
                         strncmp(word, "DATABASE_URL=", 13) == 0;
        if (!is_secret && strstr(word, MARK) != NULL)
            return false;
    }
    return true;
}

/* Nor in the file, where each line stands for itself. */
static bool mark_is_secret_in_file(struct bytes content)
{
    while (content.size > 0) {
        struct bytes line = input_take_until(&content, '\n');
        bool has_mark = memmem(line.data, line.size, MARK, strlen(MARK)) != NULL;
        bool is_secret = line.size > 14 && memcmp(line.data, "RELEVO_SECRET=", 14) == 0;
        if ((has_mark && !is_secret) || memchr(line.data, '"', line.size) != NULL ||
            memchr(line.data, '\'', line.size) != NULL || memchr(line.data, '\\', line.size) != NULL)
            return false;
    }
    return true;
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The settings as flags; of what is not to be shown, the file that it was read from. */
static void say_again(const struct config *config, struct words *flags)
{
    for (size_t i = 0; i < options_count; i++) {
        const struct setting *setting = &config->settings[i];
        const char *name = setting->file != NULL ? options[i].file_flag : options[i].flag;
        const char *value = setting->file != NULL ? setting->file : setting->text;
        char flag[16 * 1024];
        if (setting->source == SOURCE_DEFAULT || name == NULL || value == NULL)
            continue;
        if (options[i].value_name == NULL)
            snprintf(flag, sizeof(flag), "--%s", name);
        else
            snprintf(flag, sizeof(flag), "--%s=%s", name, value);
        words_add(flags, bytes_of_string(flag));
    }
}

static void check_same(const struct config *a, const struct config *b)
{
    for (size_t i = 0; i < options_count; i++) {
        must(same(a->settings[i].text, b->settings[i].text));
        must(same(a->settings[i].file, b->settings[i].file));
    }
    must(same(a->listen_host, b->listen_host) && same(a->listen_port, b->listen_port));
    must(same(a->admin_host, b->admin_host) && same(a->admin_port, b->admin_port));
    must(same(a->url_host, b->url_host) && same(a->url_port, b->url_port) && same(a->url_path, b->url_path));
    must(a->origins_count == b->origins_count && a->origins_count <= LIMIT_ORIGINS);
    for (size_t i = 0; i < a->origins_count; i++)
        must(same(a->origins[i], b->origins[i]));
    must(a->proxies_count == b->proxies_count && a->proxies_count <= LIMIT_PROXIES);
    for (size_t i = 0; i < a->proxies_count; i++)
        must(a->proxies[i].bits == b->proxies[i].bits &&
             address_equal(&a->proxies[i].address, &b->proxies[i].address));
    must(a->lanes == b->lanes && a->ttl_ms == b->ttl_ms && a->after_seq == b->after_seq);
    must(a->retain_days == b->retain_days && a->connections_max == b->connections_max);
    must(a->secret_size == b->secret_size && a->previous_secret_size == b->previous_secret_size);
}

static void check_taken(enum verb verb, const struct config *config, char *const *environment)
{
    struct words flags = {.count = 0};
    struct config again;
    char *text = NULL;
    must(config->secret_size == 0 ||
         (config->secret_size >= LIMIT_SECRET_MIN_BYTES && config->secret_size <= LIMIT_SECRET_BYTES));
    bool can_be_said_again = true;
    for (size_t i = 0; i < options_count; i++) {
        const struct setting *setting = &config->settings[i];
        must(options[i].secrecy == SECRECY_NONE || setting->text == NULL);
        bool is_hidden = options[i].secrecy != SECRECY_NONE && setting->file == NULL;
        can_be_said_again &= !is_hidden || setting->source != SOURCE_FLAG;
    }
    if (!can_be_said_again)
        return;
    say_again(config, &flags);
    must(config_read(verb, flags.count, flags.each, environment, &again, &text) == CONFIG_OK);
    check_same(config, &again);
    config_finish(&again);
    words_finish(&flags);
}

static void check(enum verb verb, const struct words *arguments, const struct words *environment,
                  bool mark_is_hidden)
{
    struct config config;
    char *text = NULL;
    enum config_result result =
        config_read(verb, arguments->count, arguments->each, environment->each, &config, &text);
    must((result == CONFIG_OK) == (text == NULL));
    if (result == CONFIG_OK)
        check_taken(verb, &config, environment->each);
    else
        must(text[0] != '\0' && (!mark_is_hidden || strstr(text, MARK) == NULL));
    free(text);
    config_finish(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size < 8192 ? size : 8192);
    struct words arguments = {.count = 0};
    struct words environment = {.count = 0};
    enum verb verb = (enum verb)(1 << input_take_byte(&input) % 8);
    words_read(&arguments, &input);
    words_read(&environment, &input);
    /* Of this machine's devices none is looked into: some never end. */
    bool names_a_device = false;
    for (int i = 0; i < arguments.count + environment.count; i++) {
        const char *word = i < arguments.count ? arguments.each[i] : environment.each[i - arguments.count];
        const char *path = strchr(word, '/');
        bool is_ours = path != NULL && strcmp(path, FILE_PATH) == 0;
        names_a_device |= !is_ours && (strstr(word, "dev") != NULL || strstr(word, "proc") != NULL);
    }
    if (!names_a_device) {
        write_file(input);
        check(verb, &arguments, &environment,
              mark_is_secret(&arguments, &environment) && mark_is_secret_in_file(input));
    }
    words_finish(&arguments);
    words_finish(&environment);
    return 0;
}
