#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/reload.h"
#include "support/leak.h"
#include "support/reading.h"

/* A file of settings with this text, to be removed by the caller. */
static void file_write(char path[], const char *text)
{
    int descriptor = mkstemp(path);
    cr_assert_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
}

TestSuite(settings_file, .fini = end_without_leak);

Test(settings_file, a_file_of_settings_goes_before_defaults_and_behind_the_environment)
{
    char path[] = "/tmp/relevo-env-XXXXXX";
    char arguments[128];
    file_write(path, "# settings\nRELEVO_LISTEN=127.0.0.1:1\nRELEVO_LANES=3\nRELEVO_LOG_LEVEL = 'warn'\n"
                     "RELEVO_SECRET=" SECRET "\nPGHOST=db1\nRELEVO_ORIGINS=https://a.b https://c.d\n");
    snprintf(arguments, sizeof(arguments), "--lanes 5 --env-file %s", path);
    struct reading reading = read_config(VERB_CONFIG, arguments, "RELEVO_LISTEN=127.0.0.1:2");
    cr_assert_eq(reading.result, CONFIG_OK, "%s", reading.text);
    cr_assert_str_eq(reading.config.listen_port, "2");
    cr_assert_eq(reading.config.lanes, 5);
    cr_assert_eq(reading.config.log_level, LOG_WARN);
    cr_assert_eq(reading.config.origins_count, 2);
    cr_assert(bytes_equal(config_secret(&reading.config), bytes_of_string(SECRET)));
    cr_assert_eq(setting_find(&reading, "log-level")->source, SOURCE_FILE);
    cr_assert_eq(setting_find(&reading, "log-level")->line, 4);
    cr_assert_eq(setting_find(&reading, "max-connections")->source, SOURCE_DEFAULT);
    cr_assert_str_eq(setting_file(&reading.config, setting_find(&reading, "secret-file")), path);
    reading_finish(&reading);
    unlink(path);
}

Test(settings_file, a_secret_of_the_environment_goes_before_the_files_that_a_file_names)
{
    char path[] = "/tmp/relevo-env-XXXXXX";
    char arguments[64];
    file_write(path, "RELEVO_SECRET_FILE=/none\nRELEVO_SECRET=" SECRET "\n");
    snprintf(arguments, sizeof(arguments), "--env-file %s", path);
    struct reading reading = read_config(VERB_SERVE, arguments, "RELEVO_SECRET=x" SECRET);
    cr_assert_eq(reading.result, CONFIG_OK, "%s", reading.text);
    cr_assert(bytes_equal(config_secret(&reading.config), bytes_of_string("x" SECRET)));
    reading_finish(&reading);
    assert_refused(VERB_SERVE, arguments, "", CONFIG_UNFIT,
                   ":1: RELEVO_SECRET and RELEVO_SECRET_FILE are both set");
    unlink(path);
}

Test(settings_file, what_is_wrong_in_a_file_of_settings_is_named_with_its_line)
{
    static const char *const wrong[][2] = {
        {"\nRELEVO_LISTN=x\n", ":2: RELEVO_LISTN: there is no such setting; did you mean RELEVO_LISTEN?"},
        {"RELEVO_FROBNICATE=x\n", ":1: RELEVO_FROBNICATE: there is no such setting; drop it"},
        {"A=b\nRELEVO_LISTEN=nowhere\n", ":2: RELEVO_LISTEN nowhere: HOST:PORT is expected"},
        {"RELEVO_LANES=\n", ":1: RELEVO_LANES is empty"},
        {"RELEVO_SECRET=hunter2\n", ":1: RELEVO_SECRET: 32 to 1024 bytes"},
        {"\n\nRELEVO_SECRET_FILE=/none\n", ":3: RELEVO_SECRET_FILE /none: there is no such file"},
        {"A=b\nlisten 80\n", ":2: NAME=value is expected"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        char path[] = "/tmp/relevo-env-XXXXXX";
        char arguments[64], part[256];
        file_write(path, wrong[i][0]);
        snprintf(arguments, sizeof(arguments), "--env-file %s", path);
        snprintf(part, sizeof(part), "%s%s", path, wrong[i][1]);
        assert_refused(VERB_SERVE, arguments, "", CONFIG_UNFIT, part);
        unlink(path);
    }
    assert_refused(VERB_SERVE, "--env-file /none", "", CONFIG_USAGE,
                   "--env-file /none: there is no such file");
}

Test(settings_file, a_file_of_settings_that_others_can_read_is_noticed_for_what_is_secret_in_it)
{
    static const struct {
        const char *line;
        const char *flag;
        bool is_exposed;
    } lines[] = {
        {"RELEVO_SECRET=" SECRET "\n", "secret-file", true},
        {"RELEVO_SECRET=" SECRET "\nDATABASE_URL=postgresql://u:p@h/d\n", "database", true},
        {"RELEVO_SECRET=" SECRET "\nDATABASE_URL=host=h password=p\n", "database", true},
        {"RELEVO_SECRET=" SECRET "\nDATABASE_URL=postgresql://u@h:5432/d\n", "database", false},
        {"RELEVO_SECRET=" SECRET "\nRELEVO_LANES=3\n", "lanes", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
        char path[] = "/tmp/relevo-env-XXXXXX";
        char arguments[64];
        file_write(path, lines[i].line);
        snprintf(arguments, sizeof(arguments), "--env-file %s", path);
        for (int may_all_read = 0; may_all_read < 2; may_all_read++) {
            chmod(path, may_all_read ? 0644 : 0640);
            struct reading reading = read_config(VERB_SERVE, arguments, "");
            cr_assert_eq(reading.result, CONFIG_OK, "%s", reading.text);
            cr_assert_eq(setting_find(&reading, lines[i].flag)->is_exposed,
                         may_all_read && lines[i].is_exposed);
            reading_finish(&reading);
        }
        unlink(path);
    }
}

Test(settings_file, what_a_file_of_settings_says_for_others_goes_into_the_environment_unless_it_is_there)
{
    char path[] = "/tmp/relevo-env-XXXXXX";
    char arguments[64];
    file_write(path, "PGHOST=one\nPGHOST=two\nPGPORT=1\nRELEVO_LANES=3\nRELEVO_SECRET=" SECRET "\n");
    snprintf(arguments, sizeof(arguments), "--env-file %s", path);
    unsetenv("PGHOST");
    unsetenv("RELEVO_LANES");
    setenv("PGPORT", "2", 1);
    struct reading reading = read_config(VERB_SERVE, arguments, "");
    config_share_environment(&reading.config);
    reading_finish(&reading);
    cr_assert_str_eq(getenv("PGHOST"), "two");
    cr_assert_str_eq(getenv("PGPORT"), "2");
    cr_assert_null(getenv("RELEVO_LANES"));
    unlink(path);
}

static void file_change(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

/* What has changed, of what reloads and of the rest, when the file says this instead. */
static void assert_changes(const struct config *before, const char *path, const char *text,
                           const char *that_reload, const char *others)
{
    struct config after;
    char *why;
    file_change(path, text);
    cr_assert_eq(config_read_again(before, &after, &why), CONFIG_OK, "%s", why);
    char *lists[] = {config_list_changes(before, &after, true), config_list_changes(before, &after, false)};
    cr_assert_str_eq(lists[0], that_reload);
    cr_assert_str_eq(lists[1], others);
    free(lists[0]);
    free(lists[1]);
    config_finish(&after);
}

Test(settings_file, read_again_tells_what_has_changed)
{
    char path[] = "/tmp/relevo-env-XXXXXX";
    char flag[] = "--env-file", *arguments[] = {flag, path};
    char lanes[] = "RELEVO_LANES=4", *environment[] = {lanes, NULL};
    const char *text = "RELEVO_SECRET=" SECRET "\nRELEVO_LOG_LEVEL=warn\nPGHOST=a\nPGPORT=1\n";
    struct config before;
    char *why;
    file_write(path, text);
    cr_assert_eq(config_read(VERB_SERVE, 2, arguments, environment, &before, &why), CONFIG_OK, "%s", why);
    assert_changes(&before, path, text, "", "");
    assert_changes(&before, path,
                   "PGPORT=1\nPGHOST=a\nRELEVO_LANES=3\nRELEVO_SECRET=" SECRET "\nRELEVO_LOG_LEVEL='warn'",
                   "", "");
    assert_changes(&before, path,
                   "PGHOST=b\nPGUSER=c\nRELEVO_LISTEN=*:1\nRELEVO_ORIGINS=https://a.b\nRELEVO_SECRET=" SECRET
                   "x",
                   "--origin --log-level --secret-file", "--listen PGHOST PGUSER PGPORT");

    struct config after;
    file_change(path, "RELEVO_SECRET=" SECRET "\nRELEVO_LISTN=x");
    cr_assert_eq(config_read_again(&before, &after, &why), CONFIG_UNFIT);
    free(why);
    config_finish(&after);
    config_finish(&before);
    unlink(path);
}

Test(settings_file, a_pipe_that_nobody_writes_to_is_not_waited_for)
{
    char path[] = "/tmp/relevo-pipe-XXXXXX";
    char arguments[64];
    cr_assert_not_null(mkdtemp(path));
    cr_assert_eq(rmdir(path), 0);
    cr_assert_eq(mkfifo(path, 0600), 0);
    snprintf(arguments, sizeof(arguments), "--secret-file %s", path);
    assert_refused(VERB_SERVE, arguments, "", CONFIG_USAGE, "the file cannot be read");
    unlink(path);
}
