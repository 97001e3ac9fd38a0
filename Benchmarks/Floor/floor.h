/* What the programs of the floor share: the clock, the histogram, the techniques' names.
 *
 * The floor is the least that a server and a generator can do: one thread, one epoll loop, one
 * system call a delivery. What a real server costs above it is that server's own doing.
 */
#ifndef FLOOR_H
#define FLOOR_H

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS INT64_C(1000000000)

/* Ends the program with a sentence on standard error; 1 is "could not run", 2 is "usage". */
__attribute__((noreturn, format(printf, 2, 3)))
static inline void fail(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(status);
}

/* Ends the program because the system call `name` failed. */
__attribute__((noreturn))
static inline void fail_call(const char *name)
{
    fail(1, "%s: %s", name, strerror(errno));
}

static inline int64_t clock_ns(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * NANOSECONDS + time.tv_nsec;
}

/* The clock that an event's `t` and its arrival are both read from. */
static inline int64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* Processor time of this process, user and kernel. */
static inline int64_t cpu_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/* Raises the soft limit of open files to the hard one, because 10,000 connections need it. */
static inline rlim_t raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        fail_call("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        fail_call("setrlimit");
    return limit.rlim_cur;
}

/* A positive number of an option's argument, or the end of the program. */
static inline double positive_argument(const char *option, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value > 0))
        fail(2, "--%s: \"%s\" is not a positive number.", option, text);
    return value;
}

static inline uint64_t whole_argument(const char *option, const char *text)
{
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || text[0] == '-')
        fail(2, "--%s: \"%s\" is not a whole number.", option, text);
    return value;
}

/* ---------------------------------------------------------------------------------------------
 * Techniques
 */

enum technique {
    WEBSOCKET, RAW_TCP, SSE, HTTP_STREAMING, FOREVER_IFRAME, LONG_POLLING, SHORT_POLLING,
};

static inline enum technique technique_named(const char *name)
{
    static const struct { const char *name; enum technique technique; } names[] = {
        {"websocket", WEBSOCKET}, {"ws", WEBSOCKET},
        {"raw-tcp", RAW_TCP}, {"raw", RAW_TCP}, {"tcp", RAW_TCP},
        {"sse", SSE},
        {"http-streaming", HTTP_STREAMING}, {"stream", HTTP_STREAMING},
        {"forever-iframe", FOREVER_IFRAME}, {"iframe", FOREVER_IFRAME},
        {"long-polling", LONG_POLLING}, {"longpoll", LONG_POLLING},
        {"short-polling", SHORT_POLLING}, {"poll", SHORT_POLLING},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i].name) == 0)
            return names[i].technique;
    fail(2, "--mode: \"%s\" is not a technique of the floor.", name);
}

/* ---------------------------------------------------------------------------------------------
 * Histogram
 *
 * Log-linear: 128 equal buckets in each power of two. A bucket is at most 1/128 of its values wide
 * and is reported by its middle, so a percentile is at most 0.4 % off. Below 256 it is exact.
 */

enum { BUCKETS_A_POWER = 128, POWER_BITS = 7, BUCKETS = (64 - POWER_BITS + 1) * BUCKETS_A_POWER };

struct histogram {
    uint64_t count, sum, maximum;
    uint64_t buckets[BUCKETS];
};

/* Counts one value. Nothing is earlier than its cause: below zero counts as zero. */
static inline void histogram_record(struct histogram *histogram, int64_t signed_value)
{
    uint64_t value = signed_value > 0 ? (uint64_t)signed_value : 0;
    int shift = 63 - __builtin_clzll(value | BUCKETS_A_POWER) - POWER_BITS;
    histogram->buckets[(uint64_t)shift * BUCKETS_A_POWER + (value >> shift)]++;
    histogram->count++;
    histogram->sum += value;
    if (value > histogram->maximum)
        histogram->maximum = value;
}

/* The value that the share `quantile` of all values does not exceed; 0 when there are none. */
static inline uint64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
    /* The smallest rank r with r >= quantile × count, and the first bucket that reaches it. */
    double exact = quantile * (double)histogram->count;
    uint64_t rank = (uint64_t)exact + ((double)(uint64_t)exact < exact);
    uint64_t seen = 0;
    for (uint64_t i = 0; i < BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen < rank || seen == 0)
            continue;
        if (i < 2 * BUCKETS_A_POWER)
            return i;
        uint64_t shift = i / BUCKETS_A_POWER - 1;
        uint64_t low = (i - shift * BUCKETS_A_POWER) << shift;
        uint64_t middle = low + (UINT64_C(1) << shift) / 2;
        return middle < histogram->maximum ? middle : histogram->maximum;
    }
    return histogram->maximum;
}

static inline uint64_t histogram_mean(const struct histogram *histogram)
{
    return histogram->count ? histogram->sum / histogram->count : 0;
}

#endif
