#include "serve/process.h"

#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

enum {
    RETURNED_BYTES_MIN = 1024 * 1024,
    DESCRIPTORS_LOOKED_AT = 65536, /* more than serve lets itself have */
};

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

uint64_t process_poll_descriptors(uint64_t descriptors_max)
{
    size_t room = descriptors_max < DESCRIPTORS_LOOKED_AT ? descriptors_max : DESCRIPTORS_LOOKED_AT;
    struct pollfd *looks = alloc_array(room, sizeof(*looks));
    uint64_t count = 0;
    for (size_t i = 0; i < room; i++)
        looks[i].fd = (int)i;
    if (poll(looks, room, 0) >= 0) {
        for (size_t i = 0; i < room; i++)
            count += (looks[i].revents & POLLNVAL) == 0;
    }
    free(looks);
    return count;
}

/* The size of the folder, since Linux 6.2. To list it takes ten milliseconds with ten thousand of them, in
 * which nobody is served; one poll for all that there may be takes a few. */
static uint64_t count_open_descriptors(uint64_t descriptors_max)
{
    struct stat folder;
    if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0)
        return (uint64_t)folder.st_size;
    return process_poll_descriptors(descriptors_max);
}

static int64_t time_us(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

uint64_t process_resident_bytes(void)
{
    return count_resident_pages() * (uint64_t)sysconf(_SC_PAGESIZE);
}

struct process_stats process_measure(void)
{
    struct process_stats stats = {
        .resident_bytes = process_resident_bytes(),
    };
    struct rusage usage;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        stats.descriptors_max = limit.rlim_cur;
    stats.open_descriptors = count_open_descriptors(stats.descriptors_max);
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

void process_reclaim_memory(void)
{
    malloc_trim(0);
}
