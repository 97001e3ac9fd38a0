#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

_Static_assert(CLX_READABLE == EPOLLIN, "EPOLLIN");
_Static_assert(CLX_WRITABLE == EPOLLOUT, "EPOLLOUT");
_Static_assert(CLX_FAILED == EPOLLERR, "EPOLLERR");
_Static_assert(CLX_HUNG_UP == EPOLLHUP, "EPOLLHUP");
_Static_assert(CLX_READING_HUNG_UP == EPOLLRDHUP, "EPOLLRDHUP");
_Static_assert(CLX_POLL_ADD == EPOLL_CTL_ADD, "EPOLL_CTL_ADD");
_Static_assert(CLX_POLL_REMOVE == EPOLL_CTL_DEL, "EPOLL_CTL_DEL");
_Static_assert(CLX_POLL_MODIFY == EPOLL_CTL_MOD, "EPOLL_CTL_MOD");
_Static_assert(sizeof(struct clx_event) == sizeof(struct epoll_event), "size of epoll_event");
_Static_assert(
    offsetof(struct clx_event, token) == offsetof(struct epoll_event, data),
    "layout of epoll_event");

static struct timespec duration(int64_t nanoseconds) {
    struct timespec time = {
        .tv_sec = nanoseconds / 1000000000,
        .tv_nsec = nanoseconds % 1000000000,
    };
    return time;
}

int clx_close(int descriptor) {
    return close(descriptor) != 0 ? -errno : 0;
}

ssize_t clx_read(int descriptor, void *buffer, size_t count) {
    ssize_t result = read(descriptor, buffer, count);
    return result < 0 ? -errno : result;
}

ssize_t clx_write(int descriptor, const void *buffer, size_t count) {
    ssize_t result = write(descriptor, buffer, count);
    return result < 0 ? -errno : result;
}

// A process started with a closed standard input would get 0 for its next descriptor, and a child's
// redirection of 0 and 1 would then overwrite one end of the pipe with the other.
static int above_standard(int descriptor) {
    if (descriptor > STDERR_FILENO) {
        return descriptor;
    }
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int result = moved < 0 ? -errno : moved;
    close(descriptor);
    return result;
}

int clx_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return -errno;
    }
    int first = above_standard(ends[0]);
    int second = above_standard(ends[1]);
    if (first < 0 || second < 0) {
        if (first >= 0) {
            close(first);
        }
        if (second >= 0) {
            close(second);
        }
        return first < 0 ? first : second;
    }
    *reading = first;
    *writing = second;
    return 0;
}

int clx_wait_readable(int descriptor, int64_t nanoseconds) {
    struct pollfd waited = {.fd = descriptor, .events = POLLIN};
    struct timespec timeout = duration(nanoseconds);
    int count = ppoll(&waited, 1, &timeout, NULL);
    if (count < 0) {
        return -errno;
    }
    return (waited.revents & POLLNVAL) != 0 ? -EBADF : count;
}

int clx_eventfd(void) {
    int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int clx_eventfd_raise(int descriptor) {
    return eventfd_write(descriptor, 1) != 0 ? -errno : 0;
}

int clx_eventfd_clear(int descriptor) {
    eventfd_t count;
    return eventfd_read(descriptor, &count) != 0 ? -errno : 0;
}

int clx_epoll_create(void) {
    int poller = epoll_create1(EPOLL_CLOEXEC);
    return poller < 0 ? -errno : poller;
}

int clx_epoll_control(int poller, int operation, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(poller, operation, descriptor, &event) != 0 ? -errno : 0;
}

int clx_epoll_wait(int poller, struct clx_event *events, int capacity, int64_t nanoseconds) {
    struct timespec timeout = duration(nanoseconds);
    int count = epoll_pwait2(
        poller, (struct epoll_event *)events, capacity, nanoseconds < 0 ? NULL : &timeout, NULL);
    return count < 0 ? -errno : count;
}
