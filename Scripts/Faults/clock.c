// Preloaded into a program, it has the wall clock jump once: by CLOCK_SHIFT_SECONDS, after it was
// read CLOCK_SHIFT_AFTER times. The monotonic clock goes on as it did.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    static atomic_int readings;
    if (real == NULL) {
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    }
    int result = real(clock, time);
    const char *after = getenv("CLOCK_SHIFT_AFTER"), *seconds = getenv("CLOCK_SHIFT_SECONDS");
    if (clock == CLOCK_REALTIME && after != NULL && seconds != NULL &&
        atomic_fetch_add(&readings, 1) >= atoi(after)) {
        time->tv_sec += atol(seconds);
    }
    return result;
}
