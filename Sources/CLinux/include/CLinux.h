// What Swift cannot import from Linux, as plain functions.
//
// The Glibc module is compiled without _GNU_SOURCE, so it lacks epoll, eventfd, accept4, unshare
// and the rest of the list below; a header that turned _GNU_SOURCE on for Swift as well would give
// the same C types two definitions. Hence the two rules of this target: this header includes
// nothing but the three below, and the `.c` files include whatever they need.
//
// Every function takes plain integers and returns >= 0, or -errno. None of them retries: Reactor's
// SystemCall.swift is the one place that knows which codes mean "again". Linux 5.11 is the oldest
// kernel that has all of it (epoll_pwait2).

#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Errors and clocks (System.c)

/// The system's words for an error code; never null.
const char *clx_error_text(int code);

#define CLX_CLOCK_MONOTONIC 0
#define CLX_CLOCK_REALTIME 1
#define CLX_CLOCK_PROCESS_CPU 2
#define CLX_CLOCK_THREAD_CPU 3

/// Nanoseconds on one of the clocks above.
int64_t clx_clock(int clock);

/// CPU time of another process in nanoseconds, its finished threads included.
int64_t clx_process_cpu(int process);

/// Reads the beginning of a file; for /proc, where one read is one consistent answer.
ssize_t clx_read_file(const char *path, void *buffer, size_t capacity);

/// Where a symbolic link points, without a terminating NUL.
ssize_t clx_read_link(const char *path, void *buffer, size_t capacity);

/// The number of entries in a directory, `.` and `..` and the reading itself left out.
int clx_count_descriptors(const char *directory);

/// Raises the soft limit of open files to the hard one and says what both are then.
int clx_raise_open_files(uint64_t *soft, uint64_t *hard);

/// Gives the calling thread a descriptor table of its own.
int clx_unshare_descriptors(void);

// Descriptors (Polling.c)

int clx_close(int descriptor);
ssize_t clx_read(int descriptor, void *buffer, size_t count);
ssize_t clx_write(int descriptor, const void *buffer, size_t count);

/// A pipe whose two ends are close-on-exec and none of the three standard descriptors.
int clx_pipe(int *reading, int *writing);

/// Waits until a descriptor is readable or closed: 1, or 0 when the time is over.
int clx_wait_readable(int descriptor, int64_t nanoseconds);

/// A counter that polls readable while it is not zero.
int clx_eventfd(void);
/// Adds one to the counter.
int clx_eventfd_raise(int descriptor);
/// Sets the counter to zero.
int clx_eventfd_clear(int descriptor);

// The bits of EPOLLIN and so on; Polling.c asserts that they are the kernel's.
#define CLX_READABLE 0x0001u
#define CLX_WRITABLE 0x0004u
#define CLX_FAILED 0x0008u
#define CLX_HUNG_UP 0x0010u
#define CLX_READING_HUNG_UP 0x2000u

#define CLX_POLL_ADD 1
#define CLX_POLL_REMOVE 2
#define CLX_POLL_MODIFY 3

/// The kernel's epoll_event, which is packed on x86-64 only.
struct clx_event {
    uint32_t events;
    uint64_t token;
}
#if defined(__x86_64__)
__attribute__((packed))
#endif
;

int clx_epoll_create(void);
int clx_epoll_control(int poller, int operation, int descriptor, uint32_t events, uint64_t token);

/// Waits at most so many nanoseconds; a negative number waits without end.
int clx_epoll_wait(int poller, struct clx_event *events, int capacity, int64_t nanoseconds);

// Sockets (Sockets.c)

/// An address and port, in the host's byte order; IPv4 uses the low 32 bits of `low`.
struct clx_address {
    uint64_t high;
    uint64_t low;
    uint16_t port;
    uint8_t is_ipv6;
};

/// Reads a numeric IPv4 or IPv6 address: 1, or 0 when it is neither.
int clx_address_parse(const char *text, struct clx_address *address);
/// Writes the address without its port, ended by NUL; 46 bytes hold any.
int clx_address_format(const struct clx_address *address, char *text, size_t capacity);

#define CLX_REUSE_ADDRESS 0
#define CLX_REUSE_PORT 1
#define CLX_NO_DELAY 2
#define CLX_BIND_ADDRESS_NO_PORT 3
#define CLX_IPV6_ONLY 4
#define CLX_RECEIVE_STAMPS 5

/// A non-blocking, close-on-exec TCP socket.
int clx_socket(int is_ipv6);
int clx_enable(int descriptor, int option);
int clx_bind(int descriptor, const struct clx_address *address);
int clx_listen(int descriptor, int backlog);
int clx_accept(int descriptor);
int clx_connect(int descriptor, const struct clx_address *address);
int clx_shutdown_writing(int descriptor);

/// With `reset`, close sends RST and forgets what was not sent.
int clx_set_linger(int descriptor, int reset);

/// Has the kernel give a connection up whose peer acknowledges nothing for so long
/// (TCP_USER_TIMEOUT, RFC 5482), and ask a silent peer for an acknowledgement after `idle` seconds
/// and every `interval` seconds (SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL).
int clx_set_dead_after(int descriptor, unsigned milliseconds, int idle, int interval);

/// Limits what the kernel keeps of a connection that is not read; it takes twice as much, for its
/// own bookkeeping (socket(7), SO_RCVBUF).
int clx_limit_receive_buffer(int descriptor, int bytes);

/// Lifts such a limit on a connection that stands: the buffer, and the window that the kernel would
/// otherwise never open beyond what the buffer was when it connected (TCP_WINDOW_CLAMP).
int clx_lift_receive_buffer(int descriptor, int bytes);

/// The error that waits on a socket, as a positive code; 0 when none does.
int clx_take_socket_error(int descriptor);
int clx_local_address(int descriptor, struct clx_address *address);
int clx_remote_address(int descriptor, struct clx_address *address);

/// Bytes in the send queue: not sent, or sent and not acknowledged.
int clx_bytes_not_sent(int descriptor);

/// With `more`, a last segment that is not full waits for what is sent next, or for the end.
ssize_t clx_send(int descriptor, const void *bytes, size_t count, int more);
ssize_t clx_receive(int descriptor, void *bytes, size_t count);

/// Receives, and says when the kernel received the last segment of what it hands over: nanoseconds
/// of CLOCK_REALTIME, 0 when it did not stamp it. Needs CLX_RECEIVE_STAMPS.
ssize_t clx_receive_stamped(int descriptor, void *bytes, size_t count, int64_t *stamp);

/// The fields of the kernel's tcp_info that wire accounting needs.
struct clx_tcp_info {
    uint8_t state;
    uint8_t options;
    uint32_t sending_mss;
    uint32_t round_trip_microseconds;
    uint32_t retransmits;
    uint32_t segments_out;
    uint32_t segments_in;
    uint32_t out_of_order;
    uint64_t bytes_sent;
    uint64_t bytes_received;
    uint64_t bytes_acked;
};

int clx_tcp_info(int descriptor, struct clx_tcp_info *info);

// Network namespaces, interfaces and packets (Network.c)

/// Gives the process a network namespace of its own; with `with_user`, inside a user namespace of
/// its own, where it may have one without privilege.
int clx_unshare_network(int with_user);

/// Writes to a file that is there, in one call; for /proc.
ssize_t clx_write_file(const char *path, const void *bytes, size_t count);

/// A socket to the kernel's routing tables (NETLINK_ROUTE); it blocks.
int clx_netlink_socket(void);

int clx_interface_index(const char *name);
int clx_interface_mtu(const char *name);

#define CLX_OFFLOAD_CHECKSUM 0
#define CLX_OFFLOAD_TCP_SEGMENTATION 1
#define CLX_OFFLOAD_SEGMENTATION 2
#define CLX_OFFLOAD_RECEIVE 3

/// Makes the kernel itself do what the interface would have done for it (SIOCETHTOOL).
int clx_interface_disable(const char *name, int offload);

/// Bytes of one frame in the ring: 1514 of Ethernet at the usual MTU after the kernel's own header
/// of at most 96, rounded up to a power of two.
#define CLX_PACKET_FRAME 2048
/// The most packets that one call sends.
#define CLX_PACKET_BATCH 64

/// Where the kernel lays down the packets of one interface (packet(7), TPACKET_V2), oldest first.
struct clx_packet_ring {
    uint8_t *memory;
    uint32_t frames;
    uint32_t next;
};

/// A packet in the ring: from its Ethernet header on, `length` bytes of `wire_length`, seen by the
/// kernel at that moment of CLOCK_REALTIME.
struct clx_packet {
    uint8_t *bytes;
    uint32_t length;
    uint32_t wire_length;
    int64_t real_nanoseconds;
};

struct clx_outgoing {
    void *bytes;
    size_t length;
};

/// A non-blocking socket for the IPv4 packets that an interface receives, with room for a multiple
/// of 32 frames.
int clx_packet_open(int interface, uint32_t frames);
/// Maps the ring of such a socket, of as many frames, into memory.
int clx_packet_map(int descriptor, uint32_t frames, struct clx_packet_ring *ring);
void clx_packet_unmap(struct clx_packet_ring *ring);

/// Looks at the oldest packet: 1, or 0 when there is none.
int clx_packet_peek(const struct clx_packet_ring *ring, struct clx_packet *packet);
/// Gives the place of the oldest packet, which must have been looked at, back to the kernel.
void clx_packet_pop(struct clx_packet_ring *ring);

/// Sends at most CLX_PACKET_BATCH packets on the interface and returns how many were taken.
int clx_packet_send(int descriptor, const struct clx_outgoing *packets, int count);

/// The packets for which the ring had no room since this was last asked.
int64_t clx_packet_take_drops(int descriptor);

// Threads, signals and processes (Processes.c)

/// Starts a joinable thread; a `processor` that is not negative is the only one it may run on.
int clx_thread_start(void (*body)(void *), void *context, int processor, uint64_t *thread);
int clx_thread_join(uint64_t thread);
int clx_thread_detach(uint64_t thread);

/// Names the calling thread; the kernel keeps the first 15 bytes.
int clx_name_thread(const char *name);

/// Sets how much the calling thread gives way to others: 19 the most, -20 the least, which needs
/// privilege.
int clx_set_nice(int nice);

/// Asks the scheduler for turns of this length for the calling thread, and in return for having them
/// sooner; needs no privilege and Linux 6.12, which has at least 100 µs.
int clx_set_slice(uint64_t nanoseconds);

/// How late the kernel may wake the calling thread so as to wake several at once; at least 1.
int clx_set_timer_slack(unsigned long nanoseconds);

/// Lists the processors that the calling thread may run on and returns how many there are.
int clx_allowed_processors(int *processors, int capacity);
int clx_pin(int processor);

/// Blocks SIGINT and SIGTERM on the calling thread and opens a descriptor that tells of them.
int clx_watch_signals(void);
/// The next signal that arrived, or -EAGAIN.
int clx_take_signal(int descriptor);
/// Makes EPIPE and EFBIG of SIGPIPE and SIGXFSZ, for the whole process.
int clx_ignore_failed_writes(void);
/// Opens those of the descriptors 0, 1 and 2 that are closed, so that no socket gets their number:
/// reading from them and writing to them fails on as before.
int clx_open_standard_streams(void);

/// Starts a program in a process group of its own, with the given descriptors as its standard input
/// and output, no signal blocked, SIGPIPE and SIGXFSZ at their defaults; returns the process id.
int clx_spawn(const char *executable, char *const *arguments, int input, int output,
              int processor);

/// A descriptor that polls readable once the process has ended.
int clx_open_process(int process);
int clx_signal_process(int process, int signal);

#define CLX_RUNNING 0
#define CLX_EXITED 1
#define CLX_SIGNALED 2

/// How a child ended, one of the three above with its exit code or signal; collects it if it did.
int clx_reap(int process, int block, int *detail);

#endif
