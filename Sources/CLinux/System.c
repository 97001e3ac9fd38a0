#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

const char *clx_error_text(int code) {
    const char *text = strerrordesc_np(code);
    return text != NULL ? text : "Unknown error";
}

static int64_t read_clock(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) {
        return -errno;
    }
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t clx_clock(int clock) {
    switch (clock) {
    case CLX_CLOCK_MONOTONIC: return read_clock(CLOCK_MONOTONIC);
    case CLX_CLOCK_REALTIME: return read_clock(CLOCK_REALTIME);
    case CLX_CLOCK_PROCESS_CPU: return read_clock(CLOCK_PROCESS_CPUTIME_ID);
    case CLX_CLOCK_THREAD_CPU: return read_clock(CLOCK_THREAD_CPUTIME_ID);
    default: return -EINVAL;
    }
}

int64_t clx_process_cpu(int process) {
    // The C library packs the number into the bits of a clock id without looking at it; the kernel
    // gives out none above 2^22, and 0 would be the caller.
    if (process <= 0 || process > 1 << 22) {
        return -ESRCH;
    }
    clockid_t clock;
    int code = clock_getcpuclockid(process, &clock);
    if (code != 0) {
        return -code;
    }
    int64_t time = read_clock(clock);
    // A process that ended since: its clock is no clock any more.
    return time == -EINVAL ? -ESRCH : time;
}

ssize_t clx_read_file(const char *path, void *buffer, size_t capacity) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return -errno;
    }
    ssize_t count = read(descriptor, buffer, capacity);
    ssize_t result = count < 0 ? -errno : count;
    close(descriptor);
    return result;
}

ssize_t clx_read_link(const char *path, void *buffer, size_t capacity) {
    ssize_t count = readlink(path, buffer, capacity);
    return count < 0 ? -errno : count;
}

int clx_count_descriptors(const char *directory) {
    DIR *entries = opendir(directory);
    if (entries == NULL) {
        return -errno;
    }
    int count = 0;
    while (readdir(entries) != NULL) {
        count++;
    }
    closedir(entries);
    return count - 3;
}

int clx_raise_open_files(uint64_t *soft, uint64_t *hard) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return -errno;
    }
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        limit.rlim_cur = before;
    }
    *soft = limit.rlim_cur;
    *hard = limit.rlim_max;
    return 0;
}

int clx_unshare_descriptors(void) {
    return unshare(CLONE_FILES) != 0 ? -errno : 0;
}
