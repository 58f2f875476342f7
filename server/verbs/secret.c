#include "verbs/verbs.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum {
    SECRET_BYTES = 48,
    SECRET_CHARACTERS = SECRET_BYTES / 3 * 4,
};

/* In base64, which is without padding here. */
static void secret_write(const uint8_t bytes[SECRET_BYTES], char text_r[SECRET_CHARACTERS + 1])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *end = text_r;
    for (size_t i = 0; i < SECRET_BYTES; i += 3) {
        unsigned three = (unsigned)bytes[i] << 16 | (unsigned)bytes[i + 1] << 8 | bytes[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6)
            *end++ = digits[three >> shift & 63];
    }
    *end = '\0';
}

int verb_secret(const struct config *config)
{
    uint8_t bytes[SECRET_BYTES];
    char text[SECRET_CHARACTERS + 1];
    (void)config;
    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
        return exit_saying(EXIT_FAILED, "the kernel gives no random numbers");
    secret_write(bytes, text);
    bool is_said = puts(text) >= 0 && fflush(stdout) == 0;
    explicit_bzero(bytes, sizeof(bytes));
    explicit_bzero(text, sizeof(text));
    return is_said ? EXIT_DONE : exit_saying(EXIT_FAILED, "the secret could not be written");
}
