#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/options.h"
#include "support/leak.h"
#include "support/reading.h"

TestSuite(config, .fini = end_without_leak);

Test(config, has_defaults)
{
    struct reading reading = read_config(VERB_SERVE, "--demo", "PATH=/bin");
    cr_assert_eq(reading.result, CONFIG_OK);
    cr_assert_str_eq(reading.config.listen_host, "127.0.0.1");
    cr_assert_str_eq(reading.config.listen_port, "7681");
    cr_assert_eq(reading.config.origins_count, 0);
    cr_assert_null(reading.config.admin_host);
    cr_assert_null(reading.config.web_root);
    cr_assert_null(reading.config.database);
    cr_assert_null(reading.config.secret_data);
    cr_assert(!reading.config.demo_anywhere && !reading.config.allow_unsafe_database);
    reading_finish(&reading);
}

Test(config, takes_the_secret_before_beside_the_secret)
{
    char path[] = "/tmp/relevo-previous-XXXXXX";
    int descriptor = mkstemp(path);
    cr_assert_gt(dprintf(descriptor, "an older secret, of more than 32 bytes\n"), 0);
    close(descriptor);
    char arguments[64];
    snprintf(arguments, sizeof(arguments), "--previous-secret-file %s", path);

    struct reading reading = read_config(VERB_SERVE, arguments, "RELEVO_SECRET=" SECRET);
    cr_assert_eq(reading.result, CONFIG_OK);
    cr_assert(bytes_equal(config_secret(&reading.config), bytes_of_string(SECRET)));
    cr_assert(bytes_equal(config_previous_secret(&reading.config),
                          bytes_of_string("an older secret, of more than 32 bytes")));
    reading_finish(&reading);
    unlink(path);

    reading = read_config(VERB_SERVE, "", "RELEVO_SECRET=" SECRET " RELEVO_PREVIOUS_SECRET=x" SECRET);
    cr_assert_eq(reading.result, CONFIG_OK);
    cr_assert(bytes_equal(config_previous_secret(&reading.config), bytes_of_string("x" SECRET)));
    reading_finish(&reading);

    assert_refused(VERB_SERVE, "", "RELEVO_SECRET=" SECRET " RELEVO_PREVIOUS_SECRET=short", CONFIG_UNFIT,
                   "RELEVO_PREVIOUS_SECRET: 32 to 1024 bytes");
    assert_refused(VERB_SERVE, "", "RELEVO_PREVIOUS_SECRET=" SECRET, CONFIG_UNFIT, "no secret");
    assert_refused(VERB_SERVE, "",
                   "RELEVO_SECRET=" SECRET " RELEVO_PREVIOUS_SECRET=" SECRET
                   " RELEVO_PREVIOUS_SECRET_FILE=/dev/null",
                   CONFIG_UNFIT, "RELEVO_PREVIOUS_SECRET");
}

Test(config, environment_goes_before_defaults_and_flags_before_both)
{
    const char *environment = "RELEVO_LISTEN=127.0.0.1:1 DATABASE_URL=postgresql://a RELEVO_WEB_ROOT=/a "
                              "RELEVO_ORIGINS=https://a.example,https://b.example RELEVO_SECRET=" SECRET;
    struct reading by_environment = read_config(VERB_SERVE, "", environment);
    cr_assert_eq(by_environment.result, CONFIG_OK);
    cr_assert_str_eq(by_environment.config.listen_port, "1");
    cr_assert_str_eq(by_environment.config.database, "postgresql://a");
    cr_assert_str_eq(by_environment.config.web_root, "/a");
    cr_assert_eq(by_environment.config.origins_count, 2);
    cr_assert_str_eq(by_environment.config.origins[1], "https://b.example");
    cr_assert_eq(by_environment.config.secret_size, strlen(SECRET));
    reading_finish(&by_environment);

    struct reading by_flags = read_config(
        VERB_SERVE, "--listen [::1]:2 --database=postgresql://b --web-root=/b --origin http://c.example:8080",
        environment);
    cr_assert_eq(by_flags.result, CONFIG_OK);
    cr_assert_str_eq(by_flags.config.listen_host, "::1");
    cr_assert_str_eq(by_flags.config.listen_port, "2");
    cr_assert_str_eq(by_flags.config.database, "postgresql://b");
    cr_assert_str_eq(by_flags.config.web_root, "/b");
    cr_assert_eq(by_flags.config.origins_count, 1);
    cr_assert_str_eq(by_flags.config.origins[0], "http://c.example:8080");
    reading_finish(&by_flags);
}

Test(config, an_origin_may_be_said_more_than_once)
{
    struct reading reading =
        read_config(VERB_SERVE, "--demo --origin https://a.example --origin https://b.example", "");
    cr_assert_eq(reading.result, CONFIG_OK);
    cr_assert_eq(reading.config.origins_count, 2);
    reading_finish(&reading);
}

Test(config, more_origins_than_there_is_room_for_are_refused)
{
    char environment[1024] = "RELEVO_ORIGINS=";
    size_t size = strlen(environment);
    for (int i = 0; i <= LIMIT_ORIGINS; i++)
        size += (size_t)snprintf(environment + size, sizeof(environment) - size, "http://a,");
    assert_refused(VERB_SERVE, "--demo", environment, CONFIG_UNFIT, "more origins");
}

Test(config, an_origin_is_as_a_browser_writes_it)
{
    static const char *const good[] = {"http://localhost", "http://localhost:7681",
                                       "https://desk.example.com", "http://[::1]:7681",
                                       "https://desk.example.com:80"};
    static const char *const bad[] = {"desk.example.com",
                                      "https://",
                                      "https://desk.example.com/",
                                      "https://desk.example.com/page",
                                      "https://Desk.example.com",
                                      "HTTPS://desk.example.com",
                                      "https://desk.example.com:443",
                                      "http://localhost:80",
                                      "https://desk.example.com:",
                                      "https://desk.example.com:99999",
                                      "https://:8080",
                                      "https://user@desk.example.com",
                                      "ws://desk.example.com",
                                      "null",
                                      "*"};
    char arguments[128];
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        snprintf(arguments, sizeof(arguments), "--demo --origin %s", good[i]);
        struct reading reading = read_config(VERB_SERVE, arguments, "");
        cr_assert_eq(reading.result, CONFIG_OK, "%s: %s", good[i], reading.text);
        cr_assert_str_eq(reading.config.origins[0], good[i]);
        reading_finish(&reading);
    }
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        snprintf(arguments, sizeof(arguments), "--demo --origin %s", bad[i]);
        assert_refused(VERB_SERVE, arguments, "", CONFIG_USAGE, bad[i]);
    }
}

Test(config, where_to_listen_is_a_host_and_a_port)
{
    static const char *const bad[] = {
        "7681", "localhost", ":7681", "localhost:", "localhost:x", "localhost:70000", "::1:7681", "[::1]"};
    char arguments[128];
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        snprintf(arguments, sizeof(arguments), "--demo --listen %s", bad[i]);
        assert_refused(VERB_SERVE, arguments, "", CONFIG_USAGE, "HOST:PORT is expected");
    }
    assert_refused(VERB_SERVE, "--demo", "RELEVO_ADMIN_LISTEN=7682", CONFIG_UNFIT, "HOST:PORT is expected");
    struct reading admin = read_config(VERB_SERVE, "--demo --admin-listen [::1]:7682", "");
    cr_assert_eq(admin.result, CONFIG_OK);
    cr_assert_str_eq(admin.config.admin_host, "::1");
    cr_assert_str_eq(admin.config.admin_port, "7682");
    reading_finish(&admin);
    struct reading everywhere = read_config(VERB_SERVE, "--demo --listen *:0", "");
    cr_assert_eq(everywhere.result, CONFIG_OK);
    cr_assert_str_eq(everywhere.config.listen_host, "*");
    reading_finish(&everywhere);
}

Test(config, what_it_does_not_know_is_refused_with_what_was_meant)
{
    assert_refused(VERB_SERVE, "--lisen=x", "", CONFIG_USAGE, "did you mean --listen?");
    assert_refused(VERB_SERVE, "--frobnicate", "", CONFIG_USAGE, "no such option");
    assert_refused(VERB_SERVE, "--workspace w", "", CONFIG_USAGE, "relevo serve has no such option");
    assert_refused(VERB_SERVE, "now", "", CONFIG_USAGE, "now");
    assert_refused(VERB_SERVE, "-h", "", CONFIG_USAGE, "--help");
    assert_refused(VERB_SERVE, "--demo", "RELEVO_SECRETS=x", CONFIG_UNFIT, "did you mean RELEVO_SECRET?");
    assert_refused(VERB_SERVE, "--demo", "RELEVO_FROBNICATE=1", CONFIG_UNFIT, "RELEVO_FROBNICATE");
    assert_refused(VERB_SERVE, "--demo", "RELEVO_PORT=7681", CONFIG_UNFIT, "RELEVO_PORT");
}

Test(config, knows_the_variables_that_kubernetes_sets)
{
    struct reading reading =
        read_config(VERB_SERVE, "--demo",
                    "RELEVO_SERVICE_HOST=10.0.0.1 RELEVO_SERVICE_PORT=7681 RELEVO_PORT=tcp://10.0.0.1:7681 "
                    "RELEVO_PORT_7681_TCP_ADDR=10.0.0.1");
    cr_assert_eq(reading.result, CONFIG_OK, "%s", reading.text);
    reading_finish(&reading);
}

Test(config, empty_and_missing_values_are_refused)
{
    assert_refused(VERB_SERVE, "--demo --web-root=", "", CONFIG_USAGE, "--web-root is empty");
    assert_refused(VERB_SERVE, "--demo --web-root", "", CONFIG_USAGE, "--web-root needs a DIR");
    assert_refused(VERB_SERVE, "--demo=yes", "", CONFIG_USAGE, "--demo takes no value");
    assert_refused(VERB_SERVE, "--demo", "DATABASE_URL=", CONFIG_UNFIT, "DATABASE_URL is empty");
    assert_refused(VERB_SERVE, "--demo", "RELEVO_LISTEN=here", CONFIG_UNFIT,
                   "RELEVO_LISTEN here: HOST:PORT is expected");
}

Test(config, serving_needs_a_secret_unless_it_is_a_demo)
{
    assert_refused(VERB_SERVE, "", "", CONFIG_UNFIT, "no secret");
    assert_refused(VERB_TOKEN, "--workspace w --agent a", "", CONFIG_UNFIT, "no secret");
    assert_refused(VERB_SERVE, "--demo-anywhere", "RELEVO_SECRET=" SECRET, CONFIG_USAGE, "--demo");
}

Test(config, a_short_secret_is_refused_and_not_shown)
{
    struct reading reading = read_config(VERB_SERVE, "", "RELEVO_SECRET=hunter2");
    cr_assert_eq(reading.result, CONFIG_UNFIT);
    cr_assert_null(strstr(reading.text, "hunter2"));
    cr_assert_not_null(strstr(reading.text, "32"));
    reading_finish(&reading);
}

Test(config, a_secret_file_is_read_without_its_last_line_feed)
{
    char path[] = "/tmp/relevo-secret-XXXXXX";
    char arguments[64], environment[128];
    int descriptor = mkstemp(path);
    cr_assert_eq(write(descriptor, SECRET "\r\n", strlen(SECRET) + 2), (ssize_t)strlen(SECRET) + 2);
    snprintf(arguments, sizeof(arguments), "--secret-file %s", path);

    struct reading reading =
        read_config(VERB_SERVE, arguments, "RELEVO_SECRET=ffffffffffffffffffffffffffffffff");
    cr_assert_eq(reading.result, CONFIG_OK, "%s", reading.text);
    cr_assert(bytes_equal(config_secret(&reading.config), bytes_of_string(SECRET)));
    reading_finish(&reading);

    snprintf(environment, sizeof(environment), "RELEVO_SECRET_FILE=%s RELEVO_SECRET=%s", path, SECRET);
    assert_refused(VERB_SERVE, "", environment, CONFIG_UNFIT, "both set");

    cr_assert_eq(ftruncate(descriptor, 20), 0);
    assert_refused(VERB_SERVE, arguments, "", CONFIG_USAGE, "32 to 1024 bytes");
    cr_assert_eq(ftruncate(descriptor, 4096), 0);
    assert_refused(VERB_SERVE, arguments, "", CONFIG_USAGE, "NUL");
    unlink(path);
    assert_refused(VERB_SERVE, arguments, "", CONFIG_USAGE, "there is no such file");
    close(descriptor);
}

Test(config, keeps_in_mind_who_said_what)
{
    struct reading reading = read_config(VERB_CONFIG, "--origin https://a.b --origin https://c.d --demo",
                                         "RELEVO_WEB_ROOT=/page DATABASE_URL=postgresql://u:secret@h/d");
    cr_assert_eq(reading.result, CONFIG_OK, "%s", reading.text);
    cr_assert_eq(setting_find(&reading, "listen")->source, SOURCE_DEFAULT);
    cr_assert_str_eq(setting_find(&reading, "listen")->text, "127.0.0.1:7681");
    cr_assert_eq(setting_find(&reading, "origin")->source, SOURCE_FLAG);
    cr_assert_str_eq(setting_find(&reading, "origin")->text, "https://a.b, https://c.d");
    cr_assert_eq(setting_find(&reading, "web-root")->source, SOURCE_ENVIRONMENT);
    cr_assert_str_eq(setting_find(&reading, "web-root")->text, "/page");
    cr_assert_eq(setting_find(&reading, "demo")->source, SOURCE_FLAG);
    cr_assert_str_eq(setting_find(&reading, "demo")->text, "yes");
    cr_assert_eq(setting_find(&reading, "demo-anywhere")->source, SOURCE_DEFAULT);
    cr_assert_null(setting_find(&reading, "demo-anywhere")->text);
    cr_assert_eq(setting_find(&reading, "database")->size, strlen("postgresql://u:secret@h/d"));
    cr_assert_null(setting_find(&reading, "database")->text, "it holds a password");
    cr_assert_null(setting_find(&reading, "secret-file")->text);
    reading_finish(&reading);
}

Test(config, a_database_may_be_named_in_a_file)
{
    char path[] = "/tmp/relevo-database-XXXXXX";
    char arguments[128], environment[128];
    int descriptor = mkstemp(path);
    cr_assert_eq(write(descriptor, "dbname=d\n", 9), 9);
    snprintf(arguments, sizeof(arguments), "--database-file %s", path);
    snprintf(environment, sizeof(environment), "DATABASE_URL_FILE=%s", path);

    for (int by_flag = 0; by_flag < 2; by_flag++) {
        struct reading reading =
            read_config(VERB_MIGRATE, by_flag ? arguments : "", by_flag ? "DATABASE_URL=e" : environment);
        cr_assert_eq(reading.result, CONFIG_OK, "%s", reading.text);
        cr_assert_str_eq(reading.config.database, "dbname=d");
        cr_assert_str_eq(setting_find(&reading, "database")->file, path);
        cr_assert_not(setting_find(&reading, "database")->is_exposed);
        reading_finish(&reading);
    }

    snprintf(environment, sizeof(environment), "DATABASE_URL_FILE=%s DATABASE_URL=e", path);
    assert_refused(VERB_MIGRATE, "", environment, CONFIG_UNFIT,
                   "DATABASE_URL and DATABASE_URL_FILE are both set; keep one of them");
    snprintf(arguments, sizeof(arguments), "--database e --database-file %s", path);
    assert_refused(VERB_MIGRATE, arguments, "", CONFIG_USAGE,
                   "--database and --database-file are both said; keep one of them");
    assert_refused(VERB_MIGRATE, "--database-fil x", "", CONFIG_USAGE, "did you mean --database-file?");
    assert_refused(VERB_MIGRATE, "", "DATABASE_URL_FILE=/none", CONFIG_UNFIT,
                   "DATABASE_URL_FILE /none: there is no such file");
    unlink(path);
    close(descriptor);
}

Test(config, a_file_that_others_can_read_is_noticed)
{
    char path[] = "/tmp/relevo-secret-XXXXXX";
    char arguments[64];
    int descriptor = mkstemp(path);
    cr_assert_eq(write(descriptor, SECRET, strlen(SECRET)), (ssize_t)strlen(SECRET));
    snprintf(arguments, sizeof(arguments), "--secret-file %s", path);
    static const mode_t modes[] = {0400, 0440, 0444, 0604};
    for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
        fchmod(descriptor, modes[i]);
        struct reading reading = read_config(VERB_SERVE, arguments, "");
        cr_assert_eq(reading.result, CONFIG_OK, "%s", reading.text);
        cr_assert_eq(setting_find(&reading, "secret-file")->is_exposed, i >= 2);
        reading_finish(&reading);
    }
    unlink(path);
    close(descriptor);
}

Test(config, a_file_that_holds_nothing_or_too_much_is_refused)
{
    char path[] = "/tmp/relevo-secret-XXXXXX";
    char arguments[64];
    char much[9000];
    int descriptor = mkstemp(path);
    snprintf(arguments, sizeof(arguments), "--secret-file %s", path);
    assert_refused(VERB_SERVE, arguments, "", CONFIG_USAGE, "the file is empty");
    memset(much, 'x', sizeof(much));
    cr_assert_eq(write(descriptor, much, sizeof(much)), (ssize_t)sizeof(much));
    assert_refused(VERB_SERVE, arguments, "", CONFIG_USAGE, "too large");
    unlink(path);
    close(descriptor);
    assert_refused(VERB_SERVE, "--secret-file /", "", CONFIG_USAGE, "cannot be read");
}

Test(config, a_token_is_for_somebody)
{
    struct reading reading =
        read_config(VERB_TOKEN, "--workspace demo --agent ana --name Ana --role supervisor --ttl 30m",
                    "RELEVO_SECRET=" SECRET);
    cr_assert_eq(reading.result, CONFIG_OK, "%s", reading.text);
    cr_assert_str_eq(reading.config.workspace, "demo");
    cr_assert_str_eq(reading.config.agent, "ana");
    cr_assert_str_eq(reading.config.name, "Ana");
    cr_assert_eq(reading.config.role, ROLE_SUPERVISOR);
    cr_assert_eq(reading.config.ttl_ms, 30 * 60 * 1000);
    reading_finish(&reading);
    assert_refused(VERB_TOKEN, "--agent ana", "RELEVO_SECRET=" SECRET, CONFIG_USAGE,
                   "--workspace is missing");
    assert_refused(VERB_TOKEN, "--workspace w", "RELEVO_SECRET=" SECRET, CONFIG_USAGE, "--agent is missing");
    assert_refused(VERB_TOKEN, "--role server", "", CONFIG_USAGE, "supervisor");
}

Test(config, a_time_has_a_unit_and_a_bound)
{
    static const char *const bad[] = {"0h", "8", "h", "8y", "367d", "-1h", "1.5h", "99999999999d"};
    char arguments[32];
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        snprintf(arguments, sizeof(arguments), "--ttl %s", bad[i]);
        assert_refused(VERB_TOKEN, arguments, "", CONFIG_USAGE, "366d");
    }
}

Test(config, a_number_and_a_level_have_their_bounds)
{
    static const char *const bad[] = {"--lanes 0",
                                      "--lanes 9",
                                      "--lanes -1",
                                      "--lanes 2x",
                                      "--lanes x",
                                      "--max-connections 0",
                                      "--max-connections 20001",
                                      "--max-connections 4294967297",
                                      "--workspace-connections 0",
                                      "--workspace-connections 20001",
                                      "--workspace-commands-per-s 0",
                                      "--workspace-commands-per-s 1000001",
                                      "--workspace-lookups-per-s 0",
                                      "--workspace-lookups-per-s 1000001",
                                      "--log-level loud",
                                      "--log-level INFO"};
    char arguments[64];
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        snprintf(arguments, sizeof(arguments), "--demo %s", bad[i]);
        assert_refused(VERB_SERVE, arguments, "", CONFIG_USAGE, "expected");
    }
    struct reading usual = read_config(VERB_SERVE, "--demo", "");
    cr_assert_eq(usual.config.lanes, 2);
    cr_assert_eq(usual.config.connections_max, 20000);
    cr_assert_eq(usual.config.quotas.connections, LIMIT_WORKSPACE_CONNECTIONS);
    cr_assert_eq(usual.config.quotas.commands_per_s, LIMIT_WORKSPACE_COMMANDS_PER_S);
    cr_assert_eq(usual.config.quotas.lookups_per_s, LIMIT_WORKSPACE_LOOKUPS_PER_S);
    cr_assert_eq(usual.config.log_level, LOG_INFO);
    reading_finish(&usual);
    struct reading said = read_config(VERB_SERVE,
                                      "--demo --lanes 8 --max-connections 1 "
                                      "--workspace-connections 2",
                                      "RELEVO_LANES=3 RELEVO_LOG_LEVEL=error");
    cr_assert_eq(said.result, CONFIG_OK, "%s", said.text);
    cr_assert_eq(said.config.lanes, 8);
    cr_assert_eq(said.config.connections_max, 1);
    cr_assert_eq(said.config.quotas.connections, 2);
    cr_assert_eq(said.config.log_level, LOG_ERROR);
    reading_finish(&said);
}

Test(config, how_long_the_log_is_kept_is_said_to_migrate)
{
    assert_refused(VERB_MIGRATE, "--retain-days 6", "", CONFIG_USAGE, "7 to 36500");
    assert_refused(VERB_MIGRATE, "--retain-days x", "", CONFIG_USAGE, "7 to 36500");
    struct reading usual = read_config(VERB_MIGRATE, "", "");
    cr_assert_eq(usual.config.retain_days, 0);
    reading_finish(&usual);
    struct reading said = read_config(VERB_MIGRATE, "", "RELEVO_RETAIN_DAYS=7");
    cr_assert_eq(said.result, CONFIG_OK, "%s", said.text);
    cr_assert_eq(said.config.retain_days, 7);
    reading_finish(&said);
}

Test(config, health_asks_where_the_server_listens_unless_told)
{
    struct reading there = read_config(VERB_HEALTH, "", "RELEVO_LISTEN=*:9000");
    cr_assert_eq(there.result, CONFIG_OK);
    cr_assert_str_eq(there.config.listen_port, "9000");
    cr_assert_null(there.config.url_host);
    reading_finish(&there);

    struct reading told = read_config(VERB_HEALTH, "--url http://[::1]:8000/livez", "");
    cr_assert_eq(told.result, CONFIG_OK);
    cr_assert_str_eq(told.config.url_host, "::1");
    cr_assert_str_eq(told.config.url_port, "8000");
    cr_assert_str_eq(told.config.url_path, "/livez");
    reading_finish(&told);
    assert_refused(VERB_HEALTH, "--url https://a:1/", "", CONFIG_USAGE, "http://HOST:PORT");
    assert_refused(VERB_HEALTH, "--url http://a:1/\r\nX", "", CONFIG_USAGE, "http://HOST:PORT");
}

Test(config, helps_from_the_same_table)
{
    struct reading reading = read_config(VERB_SERVE, "--frobnicate --help", "RELEVO_FROBNICATE=1");
    cr_assert_eq(reading.result, CONFIG_HELP);
    cr_assert_not_null(strstr(reading.text, "--listen HOST:PORT"));
    cr_assert_not_null(strstr(reading.text, "RELEVO_LISTEN"));
    cr_assert_not_null(strstr(reading.text, "127.0.0.1:7681"));
    cr_assert_null(strstr(reading.text, "--workspace ID"));
    reading_finish(&reading);
}
