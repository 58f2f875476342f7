#include "verbs/verbs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "verbs/ask.h"

enum { REFRESH_S = 2 };

static volatile sig_atomic_t is_told_to_end;

static void on_signal(int number)
{
    (void)number;
    is_told_to_end = 1;
}

/* Nothing is restarted by it: what is slept through ends. */
static void watch_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* As much of the text as there is room for, over what stood there before. */
static void show_screen(const char *text)
{
    struct winsize window = {.ws_row = 0};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &window);
    if (window.ws_row == 0 || window.ws_col == 0) /* a terminal that does not know how large it is */
        window = (struct winsize){.ws_row = 24, .ws_col = 80};
    fputs("\033[H", stdout);
    for (int row = 0; row < window.ws_row && *text != '\0'; row++) {
        size_t size = strcspn(text, "\n");
        size_t shown = 0;
        for (int column = 0; shown < size && column < window.ws_col; column++)
            shown += bytes_character_size(bytes_make(text + shown, size - shown));
        printf("%s%.*s\033[K", row == 0 ? "" : "\r\n", (int)shown, text);
        text += size + (text[size] == '\n');
    }
    fputs("\033[J", stdout);
}

/* Asks once. False: there is no sense in asking again. */
static bool show(const struct config *config, bool is_screen, int *code_r)
{
    const char *host = config->url_host != NULL ? config->url_host : config->admin_host;
    const char *port = config->url_port != NULL ? config->url_port : config->admin_port;
    const char *path = config->url_path != NULL ? config->url_path : "/connections?text";
    char *text;
    int status = ask_server(host, port, path, &text);
    *code_r = status == 200 ? EXIT_DONE : EXIT_FAILED;
    if (status != 200 && !is_screen)
        exit_saying(EXIT_FAILED, "%s", text);
    else if (is_screen)
        show_screen(text);
    else
        fputs(text, stdout);
    free(text);
    return fflush(stdout) == 0 && (status == 200 || is_screen);
}

/* On a screen of its own, which goes when it ends; a server that is away may come back. */
static int watch(const struct config *config, bool is_screen)
{
    int code = EXIT_DONE;
    watch_signals();
    if (is_screen)
        fputs("\033[?1049h\033[?25l", stdout);
    while (show(config, is_screen, &code) && !is_told_to_end) {
        nanosleep(&(struct timespec){.tv_sec = REFRESH_S}, NULL);
        if (is_told_to_end)
            break;
        if (!is_screen)
            fputs("\n", stdout);
    }
    if (is_screen)
        fputs("\033[?25h\033[?1049l", stdout);
    return is_told_to_end ? EXIT_DONE : code;
}

int verb_top(const struct config *config)
{
    int code;
    if (config->url_host == NULL && config->admin_host == NULL)
        return exit_saying(EXIT_USAGE,
                           "which server? say --url http://HOST:PORT, or --admin-listen as it was told");
    if (!config->once)
        return watch(config, isatty(STDOUT_FILENO) == 1);
    show(config, false, &code);
    return code;
}
