#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct thread_start {
    void (*body)(void *);
    void *context;
};

static void *run_thread(void *argument) {
    struct thread_start start = *(struct thread_start *)argument;
    free(argument);
    start.body(start.context);
    return NULL;
}

static int processor_set(int processor, cpu_set_t *set) {
    if (processor < 0 || processor >= CPU_SETSIZE) {
        return -EINVAL;
    }
    CPU_ZERO(set);
    CPU_SET(processor, set);
    return 0;
}

int clx_thread_start(void (*body)(void *), void *context, int processor, uint64_t *thread) {
    cpu_set_t set;
    if (processor >= 0 && processor_set(processor, &set) != 0) {
        return -EINVAL;
    }
    struct thread_start *start = malloc(sizeof *start);
    if (start == NULL) {
        return -ENOMEM;
    }
    *start = (struct thread_start){.body = body, .context = context};

    pthread_attr_t attributes;
    int code = pthread_attr_init(&attributes);
    if (code == 0) {
        pthread_t started;
        if (processor >= 0) {
            code = pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
        }
        if (code == 0) {
            code = pthread_create(&started, &attributes, run_thread, start);
        }
        if (code == 0) {
            *thread = (uint64_t)started;
        }
        pthread_attr_destroy(&attributes);
    }
    if (code != 0) {
        free(start);
    }
    return -code;
}

int clx_thread_join(uint64_t thread) {
    return -pthread_join((pthread_t)thread, NULL);
}

int clx_thread_detach(uint64_t thread) {
    return -pthread_detach((pthread_t)thread);
}

int clx_name_thread(const char *name) {
    return prctl(PR_SET_NAME, name) != 0 ? -errno : 0;
}

int clx_set_nice(int nice) {
    return setpriority(PRIO_PROCESS, 0, nice) != 0 ? -errno : 0;
}

int clx_set_slice(uint64_t nanoseconds) {
    // <linux/sched/types.h> and <sched.h> define the same names.
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {
        .size = sizeof attributes, .policy = SCHED_OTHER, .nice = getpriority(PRIO_PROCESS, 0),
        .runtime = nanoseconds,
    };
    return syscall(SYS_sched_setattr, 0, &attributes, 0) != 0 ? -errno : 0;
}

int clx_set_timer_slack(unsigned long nanoseconds) {
    return prctl(PR_SET_TIMERSLACK, nanoseconds) != 0 ? -errno : 0;
}

int clx_allowed_processors(int *processors, int capacity) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return -errno;
    }
    int count = 0;
    for (int processor = 0; processor < CPU_SETSIZE && count < capacity; processor++) {
        if (CPU_ISSET(processor, &set)) {
            processors[count++] = processor;
        }
    }
    return count;
}

int clx_pin(int processor) {
    cpu_set_t set;
    int code = processor_set(processor, &set);
    if (code != 0) {
        return code;
    }
    return sched_setaffinity(0, sizeof set, &set) != 0 ? -errno : 0;
}

int clx_watch_signals(void) {
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGTERM);
    int code = pthread_sigmask(SIG_BLOCK, &watched, NULL);
    if (code != 0) {
        return -code;
    }
    int descriptor = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int clx_take_signal(int descriptor) {
    struct signalfd_siginfo information;
    ssize_t count = read(descriptor, &information, sizeof information);
    if (count < 0) {
        return -errno;
    }
    return count == sizeof information ? (int)information.ssi_signo : -EAGAIN;
}

int clx_ignore_failed_writes(void) {
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGXFSZ, SIG_IGN) == SIG_ERR) {
        return -errno;
    }
    return 0;
}

int clx_open_standard_streams(void) {
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) >= 0 || errno != EBADF) {
            continue;
        }
        // The lowest free number is taken. The way is the wrong one, so that reading and writing
        // fail as they do on a closed descriptor.
        int opened = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        if (opened < 0) {
            return -errno;
        }
    }
    return 0;
}

static int spawn_redirected(
    const char *executable, char *const *arguments, int input, int output) {
    posix_spawnattr_t attributes;
    int code = posix_spawnattr_init(&attributes);
    if (code != 0) {
        return -code;
    }
    posix_spawn_file_actions_t actions;
    code = posix_spawn_file_actions_init(&actions);
    if (code != 0) {
        posix_spawnattr_destroy(&attributes);
        return -code;
    }

    sigset_t none, failed_writes;
    sigemptyset(&none);
    sigemptyset(&failed_writes);
    sigaddset(&failed_writes, SIGPIPE);
    sigaddset(&failed_writes, SIGXFSZ);
    // These four fill in fields and cannot fail.
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &failed_writes);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

    pid_t process = 0;
    code = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (code == 0) {
        code = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    }
    if (code == 0) {
        code = posix_spawn(&process, executable, &actions, &attributes, arguments, environ);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return code != 0 ? -code : (int)process;
}

int clx_spawn(const char *executable, char *const *arguments, int input, int output,
              int processor) {
    if (processor < 0) {
        return spawn_redirected(executable, arguments, input, output);
    }
    // A child inherits the processors of the thread that starts it, so that pinning this thread for
    // the moment of the start leaves no time in which the child runs elsewhere.
    cpu_set_t before;
    if (sched_getaffinity(0, sizeof before, &before) != 0) {
        return -errno;
    }
    int pinned = clx_pin(processor);
    if (pinned < 0) {
        return pinned;
    }
    int process = spawn_redirected(executable, arguments, input, output);
    sched_setaffinity(0, sizeof before, &before);
    return process;
}

int clx_open_process(int process) {
    // Close-on-exec by nature. glibc has a wrapper from 2.36 on only.
    long descriptor = syscall(SYS_pidfd_open, process, 0);
    return descriptor < 0 ? -errno : (int)descriptor;
}

int clx_signal_process(int process, int signal) {
    return kill(process, signal) != 0 ? -errno : 0;
}

int clx_reap(int process, int block, int *detail) {
    int status = 0;
    pid_t ended = waitpid(process, &status, block ? 0 : WNOHANG);
    if (ended < 0) {
        return -errno;
    }
    if (ended == 0) {
        return CLX_RUNNING;
    }
    if (WIFSIGNALED(status)) {
        *detail = WTERMSIG(status);
        return CLX_SIGNALED;
    }
    *detail = WEXITSTATUS(status);
    return CLX_EXITED;
}
