#include "process.h"

#include <dirent.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { RETURNED_BYTES_MIN = 1024 * 1024 };

static uint64_t count_resident_pages(void)
{
    uint64_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    bool is_read = fscanf(file, "%*u %" SCNu64, &pages) == 1;
    fclose(file);
    return is_read ? pages : 0;
}

static uint64_t count_open_descriptors(void)
{
    uint64_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count - 1; /* the folder itself */
}

static int64_t time_us(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

struct process_stats process_measure(void)
{
    struct process_stats stats = {
        .resident_bytes = count_resident_pages() * (uint64_t)sysconf(_SC_PAGESIZE),
        .open_descriptors = count_open_descriptors(),
    };
    struct rusage usage;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        stats.descriptors_max = limit.rlim_cur;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        stats.cpu_us = time_us(usage.ru_utime) + time_us(usage.ru_stime);
    return stats;
}

void process_return_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, RETURNED_BYTES_MIN);
}

static void mask_signals(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(how, &set, NULL);
}

void process_hold_signals(void)
{
    mask_signals(SIG_BLOCK);
}

void process_release_signals(void)
{
    mask_signals(SIG_UNBLOCK);
}
