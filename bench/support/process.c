#include "bench/support/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "auth/token.h"
#include "bench/support/wire.h"

#define SECRET "a-secret-that-only-the-bench-knows-0123456789"

static void fail(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* Taken out of the environment once, as relevo refuses settings that it does not know. */
static const char *relevo_binary(void)
{
    static char binary[4096];
    const char *given = getenv("RELEVO_BIN");
    if (given != NULL)
        snprintf(binary, sizeof(binary), "%s", given);
    else if (binary[0] == '\0')
        snprintf(binary, sizeof(binary), "build/release/relevo");
    unsetenv("RELEVO_BIN");
    return binary;
}

/* Runs a command to its end; its output, up to the first line's end, where asked for. */
static void run(const char *const *arguments, char *output, size_t output_room)
{
    int pipe_ends[2];
    if (pipe(pipe_ends) < 0)
        fail("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pipe_ends[1], STDOUT_FILENO);
        close(pipe_ends[0]);
        close(pipe_ends[1]);
        execvp(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    close(pipe_ends[1]);
    size_t used = 0;
    char byte;
    while (read(pipe_ends[0], &byte, 1) == 1) {
        if (output != NULL && used + 1 < output_room)
            output[used++] = byte;
    }
    if (output != NULL) {
        output[used] = '\0';
        output[strcspn(output, "\n")] = '\0';
    }
    close(pipe_ends[0]);
    int status;
    waitpid(pid, &status, 0);
    if (status != 0) {
        fprintf(stderr, "bench: %s %s failed\n", arguments[0], arguments[1]);
        exit(1);
    }
}

static char database[64];
static pid_t owner;

void process_create_empty_database(void)
{
    char statement[128];
    snprintf(database, sizeof(database), "bench_%d", getpid());
    snprintf(statement, sizeof(statement), "CREATE DATABASE %s", database);
    unsetenv("DATABASE_URL");
    setenv("RELEVO_SECRET", SECRET, 1);
    setenv("RELEVO_ORIGINS", WIRE_ORIGIN, 1);
    setenv("RELEVO_WORKSPACE_CONNECTIONS", "20000", 1); /* what the quotas stop is not what is measured */
    setenv("RELEVO_WORKSPACE_COMMANDS_PER_S", "1000000", 1);
    setenv("RELEVO_WORKSPACE_OPEN", "10000000", 1);
    run((const char *const[]){"psql", "-qXd", "postgres", "-c", statement, NULL}, NULL, 0);
    if (owner == 0) {
        owner = getpid();
        atexit(process_drop_database);
    }
    setenv("PGDATABASE", database, 1);
}

void process_create_database(void)
{
    process_create_empty_database();
    run((const char *const[]){relevo_binary(), "migrate", NULL}, NULL, 0);
}

void process_drop_database(void)
{
    char statement[128];
    if (getpid() != owner || database[0] == '\0')
        return;
    snprintf(statement, sizeof(statement), "DROP DATABASE %s WITH (FORCE)", database);
    database[0] = '\0';
    run((const char *const[]){"psql", "-qXd", "postgres", "-c", statement, NULL}, NULL, 0);
}

int64_t process_ask_database(const char *query)
{
    char number[32];
    run((const char *const[]){"psql", "-qXAtd", database, "-c", query, NULL}, number, sizeof(number));
    return strtoll(number, NULL, 10);
}

void process_run_script(const char *path, const char *const *settings)
{
    const char *arguments[32] = {"psql", "-qXAtd", database, "-v", "ON_ERROR_STOP=1", "-f", path};
    size_t count = 7;
    for (; *settings != NULL && count + 2 < sizeof(arguments) / sizeof(arguments[0]); settings++) {
        arguments[count++] = "-v";
        arguments[count++] = *settings;
    }
    run(arguments, NULL, 0);
}

void process_tell_database(const char *sql)
{
    run((const char *const[]){"psql", "-qXd", database, "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-c", sql,
                              NULL},
        NULL, 0);
}

static void pin(int processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    sched_setaffinity(0, sizeof(set), &set); /* where it is not allowed, the figures are only noisier */
}

void process_step_aside(void)
{
    pin((int)sysconf(_SC_NPROCESSORS_ONLN) - 1);
}

static pid_t start_child(void)
{
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin(0);
    }
    return pid;
}

pid_t process_start(void (*serve)(void *argument), void *argument)
{
    pid_t pid = start_child();
    if (pid == 0) {
        serve(argument);
        _exit(0);
    }
    return pid;
}

static void wait_until_ready(int port)
{
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
    for (int tries = 0; tries < 200; tries++) {
        pid_t pid = fork();
        if (pid == 0) {
            int null = open("/dev/null", O_WRONLY);
            dup2(null, STDOUT_FILENO);
            dup2(null, STDERR_FILENO);
            execl(relevo_binary(), relevo_binary(), "health", "--url", url, (char *)NULL);
            _exit(127);
        }
        int status;
        waitpid(pid, &status, 0);
        if (status == 0)
            return;
        nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
    }
    fail("relevo does not get ready");
}

pid_t process_start_relevo(int port)
{
    char listen[64];
    snprintf(listen, sizeof(listen), "127.0.0.1:%d", port);
    pid_t pid = start_child();
    if (pid == 0) {
        int log = open("/tmp/relevo-bench.log", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        dup2(log, STDERR_FILENO);
        execl(relevo_binary(), relevo_binary(), "serve", "--listen", listen, (char *)NULL);
        _exit(127);
    }
    wait_until_ready(port);
    return pid;
}

static bool has_listener(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return has;
}

pid_t process_start_program(const char *const *arguments, int port)
{
    pid_t pid = start_child();
    if (pid == 0) {
        execvp(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    for (int tries = 0; !has_listener(port); tries++) {
        if (tries == 500 || waitpid(pid, NULL, WNOHANG) != 0)
            fail(arguments[1]);
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    }
    return pid;
}

void process_stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static int64_t read_number(const char *path, const char *after)
{
    FILE *file = fopen(path, "re");
    char line[512];
    int64_t number = 0;
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, after, strlen(after)) == 0) {
            number = strtoll(line + strlen(after), NULL, 10);
            break;
        }
    }
    if (file != NULL)
        fclose(file);
    return number;
}

/* -1: there is no such process. */
static int64_t count_cpu_ns(pid_t pid)
{
    char path[128];
    int64_t total_ns = 0;
    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return -1;
    struct dirent *entry;
    while ((entry = readdir(tasks)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        snprintf(path, sizeof(path), "/proc/%d/task/%.16s/schedstat", pid, entry->d_name);
        total_ns += read_number(path, "");
    }
    closedir(tasks);
    return total_ns;
}

int64_t process_cpu_ns(pid_t pid)
{
    int64_t total_ns = count_cpu_ns(pid);
    if (total_ns < 0)
        fail("/proc");
    return total_ns;
}

struct stat_line {
    char state;
    int parent;
    int64_t children_ticks; /* of those that have ended and been waited for */
};

/* See proc(5). False: there is no such process. */
static bool read_stat(int pid, struct stat_line *stat_r)
{
    enum { PARENT = 0, USER_OF_CHILDREN = 12, SYSTEM_OF_CHILDREN = 13, FIELDS };
    char path[64], line[1024];
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool is_read = fgets(line, sizeof(line), file) != NULL;
    fclose(file);
    char *place = is_read ? strrchr(line, ')') : NULL; /* the name before it may be anything */
    if (place == NULL)
        return false;
    long long fields[FIELDS]; /* from the parent's on */
    stat_r->state = place[2];
    place += strlen(") S");
    for (int i = 0; i < FIELDS; i++)
        fields[i] = strtoll(place, &place, 10);
    stat_r->parent = (int)fields[PARENT];
    stat_r->children_ticks = fields[USER_OF_CHILDREN] + fields[SYSTEM_OF_CHILDREN];
    return true;
}

/* False where a child has ended and has not been waited for yet: what it used is nowhere then. */
static bool add_children_cpu_ns(int parent, int64_t *total_ns)
{
    DIR *processes = opendir("/proc");
    bool has_all = processes != NULL;
    struct dirent *entry;
    while (has_all && (entry = readdir(processes)) != NULL) {
        struct stat_line stat;
        int pid = (int)strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || !read_stat(pid, &stat) || stat.parent != parent)
            continue;
        int64_t cpu_ns = count_cpu_ns(pid);
        has_all = stat.state != 'Z' && cpu_ns >= 0;
        *total_ns += cpu_ns;
    }
    if (processes != NULL)
        closedir(processes);
    return has_all;
}

int64_t process_database_cpu_ns(void)
{
    static int postmaster; /* asked for once, as asking costs processor time */
    struct stat_line before, after = {0};
    int64_t total_ns;
    bool has_all;
    if (postmaster == 0)
        postmaster =
            (int)process_ask_database("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
    do { /* until none has ended meanwhile */
        if (!read_stat(postmaster, &before))
            fail("postmaster");
        total_ns = process_cpu_ns(postmaster) + before.children_ticks * (1000000000 / sysconf(_SC_CLK_TCK));
        has_all = add_children_cpu_ns(postmaster, &total_ns) && read_stat(postmaster, &after) &&
                  after.children_ticks == before.children_ticks;
        if (!has_all)
            nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
    } while (!has_all);
    return total_ns;
}

int64_t process_memory_bytes(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
    return (read_number(path, "Private_Clean:") + read_number(path, "Private_Dirty:")) * 1024;
}

char *process_token(const char *workspace, const char *agent, const char *role)
{
    static const struct {
        const char *name;
        enum role role;
    } roles[] = {{"agent", ROLE_AGENT},
                 {"supervisor", ROLE_SUPERVISOR},
                 {"automation", ROLE_AUTOMATION},
                 {"channel", ROLE_CHANNEL}};
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    struct identity identity = {.workspace = text_create(bytes_of_string(workspace)),
                                .id = text_create(bytes_of_string(agent)),
                                .name = text_create(bytes_of_string(agent)),
                                .expires_ms = now_ms + 3600 * 1000};
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if (strcmp(roles[i].name, role) == 0)
            identity.role = roles[i].role;
    }
    char *token = token_mint(bytes_of_string(SECRET), &identity, now_ms);
    identity_finish(&identity);
    return token;
}

int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
